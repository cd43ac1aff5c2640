import { describe, expect, test } from 'vitest';
import { CONVERSION_DATA_ANNOTATION as OUR_KEY } from '../../kube/domain.ts';
import { parseJson } from '../../kube/json.ts';
import type { KubeObject } from '../../kube/object.ts';
import { v1alpha2 } from './v1alpha2.ts';

const down = v1alpha2.fromStorage;
const up = v1alpha2.toStorage;

const stored: KubeObject = {
  apiVersion: 'multicluster.x-k8s.io/v1beta1',
  kind: 'ServiceImport',
  metadata: { name: 'api', namespace: 'prod', annotations: { team: 'shop' } },
  spec: {
    type: 'ClusterSetIP',
    ips: [],
    ports: [{ name: 'http', port: 80 }],
    ipFamilies: ['IPv4'],
    sessionAffinity: '',
    sessionAffinityConfig: { clientIP: {} },
    internalTrafficPolicy: 'Cluster',
    trafficDistribution: 'PreferClose',
  },
  status: {
    clusters: [{ cluster: 'east' }, { cluster: 'west' }],
    conditions: [{ type: 'Ready', status: 'Unknown' }],
    endpointSliceObjects: 'Absent',
  },
};

function importWith(fields: object): KubeObject {
  return { apiVersion: 'multicluster.x-k8s.io/v1beta1', kind: 'ServiceImport', metadata: { name: 'api' }, ...fields };
}

function dataOf(object: KubeObject): unknown {
  const text = object.metadata.annotations?.[OUR_KEY];
  return text === undefined ? undefined : parseJson(text);
}

describe('from the storage form to v1alpha2', () => {
  test('every field of the schema has its home at the root and no annotation is needed', () => {
    expect(down(stored)).toStrictEqual({
      apiVersion: 'multicluster.x-k8s.io/v1alpha2',
      kind: 'ServiceImport',
      metadata: { name: 'api', namespace: 'prod', annotations: { team: 'shop' } },
      type: 'ClusterSetIP',
      ips: [],
      ports: [{ name: 'http', port: 80 }],
      ipFamilies: ['IPv4'],
      sessionAffinity: '',
      sessionAffinityConfig: { clientIP: {} },
      internalTrafficPolicy: 'Cluster',
      trafficDistribution: 'PreferClose',
      clusters: [{ cluster: 'east' }, { cluster: 'west' }],
      conditions: [{ type: 'Ready', status: 'Unknown' }],
      endpointSliceObjects: 'Absent',
    });
  });

  test('metadata that needs no annotation is the very same object', () => {
    expect(down(stored).metadata).toBe(stored.metadata);
  });

  test.each([
    [
      'unknown fields of spec and status',
      { spec: { x: 1 }, status: { y: [2] } },
      { spec: { x: 1 }, status: { y: [2] } },
    ],
    ['empty sections', { spec: {}, status: {} }, { empty: ['spec', 'status'] }],
    ['a section that is no object', { spec: 'odd', status: [] }, { spec: 'odd', status: [] }],
    ['root fields that mean something else in v1alpha2', { type: 'odd' }, { root: { type: 'odd' } }],
    [
      'unknown fields of ports and clusters',
      {
        spec: { ports: [{ port: 80, targetPort: 8080 }, { port: 80 }, { port: 80, nodePort: 1 }] },
        status: { clusters: [{ cluster: 'east', zone: 'a' }] },
      },
      {
        spec: {
          ports: [
            { key: [null, null, 80], rest: { targetPort: 8080 } },
            { key: [null, null, 80], n: 2, rest: { nodePort: 1 } },
          ],
        },
        status: { clusters: [{ key: ['east'], rest: { zone: 'a' } }] },
      },
    ],
  ])('%s travel in the annotation', (_title, fields, data) => {
    const object = importWith(fields);
    expect(dataOf(down(object))).toEqual({ v: 1, ...data });
    expect(up(down(object))).toStrictEqual(object);
  });

  test('the annotation is canonical JSON whatever the order of the keys', () => {
    const one = down(importWith({ spec: { b: { d: 1, c: 2 }, a: 1 }, status: {} }));
    const two = down(importWith({ status: {}, spec: { a: 1, b: { c: 2, d: 1 } } }));
    expect(one.metadata.annotations?.[OUR_KEY]).toBe('{"empty":["status"],"spec":{"a":1,"b":{"c":2,"d":1}},"v":1}');
    expect(two.metadata.annotations).toEqual(one.metadata.annotations);
  });

  test('a null field counts as absent and never comes out', () => {
    const object = importWith({
      spec: { type: null, x: null, ports: [{ port: 80, name: null, y: null }] },
      status: null,
      z: null,
    });
    const converted = down(object);
    expect(converted).toStrictEqual({
      apiVersion: 'multicluster.x-k8s.io/v1alpha2',
      kind: 'ServiceImport',
      metadata: { name: 'api' },
      ports: [{ port: 80 }],
    });
    expect(up(converted)).toStrictEqual(importWith({ spec: { ports: [{ port: 80 }] } }));
  });

  test('integers beyond 2^53 in unknown fields stay exact', () => {
    const object = importWith({ spec: { x: 9007199254740993n } });
    expect(down(object).metadata.annotations?.[OUR_KEY]).toBe('{"spec":{"x":9007199254740993},"v":1}');
    expect(up(down(object))).toStrictEqual(object);
  });

  test.each([
    ['absent', undefined],
    ['empty', {}],
    ['under our own key', { [OUR_KEY]: 'copied by somebody' }],
    ['others', { team: 'shop' }],
  ])('annotations that were %s are the same again after a round trip', (_title, annotations) => {
    const metadata = annotations === undefined ? { name: 'api' } : { name: 'api', annotations };
    const object = importWith({ metadata, spec: { x: 1 } });
    expect(up(down(object))).toStrictEqual(object);
  });
});

