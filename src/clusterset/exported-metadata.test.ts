import { describe, expect, it } from 'vitest';
import { exporter } from '../../test/support/exporters.ts';
import { parseJson } from '../kube/json.ts';
import type { JsonObject } from '../kube/object.ts';
import { ANNOTATIONS_BYTES_MAX, isReservedKey, readExportedMetadata } from './exported-metadata.ts';

const read = (shape: { labels?: JsonObject; annotations?: JsonObject }) =>
  readExportedMetadata(exporter('east', shape).serviceExport);

describe('isReservedKey', () => {
  it.each([
    'multicluster.kubernetes.io/derived-service',
    'multicluster.x-k8s.io/a',
    'endpointslice.kubernetes.io/managed-by',
    'kubernetes.io/service-name',
    'service.kubernetes.io/headless',
    'kubectl.kubernetes.io/last-applied-configuration',
    'clusterset-apiserver.dev/cluster',
  ])('reserves %s', (key) => {
    expect(isReservedKey(key)).toBe(true);
  });

  it.each([
    'app.kubernetes.io/name',
    'service.kubernetes.io/topology-mode',
    'kubectl.kubernetes.io/restartedAt',
    'x.clusterset-apiserver.dev/cluster',
    'kubernetes.io',
    'tier',
  ])('leaves %s to exporters', (key) => {
    expect(isReservedKey(key)).toBe(false);
  });
});

describe('readExportedMetadata', () => {
  it('passes legal entries, sorted by key', () => {
    const { labels, annotations, dropped } = read({
      labels: { b: '2', a: '' },
      annotations: { z: 'any text\n', Y: '' },
    });
    expect(Object.entries(labels)).toEqual([
      ['a', ''],
      ['b', '2'],
    ]);
    expect(Object.entries(annotations)).toEqual([
      ['Y', ''],
      ['z', 'any text\n'],
    ]);
    expect(dropped).toEqual([]);
  });

  it('keeps labels of 63 characters and drops those of 64', () => {
    const { labels, dropped } = read({
      labels: { ['k'.repeat(63)]: 'v'.repeat(63), ['k'.repeat(64)]: 'v', value: 'v'.repeat(64) },
    });
    expect(Object.keys(labels)).toEqual(['k'.repeat(63)]);
    expect(dropped.map(({ cause }) => cause)).toEqual(['not a label key', 'not a label value']);
  });

  it('fills the annotations of an object to the last byte and not beyond', () => {
    const fitting = { a: 'x'.repeat(ANNOTATIONS_BYTES_MAX - 3), b: 'y' };
    expect(read({ annotations: fitting }).dropped).toEqual([]);
    const { annotations, dropped } = read({ annotations: { ...fitting, b: 'yy', c: '' } });
    expect(Object.keys(annotations)).toEqual(['a', 'c']);
    expect(dropped).toEqual([{ field: 'exportedAnnotations', key: 'b', cause: 'too large' }]);
  });

  it('counts bytes, not characters', () => {
    const annotations = { a: '€'.repeat(87_381) };
    expect(ANNOTATIONS_BYTES_MAX - 1).toBe(3 * 87_381);
    expect(read({ annotations }).dropped).toEqual([]);
    expect(read({ annotations: { ab: annotations.a } }).dropped).toHaveLength(1);
  });

  it('judges annotation keys in lower case', () => {
    const { annotations, dropped } = read({ annotations: { 'Example.com/a': '1', 'Kubernetes.io/a': '1', '/a': '1' } });
    expect(Object.keys(annotations)).toEqual(['Example.com/a']);
    expect(dropped.map(({ cause }) => cause)).toEqual(['not an annotation key', 'reserved']);
  });

  it('reads nothing from malformed maps and cannot be made to change prototypes', () => {
    expect(readExportedMetadata({ ...exporter('east').serviceExport, spec: 'x' }).labels).toEqual({});
    const spec = parseJson('{"exportedLabels": {"__proto__": "x", "a": "1"}, "exportedAnnotations": []}') as JsonObject;
    const { labels, dropped } = readExportedMetadata({ ...exporter('east').serviceExport, spec });
    expect(labels).toEqual({ a: '1' });
    expect(dropped).toHaveLength(1);
  });
});
