import type { JsonObject, KubeObject } from '../../../src/kube/object.ts';
import type { RuleCase } from './rule-case.ts';

const SLICES = 'EndpointSlices with labels multicluster.kubernetes.io/ are written by the MCS implementation only';

function slice(labels: Readonly<Record<string, string>> = {}): KubeObject {
  return {
    apiVersion: 'discovery.k8s.io/v1',
    kind: 'EndpointSlice',
    metadata: { name: 'api-1', namespace: 'prod', labels },
    addressType: 'IPv4',
    endpoints: [],
    ports: [],
  };
}

const IMPORTED = slice({ 'multicluster.kubernetes.io/service-name': 'api' });

function sliceCase(name: string, says: Partial<RuleCase>): RuleCase {
  return { name, resource: 'endpointslices', ...says };
}

export const SLICE_CASES: readonly RuleCase[] = [
  sliceCase('an ordinary slice', { object: slice() }),
  sliceCase('an imported slice by nobody', { object: IMPORTED, forbidden: SLICES }),
  sliceCase('an imported slice by a controller', { object: IMPORTED, user: 'mcs' }),
  sliceCase('a slice that becomes imported', { oldObject: slice(), object: IMPORTED, forbidden: SLICES }),
  sliceCase('a slice that is imported no longer', { oldObject: IMPORTED, object: slice(), forbidden: SLICES }),
  sliceCase('the deletion of an imported slice', { oldObject: IMPORTED, forbidden: SLICES }),
  sliceCase('the deletion of an ordinary slice', { oldObject: slice() }),
];

const [KEP, INVENTORY] = ['clusterset.multicluster.x-k8s.io', 'multicluster.x-k8s.io/clusterset'];
const DISAGREE = `metadata.labels: Invalid value: ${KEP} and ${INVENTORY} name different ClusterSets`;

function namespace(labels: JsonObject, name = 'team'): KubeObject {
  const metadata = { name, labels };
  return JSON.parse(JSON.stringify({ apiVersion: 'v1', kind: 'Namespace', metadata })) as KubeObject;
}

function namespaceCase(name: string, says: Partial<RuleCase>): RuleCase {
  return { name, resource: 'namespaces', ...says };
}

/** Judged by the policy only. */
export const NAMESPACE_CASES: readonly RuleCase[] = [
  namespaceCase('no label', { object: namespace({}) }),
  namespaceCase('one label', { object: namespace({ [KEP]: 'a' }) }),
  namespaceCase('labels that agree', { object: namespace({ [KEP]: 'a', [INVENTORY]: 'a' }) }),
  namespaceCase('labels that differ', { object: namespace({ [KEP]: 'a', [INVENTORY]: 'b' }), invalid: DISAGREE }),
  namespaceCase('labels that come to differ', {
    oldObject: namespace({ [KEP]: 'a' }),
    object: namespace({ [KEP]: 'a', [INVENTORY]: 'b' }),
    invalid: DISAGREE,
  }),
  namespaceCase('labels that differed before', {
    oldObject: namespace({ [KEP]: 'a', [INVENTORY]: 'b' }, 'other'),
    object: namespace({ [KEP]: 'a', [INVENTORY]: 'b', more: 'x' }, 'other'),
  }),
];
