import { describe, expect, it } from 'vitest';
import type { JsonPatchFailure } from './json-patch.ts';
import { applyJsonPatch, parseJsonPatch } from './json-patch.ts';
import type { JsonValue } from './object.ts';
import type { JsonPatchRules } from './patched-document.ts';

function patched(document: JsonValue, patch: JsonValue, rules: JsonPatchRules = 'rfc6902') {
  const parsed = parseJsonPatch(patch);
  return parsed.ok ? applyJsonPatch(document, parsed.value, rules) : parsed;
}

function resultOf(document: JsonValue, patch: JsonValue, rules?: JsonPatchRules): JsonValue {
  const result = patched(document, patch, rules);
  if (!result.ok) throw new Error(result.error.message);
  return result.value;
}

function failureOf(document: JsonValue, patch: JsonValue, rules?: JsonPatchRules): JsonPatchFailure | undefined {
  const result = patched(document, patch, rules);
  return result.ok ? undefined : result.error;
}

type Case = readonly [title: string, document: JsonValue, patch: JsonValue, expected: JsonValue];

/** Both readings of the RFC agree on these. */
const ACCEPTED: readonly Case[] = [
  ['nothing', { a: 1 }, [], { a: 1 }],
  ['A.1 adding a member', { foo: 'bar' }, [{ op: 'add', path: '/baz', value: 'qux' }], { baz: 'qux', foo: 'bar' }],
  [
    'A.2 adding an element',
    { foo: ['bar', 'baz'] },
    [{ op: 'add', path: '/foo/1', value: 'qux' }],
    { foo: ['bar', 'qux', 'baz'] },
  ],
  ['A.3 removing a member', { baz: 'qux', foo: 'bar' }, [{ op: 'remove', path: '/baz' }], { foo: 'bar' }],
  [
    'A.4 removing an element',
    { foo: ['bar', 'qux', 'baz'] },
    [{ op: 'remove', path: '/foo/1' }],
    { foo: ['bar', 'baz'] },
  ],
  ['A.5 replacing a value', { baz: 'qux' }, [{ op: 'replace', path: '/baz', value: 'boo' }], { baz: 'boo' }],
  [
    'A.6 moving a value',
    { foo: { bar: 'baz', waldo: 'fred' }, qux: { corge: 'grault' } },
    [{ op: 'move', from: '/foo/waldo', path: '/qux/thud' }],
    { foo: { bar: 'baz' }, qux: { corge: 'grault', thud: 'fred' } },
  ],
  [
    'A.7 moving an element',
    { foo: ['all', 'grass', 'cows', 'eat'] },
    [{ op: 'move', from: '/foo/1', path: '/foo/3' }],
    { foo: ['all', 'cows', 'eat', 'grass'] },
  ],
  [
    'A.8 testing values',
    { baz: 'qux', foo: ['a', 2, 'c'] },
    [
      { op: 'test', path: '/baz', value: 'qux' },
      { op: 'test', path: '/foo/1', value: 2 },
    ],
    { baz: 'qux', foo: ['a', 2, 'c'] },
  ],
  [
    'A.10 adding a nested object',
    { foo: 'bar' },
    [{ op: 'add', path: '/child', value: { grandchild: {} } }],
    { foo: 'bar', child: { grandchild: {} } },
  ],
  [
    'A.11 unknown members of an operation',
    { foo: 'bar' },
    [{ op: 'add', path: '/baz', value: 'qux', xyz: 123 }],
    { foo: 'bar', baz: 'qux' },
  ],
  ['A.14 escapes', { '/': 9, '~1': 10 }, [{ op: 'test', path: '/~01', value: 10 }], { '/': 9, '~1': 10 }],
  [
    'A.16 adding a list at the end',
    { foo: ['bar'] },
    [{ op: 'add', path: '/foo/-', value: ['abc', 'def'] }],
    { foo: ['bar', ['abc', 'def']] },
  ],
  ['add replaces an existing member', { foo: 1 }, [{ op: 'add', path: '/foo', value: 2 }], { foo: 2 }],
  ['add null', {}, [{ op: 'add', path: '/foo', value: null }], { foo: null }],
  ['add at the end of a list by its length', { a: [1] }, [{ op: 'add', path: '/a/1', value: 2 }], { a: [1, 2] }],
  ['add to an empty list', { a: [] }, [{ op: 'add', path: '/a/0', value: 1 }], { a: [1] }],
  ['add to the empty key', {}, [{ op: 'add', path: '/', value: 1 }], { '': 1 }],
  ['add below the empty key', { '': {} }, [{ op: 'add', path: '//', value: 1 }], { '': { '': 1 } }],
  ['a number is a key of an object', { foo: {} }, [{ op: 'add', path: '/foo/01', value: 1 }], { foo: { '01': 1 } }],
  ['a minus is a key of an object', {}, [{ op: 'add', path: '/-', value: 1 }], { '-': 1 }],
  ['remove null', { a: null, b: 1 }, [{ op: 'remove', path: '/a' }], { b: 1 }],
  [
    'remove everything, one by one',
    { a: [1, 2] },
    [
      { op: 'remove', path: '/a/0' },
      { op: 'remove', path: '/a/0' },
    ],
    { a: [] },
  ],
  ['replace an element', { a: [1, 2] }, [{ op: 'replace', path: '/a/0', value: 3 }], { a: [3, 2] }],
  ['replace the root', { a: 1 }, [{ op: 'replace', path: '', value: { b: 2 } }], { b: 2 }],
  [
    'replace inside a value that was added',
    {},
    [
      { op: 'add', path: '/a', value: { b: 1 } },
      { op: 'replace', path: '/a/b', value: 2 },
    ],
    { a: { b: 2 } },
  ],
  ['move to the same place', { a: 1 }, [{ op: 'move', from: '/a', path: '/a' }], { a: 1 }],
  ['move null', { a: null }, [{ op: 'move', from: '/a', path: '/b' }], { b: null }],
  [
    'copy a subtree, then change the copy',
    { a: { b: [1] } },
    [
      { op: 'copy', from: '/a', path: '/c' },
      { op: 'add', path: '/c/b/-', value: 2 },
    ],
    { a: { b: [1] }, c: { b: [1, 2] } },
  ],
  [
    'copy a subtree, then change the original',
    { a: { b: 1 } },
    [
      { op: 'copy', from: '/a', path: '/c' },
      { op: 'add', path: '/a/b', value: 2 },
    ],
    { a: { b: 2 }, c: { b: 1 } },
  ],
  ['copy into itself', { a: { b: 1 } }, [{ op: 'copy', from: '/a', path: '/a/c' }], { a: { b: 1, c: { b: 1 } } }],
  ['copy null', { a: null }, [{ op: 'copy', from: '/a', path: '/b' }], { a: null, b: null }],
  ['test the root', { a: { b: [1] } }, [{ op: 'test', path: '', value: { a: { b: [1] } } }], { a: { b: [1] } }],
  [
    'test without regard to the order of keys',
    { a: { x: 1, y: 2 } },
    [{ op: 'test', path: '/a', value: { y: 2, x: 1 } }],
    { a: { x: 1, y: 2 } },
  ],
  ['test null', { a: null }, [{ op: 'test', path: '/a', value: null }], { a: null }],
  [
    'test an integer beyond 2^53',
    { a: 9007199254740993n },
    [{ op: 'test', path: '/a', value: 9007199254740993n }],
    { a: 9007199254740993n },
  ],
];

