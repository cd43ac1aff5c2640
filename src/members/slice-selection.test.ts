import { describe, expect, it } from 'vitest';

import type { KubeObject, ObjectKey } from '../kube/object.ts';
import { keyString } from '../kube/object.ts';
import { createSliceSelection } from './slice-selection.ts';

function setup() {
  const exports = new Map<string, KubeObject>();
  const services = new Map<string, KubeObject>();
  const selection = createSliceSelection({
    serviceExport: (key) => exports.get(keyString(key)),
    service: (key) => services.get(keyString(key)),
  });
  const put = (key: ObjectKey, spec: KubeObject['spec']) => {
    const object: KubeObject = { apiVersion: 'v1', kind: 'X', metadata: key, spec: spec ?? {} };
    exports.set(keyString(key), object);
    services.set(keyString(key), object);
  };
  return { exports, services, selection, put };
}

function slice(namespace: string, service: string): KubeObject {
  const metadata = { name: 's', namespace, labels: { 'kubernetes.io/service-name': service } };
  return { apiVersion: 'discovery.k8s.io/v1', kind: 'EndpointSlice', metadata };
}

const DB = { namespace: 'shop', name: 'db' };

describe('the selection of slices', () => {
  it('holds an exported headless Service without a selector', () => {
    const { selection, put, exports } = setup();
    put(DB, { clusterIP: 'None' });
    expect(selection.reconsider([DB])).toBe(true);
    expect(selection.reconsider([DB])).toBe(false);
    expect(selection.labelSelector()).toBe('kubernetes.io/service-name in (db)');
    expect(selection.wants(slice('shop', 'db'))).toBe(true);
    expect(selection.wants(slice('other', 'db'))).toBe(false);
    expect(selection.wants(slice('shop', 'web'))).toBe(false);
    exports.clear();
    expect(selection.reconsider([DB])).toBe(true);
    expect(selection.isEmpty()).toBe(true);
  });

  it.each([
    ['a cluster IP', {}],
    ['a selector', { clusterIP: 'None', selector: { a: 'b' } }],
    ['an external name', { clusterIP: 'None', type: 'ExternalName' }],
  ])('does not hold a Service with %s', (_, spec) => {
    const { selection, put } = setup();
    put(DB, spec);
    expect(selection.reconsider([DB])).toBe(false);
  });

  it('does not hold a Service that is not exported, nor an export without Service', () => {
    const { selection, put, exports, services } = setup();
    put(DB, { clusterIP: 'None' });
    services.clear();
    expect(selection.reconsider([DB])).toBe(false);
    put(DB, { clusterIP: 'None' });
    exports.clear();
    expect(selection.reconsider([DB])).toBe(false);
  });

  it('names each Service once, in order; when that gets too long it excludes what a selector makes', () => {
    const { selection, put } = setup();
    const keys = ['z', 'a'].flatMap((name) => ['one', 'two'].map((namespace) => ({ namespace, name })));
    for (const key of keys) put(key, { clusterIP: 'None' });
    selection.reconsider(keys);
    expect(selection.labelSelector()).toBe('kubernetes.io/service-name in (a,z)');
    const many = Array.from({ length: 600 }, (_, index) => ({ namespace: 'shop', name: `service-${index}` }));
    for (const key of many) put(key, { clusterIP: 'None' });
    selection.reconsider(many);
    expect(selection.labelSelector()).toBe(
      'kubernetes.io/service-name,endpointslice.kubernetes.io/managed-by!=endpointslice-controller.k8s.io',
    );
  });
});
