import { deepStrictEqual } from 'node:assert/strict';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { CONVERSION_DATA_ANNOTATION as OUR_KEY } from '../../kube/domain.ts';
import { parseJson, stringifyJson } from '../../kube/json.ts';
import type { JsonValue, KubeObject, ObjectMeta } from '../../kube/object.ts';
import { isJsonObject } from '../../kube/object.ts';
import { isList, presentEntries } from '../canonical-json.ts';
import { v1alpha1 } from './v1alpha1.ts';
import { v1alpha2 } from './v1alpha2.ts';
import { v1beta1 } from './v1beta1.ts';

const down = v1alpha2.fromStorage;
const up = v1alpha2.toStorage;

/** Any JSON value but null, which counts as absent; null inside is a value like any other. */
const json = fc.jsonValue({ maxDepth: 3 }).map(throughJson).filter(isPresent);
/** The same without null fields, which the levels that are taken apart drop. */
const jsonWithoutNullFields = json.map(withoutNullFields);
const unknownFields = fc.dictionary(fc.string({ maxLength: 6 }), json, { maxKeys: 2 });

const port = fc.record(
  {
    name: fc.constantFrom('http', 'https', ''),
    protocol: fc.constantFrom('TCP', 'UDP'),
    port: fc.constantFrom(80, 443),
    appProtocol: fc.constantFrom('', 'kubernetes.io/h2c'),
  },
  { requiredKeys: [] },
);
const cluster = fc.record(
  { cluster: fc.constantFrom('east', 'west', '', 'A_B', 'x'.repeat(300)) },
  { requiredKeys: [] },
);

/** Conditions as they may be stored, those from before 2021 with nothing but a type and a status included. */
const condition = fc.record(
  {
    type: fc.constantFrom('Ready', 'clusterset-apiserver.dev/Conflict'),
    status: fc.constantFrom('True', 'False'),
    reason: fc.string(),
    message: fc.string({ unit: 'grapheme', maxLength: 40 }),
    lastTransitionTime: fc.constant('2026-01-05T10:00:00Z'),
  },
  { requiredKeys: ['type', 'status'] },
);

const specFields = {
  ips: fc.array(fc.ipV4(), { maxLength: 2 }),
  type: fc.constantFrom('ClusterSetIP', 'Headless', ''),
  sessionAffinity: fc.constantFrom('', 'None', 'ClientIP'),
  sessionAffinityConfig: fc.constantFrom({}, { clientIP: {} }, { clientIP: { timeoutSeconds: 60 } }),
  ipFamilies: fc.constantFrom([], ['IPv4'], ['IPv6', 'IPv4']),
  internalTrafficPolicy: fc.constantFrom('', 'Local'),
  trafficDistribution: fc.constantFrom('PreferClose', 'whatever'),
};
const statusFields = {
  conditions: fc.array(condition, { maxLength: 2 }),
  endpointSliceObjects: fc.constantFrom('Present', 'Absent'),
};

const labels = fc.dictionary(fc.string({ maxLength: 5 }), fc.string({ maxLength: 5 }), { maxKeys: 2 });
const annotations = fc.oneof(
  labels,
  labels.map((others) => ({ ...others, [OUR_KEY]: 'somebody copied this' })),
  fc.constant({ [OUR_KEY]: '{"v":1,"spec":{"x":1}}' }),
);

function metadataWith(annotationsOf: fc.Arbitrary<Record<string, string>>): fc.Arbitrary<ObjectMeta> {
  return fc.record(
    {
      name: fc.constant('api'),
      namespace: fc.constant('prod'),
      uid: fc.constant('8f0c7e1c-0000-4000-8000-000000000001'),
      labels,
      annotations: annotationsOf,
      finalizers: fc.constant(['example.com/hold']),
      managedFields: fc.constant([{ manager: 'm', fieldsV1: { 'f:spec': {} } }]),
    },
    { requiredKeys: ['name', 'namespace'] },
  );
}

/** Storage objects, valid or not: unknown fields everywhere, sections and lists of the wrong type, empty ones. */
const stored = fc
  .record(
    {
      metadata: metadataWith(annotations),
      spec: section({ ...specFields, ports: listOf(port) }),
      status: section({ ...statusFields, clusters: listOf(cluster) }),
      extra: fc.oneof(fc.constant({}), unknownFields, fc.constant({ ports: [{ port: 1 }], type: 'at the root' })),
    },
    { requiredKeys: ['metadata', 'extra'] },
  )
  .map(({ extra, ...fields }) => object('v1beta1', { ...withoutReserved(extra), ...fields }));

