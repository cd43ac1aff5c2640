import { describe, expect, it } from 'vitest';
import type { JsonObject, KubeObject } from '../kube/object.ts';
import { completeService, serviceFaults } from './service-rules.ts';

const ASSIGNED = { IPv4: '10.0.0.9', IPv6: 'fd00::9' };

function complete(spec: JsonObject, before?: KubeObject): KubeObject {
  const object = { apiVersion: 'v1', kind: 'Service', metadata: { name: 'a', namespace: 'b' }, spec };
  return completeService(object, before, (family) => ASSIGNED[family]);
}

function faults(spec: JsonObject, before?: KubeObject): readonly string[] {
  return serviceFaults(complete(spec, before), before).map(({ field, reason }) => `${field} ${reason}`);
}

const PORTS = { ports: [{ port: 80 }] };

describe('the defaults of a Service', () => {
  it('are those of kube-apiserver', () => {
    expect(complete(PORTS)).toMatchObject({
      spec: {
        type: 'ClusterIP',
        sessionAffinity: 'None',
        clusterIP: '10.0.0.9',
        clusterIPs: ['10.0.0.9'],
        ipFamilies: ['IPv4'],
        ipFamilyPolicy: 'SingleStack',
        internalTrafficPolicy: 'Cluster',
        ports: [{ port: 80, protocol: 'TCP', targetPort: 80 }],
      },
      status: { loadBalancer: {} },
    });
  });

  it('give an address of the family that is asked for', () => {
    expect(complete({ ...PORTS, ipFamilies: ['IPv6'] }).spec).toMatchObject({
      clusterIP: 'fd00::9',
      ipFamilies: ['IPv6'],
    });
  });

  it('give no address to a headless Service, and both families to one that selects nothing', () => {
    expect(complete({ clusterIP: 'None', selector: { app: 'a' } }).spec).toMatchObject({
      clusterIPs: ['None'],
      ipFamilies: ['IPv4'],
    });
    expect(complete({ clusterIP: 'None' }).spec).toMatchObject({
      ipFamilies: ['IPv4', 'IPv6'],
      ipFamilyPolicy: 'RequireDualStack',
    });
  });

  it('give an ExternalName nothing of this', () => {
    expect(complete({ type: 'ExternalName', externalName: 'example.com' }).spec).toEqual({
      type: 'ExternalName',
      externalName: 'example.com',
      sessionAffinity: 'None',
    });
  });

  it('keep the address over an update that does not name it', () => {
    const before = complete({ ...PORTS, clusterIP: '10.0.0.1' });
    expect(complete(PORTS, before).spec).toMatchObject({ clusterIP: '10.0.0.1', clusterIPs: ['10.0.0.1'] });
  });

  it('add and remove the details of the affinity', () => {
    const sticky = complete({ ...PORTS, sessionAffinity: 'ClientIP' });
    expect(sticky.spec).toMatchObject({ sessionAffinityConfig: { clientIP: { timeoutSeconds: 10_800 } } });
    expect(complete({ ...(sticky.spec as JsonObject), sessionAffinity: 'None' }).spec).not.toHaveProperty(
      'sessionAffinityConfig',
    );
  });
});

describe('what a Service may not be', () => {
  it.each<[string, JsonObject, readonly string[]]>([
    [
      'takes the lowest and the highest port',
      {
        ports: [
          { name: 'a', port: 1 },
          { name: 'b', port: 65_535 },
        ],
      },
      [],
    ],
    ['refuses a port below', { ports: [{ port: 0, targetPort: 1 }] }, ['spec.ports[0].port FieldValueInvalid']],
    ['refuses a port above', { ports: [{ port: 65_536, targetPort: 1 }] }, ['spec.ports[0].port FieldValueInvalid']],
    ['takes a named target', { ports: [{ port: 1, targetPort: 'http' }] }, []],
    ['refuses no ports', {}, ['spec.ports FieldValueRequired']],
    ['takes no ports when headless', { clusterIP: 'None' }, []],
    ['takes one port without a name', PORTS, []],
    [
      'refuses two without names',
      { ports: [{ port: 1 }, { port: 2 }] },
      ['spec.ports[0].name FieldValueRequired', 'spec.ports[1].name FieldValueRequired'],
    ],
    [
      'refuses a name twice',
      {
        ports: [
          { name: 'a', port: 1 },
          { name: 'a', port: 2 },
        ],
      },
      ['spec.ports[1].name FieldValueDuplicate'],
    ],
    [
      'takes a number in two protocols',
      {
        ports: [
          { name: 'a', port: 1 },
          { name: 'b', port: 1, protocol: 'UDP' },
        ],
      },
      [],
    ],
    [
      'refuses a number twice',
      {
        ports: [
          { name: 'a', port: 1 },
          { name: 'b', port: 1 },
        ],
      },
      ['spec.ports[1] FieldValueDuplicate'],
    ],
    [
      'refuses an unknown protocol',
      { ports: [{ port: 1, protocol: 'X' }] },
      ['spec.ports[0].protocol FieldValueNotSupported'],
    ],
    [
      'refuses an unknown affinity',
      { ...PORTS, sessionAffinity: 'X' },
      ['spec.sessionAffinity FieldValueNotSupported'],
    ],
    ['refuses an unknown type', { ...PORTS, type: 'X' }, ['spec.type FieldValueNotSupported']],
    ['refuses an ExternalName of nothing', { type: 'ExternalName' }, ['spec.externalName FieldValueRequired']],
  ])('%s', (_what, spec, expected) => {
    expect(faults(spec)).toEqual(expected);
  });

  it('refuses another address, but not on the way to ExternalName', () => {
    const before = complete(PORTS);
    expect(faults({ ...PORTS, clusterIP: 'None' }, before)).toEqual(['spec.clusterIPs[0] FieldValueInvalid']);
    expect(faults({ type: 'ExternalName', externalName: 'a.example.com' }, before)).toEqual([]);
  });
});