const REFUSED: readonly Case[] = [
  [
    'A.9 a value that differs',
    { baz: 'qux' },
    [{ op: 'test', path: '/baz', value: 'bar' }],
    'testing value /baz failed: test failed',
  ],
  [
    'A.12 a target that does not exist',
    { foo: 'bar' },
    [{ op: 'add', path: '/baz/bat', value: 'qux' }],
    'add operation does not apply: doc is missing path: "/baz/bat": missing value',
  ],
  [
    'A.15 a text is no number',
    { '/': 9, '~1': 10 },
    [{ op: 'test', path: '/~01', value: '10' }],
    'testing value /~01 failed: test failed',
  ],
  [
    'an index beyond the list',
    { a: [1] },
    [{ op: 'add', path: '/a/3', value: 1 }],
    "error in add for path: '/a/3': Unable to access invalid index: 3: invalid index referenced",
  ],
  [
    'an index that is no number',
    { a: [1] },
    [{ op: 'add', path: '/a/x', value: 1 }],
    `error in add for path: '/a/x': value was not a proper array index: 'x': strconv.Atoi: parsing "x": invalid syntax`,
  ],
  [
    'an index with an exponent',
    { a: [1] },
    [{ op: 'test', path: '/a/0e0', value: 1 }],
    `error in test for path: '/a/0e0': strconv.Atoi: parsing "0e0": invalid syntax`,
  ],
  [
    'an index that no integer holds',
    { a: [1] },
    [{ op: 'remove', path: '/a/99999999999999999999' }],
    `error in remove for path: '/a/99999999999999999999': strconv.Atoi: parsing "99999999999999999999": value out of range`,
  ],
  [
    'the length of a list',
    { a: [1] },
    [{ op: 'add', path: '/a/length', value: 0 }],
    `error in add for path: '/a/length': value was not a proper array index: 'length': strconv.Atoi: parsing "length": invalid syntax`,
  ],
  [
    'removing behind the end',
    { a: [1] },
    [{ op: 'remove', path: '/a/1' }],
    "error in remove for path: '/a/1': Unable to access invalid index: 1: invalid index referenced",
  ],
  [
    'removing the end',
    { a: [1] },
    [{ op: 'remove', path: '/a/-' }],
    `error in remove for path: '/a/-': strconv.Atoi: parsing "-": invalid syntax`,
  ],
  [
    'removing an absent member',
    { a: 1 },
    [{ op: 'remove', path: '/b' }],
    "error in remove for path: '/b': Unable to remove nonexistent key: b: missing value",
  ],
  [
    'removing the root',
    { a: 1 },
    [{ op: 'remove', path: '' }],
    'remove operation does not apply: doc is missing path: "": missing value',
  ],
  [
    'removing an inherited member',
    {},
    [{ op: 'remove', path: '/toString' }],
    "error in remove for path: '/toString': Unable to remove nonexistent key: toString: missing value",
  ],
  [
    'replacing behind the end',
    { a: [1] },
    [{ op: 'replace', path: '/a/1', value: 1 }],
    'replace operation does not apply: doc is missing key: /a/1: missing value',
  ],
  [
    'replacing below an absent member',
    {},
    [{ op: 'replace', path: '/a/b', value: 1 }],
    'replace operation does not apply: doc is missing path: /a/b: missing value',
  ],
  [
    'going through a text',
    { a: 'x' },
    [{ op: 'add', path: '/a/0', value: 1 }],
    'add operation does not apply: doc is missing path: "/a/0": missing value',
  ],
  [
    'going through null',
    { a: null },
    [{ op: 'add', path: '/a/b', value: 1 }],
    'add operation does not apply: doc is missing path: "/a/b": missing value',
  ],
  [
    'going through an absent element',
    { a: [] },
    [{ op: 'test', path: '/a/0/b', value: 1 }],
    'test operation does not apply: is missing path: /a/0/b: missing value',
  ],
  [
    'going through a prototype',
    {},
    [{ op: 'add', path: '/__proto__/polluted', value: 1 }],
    'add operation does not apply: doc is missing path: "/__proto__/polluted": missing value',
  ],
  [
    'going through a constructor',
    {},
    [{ op: 'add', path: '/constructor/prototype/x', value: 1 }],
    'add operation does not apply: doc is missing path: "/constructor/prototype/x": missing value',
  ],
  [
    'moving an absent member',
    {},
    [{ op: 'move', from: '/a', path: '/b' }],
    "error in move for path: 'a': Unable to remove nonexistent key: a: missing value",
  ],
  [
    'moving from an absent place',
    {},
    [{ op: 'move', from: '/a/b', path: '/b' }],
    'move operation does not apply: doc is missing from path: /a/b: missing value',
  ],
  [
    'moving to an absent place',
    { a: 1 },
    [{ op: 'move', from: '/a', path: '/b/c' }],
    'move operation does not apply: doc is missing destination path: /b/c: missing value',
  ],
  [
    'moving into itself',
    { a: { b: 1 } },
    [{ op: 'move', from: '/a', path: '/a/b' }],
    'move operation does not apply: doc is missing destination path: /a/b: missing value',
  ],
  [
    'copying an absent member',
    {},
    [{ op: 'copy', from: '/a', path: '/b' }],
    "error in copy for from: '/a': missing value",
  ],
  [
    'copying an inherited member',
    {},
    [{ op: 'copy', from: '/constructor', path: '/b' }],
    "error in copy for from: '/constructor': missing value",
  ],
  [
    'copying from an absent place',
    {},
    [{ op: 'copy', from: '/a/b', path: '/b' }],
    'copy operation does not apply: doc is missing from path: /a/b: missing value',
  ],
  [
    'copying from behind the end',
    { a: [] },
    [{ op: 'copy', from: '/a/0', path: '/b' }],
    "error in copy for from: '/a/0': Unable to access invalid index: 0: invalid index referenced",
  ],
  [
    'copying to an absent place',
    { a: 1 },
    [{ op: 'copy', from: '/a', path: '/b/c' }],
    'copy operation does not apply: doc is missing destination path: /b/c: missing value',
  ],
  ['testing an absent member', {}, [{ op: 'test', path: '/a', value: 1 }], 'testing value /a failed: test failed'],
  [
    'testing a list for an object',
    { a: [] },
    [{ op: 'test', path: '/a', value: {} }],
    'testing value /a failed: test failed',
  ],
  [
    'testing a longer list',
    { a: [1] },
    [{ op: 'test', path: '/a', value: [1, 2] }],
    'testing value /a failed: test failed',
  ],
  [
    'testing a neighbour of an integer beyond 2^53',
    { a: 9007199254740993n },
    [{ op: 'test', path: '/a', value: 9007199254740992n }],
    'testing value /a failed: test failed',
  ],
  [
    'a pointer without a slash',
    { a: 1 },
    [{ op: 'remove', path: 'a' }],
    'remove operation does not apply: doc is missing path: "a": missing value',
  ],
  [
    'a pointer with a broken escape',
    { '~2': 1 },
    [{ op: 'remove', path: '/~2' }],
    'remove operation does not apply: doc is missing path: "/~2": missing value',
  ],
  ['an unknown operation', {}, [{ op: 'spam', path: '/a' }], 'Unexpected kind: spam'],
  ['an inherited operation', {}, [{ op: 'constructor', path: '/a' }], 'Unexpected kind: constructor'],
  ['no operation', {}, [{ path: '/a' }], 'Unexpected kind: unknown'],
  ['an operation that is no text', {}, [{ op: 1, path: '/a' }], 'Unexpected kind: unknown'],
  ['null', {}, [null], 'Unexpected kind: unknown'],
  ['no path', {}, [{ op: 'add', value: 1 }], 'add operation failed to decode path: missing value'],
  [
    'a path that is no text',
    {},
    [{ op: 'replace', path: null, value: 1 }],
    'replace operation failed to decode path: operation missing path field: missing value',
  ],
  [
    'no from',
    {},
    [{ op: 'move', path: '/a' }],
    'move operation failed to decode from: operation, missing from field: missing value',
  ],
  ['no value to add', {}, [{ op: 'add', path: '/a' }], 'add operation, missing value field: missing value'],
  [
    'no value to replace with',
    { a: 1 },
    [{ op: 'replace', path: '/a' }],
    'replace operation, missing value field: missing value',
  ],
];