/** v1alpha2 objects without our annotation, as far as their schema knows them, plus unknown fields at the root. */
const rootForm = fc
  .record(
    {
      metadata: metadataWith(labels),
      extra: unknownFields,
      fields: fc.record(
        {
          ...specFields,
          ...statusFields,
          ports: fc.oneof(
            fc.array(port, { maxLength: 3 }),
            json.filter((value) => !Array.isArray(value)),
          ),
          clusters: fc.array(cluster, { maxLength: 3 }),
        },
        { requiredKeys: [] },
      ),
    },
    { requiredKeys: ['metadata', 'fields', 'extra'] },
  )
  .map(({ metadata, fields, extra }) => object('v1alpha2', { ...withoutReserved(extra), metadata, ...fields }));

function section(fields: Record<string, fc.Arbitrary<unknown>>): fc.Arbitrary<unknown> {
  const known = fc.record(fields, { requiredKeys: [] });
  const withUnknown = fc.tuple(unknownFields, known).map(([unknown, rest]) => ({ ...unknown, ...rest }));
  return fc.oneof(
    { weight: 4, arbitrary: known },
    { weight: 4, arbitrary: withUnknown },
    fc.constant({}),
    jsonWithoutNullFields,
  );
}

function listOf(item: fc.Arbitrary<object>): fc.Arbitrary<unknown> {
  const withUnknown = fc.tuple(unknownFields, item).map(([unknown, rest]) => ({ ...unknown, ...rest }));
  const odd: fc.Arbitrary<JsonValue> = fc.constantFrom(null, 'odd', 7, []);
  return fc.oneof(
    { weight: 5, arbitrary: fc.array(fc.oneof(item, withUnknown), { maxLength: 4 }) },
    fc.array(fc.oneof(withUnknown, odd), { maxLength: 3 }),
    jsonWithoutNullFields,
  );
}

function object(version: string, fields: { readonly metadata: ObjectMeta }): KubeObject {
  const whole = { apiVersion: `multicluster.x-k8s.io/${version}`, kind: 'ServiceImport', ...fields };
  return parseJson(stringifyJson(whole)) as KubeObject;
}

function withoutReserved(fields: Record<string, unknown>): Record<string, unknown> {
  return without(fields, 'apiVersion', 'kind', 'metadata', 'spec', 'status');
}

function throughJson(value: unknown): JsonValue {
  return parseJson(stringifyJson(value)) as JsonValue;
}

function without<T extends object>(fields: T, ...keys: readonly string[]): T {
  return Object.fromEntries(Object.entries(fields).filter(([key]) => !keys.includes(key))) as T;
}

function withoutNullFields(value: JsonValue): JsonValue {
  if (isList(value)) return value.map(withoutNullFields);
  if (!isJsonObject(value)) return value;
  return Object.fromEntries(presentEntries(value).map(([key, item]) => [key, withoutNullFields(item)]));
}

function isPresent(value: unknown): boolean {
  return value !== null;
}

function frozen<T>(value: T): T {
  if (typeof value === 'object' && value !== null) {
    Object.freeze(value);
    Object.values(value).forEach(frozen);
  }
  return value;
}