describe('from v1alpha2 to the storage form', () => {
  const rootForm: KubeObject = { ...importWith({ type: 'Headless', ports: [] }), apiVersion: 'g.example.com/v1alpha2' };

  test('spec is made of root fields and status is absent when nothing belongs there; the group stays', () => {
    expect(up(rootForm)).toStrictEqual({
      apiVersion: 'g.example.com/v1beta1',
      kind: 'ServiceImport',
      metadata: { name: 'api' },
      spec: { type: 'Headless', ports: [] },
    });
  });

  test('what the annotation says about fields that have a home at the root is ignored', () => {
    const text =
      '{"v":1,"spec":{"type":"ClusterSetIP","ips":["192.0.2.1"],"x":1},"status":{"clusters":[{"cluster":"evil"}]}}';
    const object = { ...rootForm, metadata: { name: 'api', annotations: { [OUR_KEY]: text } } };
    expect(up(object)).toMatchObject({ metadata: { name: 'api' }, spec: { type: 'Headless', ports: [], x: 1 } });
    expect(up(object).status).toBeUndefined();
  });

  test('fields of a port that was renumbered meanwhile are lost, those of the others are kept', () => {
    const ports = [
      { name: 'a', port: 80, x: 1 },
      { name: 'b', port: 81, x: 2 },
    ];
    const edited = down(importWith({ spec: { ports } }));
    const result = up({
      ...edited,
      ports: [
        { name: 'b', port: 81 },
        { name: 'a', port: 8080 },
      ],
    });
    expect(result.spec).toEqual({
      ports: [
        { name: 'b', port: 81, x: 2 },
        { name: 'a', port: 8080 },
      ],
    });
  });

  test('an annotation of a later format stays where it is', () => {
    const annotations = { [OUR_KEY]: '{"v":2,"spec":{"x":1}}' };
    expect(up({ ...rootForm, metadata: { name: 'api', annotations } })).toMatchObject({
      metadata: { annotations },
      spec: { type: 'Headless', ports: [] },
    });
  });

  test.each([
    '{"v":1,"spec":{"ports":7}}',
    '{"v":1,"spec":{"ports":[7,{"key":1,"rest":{"x":1}}]}}',
    '{"v":1,"spec":9}',
  ])('odd data in an intact annotation is passed over: %s', (text) => {
    const object = { ...rootForm, metadata: { name: 'api', annotations: { [OUR_KEY]: text } } };
    expect(up(object)).toMatchObject({ metadata: { name: 'api' }, spec: { type: 'Headless', ports: [] } });
  });
});

describe('annotations near the limit of 256 KiB', () => {
  const LIMIT = 262_144;
  const bytes = (object: KubeObject) =>
    Object.entries(object.metadata.annotations ?? {}).reduce((sum, [k, v]) => sum + Buffer.byteLength(k + v), 0);
  /** The annotation for `{x: text}` is this much longer than the text. */
  const overhead = Buffer.byteLength(`${OUR_KEY}{"spec":{"x":""},"v":1}`);

  test('exactly the limit is kept whole', () => {
    const object = importWith({ spec: { x: 'y'.repeat(LIMIT - overhead) } });
    expect(bytes(down(object))).toBe(LIMIT);
    expect(up(down(object))).toStrictEqual(object);
  });

  test('one byte more leaves out the largest part only and says so', () => {
    const converted = down(importWith({ spec: { x: 'y'.repeat(LIMIT - overhead), z: 1 }, status: {} }));
    expect(dataOf(converted)).toEqual({ v: 1, spec: { z: 1 }, empty: ['status'], truncated: true });
    expect(up(converted)).toStrictEqual(importWith({ spec: { z: 1 }, status: {} }));
  });

  test('other annotations that fill the limit leave no room: nothing is added and nothing throws', () => {
    const metadata = { name: 'api', annotations: { big: 'y'.repeat(LIMIT) } };
    const object = importWith({ metadata, spec: { x: 1, type: 'Headless' } });
    expect(down(object).metadata).toEqual(metadata);
    expect(down(object)['type']).toBe('Headless');
  });

  test('values nested too deep to be written are left out', () => {
    let deep: unknown = 1;
    for (let depth = 0; depth < 20_000; depth += 1) deep = [deep];
    expect(dataOf(down(importWith({ spec: { deep, z: 1 } })))).toEqual({ v: 1, spec: { z: 1 }, truncated: true });
  });
});
