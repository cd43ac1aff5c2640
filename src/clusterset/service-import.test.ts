import { describe, expect, it } from 'vitest';
import { ports } from '../../test/support/clusterset-objects.ts';
import { KEY, merge, type ExporterShape } from '../../test/support/exporters.ts';
import { judgeConflict } from './condition-verdict.ts';
import { serviceImportUid } from './identity.ts';
import { deriveServiceImport } from './service-import.ts';

const NOW = '2026-02-01T00:00:00Z';

function derive(shapes: Readonly<Record<string, ExporterShape>>) {
  const merged = merge(shapes);
  const input = { merge: merged, conflict: judgeConflict(merged), uid: serviceImportUid('blue', KEY) };
  return deriveServiceImport(input, { previous: [], now: NOW }).object;
}

describe('deriveServiceImport', () => {
  it('shows one export as its Service is', () => {
    const spec = {
      ports: ports('http TCP/80'),
      sessionAffinity: 'ClientIP',
      sessionAffinityConfig: { clientIP: { timeoutSeconds: 60 } },
      ipFamilies: ['IPv4'],
      internalTrafficPolicy: 'Cluster',
      trafficDistribution: 'PreferClose',
    };
    expect(derive({ east: { spec, labels: { tier: 'gold' }, annotations: { note: 'x' } } })).toEqual({
      apiVersion: 'multicluster.x-k8s.io/v1beta1',
      kind: 'ServiceImport',
      metadata: {
        name: 'api',
        namespace: 'prod',
        uid: serviceImportUid('blue', KEY),
        creationTimestamp: '2026-01-05T10:00:00Z',
        labels: { tier: 'gold' },
        annotations: { note: 'x' },
      },
      spec: {
        ports: [{ name: 'http', protocol: 'TCP', port: 80 }],
        type: 'ClusterSetIP',
        sessionAffinity: 'ClientIP',
        sessionAffinityConfig: { clientIP: { timeoutSeconds: 60 } },
        ipFamilies: ['IPv4'],
        internalTrafficPolicy: 'Cluster',
        trafficDistribution: 'PreferClose',
      },
      status: {
        clusters: [{ cluster: 'east' }],
        conditions: [
          {
            type: 'clusterset-apiserver.dev/Conflict',
            status: 'False',
            lastTransitionTime: '2026-02-01T00:00:00Z',
            reason: 'NoConflicts',
            message: 'All exporting clusters agree.',
          },
          {
            type: 'Ready',
            status: 'Unknown',
            lastTransitionTime: '2026-02-01T00:00:00Z',
            reason: 'Pending',
            message:
              'This ServiceImport describes the whole ClusterSet; whether it can be used is said by the one in each member cluster.',
          },
        ],
      },
    });
  });

  it('has a list of ports even when there is none, and no IPs', () => {
    const { spec } = derive({ east: { spec: { clusterIP: 'None' } } });
    expect(spec).toEqual({ ports: [], type: 'Headless' });
  });

  it('shows the ports of a headless Service', () => {
    expect(derive({ east: { spec: { clusterIP: 'None', ports: ports('http TCP/80') } } }).spec).toMatchObject({
      ports: [{ name: 'http', protocol: 'TCP', port: 80 }],
    });
  });

  it('takes whole values from the winner, absent ones too', () => {
    const { spec, metadata } = derive({
      east: {},
      west: { spec: { sessionAffinity: 'ClientIP', trafficDistribution: 'PreferClose' }, labels: { tier: 'gold' } },
    });
    expect(spec).toEqual({ ports: [], type: 'ClusterSetIP' });
    expect(metadata.labels).toBeUndefined();
  });

  it('lists exporting clusters in the order of precedence, those that lost a conflict too', () => {
    const { status } = derive({ west: {}, east: { labels: { a: '1' } } });
    expect(status).toMatchObject({
      clusters: [{ cluster: 'west' }, { cluster: 'east' }],
      conditions: [
        { status: 'True', reason: 'LabelsConflict' },
        { type: 'Ready', status: 'Unknown' },
      ],
    });
  });

  it('does not let exporters set reserved or illegal metadata', () => {
    const { metadata } = derive({ east: { labels: { 'kubernetes.io/service-name': 'x', 'a b': 'c', ok: 'y' } } });
    expect(metadata.labels).toEqual({ ok: 'y' });
  });

  it('has no creationTimestamp when no export has one', () => {
    expect(derive({ east: { created: null } }).metadata).not.toHaveProperty('creationTimestamp');
  });
});

describe('serviceImportUid', () => {
  it('depends on the ClusterSet and the name, and on nothing else', () => {
    const uid = serviceImportUid('blue', KEY);
    expect(serviceImportUid('blue', { ...KEY })).toBe(uid);
    expect(serviceImportUid('red', KEY)).not.toBe(uid);
    expect(serviceImportUid(undefined, KEY)).not.toBe(uid);
    expect(serviceImportUid('blue', { ...KEY, namespace: 'test' })).not.toBe(uid);
  });
});