describe('conversion of ServiceImports', () => {
  test('storage to v1alpha2 and back gives the same object', () => {
    fc.assert(
      fc.property(stored, (h) => {
        deepStrictEqual(up(down(h)), h);
      }),
      { numRuns: 2000 },
    );
  });

  test('v1alpha2 without our annotation to storage and back gives the same object', () => {
    fc.assert(
      fc.property(rootForm, (s) => {
        deepStrictEqual(down(up(s)), s);
      }),
      { numRuns: 1000 },
    );
  });

  test('v1alpha2 with our annotation to storage and back gives the same bytes', () => {
    fc.assert(
      fc.property(stored, (h) => {
        const s = down(h);
        deepStrictEqual(down(up(s)), s);
        expect(JSON.stringify(down(up(s)).metadata.annotations?.[OUR_KEY])).toBe(
          JSON.stringify(s.metadata.annotations?.[OUR_KEY]),
        );
      }),
    );
  });

  test('v1alpha1 through v1alpha2 to v1beta1 equals the direct way', () => {
    fc.assert(
      fc.property(stored, (h) => {
        const old = v1alpha1.fromStorage(h);
        const viaRoot = v1beta1.fromStorage(up(down(v1alpha1.toStorage(old))));
        deepStrictEqual(viaRoot, v1beta1.fromStorage(v1alpha1.toStorage(old)));
      }),
    );
  });

  test('going down and up again and again changes nothing more', () => {
    fc.assert(
      fc.property(stored, (h) => {
        deepStrictEqual(down(up(down(up(down(h))))), down(h));
      }),
    );
  });

  test('inputs are not touched', () => {
    fc.assert(
      fc.property(stored, rootForm, (h, s) => {
        down(frozen(h));
        up(frozen(s));
        up(frozen(down(h)));
      }),
    );
  });

  test('the version changes; kind, identity, managedFields and all metadata but annotations stay', () => {
    fc.assert(
      fc.property(stored, rootForm, (h, s) => {
        for (const [input, output, version] of [
          [h, down(h), 'v1alpha2'],
          [s, up(s), 'v1beta1'],
        ] as const) {
          expect(output.apiVersion).toBe(`multicluster.x-k8s.io/${version}`);
          expect(output.kind).toBe('ServiceImport');
          deepStrictEqual(without(output.metadata, 'annotations'), without(input.metadata, 'annotations'));
        }
      }),
    );
  });

  test('an edit in v1alpha2 wins, and what v1alpha2 cannot express is kept', () => {
    const edits = fc.record({
      type: fc.constant('edited'),
      ips: fc.constant(['192.0.2.1']),
      ports: fc.constant([{ port: 1 }]),
    });
    fc.assert(
      fc.property(stored, edits, (h, edit) => {
        const result = up({ ...down(h), ...edit, clusters: [{ cluster: 'edited' }] });
        expect(result.spec).toMatchObject(edit);
        expect(result.status).toMatchObject({ clusters: [{ cluster: 'edited' }] });
        if (isJsonObject(h.spec)) deepStrictEqual(result.spec, { ...h.spec, ...edit });
      }),
    );
  });

  test('a field removed at the root of v1alpha2 is removed', () => {
    fc.assert(
      fc.property(stored, (h) => {
        const result = up(without(down(h), 'ipFamilies', 'conditions', 'ports'));
        if (isJsonObject(result.spec)) expect(Object.keys(result.spec)).not.toContain('ipFamilies');
        if (isJsonObject(result.spec)) expect(Object.keys(result.spec)).not.toContain('ports');
        if (isJsonObject(result.status)) expect(Object.keys(result.status)).not.toContain('conditions');
      }),
    );
  });

  test('without the annotation the rest converts and nothing else is invented', () => {
    fc.assert(
      fc.property(stored, (h) => {
        const s = down(h);
        const metadata = without(s.metadata, 'annotations');
        const result = up({ ...s, metadata });
        deepStrictEqual(result.metadata, metadata);
        const known = [...Object.keys(specFields), 'ports'];
        if (isJsonObject(result.spec)) expect(known).toEqual(expect.arrayContaining(Object.keys(result.spec)));
      }),
    );
  });

  test('a corrupt annotation stays where it is and fails nothing', () => {
    const corrupt = fc.oneof(
      fc.constantFrom(
        'null',
        '[]',
        '{',
        '',
        '1',
        '{"v":2,"spec":{"x":1}}',
        '{"v":1,"empty":"status"}',
        '{"v":1,"root":[]}',
      ),
      fc.string(),
    );
    fc.assert(
      fc.property(rootForm, corrupt, (s, text) => {
        const annotated = {
          ...s,
          metadata: { ...s.metadata, annotations: { ...s.metadata.annotations, [OUR_KEY]: text } },
        };
        const result = up(annotated);
        expect(result.metadata.annotations?.[OUR_KEY]).toBe(text);
        deepStrictEqual({ ...result, metadata: s.metadata }, up(s));
      }),
    );
  });

  test('objects of mixed versions convert one by one', () => {
    fc.assert(
      fc.property(fc.array(fc.oneof(stored, rootForm), { maxLength: 5 }), (list) => {
        const toStorage = (item: KubeObject) =>
          item.apiVersion.endsWith('/v1alpha2') ? up(item) : v1beta1.toStorage(item);
        const converted = list.map(toStorage);
        expect(converted.map((item) => item.apiVersion)).toEqual(list.map(() => 'multicluster.x-k8s.io/v1beta1'));
        deepStrictEqual(converted, list.map(toStorage));
      }),
    );
  });
});
