import { expect, test } from 'vitest';
import type { KubeObject } from '../kube/object.ts';
import { convertObject } from './convert.ts';
import { definitions } from './registry.ts';
import { serviceImport } from './service-import/definition.ts';

const object: KubeObject = {
  apiVersion: 'multicluster.x-k8s.io/v1alpha1',
  kind: 'ServiceImport',
  metadata: { name: 'api' },
  spec: { type: 'Headless', ports: [] },
};

test('converts through the storage version', () => {
  expect(convertObject(serviceImport, object, 'v1alpha2')).toEqual({
    ok: true,
    value: {
      apiVersion: 'multicluster.x-k8s.io/v1alpha2',
      kind: 'ServiceImport',
      metadata: { name: 'api' },
      type: 'Headless',
      ports: [],
    },
  });
});

test('an object that has the version already is returned as it is', () => {
  const result = convertObject(serviceImport, object, 'v1alpha1');
  expect(result.ok && result.value).toBe(object);
});

test.each([
  ['multicluster.x-k8s.io/v9', 'v1beta1', 'ServiceImport has no version "multicluster.x-k8s.io/v9"'],
  ['multicluster.x-k8s.io/v1beta1', 'v9', 'ServiceImport has no version "v9"'],
])('from %s to %s fails', (apiVersion, desired, error) => {
  expect(convertObject(serviceImport, { ...object, apiVersion }, desired)).toEqual({ ok: false, error });
});

const inNameOnly = definitions.flatMap((definition) =>
  definition.versions
    .filter(({ name, differsInNameOnly }) => name === definition.storageVersion || differsInNameOnly === true)
    .map((version) => ({ kind: definition.kind, version })),
);

test.each(inNameOnly)('$kind $version.name differs in nothing but its name', ({ version }) => {
  const strange = { ...object, spec: { x: [null, {}], ports: 7 }, status: null, type: 'y', ports: [{ unknown: 1 }] };
  const own = { ...strange, apiVersion: `multicluster.x-k8s.io/${version.name}` };
  const stored = version.toStorage(own);
  expect({ ...stored, apiVersion: '' }).toEqual({ ...strange, apiVersion: '' });
  expect(version.fromStorage(stored)).toEqual(own);
});
