import { PROPERTY_VALUE_CHARACTERS_MAX } from './value-length.ts';
import type { CelRuleSet, CelRuleSource } from '../cel-rule-source.ts';

/** Characters of a value that a ClusterProfile can show; longer ones are left out there. */
const PROFILE_VALUE_CHARACTERS_MAX = 1024;

/** KEP-2149: an id is a DNS subdomain, whose labels have at most 63 characters. */
export const CLUSTER_ID_PATTERN = '^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?(\\\\.[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?)*$';

const ID = "'cluster.clusterset.k8s.io'";
const SET = "'clusterset.k8s.io'";
const IS_OTHER_THAN_ID = `variables.prop != ${ID}`;
const IS_OTHER_THAN_SET = `variables.prop != ${SET}`;

const HOLDER = (filter: string): string =>
  `(params.namesOthers ? 'member ' + clusterset.others.filter(m, ${filter}).map(m, m.name)[0] : 'another member')`;

const SET_TAKEN = 'm.clusterSet == variables.value && m.clusterID == clusterset.cluster.clusterID';
const ID_TAKEN = 'm.clusterSet == clusterset.cluster.clusterSet && m.clusterID == variables.value';
const IS_LABEL_VALUE = `size(variables.value) <= 63 && variables.value.matches('^[A-Za-z0-9]([-A-Za-z0-9_.]*[A-Za-z0-9])?$')`;
const LABEL_VALUE_TEXT =
  'no label can have this value: use letters, digits, "-", "_" and ".", at most 63, beginning and ending with a letter or digit';

function deny(rule: Omit<CelRuleSource, 'effect' | 'subresources'>): CelRuleSource {
  return { ...rule, effect: 'deny', subresources: [''] };
}

function warn(
  rule: Pick<CelRuleSource, 'name' | 'operations' | 'expression' | 'message'> & Partial<CelRuleSource>,
): CelRuleSource {
  return {
    ...{ effect: 'warn', subresources: [''], field: 'spec.value', reason: 'FieldValueInvalid' },
    messageExpression: undefined,
    ...rule,
  };
}

/** Faults of one object, whatever else there is. */
const OF_THE_OBJECT: readonly CelRuleSource[] = [
  deny({
    name: 'value-length',
    operations: ['CREATE', 'UPDATE'],
    expression: `size(variables.value) >= 1 && size(variables.value) <= ${PROPERTY_VALUE_CHARACTERS_MAX}`,
    field: 'spec.value',
    reason: 'FieldValueForbidden',
    message: `must have 1 to ${PROPERTY_VALUE_CHARACTERS_MAX} characters`,
    messageExpression: `'must have 1 to ${PROPERTY_VALUE_CHARACTERS_MAX} characters, and has ' + string(size(variables.value))`,
  }),
  deny({
    name: 'cluster-id-form',
    operations: ['CREATE', 'UPDATE'],
    expression: `${IS_OTHER_THAN_ID} || variables.value == '' || (size(variables.value) <= 253 && variables.value.matches('${CLUSTER_ID_PATTERN}'))`,
    field: 'spec.value',
    reason: 'FieldValueInvalid',
    message:
      'a cluster id is a DNS subdomain: lower case letters, digits and "-" in labels of at most 63 characters, separated by dots, at most 253 in all',
    messageExpression: undefined,
  }),
  deny({
    name: 'reserved-name',
    operations: ['CREATE'],
    expression: '!variables.isReserved',
    field: 'metadata.name',
    reason: 'FieldValueForbidden',
    message: 'suffixes .k8s.io and .kubernetes.io are reserved; use a domain you own',
    messageExpression:
      "'suffix .' + (variables.prop.endsWith('k8s.io') ? 'k8s.io' : 'kubernetes.io') + ' is reserved; use a domain you own'",
  }),
  deny({
    name: 'clusterset-label-value',
    operations: ['CREATE'],
    expression: `!variables.strictClusterSetNames || ${IS_OTHER_THAN_SET} || variables.value == '' || (${IS_LABEL_VALUE})`,
    field: 'spec.value',
    reason: 'FieldValueInvalid',
    message: LABEL_VALUE_TEXT,
    messageExpression: undefined,
  }),
];

