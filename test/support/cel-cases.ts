import { activate, ANY_OBJECT, compileCel, openScope } from '../../src/cel/index.ts';

/** What an expression comes to: `true`, `false`, `refused` when it is loaded, or `error: ` and why. */
export type CelOutcome = string;

/** An expression that kube-apiserver and we see differently. */
export interface CelDifference {
  readonly expression: string;
  readonly kubernetes: CelOutcome;
  readonly ours: CelOutcome;
}

/** Read by the expressions. */
export const CEL_OBJECT = {
  apiVersion: 'coordination.k8s.io/v1',
  kind: 'Lease',
  metadata: { name: 'a', namespace: 'default', labels: { team: 'x', 'example.com/tier': 'gold' } },
  spec: { holderIdentity: 'grün😀', leaseDurationSeconds: 7, acquireTime: '2026-01-01T00:00:00.000000Z' },
};

/** Both must come to the same. */
export const CEL_SAME: readonly string[] = [
  'object.spec.leaseDurationSeconds + 1 == 8',
  'object.spec.leaseDurationSeconds / 2 == 3',
  'object.spec.leaseDurationSeconds < 7.5',
  'type(object.spec.leaseDurationSeconds) == int',
  'object.spec.leaseDurationSeconds == 7.0',
  'size(object.spec.holderIdentity) == 5',
  "object.spec.holderIdentity.substring(4) == '😀'",
  "object.spec.holderIdentity.indexOf('😀') == 4",
  "object.spec.holderIdentity.charAt(4) == '😀'",
  "object.spec.holderIdentity.upperAscii() == 'GRüN😀'",
  'has(object.spec.renewTime)',
  'object.spec.renewTime == null',
  'type(object.spec.acquireTime) == string',
  'oldObject == null',
  'oldObject.metadata.name == "a"',
  'has(object.metadata.labels) && object.metadata.labels.team == "x"',
  "object.metadata.labels['example.com/tier'] == 'gold'",
  "object.metadata.labels.all(k, k.contains('e'))",
  "object.metadata.labels.exists_one(k, k == 'team')",
  "'team' in object.metadata.labels",
  'object.metadata.labels.absent == "x"',
  'object.metadata.annotations.absent == "x"',
  '[1, 2, 3].filter(i, i > 1).map(i, i * 2) == [4, 6]',
  '[1, 2].exists(i, i / 0 == 1) || true',
  'false && 1 / 0 == 1',
  '1 / 0 == 1',
  '1 % 0 == 1',
  '9223372036854775807 + 1 > 0',
  '[1, 2][5] == 1',
  'request.operation == "CREATE"',
  'request.userInfo.username != ""',
  'int("12") == 12',
  'double("1.5") == 1.5',
  'string(1.0) == "1"',
  'string(7) + "a" == "7a"',
  '[1, 2, 2].isSorted()',
  '[1, 2, 3].sum() == 6',
  '[3, 1].min() == 1 && [3, 1].max() == 3',
  '[].sum() == 0',
  '[1, 2, 1].lastIndexOf(1) == 2',
  'sets.contains([1, 2, 3], [2])',
  'sets.equivalent([1, 1], [1])',
  'sets.intersects([1], [2])',
  "'a,b,c'.split(',', 2) == ['a', 'b,c']",
  "'a,b,c'.split(',', 0) == [] && 'a,b,c'.split(',', -1).size() == 3",
  "'abc'.split('') == ['a', 'b', 'c']",
  "'abc'.replace('b', 'x') == 'axc'",
  "['a', 'b'].join('-') == 'a-b'",
  "' a '.trim() == 'a'",
  "'%s has %d'.format(['a', 2]) == 'a has 2'",
  "'abc'.substring(4) == ''",
  "'ab1'.matches('^[a-z]+[0-9]$')",
  "'a' < 'b' && 'B' < 'a'",
  'timestamp("2026-01-01T00:00:00Z").getFullYear() == 2026',
  'duration("1h").getMinutes() == 60',
  'timestamp(0) == timestamp("1970-01-01T00:00:00Z")',
  'string(1e21) == "1e+21"',
  "'%s'.format([1.5]) == '1.5'",
  "'%.2f'.format([1.234]) == '1.23'",
  "'\\uffff' < '😀'",
  'object.metadata.labels == {"team": "x", "example.com/tier": "gold"}',
  'dyn(1) == dyn(1.0)',
  '[1, 2] == [1, 2] && 1 in [1]',
  'bool("true") && string(true) == "true"',
  'type("a") == string && type([]) == list && type({}) == map && type(null) == null_type',
  '"abc".contains("") && "abc".lastIndexOf("c") == 2',
  '[[1, 2], [3]].flatten() == [1, 2, 3]',
  '[1, 1].distinct() == [1] && [2, 1].sort() == [1, 2] && [1, 2, 3].slice(0, 2) == [1, 2] && lists.range(2) == [0, 1]',
  '{"a": 1}.a == 1 && {1: "b"}[1] == "b"',
  "object.spec.nope == 'a'",
  'nope == 1',
  'object.shout()',
  '1 + "a" == 2',
  '1 == 1.0',
  "quantity('1') == '1'",
  "quantity('1') != null",
  '1 != null',
  'object.metadata == null',
  'oldObject == null && object != null',
  "object.spec.holderIdentity == null || object.spec.holderIdentity == 'x'",
  '"\\q" == "q"',
  'object.spec.',
];

/** As docs/cel.md lists them. */
export const CEL_DIFFERENCES: readonly CelDifference[] = [
  { expression: 'object.?spec.hasValue()', kubernetes: 'true', ours: 'refused' },
  { expression: '[1, 2].all(i, v, i < v)', kubernetes: 'true', ours: 'refused' },
  { expression: 'optional.of(1).optMap(x, x + 1).value() == 2', kubernetes: 'true', ours: 'refused' },
  { expression: '[2, 1].sortBy(x, x) == [1, 2]', kubernetes: 'true', ours: 'refused' },
  { expression: "authorizer.group('').resource('pods').check('get').allowed()", kubernetes: 'true', ours: 'refused' },
  { expression: 'optional.of(1).orValue(1 / 0) == 1', kubernetes: 'true', ours: 'error: division by zero' },
  { expression: "int('0x10') == 16", kubernetes: 'refused', ours: 'error: cannot convert 0x10 to int' },
  {
    expression: "quantity('1e1001') == quantity('1')",
    kubernetes: 'false',
    ours: "error: unable to parse quantity's suffix",
  },
  { expression: "[1, 'a'].size() == 2", kubernetes: 'refused', ours: 'true' },
  { expression: 'object.metadata.labels == null', kubernetes: 'false', ours: 'refused' },
];

/** What the expression comes to here. */
export function ourOutcome(expression: string): CelOutcome {
  const scope = openScope({ object: ANY_OBJECT, oldObject: ANY_OBJECT, request: ANY_OBJECT }, []);
  if (!scope.ok) throw new Error(scope.error.message);
  const program = compileCel(expression, scope.value);
  if (!program.ok) return 'refused';
  const outcome = program.value.evaluate(
    activate(scope.value, {
      object: () => CEL_OBJECT,
      oldObject: () => null,
      request: () => ({ operation: 'CREATE', userInfo: { username: 'kubernetes-admin' } }),
    }),
  );
  return outcome.ok ? JSON.stringify(outcome.value) : `error: ${outcome.error}`;
}
