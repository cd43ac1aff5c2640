import { describe, expect, it } from 'vitest';
import type { JsonObject, KubeObject } from '../kube/object.ts';
import { pruned, schemaFaults, unknownFields, withoutNullFields, withoutNulls } from './structural-schema.ts';

const SCHEMA = {
  type: 'object',
  properties: {
    spec: {
      type: 'object',
      required: ['name'],
      properties: {
        name: { type: 'string' },
        labels: { type: 'object', additionalProperties: { type: 'string' } },
        ports: { type: 'array', items: { type: 'object', properties: { port: { type: 'integer' } } } },
        ratio: { type: 'number' },
        free: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true },
        either: { 'x-kubernetes-int-or-string': true },
      },
    },
  },
};

function thing(spec: KubeObject['spec'], more: object = {}): KubeObject {
  return {
    apiVersion: 'example.com/v1',
    kind: 'Thing',
    metadata: { name: 'x' },
    ...(spec === undefined ? {} : { spec }),
    ...more,
  };
}

function faults(spec: KubeObject['spec']): readonly string[] {
  return schemaFaults(thing(spec), SCHEMA).map(({ field }) => field);
}

describe('pruning', () => {
  it('drops what the schema does not know, at every depth, and keeps the rest', () => {
    const object = thing(
      { name: 'a', odd: 1, ports: [{ port: 1, odd: 2 }], free: { any: 3 }, labels: { a: 'b' } },
      { extra: 1 },
    );
    expect(pruned(object, SCHEMA)).toEqual(
      thing({ name: 'a', ports: [{ port: 1 }], free: { any: 3 }, labels: { a: 'b' } }),
    );
    expect(unknownFields(object, SCHEMA)).toEqual(['spec.odd', 'spec.ports[0].odd', 'extra']);
  });

  it('finds nothing to drop in an object of known fields', () => {
    const object = thing({ name: 'a', either: 'x' });
    expect(pruned(object, SCHEMA)).toEqual(object);
    expect(unknownFields(object, SCHEMA)).toEqual([]);
  });
});

describe('types', () => {
  it.each<[string, KubeObject['spec'], readonly string[]]>([
    ['takes an object of the right types', { name: 'a', ports: [{ port: 1 }], ratio: 1 }, []],
    ['takes a number or a text where both may be', { name: 'a', either: 5 }, []],
    ['refuses a number for a text', { name: 1 }, ['spec.name']],
    ['refuses a fraction for an integer', { name: 'a', ports: [{ port: 1.5 }] }, ['spec.ports[0].port']],
    ['refuses an object for a list', { name: 'a', ports: {} }, ['spec.ports']],
    ['refuses a wrong value in a map', { name: 'a', labels: { x: true } }, ['spec.labels.x']],
    ['refuses null', { name: null }, ['spec.name']],
    ['misses what is required', {}, ['spec.name']],
    ['misses nothing of what is absent as a whole', undefined, []],
  ])('%s', (_what, spec, fields) => {
    expect(faults(spec)).toEqual(fields);
  });
});

it('leaves out nulls at every depth', () => {
  expect(withoutNulls({ a: null, b: { c: null, d: [{ e: null, f: 1 }] } })).toEqual({ b: { d: [{ f: 1 }] } });
});

it('takes nulls for absent where the schema knows the field and does not allow them', () => {
  const text = { type: 'string' };
  const status = {
    type: 'object',
    properties: {
      time: text,
      free: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true },
      nullable: { ...text, nullable: true },
      preset: { ...text, default: 'x' },
      list: { type: 'array', items: { type: 'object', properties: { time: text } } },
      map: { type: 'object', additionalProperties: text },
    },
  };
  const object = (value: JsonObject) => ({ apiVersion: 'v1', kind: 'Thing', metadata: { name: 'a' }, status: value });
  const given = {
    ...{ time: null, free: { any: null }, nullable: null, preset: null, unknown: null },
    ...{ list: [{ time: null, other: null }, null], map: { a: null, b: 'c' } },
  };
  const left = {
    ...{ free: { any: null }, nullable: null, preset: null, unknown: null },
    ...{ list: [{ other: null }, null], map: { b: 'c' } },
  };
  expect(withoutNullFields(object(given), { type: 'object', properties: { status } })).toEqual(object(left));
});