/** What an id and a membership must be to each other, in one cluster and between clusters (KEP-2149). */
const OF_IDENTITY: readonly CelRuleSource[] = [
  deny({
    name: 'cluster-id-of-member',
    operations: ['UPDATE'],
    expression: `${IS_OTHER_THAN_ID} || clusterset.cluster.clusterSet == '' || variables.value == variables.oldValue`,
    field: 'spec.value',
    reason: 'FieldValueForbidden',
    message: 'cannot change while the cluster is a member of a ClusterSet; delete clusterset.k8s.io first',
    messageExpression: `'cannot change while ' + clusterset.cluster.name + ' is a member of "' + clusterset.cluster.clusterSet + '"; delete clusterset.k8s.io first'`,
  }),
  deny({
    name: 'clusterset-changed',
    operations: ['UPDATE'],
    expression: `${IS_OTHER_THAN_SET} || variables.value == variables.oldValue`,
    field: 'spec.value',
    reason: 'FieldValueForbidden',
    message: 'membership cannot be changed in place; delete clusterset.k8s.io, then create it with the new value',
    messageExpression: undefined,
  }),
  deny({
    name: 'clusterset-needs-id',
    operations: ['CREATE'],
    expression: `${IS_OTHER_THAN_SET} || clusterset.cluster.clusterID != ''`,
    field: 'metadata.name',
    reason: 'FieldValueForbidden',
    message: 'the cluster has no cluster.clusterset.k8s.io; create it first',
    messageExpression: `'cluster ' + clusterset.cluster.name + ' has no cluster.clusterset.k8s.io; create it first'`,
  }),
  deny({
    name: 'clusterset-unique-id',
    operations: ['CREATE'],
    expression: `${IS_OTHER_THAN_SET} || clusterset.cluster.clusterID == '' || !clusterset.others.exists(m, ${SET_TAKEN})`,
    field: 'spec.value',
    reason: 'FieldValueDuplicate',
    message: 'another member already has the id of this cluster; change cluster.clusterset.k8s.io first',
    messageExpression: `'cluster ' + clusterset.cluster.name + ' cannot join "' + variables.value + '": ' + ${HOLDER(SET_TAKEN)} + ' already has id "' + clusterset.cluster.clusterID + '"; change cluster.clusterset.k8s.io on ' + clusterset.cluster.name + ' first'`,
  }),
  deny({
    name: 'cluster-id-unique',
    operations: ['CREATE'],
    expression: `${IS_OTHER_THAN_ID} || clusterset.cluster.clusterSet == '' || !clusterset.others.exists(m, ${ID_TAKEN})`,
    field: 'spec.value',
    reason: 'FieldValueDuplicate',
    message: 'another member already has this id; choose another one',
    messageExpression: `${HOLDER(ID_TAKEN)} + ' of "' + clusterset.cluster.clusterSet + '" already has this id; choose another one'`,
  }),
];