describe.each<JsonPatchRules>(['rfc6902', 'kubernetes'])('by the rules of %s', (rules) => {
  it.each(ACCEPTED)('accepts: %s', (...[, document, patch, expected]) => {
    const before = structuredClone([document, patch]);
    expect(resultOf(document, patch, rules)).toEqual(expected);
    expect([document, patch]).toEqual(before);
  });

  it.each(REFUSED)('refuses: %s', (...[, document, patch, message]) => {
    expect(failureOf(document, patch, rules)).toEqual({ type: 'notApplicable', message, operation: 0 });
  });

  it('does all or nothing, and names the operation that failed', () => {
    const document = { a: { b: [1] } };
    const patch = [
      { op: 'add', path: '/a/b/-', value: 2 },
      { op: 'remove', path: '/a/b/0' },
      { op: 'test', path: '/a', value: 1 },
    ];
    expect(failureOf(document, patch, rules)).toMatchObject({ operation: 2 });
    expect(document).toEqual({ a: { b: [1] } });
  });

  it('has keys of prototypes as ordinary keys', () => {
    const result = resultOf(
      {},
      [
        { op: 'add', path: '/__proto__', value: { a: 1 } },
        { op: 'add', path: '/__proto__/polluted', value: true },
        { op: 'copy', from: '/__proto__', path: '/toString' },
        { op: 'test', path: '/toString/polluted', value: true },
      ],
      rules,
    );
    expect(JSON.stringify(result)).toBe('{"__proto__":{"a":1,"polluted":true},"toString":{"a":1,"polluted":true}}');
    expect(Reflect.get({}, 'polluted')).toBeUndefined();
  });
});

