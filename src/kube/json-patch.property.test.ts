import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { JsonPatchFailure } from './json-patch.ts';
import { applyJsonPatch, OPERATIONS_MAX, parseJsonPatch } from './json-patch.ts';
import type { JsonValue } from './object.ts';
import { isJsonList, isJsonObject } from './object.ts';
import type { JsonPatchRules } from './patched-document.ts';
import { COPIED_BYTES_MAX, PATCH_STEPS_MAX } from './patched-document.ts';
import { NESTING_DEPTH_MAX, parseStrictJson } from './strict-json.ts';

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

describe('malformed patches', () => {
  it.each<[JsonValue, string]>([
    [{}, 'json: cannot unmarshal object into Go value of type jsonpatch.Patch'],
    ['x', 'json: cannot unmarshal string into Go value of type jsonpatch.Patch'],
    [1, 'json: cannot unmarshal number into Go value of type jsonpatch.Patch'],
    [true, 'json: cannot unmarshal bool into Go value of type jsonpatch.Patch'],
    [[1], 'json: cannot unmarshal number into Go value of type jsonpatch.Operation'],
    [[[]], 'json: cannot unmarshal array into Go value of type jsonpatch.Operation'],
  ])('%j', (patch, message) => {
    expect(failureOf({}, patch)).toEqual({ type: 'malformed', message });
  });
});

describe('limits', () => {
  it('hold for the number of operations', () => {
    const patch = (operations: number): JsonValue =>
      Array.from({ length: operations }, () => ({ op: 'test', path: '/a', value: 1 }));
    expect(failureOf({ a: 1 }, patch(OPERATIONS_MAX))).toBeUndefined();
    expect(failureOf({ a: 1 }, patch(OPERATIONS_MAX + 1))).toEqual({
      type: 'tooManyOperations',
      message: 'The allowed maximum operations in a JSON patch is 10000, got 10001',
    });
  });

  it('hold for what copies add', () => {
    const text = 'x'.repeat(COPIED_BYTES_MAX / 2 - 2);
    const copies = (count: number): JsonValue =>
      Array.from({ length: count }, (_, index) => ({ op: 'copy', from: '/a', path: `/b${index}` }));
    expect(failureOf({ a: text }, copies(2))).toBeUndefined();
    expect(failureOf({ a: text }, copies(3))).toEqual({
      type: 'notApplicable',
      message:
        'Unable to complete the copy, the accumulated size increase of copy is 4718592, exceeding the limit 3145728',
      operation: 2,
    });
  });

  it('hold for copies that double', () => {
    const patch = Array.from({ length: 100 }, () => ({ op: 'copy', from: '/a', path: '/a/-' }));
    expect(failureOf({ a: [1] }, patch)).toMatchObject({ type: 'notApplicable' });
    const deep = Array.from({ length: 100 }, () => ({ op: 'copy', from: '/a', path: '/a/0' }));
    expect(failureOf({ a: [1] }, deep)).toMatchObject({ type: 'notApplicable' });
  });

  it('hold for the work on long lists', () => {
    const list = Array.from({ length: 1_000_000 }, () => 1);
    const patch = Array.from({ length: 100 }, () => ({ op: 'add', path: '/a/0', value: 1 }));
    expect(failureOf({ a: list }, patch)).toEqual({
      type: 'notApplicable',
      message: `error in add for path: '/a/0': the patch takes more than ${PATCH_STEPS_MAX} steps on this object`,
      operation: 49,
    });
  });

  it('hold for the depth that moves build', () => {
    const chain = parsed('{"a":'.repeat(NESTING_DEPTH_MAX - 1) + '{}' + '}'.repeat(NESTING_DEPTH_MAX - 1));
    const patch = [{ op: 'move', from: '/x', path: `${'/a'.repeat(NESTING_DEPTH_MAX - 1)}/x` }];
    const document = { a: isJsonObject(chain) ? (chain['a'] ?? null) : null, x: { b: {} } };
    expect(failureOf(document, patch)).toEqual({
      type: 'notApplicable',
      message: `the patch nests deeper than ${NESTING_DEPTH_MAX}`,
      operation: 0,
    });
    expect(failureOf({ ...document, x: 1 }, patch)).toBeUndefined();
  });

  it('do not depend on how often an object is touched', () => {
    const wide = Object.fromEntries(Array.from({ length: 50_000 }, (_, index) => [`k${index}`, index]));
    const patch = Array.from({ length: OPERATIONS_MAX }, (_, index) => ({ op: 'remove', path: `/a/k${index}` }));
    const result = resultOf({ a: wide }, patch);
    expect(isJsonObject(result) ? Object.keys(Object(result['a']) as object) : []).toHaveLength(40_000);
  });
});

