import { expect, test } from 'vitest';
import { activate, compileCel, openScope } from '../scope.ts';

function evaluate(text: string): unknown {
  const scope = openScope({}, []);
  if (!scope.ok) throw new Error(scope.error.message);
  const program = compileCel(text, scope.value);
  if (!program.ok) return `refused: ${program.error.message}`;
  const outcome = program.value.evaluate(activate(scope.value, {}));
  return outcome.ok ? outcome.value : `error: ${outcome.error}`;
}

test.each([
  ['[1, 2, 2].isSorted()', true],
  ["['b', 'a'].isSorted()", false],
  ['[].isSorted()', true],
  ['[1, 2, 3].sum()', 6],
  ['[1.5, 2.5].sum()', 4],
  ['[].sum()', 0],
  ["['a'].sum()", 'error: no such overload'],
  ['[3, 1, 2].min()', 1],
  ["['a', 'c', 'b'].max()", 'c'],
  ['[].min()', 'error: min called on empty list'],
  ['[1, 2, 1].indexOf(1)', 0],
  ['[1, 2, 1].lastIndexOf(1)', 2],
  ['[1, 2].indexOf(5)', -1],
  ['[[1], [2]].indexOf([2])', 1],
  ['[1, 1.0, 2, 1u].distinct()', [1, 2]],
  ['[3, 1, 2].sort()', [1, 2, 3]],
  ['[1, 2, 3].reverse()', [3, 2, 1]],
  ['[1, 2, 3, 4].slice(1, 3)', [2, 3]],
  ['[1].slice(0, 3)', 'error: cannot slice: list is too short'],
  ['[1, [2, [3]]].flatten()', [1, 2, [3]]],
  ['[1, [2, [3]]].flatten(2)', [1, 2, 3]],
  ['lists.range(3)', [0, 1, 2]],
  ['lists.range(1000000)', 'error: a list of more than 100000 items'],
  ['sets.contains([1, 2, 3], [2, 3.0])', true],
  ['sets.contains([1], [2])', false],
  ['sets.equivalent([1, 1], [1])', true],
  ['sets.intersects([1, 2], [2, 3])', true],
  ['sets.intersects([], [])', false],
  ["'a'.matches('(')", 'refused: error parsing regexp: missing closing ): `(`'],
  ["'a'.matches('(' + '')", /^error: /],
  [`'${'a'.repeat(30)}!'.matches('^(a+)+$')`, false],
  ["'😀b'.charAt(1)", 'b'],
  ["'😀b'.indexOf('b')", 1],
  ["'😀b'.substring(1)", 'b'],
  ["'😀b'.substring(0, 1)", '😀'],
  ["'abc'.substring(4)", 'error: index out of range: 4'],
  ["'abc'.substring(2, 1)", 'error: invalid substring range. start: 2, end: 1'],
  ["'abc'.charAt(3)", ''],
  ["'tacocat'.indexOf('a', 3)", 5],
  ["'\\uffff' < '😀'", true],
  ["int('0x10')", 'error: cannot convert 0x10 to int'],
  ["int('')", 'error: cannot convert  to int'],
  ["int('-12')", -12],
  ["double('1e3')", 1000],
  ["double('')", 'error: cannot convert  to double'],
  ["'A-B'.lowerAscii().split('-').join('+')", 'a+b'],
  ["'%s has %d'.format(['a', 2])", 'a has 2'],
  ["quantity('1') == dyn('1')", false],
  ["quantity('1') + 1", "refused: found no matching overload for '_+_' applied to '(kubernetes.Quantity, int)'"],
  ["quantity('1').compareTo(semver('1.0.0'))", /^refused: found no matching overload for 'compareTo'/],
  ["dyn(quantity('1')).compareTo(semver('1.0.0'))", 'error: no such overload'],
  [`isQuantity('${'1'.repeat(1000)}') && !isQuantity('${'1'.repeat(1001)}')`, true],
  ["isQuantity('1e1000') && !isQuantity('1e1001') && !isQuantity('1e-1001')", true],
  ["quantity('1e1000').compareTo(quantity('1e-1000'))", 1],
  ["quantity('1').while", "refused: type 'kubernetes.Quantity' does not support field selection"],
  ["dyn(quantity('1')).key", 'error: no such key: key'],
  ["{'a': [quantity('1'), ip('::1')]} == {'a': [quantity('1000m'), ip('0::1')]}", true],
  ['optional.of(timestamp(1)) == optional.of(timestamp(1)) && optional.of(true) != optional.of(1)', true],
  ["optional.of(duration('1s')) == optional.of(duration('2s')) || optional.of(b'a') == optional.of(b'b')", false],
  ['optional.of(type(1)) == optional.of(int) && optional.of(null) != optional.none()', true],
  ['optional.of({1u: 1.5}) == optional.of({1: 1.5})', true],
  ['optional.ofNonZeroValue(0u).hasValue() || optional.ofNonZeroValue(b"").hasValue()', false],
  ['optional.unwrap([1])', 'error: no such overload'],
  ['optional.of(1).optMap(x, x)', 'refused: optMap() is not supported here; see docs/cel.md for what is'],
  ['[1].sortBy(x, x)', 'refused: sortBy() is not supported here; see docs/cel.md for what is'],
  ['[optional.of(1), optional.of(1)].distinct().size()', 1],
  ["quantity('1')", null],
  ["type(quantity('1'))", 'kubernetes.Quantity'],
  ['timestamp(-62135596801)', 'error: timestamp overflow'],
  ["string(-0.0) + ' ' + string(0.0 / 0.0)", '-0 NaN'],
])('%s gives %j', (text, expected) => {
  if (expected instanceof RegExp) expect(evaluate(text)).toMatch(expected);
  else expect(evaluate(text)).toEqual(expected);
});
