import { expect, test } from 'vitest';
import { ANY_OBJECT, BOOL, DYN, listOf, objectOf, shapeOfKind, STRING } from './shape.ts';
import { activate, compileCel, openScope } from './scope.ts';
import type { CelScope } from './scope.ts';

const SCHEMA = {
  type: 'object',
  properties: {
    spec: {
      type: 'object',
      properties: {
        value: { type: 'string' },
        count: { type: 'integer' },
        ratio: { type: 'number' },
        port: { 'x-kubernetes-int-or-string': true },
        names: { type: 'array', items: { type: 'string' } },
        tags: { type: 'object', additionalProperties: { type: 'string' } },
        free: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true },
        items: { type: 'array', items: { type: 'object', properties: { name: { type: 'string' } } } },
      },
    },
  },
};

function scopeOf(variables: readonly { readonly name: string; readonly expression: string }[] = []): CelScope {
  const shapes = {
    object: shapeOfKind(SCHEMA),
    other: ANY_OBJECT,
    params: DYN,
    clusterset: objectOf({ others: listOf(objectOf({ name: STRING, reachable: BOOL })) }),
  };
  const scope = openScope(shapes, variables);
  if (!scope.ok) throw new Error(`${scope.error.variable}: ${scope.error.message}`);
  return scope.value;
}

const OBJECT = {
  apiVersion: 'example.com/v1',
  kind: 'Thing',
  metadata: { name: 'a', labels: { team: 'x' } },
  spec: {
    ...{ value: 'grün😀', count: 3, ratio: 2, port: 80, names: ['b', 'a'], nothing: null },
    ...{ tags: { a: '1' }, free: { deep: { n: 7, f: 0.5 } }, items: [{ name: 'x' }, { name: 'y' }] },
  },
};

function evaluate(text: string, scope = scopeOf()): unknown {
  const program = compileCel(text, scope);
  if (!program.ok)
    return `refused ${String(program.error.line)}:${String(program.error.column)} ${program.error.message}`;
  const values = {
    object: () => OBJECT,
    other: () => OBJECT,
    params: () => ({ allowed: ['a'], max: 9007199254740993n }),
  };
  const clusterset = (): unknown => ({ others: [{ name: 'west', reachable: true }] });
  const outcome = program.value.evaluate(activate(scope, { ...values, clusterset }));
  return outcome.ok ? outcome.value : `error: ${outcome.error}`;
}

test.each([
  ['1 + 2 == 3', true],
  ['object.spec.count + 1', 4],
  ['type(object.spec.count) == int && type(object.spec.ratio) == double', true],
  ['object.spec.ratio / 4.0', 0.5],
  ['type(object.spec.port) == int ? object.spec.port + 1 : 0', 81],
  ['object.spec.free.deep.n + 1', 8],
  ['object.spec.free.deep.f + 1.0', 1.5],
  ['string(params.max)', '9007199254740993'],
  ["object.metadata.labels['team'] + object.metadata.labels.team", 'xx'],
  ["has(object.metadata.labels) && 'team' in object.metadata.labels", true],
  ['has(object.metadata.annotations)', false],
  ['has(other.spec.nothing) && other.spec.nothing == null', true],
  ["'nothing' in other.spec", true],
  ['object.spec.items.all(i, object.spec.items.exists_one(o, o.name == i.name))', true],
  ['object.spec.items.filter(i, i.name > "x").map(i, i.name)', ['y']],
  ['object.spec.items.map(i, i.name == "x", i.name + "!")', ['x!']],
  ['object.spec.tags.all(k, object.spec.tags[k] != "")', true],
  ['clusterset.others.exists(m, m.name == "west" && m.reachable)', true],
  ['size(object.spec.value)', 5],
  ['"a" in params.allowed', true],
  ['(has(object.spec.names) ? object.spec.names : []).size()', 2],
  ['object == other', true],
  ['{"a": 1}.a', 1],
  ['size(b"abc")', 3],
  ['1u + 2u', 3],
  ['type(1)', 'int'],
  ['timestamp("2026-01-01T00:00:00Z") < timestamp("2026-01-02T00:00:00Z")', true],
  ['false && 1 / 0 == 1', false],
  ['1 / 0 == 1 || true', true],
])('%s gives %j', (text, expected) => {
  expect(evaluate(text)).toEqual(expected);
});

test.each([
  ['1 / 0 == 1', 'division by zero'],
  ['object.metadata.annotations["a"] == ""', 'no such key: annotations'],
  ['object.spec.free.absent == 1', 'no such key: absent'],
  ['params.allowed[5] == "a"', 'index out of bounds: 5'],
  ['params.max + 1.0 > 1.0', 'no such overload'],
  ['9223372036854775807 + 1 > 0', 'integer overflow'],
])('%s ends in %s', (text, error) => {
  expect(evaluate(text)).toBe(`error: ${error}`);
});