describe('any two documents', () => {
  const { tree } = fc.letrec<{ tree: JsonValue }>((tie) => ({
    tree: fc.oneof(
      { maxDepth: 4, withCrossShrink: true },
      fc.constantFrom<JsonValue>(null, true, 0, 'x', 2n ** 60n),
      fc.dictionary(fc.constantFrom('a', 'b/c', '~d', '', '__proto__', 'toString'), tie('tree')),
      fc.array(tie('tree'), { maxLength: 3 }),
    ),
  }));

  it('are led into each other by their difference, and are left as they were', () => {
    fc.assert(
      fc.property(tree, tree, (from, to) => {
        const before = structuredClone([from, to]);
        const patch = difference(from, to, []);
        expect(resultOf(from, patch)).toEqual(to);
        expect([from, to]).toEqual(before);
      }),
    );
  });

  it('never change, whatever operations are tried on them', () => {
    const pointer = fc.array(fc.constantFrom('a', '', '__proto__', 'toString', '0', '1', '-'), { maxLength: 3 });
    const operation = fc.record({
      op: fc.constantFrom('add', 'remove', 'replace', 'move', 'copy', 'test'),
      path: pointer.map(formatPointer),
      from: pointer.map(formatPointer),
      value: tree,
    });
    fc.assert(
      fc.property(tree, fc.array(operation, { maxLength: 6 }), (document, patch) => {
        const before = structuredClone([document, patch]);
        patched(document, patch, 'kubernetes');
        patched(document, patch, 'rfc6902');
        expect([document, patch]).toEqual(before);
      }),
      { numRuns: 500 },
    );
  });
});

/** A naive difference: members one by one, lists element by element, everything else whole. */
function difference(from: JsonValue, to: JsonValue, at: readonly string[]): JsonValue[] {
  const path = formatPointer(at);
  if (isJsonObject(from) && isJsonObject(to)) {
    const gone = Object.keys(from).filter((key) => !Object.hasOwn(to, key));
    return [
      ...gone.map((key) => ({ op: 'remove', path: formatPointer([...at, key]) })),
      ...Object.entries(to).flatMap(([key, value = null]) =>
        Object.hasOwn(from, key)
          ? difference(from[key] ?? null, value, [...at, key])
          : [{ op: 'add', path: formatPointer([...at, key]), value }],
      ),
    ];
  }
  if (isJsonList(from) && isJsonList(to)) {
    const shared = Math.min(from.length, to.length);
    return [
      ...from.slice(shared).map(() => ({ op: 'remove', path: formatPointer([...at, String(shared)]) })),
      ...to.slice(0, shared).flatMap((value, index) => difference(from[index] ?? null, value, [...at, String(index)])),
      ...to.slice(shared).map((value) => ({ op: 'add', path: formatPointer([...at, '-']), value })),
    ];
  }
  return [
    { op: 'test', path, value: from },
    { op: 'replace', path, value: to },
  ];
}

function parsed(text: string): JsonValue {
  const outcome = parseStrictJson(text);
  if (!outcome.ok) throw new Error(outcome.error);
  return outcome.value.value;
}

function formatPointer(tokens: readonly string[]): string {
  return tokens.map((token) => `/${token.replaceAll('~', '~0').replaceAll('/', '~1')}`).join('');
}
