/** An expression about one kind in its version v1beta1. */
export interface CelTypeCase {
  readonly resource: 'serviceexports' | 'serviceimports';
  readonly expression: string;
}

export interface CelTypeDifference extends CelTypeCase {
  /** Whether what the fields are speaks against it. */
  readonly kubernetes: 'refused' | 'accepted';
  readonly ours: 'refused' | 'accepted';
}

const EXPORTS = [
  "has(object.spec.exportedLabels) && 'a' in object.spec.exportedLabels",
  'has(object.spec.exportedLables)',
  'has(oldObject.spec.ports)',
  'oldObject == null || object.spec == oldObject.spec',
  'object.spec.exportedLabels.all(key, key.size() < 10)',
  'object.spec.exportedLabels.all(key, key < 10)',
  "object.spec.exportedLabels['team'] == 'a'",
  "object.spec.exportedLabels['team'] == 1",
  'object.spec.exportedLabels.team.size() > 0',
  "object.metadata.name.startsWith('a')",
  'object.metadata.name > 1',
  'object.metadata.nom == ""',
  "object.metadata.labels.exists(key, key == 'team')",
  'object.metadata.labels == {}',
  "object.kind == 'ServiceExport'",
  'object.status.conditions.all(one, one.type != "")',
  "object.status.conditions.all(one, one.typ != '')",
  "object.status.conditions.all(one, one.lastTransitionTime < timestamp('2030-01-01T00:00:00Z'))",
  "object.status.conditions.all(one, one.lastTransitionTime == '2030-01-01T00:00:00Z')",
  'object.sepc == null',
  'dyn(object).sepc == null',
  'object.spec',
  'object.spec.size() == 0',
  "variables.nothing == ''",
  "request.operation == 'CREATE' && request.userInfo.username != ''",
  'request.operation == 1',
  'request.userInfo.nickname == ""',
  "namespaceObject.metadata.labels.tier == 'gold'",
  'namespaceObject.metadata.tier == 1',
];

const IMPORTS = [
  'object.spec.ports.all(one, one.port > 79)',
  "object.spec.ports.all(one, one.port > '79')",
  'object.spec.ports.all(one, one.port > 79.5)',
  'object.spec.ports.all(one, type(one.port) == int)',
  'object.spec.ports.exists_one(one, one.name == "http")',
  'object.spec.ports[0].appProtocol.size() > 0',
  'object.spec.ports[0].appProtocoll.size() > 0',
  "object.spec.ports['0'].port == 1",
  'object.spec.ports.map(one, one.port).sum() > 1',
  'object.spec.ports.map(one, one.name).sum() > 1',
  'object.spec.ports.port == 1',
  "object.spec.type == 'Headless'",
  'object.spec.type == 1',
  'object.spec.type + 1 == 2',
  'object.spec.type',
  "object.spec.ips.exists(one, one == '10.0.0.1')",
  'object.spec.ips.exists(one, isIP(one) && ip(one).family() == 4)',
  'object.spec.ips.exists(one, ip(one).famly() == 4)',
  'object.spec.sessionAffinityConfig.clientIP.timeoutSeconds > 10',
  "object.spec.sessionAffinityConfig.clientIP.timeoutSeconds == '10'",
  "object.status.clusters.exists(one, one.cluster == 'a')",
  "object.status.clusters.exists(one, one.clusters == 'a')",
];

export const CEL_TYPES: readonly CelTypeCase[] = [
  ...EXPORTS.map((expression) => ({ resource: 'serviceexports', expression }) as const),
  ...IMPORTS.map((expression) => ({ resource: 'serviceimports', expression }) as const),
];

/** Where a policy's type checking and the loading of a rule come to something else, as docs/cel.md lists it. */
export const CEL_TYPE_DIFFERENCES: readonly CelTypeDifference[] = [
  {
    resource: 'serviceexports',
    expression: "object.status.conditions.all(one, one.lastTransitionTime < timestamp('2030-01-01T00:00:00Z'))",
    ...{ kubernetes: 'accepted', ours: 'refused' },
  },
  {
    resource: 'serviceexports',
    expression: "object.status.conditions.all(one, one.lastTransitionTime == '2030-01-01T00:00:00Z')",
    ...{ kubernetes: 'refused', ours: 'accepted' },
  },
  { resource: 'serviceexports', expression: 'object.spec.size() == 0', kubernetes: 'refused', ours: 'accepted' },
  {
    resource: 'serviceimports',
    expression: 'object.spec.ports.map(one, one.name).sum() > 1',
    ...{ kubernetes: 'refused', ours: 'accepted' },
  },
];
