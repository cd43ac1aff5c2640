import { describe, expect, it } from 'vitest';
import type { JsonObject } from '../../kube/object.ts';
import { groupByName } from './touched-names.ts';

const OPTIONS = { namespace: 'default', apiGroup: 'multicluster.clusterset-apiserver.dev' };
const applied = (apiVersion: string, kind: string, metadata: JsonObject) => ({
  object: { apiVersion, kind, metadata },
  file: 'a.yaml',
  line: 3,
});
const exported = (metadata: JsonObject, version = 'multicluster.x-k8s.io/v1beta1') =>
  applied(version, 'ServiceExport', metadata);

describe('groupByName', () => {
  it('brings a Service and its export together, by namespace and name', () => {
    const [export1, service, export2] = [
      exported({ name: 'web', namespace: 'prod' }),
      applied('v1', 'Service', { name: 'web', namespace: 'prod' }),
      exported({ name: 'api' }, 'multicluster.x-k8s.io/v1alpha1'),
    ];
    expect(groupByName([export1, service, export2], OPTIONS)).toEqual({
      names: [
        { key: { namespace: 'default', name: 'api' }, serviceExport: export2, service: undefined },
        { key: { namespace: 'prod', name: 'web' }, serviceExport: export1, service },
      ],
      passedOver: 0,
    });
  });

  it('counts what no export depends on', () => {
    const others = [
      applied('apps/v1', 'Deployment', { name: 'web' }),
      applied('serving.knative.dev/v1', 'Service', { name: 'web' }),
      exported({ name: 'web' }, 'net.gke.io/v1'),
    ];
    expect(groupByName(others, OPTIONS)).toEqual({ names: [], passedOver: 3 });
  });

  it('takes the later of two objects, and the group that the server has', () => {
    const later = exported({ name: 'web', labels: { a: '1' } }, 'multicluster.clusterset-apiserver.dev/v1beta1');
    expect(groupByName([exported({ name: 'web' }), later], OPTIONS).names).toMatchObject([{ serviceExport: later }]);
  });

  it.each([
    [{}, 'a.yaml:3: ServiceExport has no metadata.name'],
    [{ name: 'web', namespace: 7 }, 'a.yaml:3: ServiceExport web: metadata.namespace is not a string'],
  ])('refuses metadata %j', (metadata, message) => {
    expect(() => groupByName([exported(metadata)], OPTIONS)).toThrow(message);
  });
});
