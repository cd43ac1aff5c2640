import { isJsonObject } from '../../kube/object.ts';
import type { ClusterClient } from './cluster-client.ts';

/** One right, as SelfSubjectAccessReview asks for it. */
export interface Right {
  readonly verb: string;
  readonly group: string;
  readonly resource: string;
  readonly subresource?: string;
  readonly namespace?: string;
  readonly name?: string;
  /** It is enough to have it for each of these objects. */
  readonly names?: readonly string[];
}

/** The right to a path that is no resource. */
export interface PathRight {
  readonly verb: string;
  readonly path: string;
}

/** The rights of the list that the caller lacks, as text (`create clusterroles.rbac.authorization.k8s.io`). */
export async function missingRights(
  client: ClusterClient,
  rights: readonly (Right | PathRight)[],
): Promise<readonly string[]> {
  const answers = await Promise.all(rights.map(async (right) => ({ right, allowed: await isAllowed(client, right) })));
  return answers.filter(({ allowed }) => !allowed).map(({ right }) => describeRight(right));
}

async function isAllowed(client: ClusterClient, right: Right | PathRight): Promise<boolean> {
  if ('path' in right) return isGranted(client, right);
  const { names = [], ...whole } = right;
  if (await isGranted(client, whole)) return true;
  const each = await Promise.all(names.map((name) => isGranted(client, { ...whole, name })));
  return names.length > 0 && each.every(Boolean);
}

async function isGranted(client: ClusterClient, right: Omit<Right, 'names'> | PathRight): Promise<boolean> {
  const review = await client.create('/apis/authorization.k8s.io/v1/selfsubjectaccessreviews', {
    apiVersion: 'authorization.k8s.io/v1',
    kind: 'SelfSubjectAccessReview',
    spec: 'path' in right ? { nonResourceAttributes: { ...right } } : { resourceAttributes: { ...right } },
  });
  return isJsonObject(review['status']) && review['status']['allowed'] === true;
}

function describeRight(right: Right | PathRight): string {
  if ('path' in right) return `${right.verb} ${right.path}`;
  const { verb, group, namespace, name } = right;
  const resource = right.subresource === undefined ? right.resource : `${right.resource}/${right.subresource}`;
  const one = name === undefined ? '' : ` ${name}`;
  const where = namespace === undefined ? '' : ` in ${namespace}`;
  return `${verb} ${resource}${group === '' ? '' : `.${group}`}${one}${where}`;
}
