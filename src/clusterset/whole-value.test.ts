import { describe, expect, it } from 'vitest';
import type { JsonObject } from '../kube/object.ts';
import { reasons } from '../../test/support/exporters.ts';

const specs = (a: JsonObject, b: JsonObject) => reasons({ a: { spec: a }, b: { spec: b } });
const clientIp = (timeoutSeconds?: number): JsonObject => ({
  sessionAffinity: 'ClientIP',
  ...(timeoutSeconds === undefined ? {} : { sessionAffinityConfig: { clientIP: { timeoutSeconds } } }),
});

describe('type', () => {
  it('conflicts when one is headless', () => {
    expect(specs({ clusterIP: 'None' }, {})).toEqual(['TypeConflict']);
    expect(specs({}, { clusterIP: 'None' })).toEqual(['TypeConflict']);
  });

  it('does not tell apart the types that have a cluster IP', () => {
    expect(specs({ type: 'NodePort' }, { type: 'LoadBalancer' })).toEqual([]);
    expect(specs({ clusterIP: 'None' }, { clusterIP: 'None', type: 'ClusterIP' })).toEqual([]);
  });
});

describe('sessionAffinity', () => {
  it('means None when it is absent', () => {
    expect(specs({ sessionAffinity: 'None' }, {})).toEqual([]);
    expect(specs({ sessionAffinity: '' }, {})).toEqual([]);
    expect(specs({}, clientIp())).toEqual(['SessionAffinityConflict']);
  });
});

describe('sessionAffinityConfig', () => {
  it('conflicts only when both use ClientIP and the timeouts in force differ', () => {
    expect(specs(clientIp(60), clientIp(61))).toEqual(['SessionAffinityConfigConflict']);
    expect(specs(clientIp(60), clientIp(60))).toEqual([]);
    expect(specs(clientIp(10_800), clientIp())).toEqual([]);
    expect(specs(clientIp(10_799), clientIp())).toEqual(['SessionAffinityConfigConflict']);
  });

  it('says nothing more when the affinity itself differs', () => {
    expect(specs(clientIp(60), { sessionAffinity: 'None' })).toEqual(['SessionAffinityConflict']);
  });
});

describe('internalTrafficPolicy', () => {
  it('means Cluster when it is absent', () => {
    expect(specs({ internalTrafficPolicy: 'Cluster' }, {})).toEqual([]);
    expect(specs({ internalTrafficPolicy: 'Local' }, {})).toEqual(['InternalTrafficPolicyConflict']);
  });
});

describe('trafficDistribution', () => {
  it('takes PreferClose and PreferSameZone for the same', () => {
    expect(specs({ trafficDistribution: 'PreferClose' }, { trafficDistribution: 'PreferSameZone' })).toEqual([]);
    expect(specs({ trafficDistribution: 'PreferSameNode' }, { trafficDistribution: 'PreferSameZone' })).toEqual([
      'TrafficDistributionConflict',
    ]);
  });

  it('conflicts between absent and set', () => {
    expect(specs({}, { trafficDistribution: 'PreferClose' })).toEqual(['TrafficDistributionConflict']);
    expect(specs({ trafficDistribution: 'Odd' }, { trafficDistribution: 'Odd' })).toEqual([]);
  });
});

describe('exported labels and annotations', () => {
  it('conflict separately, as whole maps', () => {
    expect(reasons({ a: { labels: { a: '1' } }, b: { labels: { a: '2' } } })).toEqual(['LabelsConflict']);
    expect(reasons({ a: { labels: { a: '1' } }, b: {} })).toEqual(['LabelsConflict']);
    expect(reasons({ a: { annotations: { a: '1' } }, b: { annotations: { a: '1', b: '2' } } })).toEqual([
      'AnnotationsConflict',
    ]);
  });

  it('agree when they are empty or absent, and in any order of keys', () => {
    expect(reasons({ a: { labels: {} }, b: {} })).toEqual([]);
    expect(reasons({ a: { labels: { a: '1', b: '2' } }, b: { labels: { b: '2', a: '1' } } })).toEqual([]);
  });
});

describe('several conflicts', () => {
  it('are raised for headless results too', () => {
    const east = { clusterIP: 'None', ...clientIp(10_800) };
    expect(specs(east, clientIp(60))).toEqual(['TypeConflict', 'SessionAffinityConfigConflict']);
  });

  it('come in the canonical order', () => {
    const a = {
      spec: { ports: [{ port: 80 }], sessionAffinity: 'None', ipFamilies: ['IPv4'] },
      labels: { a: '1' },
      annotations: { a: '1' },
    };
    const b = {
      spec: {
        clusterIP: 'None',
        ipFamilies: ['IPv6'],
        internalTrafficPolicy: 'Local',
        trafficDistribution: 'PreferClose',
        ...clientIp(),
      },
    };
    const c = { ...a, spec: { ...a.spec, ...clientIp(5) } };
    expect(reasons({ a, b }).join()).toBe(
      'PortConflict,TypeConflict,SessionAffinityConflict,InternalTrafficPolicyConflict,TrafficDistributionConflict,' +
        'IPFamilyConflict,LabelsConflict,AnnotationsConflict',
    );
    expect(reasons({ b, c })).toContain('SessionAffinityConfigConflict');
  });
});
