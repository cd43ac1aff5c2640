import { describe, expect, it } from 'vitest';
import type { JsonObject } from '../kube/object.ts';
import { parseManifest } from './manifest.ts';
import { createSharing } from './sharing.ts';

const KEY = { namespace: 'prod', name: 'api' };
const read = (resource: 'serviceexports' | 'services', manifest: JsonObject) =>
  parseManifest(manifest, { resource, key: KEY }, createSharing());

describe('parseManifest', () => {
  it('reads a ServiceExport whole but for what only an API server writes', () => {
    const metadata = {
      name: 'other',
      labels: { a: '1' },
      annotations: { b: '2' },
      uid: 'x',
      resourceVersion: '7',
      creationTimestamp: '2020-01-01T00:00:00Z',
      managedFields: [],
    };
    const manifest = { apiVersion: 'multicluster.x-k8s.io/v1alpha1', kind: 'ServiceExport', metadata, extra: 1 };
    expect(read('serviceexports', { ...manifest, spec: { exportedLabels: { tier: 'gold' } } })).toEqual({
      ok: true,
      value: {
        apiVersion: 'multicluster.x-k8s.io/v1beta1',
        kind: 'ServiceExport',
        metadata: { ...KEY, labels: { a: '1' }, annotations: { b: '2' } },
        spec: { exportedLabels: { tier: 'gold' } },
        extra: 1,
      },
    });
  });

  it('cuts a Service as those of members are cut', () => {
    const spec = { clusterIP: '10.0.0.1', ports: [{ port: 80, targetPort: 'web' }], selector: { app: 'api' } };
    const service = read('services', { apiVersion: 'v1', kind: 'Service', spec });
    expect(service).toMatchObject({ ok: true, value: { apiVersion: 'v1', metadata: KEY } });
    expect(service).toHaveProperty('value.spec', {
      ports: [{ port: 80 }],
      selector: { 'clusterset-apiserver.dev/present': 'true' },
    });
  });

  it('reads an object without a spec', () => {
    expect(read('services', { apiVersion: 'v1', kind: 'Service' })).toHaveProperty('value.spec', {});
  });

  it.each([
    [{ spec: { ports: [{ port: 0 }] } }, 'spec.ports[0] is malformed'],
    [{ spec: { type: 7 } }, 'spec.type is malformed'],
    [{ spec: [] }, 'spec is missing'],
    [{ metadata: { labels: { a: 1 } } }, 'metadata.labels is malformed'],
    [{ metadata: { labels: { 'clusterset-apiserver.dev/cluster': 'east' } } }, 'an object of this server'],
  ])('says what is wrong with %j', (manifest, problem) => {
    const outcome = read('services', manifest);
    expect(outcome.ok ? undefined : outcome.error).toContain(problem);
  });
});
