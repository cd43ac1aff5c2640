import { expect, test } from 'vitest';
import {
  admissionContext,
  causesOf,
  createRequest,
  deleteRequest,
  memberIdentity,
  updateRequest,
  warningsOf,
} from '../../test/support/admission.ts';
import type { KubeObject } from '../kube/object.ts';
import { celRules } from './cel-rule.ts';
import type { CelRuleSet, CelRuleSource } from './cel-rule-source.ts';
import { evaluateRules } from './evaluate-rules.ts';

const SUBJECT = { group: 'about.k8s.io', version: 'v1beta1', resource: 'clusterproperties', kind: 'ClusterProperty' };
const SCHEMA = { properties: { spec: { type: 'object', properties: { value: { type: 'string' } } } } };

const RULE: CelRuleSource = {
  name: 'value',
  operations: ['CREATE', 'UPDATE'],
  subresources: [''],
  effect: 'deny',
  expression: 'size(object.spec.value) >= 1',
  field: 'spec.value',
  reason: 'FieldValueInvalid',
  message: 'must not be empty',
  messageExpression: undefined,
};

function rulesOf(rule: Partial<CelRuleSource>, variables: CelRuleSet['variables'] = []) {
  return celRules({ variables, rules: [{ ...RULE, ...rule }] }, { subject: SUBJECT, schema: SCHEMA });
}

function property(value?: string, name = 'cluster.clusterset.k8s.io'): KubeObject {
  const spec = value === undefined ? {} : { value };
  return { apiVersion: 'about.k8s.io/v1beta1', kind: 'ClusterProperty', metadata: { name }, spec };
}

function judge(rule: Partial<CelRuleSource>, object = property('')) {
  const [made] = rulesOf(rule);
  if (made === undefined) throw new Error('no rule');
  return made.evaluate(createRequest(object), admissionContext());
}

test('a rule that is true says nothing', () => {
  expect(judge({}, property('a'))).toEqual({ type: 'allow', warnings: [] });
});

test.each([
  ['FieldValueInvalid', 'spec.value: Invalid value: "": must not be empty'],
  ['FieldValueForbidden', 'spec.value: Forbidden: must not be empty'],
  ['FieldValueRequired', 'spec.value: Required value: must not be empty'],
  ['FieldValueDuplicate', 'spec.value: Duplicate value: "": must not be empty'],
] as const)('a rule that is false denies with %s', (reason, cause) => {
  expect(causesOf(judge({ reason }))).toEqual([cause]);
});

test('or warns', () => {
  expect(warningsOf(judge({ effect: 'warn' }))).toEqual(['must not be empty']);
});

test('what cannot be evaluated counts as false and says why', () => {
  const text = "expression 'size(object.spec.value) >= 1' resulted in error: no such key: value";
  expect(causesOf(judge({}, property()))).toEqual([`spec.value: Invalid value: null: ${text}`]);
  expect(warningsOf(judge({ effect: 'warn' }, property()))).toEqual([text]);
});

test.each([
  ["'value of ' + object.metadata.name + ' is empty'", 'value of cluster.clusterset.k8s.io is empty'],
  ["''", 'must not be empty'],
  ["'  '", 'must not be empty'],
  ["'a\\nb'", 'must not be empty'],
  ["'abcdefgh'.replace('a', 'aaaaaaaaaa') + string(1 / 0)", 'must not be empty'],
  [`'${'a'.repeat(5121)}'`, 'must not be empty'],
])('messageExpression %.30s says %s', (messageExpression, message) => {
  expect(warningsOf(judge({ effect: 'warn', messageExpression }))).toEqual([message]);
});

test('expressions read the request, the namespace, the ClusterSet and each other', () => {
  const set: CelRuleSet = {
    variables: [
      { name: 'name', expression: "(request.operation == 'DELETE' ? oldObject : object).metadata.name" },
      { name: 'mine', expression: 'clusterset.cluster.clusterID' },
    ],
    rules: [
      {
        ...RULE,
        operations: ['DELETE'],
        expression: "variables.name == '' && variables.mine == '' && namespaceObject == null && object == null",
        messageExpression:
          "variables.name + ' ' + variables.mine + ' ' + request.userInfo.username + ' ' + request.resource.resource + ' ' + clusterset.others.map(o, o.name).join(',')",
      },
    ],
  };
  const [rule] = celRules(set, { subject: SUBJECT, schema: SCHEMA });
  const context = admissionContext({
    identityOf: () => memberIdentity('east', { clusterID: 'e1' }),
    otherIdentities: () => [memberIdentity('west'), memberIdentity('north')],
  });
  expect(causesOf(rule?.evaluate(deleteRequest(property('a')), context) ?? { type: 'allow', warnings: [] })).toEqual([
    'spec.value: Invalid value: "a": cluster.clusterset.k8s.io e1 jane clusterproperties west,north',
  ]);
});

test('an update is not refused for what was wrong before', () => {
  const rules = rulesOf({ expression: "object.spec.value == 'good'" });
  expect(evaluateRules(rules, updateRequest(property('bad'), property('bad')), admissionContext()).type).toBe('allow');
  expect(evaluateRules(rules, updateRequest(property('good'), property('bad')), admissionContext()).type).toBe('deny');
});

test.each([
  ['object.spec.vlaue == ""', "admission rule value: 1:12: undefined field 'vlaue'"],
  ['object.spec.value', 'gives the wrong type'],
])('%s does not even load', (expression, problem) => {
  expect(() => rulesOf({ expression })).toThrow(problem);
});
