import { ANY_OBJECT, BOOL, type CelShape, DYN, listOf, mapOf, objectOf, STRING } from '../cel/index.ts';
import type { MemberIdentity } from '../clusterset/index.ts';
import type { JsonObject, JsonValue } from '../kube/object.ts';
import { type AdmissionContext, type AdmissionRequest, subjectKey } from './admission.ts';

/** The resource whose writes are judged, as expressions read it in `request`. */
export interface CelSubject {
  readonly group: string;
  /** The version that rules see. */
  readonly version: string;
  readonly resource: string;
  readonly kind: string;
}

const GROUP_KIND = objectOf({ group: STRING, version: STRING, kind: STRING });
const GROUP_RESOURCE = objectOf({ group: STRING, version: STRING, resource: STRING });

/** admission.k8s.io/v1 AdmissionRequest as a ValidatingAdmissionPolicy reads it. */
const REQUEST = objectOf({
  ...{ kind: GROUP_KIND, resource: GROUP_RESOURCE, subResource: STRING },
  ...{ requestKind: GROUP_KIND, requestResource: GROUP_RESOURCE, requestSubResource: STRING },
  ...{ name: STRING, namespace: STRING, operation: STRING, dryRun: BOOL, options: DYN },
  userInfo: objectOf({ username: STRING, uid: STRING, groups: listOf(STRING), extra: mapOf(listOf(STRING)) }),
});

const IDENTITY = objectOf({ name: STRING, clusterID: STRING, clusterSet: STRING, reachable: BOOL });

/** What only this server knows: no member's kube-apiserver can evaluate an expression that reads it. */
export const CLUSTERSET_NAME = 'clusterset';

const CLUSTERSET = objectOf({
  cluster: IDENTITY,
  others: listOf(IDENTITY),
  profiles: listOf(objectOf({ namespace: STRING, name: STRING })),
});

/** Every name that admission expressions read, with the shapes of what differs. */
export function celNames(object: CelShape, params: CelShape): Readonly<Record<string, CelShape>> {
  return {
    ...{ object, oldObject: object, params },
    request: REQUEST,
    namespaceObject: ANY_OBJECT,
    [CLUSTERSET_NAME]: CLUSTERSET,
  };
}

/** What the names stand for in one request. Whatever is not read is not made. */
export function celValues(
  request: AdmissionRequest,
  context: AdmissionContext,
  subject: CelSubject,
): Readonly<Record<string, () => unknown>> {
  return {
    object: () => request.object ?? null,
    oldObject: () => request.oldObject ?? null,
    request: () => requestValue(request, subject),
    namespaceObject: () => namespaceValue(request, context),
    [CLUSTERSET_NAME]: () => clusterSetValue(request, context),
  };
}

/** What is empty is left out, as kube-apiserver leaves it out. */
function requestValue(request: AdmissionRequest, { group, version, resource, kind }: CelSubject): JsonObject {
  const { operation, subresource, requestVersion, dryRun, user } = request;
  const { name, namespace } = subjectKey(request);
  return {
    kind: { group, version, kind },
    resource: { group, version, resource },
    ...(subresource === '' ? {} : { subResource: subresource, requestSubResource: subresource }),
    requestKind: { group, version: requestVersion, kind },
    requestResource: { group, version: requestVersion, resource },
    ...(name === '' ? {} : { name }),
    ...(namespace === '' ? {} : { namespace }),
    operation,
    dryRun,
    userInfo: {
      username: user.name,
      ...(user.uid === undefined ? {} : { uid: user.uid }),
      ...(user.groups.length === 0 ? {} : { groups: user.groups }),
      ...(Object.keys(user.extra).length === 0 ? {} : { extra: user.extra }),
    },
  };
}

function namespaceValue(request: AdmissionRequest, { lookup }: AdmissionContext): unknown {
  const { namespace } = subjectKey(request);
  return namespace === '' ? null : (lookup.namespaceObjectIn(request.cluster, namespace) ?? null);
}

function clusterSetValue({ cluster }: AdmissionRequest, { lookup }: AdmissionContext): JsonValue {
  return {
    cluster: identityValue(lookup.identityOf(cluster)),
    others: lookup.otherIdentities(cluster).map(identityValue),
    profiles: lookup.profiles().map(({ namespace, name }) => ({ namespace, name })),
  };
}

function identityValue({ name, clusterID, clusterSet, reachable }: MemberIdentity): JsonObject {
  return { name, clusterID, clusterSet, reachable };
}