/** Where the library of kube-apiserver is not the RFC: accepted there (a value), or refused (a text). */
describe('the two readings differ', () => {
  it.each<[title: string, document: JsonValue, patch: JsonValue, rfc: JsonValue, kubernetes: JsonValue]>([
    [
      'replace of an absent member',
      {},
      [{ op: 'replace', path: '/a', value: 1 }],
      'replace operation does not apply: doc is missing key: /a: missing value',
      { a: 1 },
    ],
    [
      'test of an absent member for null',
      {},
      [{ op: 'test', path: '/a', value: null }],
      'testing value /a failed: test failed',
      {},
    ],
    [
      'test without a value',
      { a: null },
      [{ op: 'test', path: '/a' }],
      'test operation, missing value field: missing value',
      { a: null },
    ],
    [
      'an index from the end',
      { a: [1, 2] },
      [{ op: 'remove', path: '/a/-1' }],
      `error in remove for path: '/a/-1': strconv.Atoi: parsing "-1": invalid syntax`,
      { a: [1] },
    ],
    [
      'an index from the end to add at',
      { a: [1] },
      [{ op: 'add', path: '/a/-1', value: 2 }],
      `error in add for path: '/a/-1': value was not a proper array index: '-1': strconv.Atoi: parsing "-1": invalid syntax`,
      { a: [1, 2] },
    ],
    [
      'an index with zeros',
      { a: [1, 2] },
      [{ op: 'replace', path: '/a/01', value: 3 }],
      'replace operation does not apply: doc is missing key: /a/01: missing value',
      { a: [1, 3] },
    ],
    [
      'an index with a sign on the way',
      { a: [{}] },
      [{ op: 'add', path: '/a/+0/b', value: 3 }],
      'add operation does not apply: doc is missing path: "/a/+0/b": missing value',
      { a: [{ b: 3 }] },
    ],
    [
      'add at the root',
      { a: 1 },
      [{ op: 'add', path: '', value: { b: 1 } }],
      { b: 1 },
      'add operation does not apply: doc is missing path: "": missing value',
    ],
    [
      'copy of the root',
      { a: 1 },
      [{ op: 'copy', from: '', path: '/b' }],
      { a: 1, b: { a: 1 } },
      'copy operation does not apply: doc is missing from path: : missing value',
    ],
    [
      'copy to the root',
      { a: { b: 1 } },
      [{ op: 'copy', from: '/a', path: '' }],
      { b: 1 },
      'copy operation does not apply: doc is missing destination path: : missing value',
    ],
    [
      'move to the root',
      { a: { b: 1 } },
      [{ op: 'move', from: '/a', path: '' }],
      { b: 1 },
      'move operation does not apply: doc is missing destination path: : missing value',
    ],
  ])('%s', (...[, document, patch, rfc, kubernetes]) => {
    expect(outcomeOf(document, patch, 'rfc6902')).toEqual(rfc);
    expect(outcomeOf(document, patch, 'kubernetes')).toEqual(kubernetes);
  });

  function outcomeOf(document: JsonValue, patch: JsonValue, rules: JsonPatchRules): JsonValue {
    const result = patched(document, patch, rules);
    return result.ok ? result.value : result.error.message;
  }
});
