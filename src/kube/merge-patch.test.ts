import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { mergePatch } from './merge-patch.ts';
import type { JsonObject, JsonValue } from './object.ts';
import { isJsonObject } from './object.ts';

describe('the examples of RFC 7396', () => {
  it.each<[JsonValue, JsonObject, JsonObject]>([
    [{ a: 'b' }, { a: 'c' }, { a: 'c' }],
    [{ a: 'b' }, { b: 'c' }, { a: 'b', b: 'c' }],
    [{ a: 'b' }, { a: null }, {}],
    [{ a: 'b', b: 'c' }, { a: null }, { b: 'c' }],
    [{ a: ['b'] }, { a: 'c' }, { a: 'c' }],
    [{ a: 'c' }, { a: ['b'] }, { a: ['b'] }],
    [{ a: { b: 'c' } }, { a: { b: 'd', c: null } }, { a: { b: 'd' } }],
    [{ a: [{ b: 'c' }] }, { a: [1] }, { a: [1] }],
    [{ e: null }, { a: 1 }, { e: null, a: 1 }],
    [[1, 2], { a: 'b', c: null }, { a: 'b' }],
    [{}, { a: { bb: { ccc: null } } }, { a: { bb: {} } }],
    [
      {
        title: 'Goodbye!',
        author: { givenName: 'John', familyName: 'Doe' },
        tags: ['example', 'sample'],
        content: 'x',
      },
      { title: 'Hello!', phoneNumber: '+01-123-456-7890', author: { familyName: null }, tags: ['example'] },
      {
        title: 'Hello!',
        author: { givenName: 'John' },
        tags: ['example'],
        content: 'x',
        phoneNumber: '+01-123-456-7890',
      },
    ],
  ])('%j changed by %j', (document, patch, expected) => {
    expect(mergePatch(document, patch)).toEqual(expected);
  });
});

describe('what kube-apiserver does where the RFC is silent', () => {
  it.each<[string, JsonObject, JsonObject, JsonObject]>([
    ['null members go from objects in a list', {}, { a: [{ b: null, c: 1 }] }, { a: [{ c: 1 }] }],
    ['null members go from objects in lists of lists', {}, { a: [[{ b: null }]] }, { a: [[{}]] }],
    ['null members go where a list replaces a list', { a: [1] }, { a: [{ b: null }] }, { a: [{}] }],
    ['null elements of a list stay', { a: 1 }, { a: [null, { b: [null] }] }, { a: [null, { b: [null] }] }],
    ['a list in the place of an object is taken as it is', { a: {} }, { a: [{ b: null }] }, { a: [{ b: null }] }],
    ['a null in the document is replaced', { a: null }, { a: { b: null, c: 1 } }, { a: { c: 1 } }],
  ])('%s', (...[, document, patch, expected]) => {
    expect(mergePatch(document, patch)).toEqual(expected);
  });
});

describe('keys of prototypes', () => {
  it('are ordinary keys', () => {
    const patch = { ...parsed('{"__proto__":{"polluted":true},"constructor":{"a":1}}'), toString: { a: 1 } };
    const merged = mergePatch({}, patch);
    expect(Object.keys(merged)).toEqual(['__proto__', 'constructor', 'toString']);
    expect(Object.getPrototypeOf(merged)).toBe(Object.prototype);
    expect(Object.values(merged).at(-1)).toEqual({ a: 1 });
    expect(Reflect.get({}, 'polluted')).toBeUndefined();
  });

  it('can be merged and removed', () => {
    expect(JSON.stringify(mergePatch(parsed('{"__proto__":{"a":1,"b":2}}'), parsed('{"__proto__":{"a":null}}')))).toBe(
      '{"__proto__":{"b":2}}',
    );
    expect(mergePatch(parsed('{"__proto__":1}'), parsed('{"__proto__":null}'))).toEqual({});
  });
});

describe('any document and patch', () => {
  const key = fc.constantFrom('a', 'b', 'c', '__proto__', 'toString');
  const { tree } = fc.letrec<{ tree: JsonValue }>((tie) => ({
    tree: fc.oneof(
      { maxDepth: 4, withCrossShrink: true },
      fc.constantFrom<JsonValue>(null, true, 0, 'x', 2n ** 60n),
      fc.dictionary(key, tie('tree')),
      fc.array(fc.constantFrom(1, 'y', true), { maxLength: 2 }),
    ),
  }));
  const object = fc.dictionary(key, tree);

  it('give what the definition of the RFC gives', () => {
    fc.assert(
      fc.property(tree, object, (document, patch) => {
        expect(mergePatch(document, patch)).toEqual(definition(document, patch));
      }),
    );
  });

  it('are left as they were', () => {
    fc.assert(
      fc.property(tree, object, (document, patch) => {
        const before = structuredClone([document, patch]);
        mergePatch(document, patch);
        expect([document, patch]).toEqual(before);
      }),
    );
  });

  it('give the same when the patch is applied twice', () => {
    fc.assert(
      fc.property(tree, object, (document, patch) => {
        const once = mergePatch(document, patch);
        expect(mergePatch(once, patch)).toEqual(once);
      }),
    );
  });
});

/** The pseudo code of RFC 7396 section 2, over maps so that no key is special. */
function definition(target: unknown, patch: unknown): unknown {
  if (!isJsonObject(patch)) return patch;
  const result = new Map(isJsonObject(target) ? Object.entries(target) : []);
  for (const [key, value] of Object.entries(patch)) {
    if (value === null) result.delete(key);
    else result.set(key, definition(result.get(key), value) as JsonValue);
  }
  return Object.fromEntries(result);
}

function parsed(text: string): JsonObject {
  return JSON.parse(text) as JsonObject;
}
