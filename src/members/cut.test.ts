import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import type { MemberResource } from '../kube/member-event.ts';
import { isJsonObject } from '../kube/object.ts';
import { parseMemberObject } from './cut.ts';
import { RESOURCE_SOURCES } from './member-resource.ts';
import { createSharing } from './sharing.ts';

const META = {
  name: 'web',
  namespace: 'shop',
  uid: 'u-1',
  resourceVersion: '42',
  creationTimestamp: '2026-11-20T08:00:00Z',
};

const OWNER = { kind: 'ServiceImport', name: 'web', uid: 'u-2' };

function cut(resource: MemberResource, value: unknown) {
  return parseMemberObject(value, RESOURCE_SOURCES[resource], createSharing());
}

function kept(resource: MemberResource, value: unknown) {
  const result = cut(resource, value);
  if (result.type !== 'kept') throw new Error(`not kept: ${JSON.stringify(result)}`);
  return result.object;
}

function serviceExport(metadata: object = {}, more: object = {}) {
  return {
    apiVersion: 'multicluster.x-k8s.io/v1alpha1',
    kind: 'ServiceExport',
    metadata: { ...META, ...metadata },
    ...more,
  };
}

function service(spec: object, metadata: object = {}) {
  return { metadata: { ...META, ...metadata }, spec };
}

describe('a ServiceExport', () => {
  it('stays whole, with unknown fields, managedFields and exact integers, in the storage version', () => {
    const managedFields = [{ manager: 'kubectl', fieldsV1: { 'f:spec': {} } }];
    const rest = { spec: { future: 2n ** 63n }, status: { conditions: [] }, extra: { kept: true } };
    const object = kept('serviceexports', serviceExport({ managedFields, generateName: 'w' }, rest));
    expect(object).toEqual({
      ...rest,
      apiVersion: 'multicluster.x-k8s.io/v1beta1',
      kind: 'ServiceExport',
      metadata: { ...META, managedFields, generateName: 'w' },
    });
  });

  it('may have no spec and no status', () => {
    expect(cut('serviceexports', serviceExport()).type).toBe('kept');
    expect(cut('serviceexports', serviceExport({}, { spec: null, status: null })).type).toBe('kept');
  });

  it.each([
    ['a spec that is no object', serviceExport({}, { spec: 'x' })],
    ['a status that is a list', serviceExport({}, { status: [] })],
    ['no uid', serviceExport({ uid: undefined })],
    ['a resourceVersion that is no decimal', serviceExport({ resourceVersion: '0x2a' })],
    ['resourceVersion 0', serviceExport({ resourceVersion: '0' })],
    ['a name with a slash', serviceExport({ name: '../etc' })],
    ['a name with upper case', serviceExport({ name: 'Web' })],
    ['a name of 254 characters', serviceExport({ name: 'a'.repeat(254) })],
    ['a namespace with a dot', serviceExport({ namespace: 'a.b' })],
    ['no namespace', serviceExport({ namespace: undefined })],
    ['an illegal label key', serviceExport({ labels: { 'a b': 'x' } })],
    ['a label value of 64 characters', serviceExport({ labels: { a: 'x'.repeat(64) } })],
    ['a label value that is a number', serviceExport({ labels: { a: 1 } })],
    ['annotations that are a list', serviceExport({ annotations: [] })],
    ['annotations above 256 KiB', serviceExport({ annotations: { a: 'x'.repeat(262_144) } })],
    ['a time that is none', serviceExport({ creationTimestamp: 'yesterday' })],
    ['a generation that is text', serviceExport({ generation: '1' })],
    ['finalizers with a space', serviceExport({ finalizers: ['a b'] })],
    ['an owner without uid', serviceExport({ ownerReferences: [{ apiVersion: 'v1', kind: 'Pod', name: 'x' }] })],
    ['managedFields that are text', serviceExport({ managedFields: ['x'] })],
  ])('with %s is dropped', (_, value) => {
    expect(cut('serviceexports', value).type).toBe('invalid');
  });

  it.each([
    ['a name of 253 characters', { name: 'a'.repeat(253) }],
    ['a dotted name', { name: 'web.v2' }],
    ['a label value of 63 characters', { labels: { 'example.com/a': 'x'.repeat(63) } }],
    ['an empty label value', { labels: { a: '' } }],
    ['annotations of just 256 KiB', { annotations: { a: 'x'.repeat(262_143) } }],
    ['finalizers', { finalizers: ['foregroundDeletion', 'example.com/finalizer'] }],
    ['a null timestamp', { creationTimestamp: null }],
  ])('with %s is kept', (_, metadata) => {
    expect(cut('serviceexports', serviceExport(metadata)).type).toBe('kept');
  });

  it('is dropped above 1.5 MiB, and kept just below', () => {
    const bytes = (size: number) => serviceExport({}, { extra: 'x'.repeat(size) });
    expect(cut('serviceexports', bytes(1_572_864)).type).toBe('invalid');
    expect(cut('serviceexports', bytes(1_572_000)).type).toBe('kept');
  });

  it('is dropped when nested deeper than any walker can follow', () => {
    const nested = (depth: number) => JSON.parse(`${'['.repeat(depth)}${']'.repeat(depth)}`) as unknown;
    expect(cut('serviceexports', serviceExport({}, { extra: nested(3_000) })).type).toBe('invalid');
    expect(cut('serviceexports', serviceExport({}, { extra: nested(100) })).type).toBe('kept');
  });

  it('names the object that was dropped when its name can be used', () => {
    expect(cut('serviceexports', serviceExport({ uid: 7 }))).toEqual({
      type: 'invalid',
      key: { namespace: 'shop', name: 'web' },
      problem: 'metadata.uid is missing or malformed',
    });
    expect(cut('serviceexports', serviceExport({ name: '..' }))).toMatchObject({ type: 'invalid', key: undefined });
  });
});

