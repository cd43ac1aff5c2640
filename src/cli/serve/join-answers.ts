import type { SubresourceContent } from '../../../apiservice/types.ts';
import { parseRowName } from '../../clusterset/index.ts';
import { fieldRequired, invalid, notFound } from '../../kube/api-errors.ts';
import type { ClusterId } from '../../kube/cluster-id.ts';
import { CLUSTER_ID_PROPERTY } from '../../kube/cluster-property.ts';
import { ABOUT_GROUP } from '../../kube/domain.ts';
import { isJsonObject, type JsonObject, type KubeObject, textAt } from '../../kube/object.ts';
import type { RequestUser } from '../../kube/request-user.ts';
import type { AdmissionDecision, AdmissionRequest } from '../../resources/index.ts';
import { CLUSTER_PROPERTY_JOIN, definitionOf, evaluateRules } from '../../resources/index.ts';
import { type ClaimDeps, claimOf, reserveClaim, takeClaim, tryAgain } from './identity-claims.ts';
import type { OneSubresource } from './subresource-answers.ts';

const RESOURCE = 'clusterproperties';

export interface JoinDeps extends ClaimDeps {
  readonly findMember: (name: string) => ClusterId | undefined;
}

/**
 * `clusterproperties/<cluster>.<name>/join`: may this member become what the property says? Decided and noted in one turn.
 * The same member may ask for the same again, as it does when the hub itself writes the property through to it.
 */
export function createJoinAnswers(deps: JoinDeps): OneSubresource {
  return {
    create: ({ name, user }, body): SubresourceContent => {
      const wanted = isJsonObject(body['spec']) ? body['spec'] : {};
      const value = textAt(wanted, 'value') ?? '';
      const isNote = textAt(wanted, 'clusterSet') === '' && isClusterId(name);
      const { group, kind } = CLUSTER_PROPERTY_JOIN;
      const missing = fieldRequired('spec.value', 'the value that is wanted');
      if (value === '' && !isNote) throw invalid({ group, kind }, name, [missing]);
      const request = requestFor({ ...findProperty(deps, name), value }, user, wanted['dryRun'] === true);
      const decision = isNote ? noteIdentity(deps, request, value) : decide(deps, request, wanted);
      return { metadata: { name }, spec: wanted, status: statusOf(decision) };
    },
  };
}

function isClusterId(row: string): boolean {
  const address = parseRowName(row);
  return address.ok && address.value.name === CLUSTER_ID_PROPERTY;
}

function findProperty({ findMember }: JoinDeps, row: string): Pick<WantedProperty, 'cluster' | 'name'> {
  const address = parseRowName(row);
  const cluster = address.ok ? findMember(address.value.cluster) : undefined;
  if (!address.ok || cluster === undefined) throw notFound({ group: ABOUT_GROUP, resource: RESOURCE }, row);
  return { cluster, name: address.value.name };
}

interface WantedProperty {
  readonly cluster: ClusterId;
  readonly name: string;
  readonly value: string;
}

function requestFor({ cluster, name, value }: WantedProperty, user: RequestUser, dryRun: boolean): AdmissionRequest {
  const object: KubeObject = {
    apiVersion: `${ABOUT_GROUP}/v1beta1`,
    kind: 'ClusterProperty',
    metadata: { name },
    spec: { value },
  };
  const circumstances = { cluster, subresource: '', requestVersion: 'v1beta1', dryRun, user };
  return { ...circumstances, operation: 'CREATE', object, oldObject: undefined };
}

/**
 * The member may have changed its own half of the identity a moment ago: what is decided for another identity than the one
 * that the write brings about would keep the wrong one from others.
 */
function seesOtherwise(
  { admission }: JoinDeps,
  request: AdmissionRequest,
  wanted: JsonObject,
): AdmissionDecision | undefined {
  const claim = claimOf(request, admission.lookup.identityOf);
  const isSame = (field: 'clusterID' | 'clusterSet'): boolean =>
    (textAt(wanted, field) ?? claim?.[field]) === claim?.[field];
  if (claim === undefined || (isSame('clusterID') && isSame('clusterSet'))) return undefined;
  return tryAgain(`the hub has yet to read who member cluster "${claim.cluster}" is by now`);
}

/**
 * A cluster outside all ClusterSets changes or drops (value '') its id: the rules have no say in that, whatever the hub sees
 * by now. Noted, so that no join is judged for the id that is about to go.
 */
function noteIdentity(
  { reservations }: JoinDeps,
  { cluster, dryRun }: AdmissionRequest,
  value: string,
): AdmissionDecision {
  const reserved = dryRun ? undefined : takeClaim(reservations, { cluster, clusterID: value, clusterSet: '' });
  return reserved?.type === 'refused' ? reserved.decision : { type: 'allow', warnings: [], failures: [] };
}

function decide(deps: JoinDeps, request: AdmissionRequest, wanted: JsonObject): AdmissionDecision {
  const putOff = seesOtherwise(deps, request, wanted);
  if (putOff !== undefined) return putOff;
  const rules = definitionOf(RESOURCE).rules.filter(({ effects }) => effects.includes('deny'));
  const decision = evaluateRules(rules, request, deps.admission);
  if (decision.type !== 'allow') return decision;
  const reserved = reserveClaim(deps, request);
  return reserved.type === 'refused' ? reserved.decision : decision;
}

function statusOf(decision: AdmissionDecision): JsonObject {
  switch (decision.type) {
    case 'allow':
      return { allowed: true };
    case 'deny':
      return {
        allowed: false,
        code: 422,
        message: decision.causes.map(({ field, message }) => `${field}: ${message}`).join('; '),
        causes: decision.causes.map(({ field, reason, message }) => ({ field, reason, message })),
      };
    case 'forbid':
      return { allowed: false, code: 403, message: decision.because };
    case 'unavailable': {
      const { because, retryAfterSeconds } = decision;
      return { allowed: false, code: 503, message: because, retryAfterSeconds };
    }
    case 'fail':
      throw decision.failure.error;
  }
}
