import { describe, expect, it } from 'vitest';
import type { JsonObject } from '../kube/object.ts';
import { strategicMerge } from './strategic-merge.ts';

const KEYS = { ports: 'port', conditions: 'type' };
const PORTS = {
  ports: [
    { port: 80, name: 'http' },
    { port: 443, name: 'https' },
  ],
};

describe('a strategic merge patch', () => {
  it.each<[string, JsonObject, JsonObject, JsonObject]>([
    [
      'merges a list by its key',
      PORTS,
      { ports: [{ port: 80, name: 'web' }] },
      { ports: [{ port: 80, name: 'web' }, PORTS.ports[1] ?? {}] },
    ],
    [
      'puts new elements in front',
      { ports: [{ port: 80 }] },
      { ports: [{ port: 81 }] },
      { ports: [{ port: 81 }, { port: 80 }] },
    ],
    ['deletes an element', PORTS, { ports: [{ port: 443, $patch: 'delete' }] }, { ports: [PORTS.ports[0] ?? {}] }],
    ['replaces a list', PORTS, { ports: [{ $patch: 'replace' }, { port: 1 }] }, { ports: [{ port: 1 }] }],
    [
      'orders a list',
      PORTS,
      { '$setElementOrder/ports': [{ port: 443 }, { port: 80 }] },
      { ports: PORTS.ports.toReversed() },
    ],
    ['replaces a list without a key', { ips: [1, 2] }, { ips: [3] }, { ips: [3] }],
    ['joins finalizers', { finalizers: ['a'] }, { finalizers: ['b', 'a'] }, { finalizers: ['a', 'b'] }],
    [
      'takes finalizers away',
      { finalizers: ['a', 'b'] },
      { '$deleteFromPrimitiveList/finalizers': ['a'] },
      { finalizers: ['b'] },
    ],
    ['keeps only the retained keys', { a: 1, b: 2 }, { $retainKeys: ['b', 'c'], c: 3 }, { b: 2, c: 3 }],
    ['replaces an object', { a: { b: 1 } }, { a: { $patch: 'replace', c: 2 } }, { a: { c: 2 } }],
    ['removes with null', { a: { b: 1, c: 2 } }, { a: { b: null } }, { a: { c: 2 } }],
  ])('%s', (...[, target, patch, merged]) => {
    expect(strategicMerge(target, patch, KEYS)).toEqual(merged);
  });
});