describe('an object that carries our own label', () => {
  it.each<MemberResource>(['serviceexports', 'services', 'clusterproperties'])('is our output: %s', (resource) => {
    const labels = { 'clusterset-apiserver.dev/cluster': 'east' };
    expect(cut(resource, { metadata: { ...META, labels }, spec: {} }).type).toBe('own');
  });
});

describe('a Service', () => {
  it('is cut to what the rules read', () => {
    const spec = {
      type: 'ClusterIP',
      clusterIP: '10.0.0.7',
      clusterIPs: ['10.0.0.7'],
      selector: { app: 'web', tier: 'front' },
      ports: [
        {
          name: 'http',
          protocol: 'TCP',
          port: 80,
          targetPort: 8080,
          nodePort: 30_080,
          appProtocol: 'kubernetes.io/h2c',
        },
        { name: '', port: 65_535 },
      ],
      sessionAffinity: 'ClientIP',
      sessionAffinityConfig: { clientIP: { timeoutSeconds: 60 } },
      internalTrafficPolicy: 'Local',
      trafficDistribution: 'PreferClose',
      ipFamilies: ['IPv4', 'IPv6'],
      ipFamilyPolicy: 'RequireDualStack',
    };
    const value = { ...service(spec, { labels: { a: 'b' }, annotations: { c: 'd' } }), status: { loadBalancer: {} } };
    expect(kept('services', value)).toEqual({
      apiVersion: 'v1',
      kind: 'Service',
      metadata: META,
      spec: {
        type: 'ClusterIP',
        selector: { 'clusterset-apiserver.dev/present': 'true' },
        ports: [{ name: 'http', protocol: 'TCP', port: 80, appProtocol: 'kubernetes.io/h2c' }, { port: 65_535 }],
        sessionAffinity: 'ClientIP',
        sessionAffinityConfig: { clientIP: { timeoutSeconds: 60 } },
        internalTrafficPolicy: 'Local',
        trafficDistribution: 'PreferClose',
        ipFamilies: ['IPv4', 'IPv6'],
        ipFamilyPolicy: 'RequireDualStack',
      },
    });
  });

  it('shows that it is headless and has no selector', () => {
    expect(kept('services', service({ clusterIP: 'None', selector: {} })).spec).toEqual({ clusterIP: 'None' });
  });

  it('keeps when it was deleted', () => {
    const deletionTimestamp = '2026-11-21T08:00:00Z';
    expect(kept('services', service({}, { deletionTimestamp })).metadata.deletionTimestamp).toBe(deletionTimestamp);
  });

  it.each([
    ['its label', { labels: { 'multicluster.kubernetes.io/service-name': 'web', a: 'b' } }],
    ['its owner', { ownerReferences: [{ apiVersion: 'multicluster.x-k8s.io/v1beta1', ...OWNER }] }],
    ['an owner of another group', { ownerReferences: [{ apiVersion: 'net.gke.io/v1', ...OWNER }] }],
  ])('shows by a mark that it is made for a ServiceImport, as %s says', (_, metadata) => {
    const object = kept('services', service({}, metadata));
    expect(object.metadata).toEqual({ ...META, labels: { 'multicluster.kubernetes.io/service-name': '' } });
    expect(kept('services', object)).toEqual(object);
    expect(kept('services', service({}, { ...metadata, name: 'api' })).metadata.labels).toBe(object.metadata.labels);
  });

  it('of any other owner keeps no mark', () => {
    const ownerReferences = [{ ...OWNER, apiVersion: 'v1', kind: 'ServiceExport' }];
    const labels = { 'kubernetes.io/service-name': 'web' };
    expect(kept('services', service({}, { ownerReferences, labels })).metadata).toEqual(META);
  });

  it('shares its spec with all Services of an equal one', () => {
    const sharing = createSharing();
    const one = parseMemberObject(
      service({ clusterIP: '10.0.0.1', ports: [{ port: 80 }] }),
      RESOURCE_SOURCES.services,
      sharing,
    );
    const two = parseMemberObject(
      service({ clusterIP: '10.0.0.2', ports: [{ port: 80 }] }),
      RESOURCE_SOURCES.services,
      sharing,
    );
    if (one.type !== 'kept' || two.type !== 'kept') throw new Error('not kept');
    expect(one.object.spec).toBe(two.object.spec);
  });

  it.each([
    ['no spec', undefined],
    ['port 0', { ports: [{ port: 0 }] }],
    ['port 65536', { ports: [{ port: 65_536 }] }],
    ['a port that is text', { ports: [{ port: '80' }] }],
    ['a port name that is no DNS label', { ports: [{ port: 80, name: 'a/b' }] }],
    ['an unknown protocol', { ports: [{ port: 80, protocol: 'ICMP' }] }],
    ['an appProtocol with a space', { ports: [{ port: 80, appProtocol: 'a b' }] }],
    ['ports that are no list', { ports: {} }],
    ['a type that is no word', { type: 'Cluster IP' }],
    ['an unknown IP family', { ipFamilies: ['IPv5'] }],
    ['a sessionAffinityConfig that is text', { sessionAffinityConfig: 'x' }],
    ['a trafficDistribution with a line break', { trafficDistribution: 'a\nb' }],
  ])('with %s is dropped', (_, spec) => {
    expect(cut('services', { metadata: META, spec }).type).toBe('invalid');
  });
});

