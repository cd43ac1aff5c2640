import { ALLOWED_KEYS, ANNOTATIONS_BYTES_MAX, RESERVED_KEYS, RESERVED_PREFIXES } from '../../clusterset/index.ts';
import { MULTICLUSTER_GROUP } from '../../kube/domain.ts';
import {
  celDnsLabelFault,
  celField,
  celInvalidText,
  celIsDnsLabel,
  celIsLabelKey,
  celIsLabelValue,
  celJoin,
  celLabelKeyFault,
  celLabelValueFault,
  celList,
} from '../cel-text.ts';
import type { MemberPolicy, MemberPolicyRule } from '../member-policy.ts';
import { CEL_MAY_MANAGE } from '../managing-users.ts';

const TARGET = {
  group: MULTICLUSTER_GROUP,
  versions: ['v1beta1', 'v1alpha1', 'v1alpha2'],
  resource: 'serviceexports',
  matchConditions: [],
  params: undefined,
} as const;

const NAME = celField('object.metadata', 'name', '""');
const LABELS = 'variables.labels';
const ANNOTATIONS = 'variables.annotations';

/** All of one object are old where the object is new. */
const OLD = "request.operation == 'UPDATE'";

function entries(of: 'object' | 'oldObject', map: string): string {
  return `has(${of}.spec) && has(${of}.spec.${map}) ? ${of}.spec.${map} : {}`;
}

function isReserved(key: string): string {
  const prefix = `(${key}.contains("/") && ${key}.split("/")[0] in ${celList([...RESERVED_PREFIXES])})`;
  return `(!(${key} in ${celList([...ALLOWED_KEYS])}) && (${prefix} || ${key} in ${celList([...RESERVED_KEYS])}))`;
}

function bytesOf(map: string): string {
  return `${map}.map(key, size(bytes(key)) + size(bytes(${map}[key]))).sum()`;
}

function keyRule(map: 'exportedLabels' | 'exportedAnnotations', bad: string): MemberPolicyRule {
  const field = celJoin(`spec.${map}[`, { cel: `${bad}[0]` }, ']');
  const judged = map === 'exportedLabels' ? `${bad}[0]` : `${bad}[0].lowerAscii()`;
  return {
    name: 'exported-metadata',
    reason: 'FieldValueInvalid',
    expression: `size(${bad}) == 0`,
    message: `spec.${map}: Invalid value: not a key of ${map === 'exportedLabels' ? 'a label' : 'an annotation'}`,
    messageExpression: celInvalidText(field, `${bad}[0]`, celLabelKeyFault(judged)),
  };
}

function reservedRule(map: 'exportedLabels' | 'exportedAnnotations', bad: string): MemberPolicyRule {
  const text = 'Forbidden: the key is reserved for Kubernetes and multi-cluster controllers';
  return {
    name: 'reserved-keys',
    reason: 'FieldValueForbidden',
    expression: `size(${bad}) == 0`,
    message: `spec.${map}: ${text}`,
    messageExpression: celJoin(`spec.${map}[`, { cel: `${bad}[0]` }, `]: ${text}`),
  };
}

const RULES: readonly MemberPolicyRule[] = [
  {
    name: 'allowed-namespace',
    forbids: true,
    reason: 'FieldValueForbidden',
    expression: `request.operation != 'CREATE' || !(request.namespace in variables.forbiddenNamespaces)`,
    message: 'exports from this namespace are not allowed by the policy of this ClusterSet',
    messageExpression:
      '"exports from namespace " + request.namespace + " are not allowed by the policy of this ClusterSet"',
  },
  {
    name: 'service-name',
    reason: 'FieldValueInvalid',
    expression: `request.operation != 'CREATE' || variables.name == "" || ${celIsDnsLabel('variables.name')}`,
    message: 'metadata.name: Invalid value: no Service can have this name',
    messageExpression: celInvalidText(
      '"metadata.name"',
      'variables.name',
      `"no Service can have this name: " + ${celDnsLabelFault('variables.name')}`,
    ),
  },
  keyRule('exportedLabels', 'variables.badLabels'),
  {
    name: 'exported-metadata',
    reason: 'FieldValueInvalid',
    expression: 'size(variables.badValues) == 0',
    message: 'spec.exportedLabels: Invalid value: not a value of a label',
    messageExpression: celInvalidText(
      celJoin('spec.exportedLabels[', { cel: 'variables.badValues[0]' }, ']'),
      `${LABELS}[variables.badValues[0]]`,
      celLabelValueFault(`${LABELS}[variables.badValues[0]]`),
    ),
  },
  keyRule('exportedAnnotations', 'variables.badAnnotations'),
  {
    name: 'exported-metadata',
    reason: 'FieldValueInvalid',
    expression:
      `${bytesOf(ANNOTATIONS)} <= ${ANNOTATIONS_BYTES_MAX} || ` +
      `${bytesOf('variables.oldAnnotations')} > ${ANNOTATIONS_BYTES_MAX}`,
    message: `spec.exportedAnnotations: Too long: may not be more than ${ANNOTATIONS_BYTES_MAX} bytes`,
    messageExpression: undefined,
  },
  reservedRule('exportedLabels', 'variables.reservedLabels'),
  reservedRule('exportedAnnotations', 'variables.reservedAnnotations'),
];

/** What a member can judge of an export without a look at any other object. An entry that was there before is not judged again. */
export const memberPolicies: readonly MemberPolicy[] = [
  {
    ...TARGET,
    name: 'serviceexports',
    subresources: [''],
    operations: ['CREATE', 'UPDATE'],
    variables: [
      { name: 'name', expression: NAME },
      { name: 'labels', expression: entries('object', 'exportedLabels') },
      { name: 'annotations', expression: entries('object', 'exportedAnnotations') },
      { name: 'oldLabels', expression: `${OLD} && ${entries('oldObject', 'exportedLabels')}` },
      { name: 'oldAnnotations', expression: `${OLD} && ${entries('oldObject', 'exportedAnnotations')}` },
      {
        name: 'badLabels',
        expression: `${LABELS}.filter(key, !(key in variables.oldLabels) && !${celIsLabelKey('key')})`,
      },
      {
        name: 'badValues',
        expression:
          `${LABELS}.filter(key, !(key in variables.oldLabels && variables.oldLabels[key] == ${LABELS}[key])` +
          ` && !${celIsLabelValue(`${LABELS}[key]`)})`,
      },
      {
        name: 'badAnnotations',
        expression: `${ANNOTATIONS}.filter(key, !(key in variables.oldAnnotations) && !${celIsLabelKey('key.lowerAscii()')})`,
      },
      {
        name: 'reservedLabels',
        expression: `${LABELS}.filter(key, !(key in variables.oldLabels) && ${isReserved('key')})`,
      },
      {
        name: 'reservedAnnotations',
        expression: `${ANNOTATIONS}.filter(key, !(key in variables.oldAnnotations) && ${isReserved('key.lowerAscii()')})`,
      },
    ],
    rules: RULES,
  },
  {
    ...TARGET,
    name: 'serviceexports-status',
    subresources: ['status'],
    operations: ['UPDATE'],
    needsControllers: true,
    variables: [],
    rules: [
      {
        name: 'status-writers',
        forbids: true,
        reason: 'FieldValueForbidden',
        expression:
          `${CEL_MAY_MANAGE} || ` +
          '(has(object.status) ? has(oldObject.status) && object.status == oldObject.status : !has(oldObject.status))',
        message: 'the status of a ServiceExport is written by the MCS implementation only',
        messageExpression: undefined,
      },
    ],
  },
];