const ADVICE: readonly CelRuleSource[] = [
  warn({
    name: 'leaving',
    operations: ['DELETE'],
    expression: IS_OTHER_THAN_SET,
    message: 'This cluster leaves its ClusterSet',
    messageExpression: `'Cluster ' + clusterset.cluster.name + ' leaves ClusterSet "' + clusterset.cluster.clusterSet + '"'`,
  }),
  warn({
    name: 'reserved-name-kept',
    operations: ['UPDATE'],
    expression: '!variables.isReserved',
    message: 'Suffixes .k8s.io and .kubernetes.io are reserved: give this property a name in a domain you own',
  }),
  warn({
    name: 'historic-id',
    operations: ['CREATE'],
    expression: "!(variables.prop in ['id.k8s.io', 'mcs-id.k8s.io'])",
    message: 'This is not the id of a cluster: that is cluster.clusterset.k8s.io',
  }),
  warn({
    name: 'unqualified-name',
    operations: ['CREATE'],
    expression: "variables.prop.contains('.')",
    message: 'Name without a domain: others may use it for something else; append a domain you own',
  }),
  warn({
    name: 'clusterset-odd-value',
    operations: ['CREATE'],
    expression: `variables.strictClusterSetNames || ${IS_OTHER_THAN_SET} || variables.value == '' || (${IS_LABEL_VALUE})`,
    message: `ClusterSet cannot be selected by label: ${LABEL_VALUE_TEXT}`,
  }),
  warn({
    name: 'too-long-for-profile',
    operations: ['CREATE', 'UPDATE'],
    expression: `size(variables.value) <= ${PROFILE_VALUE_CHARACTERS_MAX}`,
    message: `ClusterProfiles leave this property out: a value has more than ${PROFILE_VALUE_CHARACTERS_MAX} characters`,
  }),
  warn({
    name: 'long-cluster-id',
    operations: ['CREATE', 'UPDATE'],
    expression: `${IS_OTHER_THAN_ID} || size(variables.value) < 128`,
    message: 'Cluster id has 128 characters or more: not every tool can use it',
  }),
  warn({
    name: 'cluster-id-other-name',
    operations: ['CREATE', 'UPDATE'],
    expression: `${IS_OTHER_THAN_ID} || variables.value == clusterset.cluster.name || variables.value.startsWith(clusterset.cluster.name + '.')`,
    message: 'Cluster id differs from the name under which the cluster is registered',
    messageExpression: `'Cluster id differs from ' + clusterset.cluster.name + ', the name under which the cluster is registered'`,
  }),
  warn({
    name: 'odd-white-space',
    operations: ['CREATE', 'UPDATE'],
    expression: "!variables.value.matches('^\\\\s|\\\\s$|[\\\\x00-\\\\x08\\\\x0b\\\\x0c\\\\x0e-\\\\x1f\\\\x7f]')",
    message: 'spec.value has white space at an end, or control characters',
  }),
];

/** Nobody may take the id away from a member: the only rule of a deletion. */
const OF_DELETION: readonly CelRuleSource[] = [
  deny({
    name: 'cluster-id-needed',
    operations: ['DELETE'],
    expression: `${IS_OTHER_THAN_ID} || clusterset.cluster.clusterSet == ''`,
    field: 'metadata.name',
    reason: 'FieldValueForbidden',
    message: 'the cluster is a member of a ClusterSet; delete clusterset.k8s.io first',
    messageExpression: `'cluster.clusterset.k8s.io: ' + clusterset.cluster.name + ' is a member of "' + clusterset.cluster.clusterSet + '"; delete clusterset.k8s.io first'`,
  }),
];

/** As policies have them without declaring them. */
const SETTINGS: CelRuleSet['variables'] = [
  { name: 'standardProperties', expression: 'params.standardProperties' },
  { name: 'strictClusterSetNames', expression: 'params.strictClusterSetNames' },
];

const VARIABLES: CelRuleSet['variables'] = [
  { name: 'prop', expression: "request.operation == 'DELETE' ? oldObject.metadata.name : object.metadata.name" },
  {
    name: 'value',
    expression: "has(object.spec) && has(object.spec.value) ? object.spec.value : ''",
  },
  {
    name: 'oldValue',
    expression: "has(oldObject.spec) && has(oldObject.spec.value) ? oldObject.spec.value : ''",
  },
  {
    name: 'isReserved',
    expression: `!(variables.prop in [${ID}, ${SET}]) && !(variables.prop in variables.standardProperties) && variables.prop.matches('(^|\\\\.)(k8s|kubernetes)\\\\.io$')`,
  },
];

const WITH_SETTINGS = [...SETTINGS, ...VARIABLES];

export const CEL_RULES: CelRuleSet = { variables: WITH_SETTINGS, rules: [...OF_THE_OBJECT, ...OF_IDENTITY, ...ADVICE] };

export const CEL_DELETION_RULES: CelRuleSet = { variables: WITH_SETTINGS, rules: OF_DELETION };

/** What a member can judge of one property without a look at its other ones. */
export const CEL_MEMBER_RULES: CelRuleSet = {
  variables: VARIABLES,
  rules: CEL_RULES.rules.filter(({ expression }) => !/\bclusterset\.(cluster|others)\b/.test(expression)),
};