describe('the other kinds', () => {
  it('keep of a Namespace its labels and phase', () => {
    const metadata = { name: 'shop', uid: 'u', resourceVersion: '1', labels: { a: 'b' } };
    expect(
      kept('namespaces', { metadata: { ...metadata, annotations: { c: 'd' } }, spec: {}, status: { phase: 'Active' } }),
    ).toEqual({
      apiVersion: 'v1',
      kind: 'Namespace',
      metadata,
      status: { phase: 'Active' },
    });
    expect(cut('namespaces', { metadata: { ...metadata, namespace: 'x' } }).type).toBe('invalid');
  });

  it('keep of an EndpointSlice its Service and address type', () => {
    const labels = { 'kubernetes.io/service-name': 'web', other: 'x' };
    const slice = { metadata: { ...META, labels }, addressType: 'IPv6', endpoints: [{ addresses: ['::1'] }] };
    expect(kept('endpointslices', slice)).toEqual({
      apiVersion: 'discovery.k8s.io/v1',
      kind: 'EndpointSlice',
      metadata: { ...META, labels: { 'kubernetes.io/service-name': 'web' } },
      addressType: 'IPv6',
    });
    expect(cut('endpointslices', { metadata: META, addressType: 'IPv6' }).type).toBe('invalid');
    expect(cut('endpointslices', { ...slice, addressType: 6 }).type).toBe('invalid');
  });

  it('keep a ClusterProperty whole, in the storage version', () => {
    const value = {
      apiVersion: 'about.k8s.io/v1alpha1',
      metadata: { name: 'cluster.clusterset.k8s.io', uid: 'u', resourceVersion: '1', labels: { a: 'b' } },
      spec: { value: 'east' },
    };
    expect(kept('clusterproperties', value)).toEqual({
      ...value,
      apiVersion: 'about.k8s.io/v1beta1',
      kind: 'ClusterProperty',
    });
  });
});

describe('cutting', () => {
  const resources = fc.constantFrom<MemberResource>(
    'serviceexports',
    'services',
    'namespaces',
    'clusterproperties',
    'endpointslices',
  );

  it('answers for any JSON at all, and never throws', () => {
    fc.assert(
      fc.property(resources, fc.jsonValue(), (resource, value) => {
        expect(['kept', 'own', 'invalid']).toContain(cut(resource, value).type);
        expect(['kept', 'own', 'invalid']).toContain(
          cut(resource, { metadata: value, spec: value, status: value }).type,
        );
      }),
    );
  });

  it('changes nothing any more the second time, so that snapshots can be judged anew', () => {
    const spec = fc.record(
      {
        clusterIP: fc.constantFrom('None', '10.0.0.1', ''),
        selector: fc.constantFrom({}, { a: 'b' }, null),
        ports: fc.array(fc.record({ port: fc.integer({ min: 1, max: 65_535 }), name: fc.constantFrom('', 'http') })),
        type: fc.constantFrom('ClusterIP', 'ExternalName'),
      },
      { requiredKeys: [] },
    );
    fc.assert(
      fc.property(spec, (value) => {
        const once = kept('services', service(value));
        expect(kept('services', once)).toEqual(once);
      }),
    );
    const whole = kept('serviceexports', serviceExport({}, { spec: { a: 1 } }));
    expect(kept('serviceexports', whole)).toEqual(whole);
  });

  it('never changes what it was given', () => {
    const value = serviceExport({ labels: { a: 'b' }, creationTimestamp: null });
    const before = JSON.stringify(value);
    cut('serviceexports', value);
    expect(JSON.stringify(value)).toBe(before);
    expect(isJsonObject(value)).toBe(true);
  });
});