test.each([
  ['', '1:1 the expression is empty'],
  ['object.spec.valeu == "a"', "1:12 undefined field 'valeu'"],
  ['true &&\n  object.spec.valeu == "a"', "2:14 undefined field 'valeu'"],
  ['object.spec.items.all(i, i.nmae == "")', "1:27 undefined field 'nmae'"],
  ['object.spec.items[0].nmae == ""', "1:21 undefined field 'nmae'"],
  ['objct.spec', "1:1 undeclared reference to 'objct'"],
  ['oldObject.spec == object.spec', "1:1 undeclared reference to 'oldObject'"],
  ['foo(1)', "1:1 undeclared reference to 'foo'"],
  ['object.spec.value.shout()', "1:18 undeclared reference to 'shout'"],
  ['object.spec.count.startsWith("a")', "1:18 found no matching overload for 'startsWith' applied to 'int.(string)'"],
  ['startsWith("a", "b")', "1:1 found no matching overload for 'startsWith' applied to '(string, string)'"],
  ['object.spec.count + "a"', "1:19 found no matching overload for '_+_' applied to '(int, string)'"],
  ['object.spec.value.x', "1:18 type 'string' does not support field selection"],
  ['object.spec.count.all(x, true)', /^1:\d+ expression of type 'int' cannot be range of a comprehension/],
  ['object.?spec', '1:7 optional syntax (.?field, [?key], {?key: value}) is not supported; use has()'],
  ['object.spec.names[?0]', /^1:18 optional syntax/],
  ['object.spec.`value`', /^1:12 fields in backticks are not supported/],
  ['object.spec.names.all(i, v, v != "")', /^1:18 macros with two variables are not supported/],
  ['object.spec.names.transformList(i, v, v)', /^1:18 macros with two variables are not supported/],
  ['has(object)', /^1:1 invalid argument to has\(\)/],
  ['object.spec.value == "\\q"', '1:23 no such escape: \\q'],
  ['99999999999999999999 > 1', '1:1 invalid int literal: out of range'],
  ['1 +', '1:3 syntax error: found +'],
  ['if', '1:1 syntax error: reserved identifier'],
  ['object{a: 1}', "1:1 undeclared reference to 'object'"],
  ['variables.nope', "1:10 undefined field 'nope'"],
  [`${'('.repeat(101)}1${')'.repeat(101)}`, '1:101 more than 100 brackets within brackets'],
  [`1${' + 1'.repeat(200)}`, /^1:1 the expression is nested deeper than 100$/],
  [`"${'a'.repeat(20_000)}"`, /^1:1 the expression has more than 16384 characters$/],
])('%.40s is refused', (text, problem) => {
  const refused = evaluate(text);
  if (typeof problem === 'string') expect(refused).toBe(`refused ${problem}`);
  else expect(String(refused).replace(/^refused /, '')).toMatch(problem);
});

test('brackets and question marks in texts and comments do not count', () => {
  expect(evaluate(`"${'('.repeat(200)}[?" != '' // .? ((((`)).toBe(true);
  expect(evaluate(String.raw`r'\q' + """a"b""" == '\\q' + 'a"b'`)).toBe(true);
});

test('named expressions may use each other, and are evaluated when they are read, once', () => {
  const scope = scopeOf([
    { name: 'one', expression: 'object.spec.count - 2' },
    { name: 'two', expression: 'variables.one + variables.one' },
    { name: 'bad', expression: '1 / (variables.one - 1)' },
  ]);
  expect(evaluate('variables.two == 2', scope)).toBe(true);
  expect(evaluate('variables.bad == 1', scope)).toBe('error: division by zero');
  expect(evaluate('variables.two == 2 || variables.bad == 1', scope)).toBe(true);
  expect(evaluate('variables.bad == 1 || true', scope)).toBe(true);
  expect(evaluate('variables.two.startsWith("a")', scope)).toMatch(/^refused 1:14 found no matching overload/);
});

test('a value that is not read is not made', () => {
  const scope = scopeOf();
  const program = compileCel('true || object.spec.count == 1', scope);
  if (!program.ok) throw new Error(program.error.message);
  const outcome = program.value.evaluate(
    activate(scope, {
      object: () => {
        throw new Error('it was read');
      },
    }),
  );
  expect(outcome).toEqual({ ok: true, value: true });
});

test('loops end at the limit of steps, whatever is around them', () => {
  const list = `[${Array.from({ length: 200 }, (_, index) => String(index)).join(', ')}]`;
  const scope = scopeOf([{ name: 'list', expression: list }]);
  const loop = 'variables.list.all(a, variables.list.all(b, variables.list.all(c, a + b + c >= 0))) || true';
  expect(evaluate(loop, scope)).toBe('error: operation cancelled: actual cost limit exceeded');
});

test('texts and lists that double are bounded', () => {
  const doubled = (seed: string) =>
    Array.from({ length: 40 }, (_, index) => ({
      name: `v${String(index)}`,
      expression: index === 0 ? seed : `variables.v${String(index - 1)} + variables.v${String(index - 1)}`,
    }));
  expect(evaluate('size(variables.v39) > 0', scopeOf(doubled('"aaaa"')))).toMatch(/^error: a text of more than/);
  expect(evaluate('size(variables.v39) > 0', scopeOf(doubled('[1]')))).toMatch(/^error: a list of more than/);
});

test('a list that grew in one branch is not seen in another', () => {
  const scope = scopeOf([
    { name: 'base', expression: '[1] + [2]' },
    { name: 'left', expression: 'variables.base + [3]' },
    { name: 'right', expression: 'variables.base + [4]' },
  ]);
  expect(evaluate('[variables.left, variables.right, variables.base]', scope)).toEqual([
    [1, 2, 3],
    [1, 2, 4],
    [1, 2],
  ]);
});

test('no name of JavaScript is a field', () => {
  expect(evaluate('has(params.constructor) || has(params.__proto__) || "toString" in params')).toBe(false);
  expect(evaluate('toString')).toBe("refused 1:1 undeclared reference to 'toString'");
});
