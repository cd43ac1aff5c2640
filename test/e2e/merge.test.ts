import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { eventually } from '../support/eventually.ts';
import type { TestClusterSet } from './support/clusterset.ts';
import { startClusterSet } from './support/clusterset.ts';
import { namespace, service, serviceExport } from './support/objects.ts';
import type { ObjectView, View } from './support/views.ts';
import { clustersOf, conditionOf, splitKey, viewOf } from './support/views.ts';

const IMPORT_CONFLICT = 'clusterset-apiserver.dev/Conflict';
const HTTP = { name: 'http', port: 80 };
const DUAL_STACK = ['--service-cluster-ip-range=10.250.0.0/16,fd00:250::/112'];

let set: TestClusterSet;
let hub: View;

async function apply(member: string, ...manifests: readonly object[]): Promise<void> {
  for (const manifest of manifests) await set.member(member).apply(manifest);
}

async function remove(member: string, kind: string, at: string): Promise<void> {
  const { namespace: namespaceName, name } = splitKey(at);
  await set.member(member)('delete', kind, name, '-n', namespaceName);
}

/** Timestamps of objects have whole seconds: what is made after this is younger than what was made before. */
async function nextSecond(): Promise<void> {
  const second = Math.floor(Date.now() / 1000);
  await eventually('the next second', () => expect(Math.floor(Date.now() / 1000)).toBeGreaterThan(second));
}

function conflictOf(object: ObjectView): string | undefined {
  const condition = conditionOf(object, IMPORT_CONFLICT) ?? conditionOf(object, 'Conflict');
  return condition?.status === 'True' ? condition.reason : condition?.status;
}

/** Waits until the import and these rows all tell this conflict. */
async function conflicts(at: string, members: readonly string[], reason: string): Promise<void> {
  const { namespace: namespaceName, name } = splitKey(at);
  await hub.becomes('svcim', at, (object) => expect(conflictOf(object)).toBe(reason));
  for (const member of members) {
    await hub.becomes('svcex', `${namespaceName}/${member}.${name}`, (row) => expect(conflictOf(row)).toBe(reason));
  }
}

beforeAll(async () => {
  set = await startClusterSet(['east', 'north']);
  hub = viewOf(set.hub);
  await set.controlPlane.add('west', DUAL_STACK);
  await set.register('west');
  for (const member of ['east', 'west', 'north']) {
    await apply(member, namespace('prod'));
    await set.member(member)('wait', '--for=condition=Established', 'crd', '--all', '--timeout=30s');
  }
  await set.startServer(['--cluster-set', 'blue']);
});

afterAll(() => set.stop());

describe('two clusters that export prod/api differently', () => {
  const appProtocol = 'kubernetes.io/h2c';

  it('are merged: the older export wins, ports are united, both are told', async () => {
    const affinity = { sessionAffinity: 'ClientIP', sessionAffinityConfig: { clientIP: { timeoutSeconds: 600 } } };
    const grpc = { name: 'grpc', port: 9000, appProtocol };
    await apply(
      'east',
      service('prod', 'api', { ports: [HTTP, { name: 'metrics', port: 9090 }] }),
      serviceExport('prod', 'api'),
    );
    await nextSecond();
    await apply(
      'west',
      service('prod', 'api', {
        ports: [{ name: 'web', port: 80 }, grpc],
        ipFamilyPolicy: 'RequireDualStack',
        ...affinity,
      }),
      serviceExport('prod', 'api', { exportedLabels: { tier: 'gold' } }),
    );
    const reason = 'PortConflict,SessionAffinityConflict,LabelsConflict';
    await conflicts('prod/api', ['east', 'west'], reason);
    const object = await hub.read('svcim', 'prod/api');
    expect(object.spec).toEqual({
      type: 'ClusterSetIP',
      sessionAffinity: 'None',
      internalTrafficPolicy: 'Cluster',
      ipFamilies: ['IPv4'],
      ports: [
        { name: 'http', protocol: 'TCP', port: 80 },
        { name: 'metrics', protocol: 'TCP', port: 9090 },
        { name: 'grpc', protocol: 'TCP', port: 9000, appProtocol },
      ],
    });
    expect(object.metadata.labels).toBeUndefined();
    expect(clustersOf(object)).toEqual(['east', 'west']);
    const east = await hub.read('svcex', 'prod/east.api');
    expect(conditionOf(east, 'Conflict')?.message).toMatch(
      /1 of 2 clusters differ: west\. This export is the winner\.$/,
    );
    expect(conditionOf(east, 'Valid')).toMatchObject({ status: 'True', reason: 'Valid' });
    const west = await hub.read('svcex', 'prod/west.api');
    expect(conditionOf(west, 'Conflict')?.message).toMatch(/This export differs\.$/);
    expect(await set.hub('get', 'svcex', '-n', 'prod', '-o', 'wide')).toMatch(/^east\.api .* winner *$/m);
  });

  it('has an import that is as old as the oldest export', async () => {
    const object = await hub.read('svcim', 'prod/api');
    const oldest = await viewOf(set.member('east')).read('serviceexport', 'prod/api');
    expect(object.metadata.creationTimestamp).toBe(oldest.metadata.creationTimestamp);
  });

  it('falls to the values of the other when the winner unexports; the uid stays', async () => {
    const before = await hub.read('svcim', 'prod/api');
    await remove('east', 'serviceexport', 'prod/api');
    const after = await hub.becomes('svcim', 'prod/api', (object) => expect(clustersOf(object)).toEqual(['west']));
    expect(after.metadata.uid).toBe(before.metadata.uid);
    expect(after.metadata.labels).toEqual({ tier: 'gold' });
    expect(after.spec).toMatchObject({
      sessionAffinity: 'ClientIP',
      sessionAffinityConfig: { clientIP: { timeoutSeconds: 600 } },
      ipFamilies: ['IPv4', 'IPv6'],
      ports: [
        { name: 'web', port: 80 },
        { name: 'grpc', port: 9000 },
      ],
    });
    await conflicts('prod/api', ['west'], 'False');
    await hub.vanishes('svcex', 'prod/east.api');
  });

  it('does not count a Service that is not exported', async () => {
    const before = await hub.read('svcim', 'prod/api');
    await apply('north', service('prod', 'api', { ports: [{ name: 'other', port: 1 }] }));
    await apply('north', service('prod', 'marker'), serviceExport('prod', 'marker'));
    // Services of one member arrive in order, so the one before the marker has been seen as well.
    await hub.becomes('svcim', 'prod/marker', (object) => expect(clustersOf(object)).toEqual(['north']));
    expect(await hub.read('svcim', 'prod/api')).toEqual(before);
  });

  it('takes the younger export back in with its own say, and ends the conflict when it agrees', async () => {
    await apply('east', serviceExport('prod', 'api', { exportedLabels: { tier: 'gold' } }));
    await hub.becomes('svcim', 'prod/api', (object) => expect(clustersOf(object)).toEqual(['west', 'east']));
    await conflicts('prod/api', ['east', 'west'], 'PortConflict,SessionAffinityConflict');
    const west = await viewOf(set.member('west')).read('service', 'prod/api');
    const { ports, sessionAffinity, sessionAffinityConfig } = west.spec ?? {};
    await apply('east', service('prod', 'api', { ports: ports as [], sessionAffinity, sessionAffinityConfig }));
    await conflicts('prod/api', ['east', 'west'], 'False');
    await hub.becomes('svcim', 'prod/api', (object) => expect(object.spec?.['ipFamilies']).toEqual(['IPv4']));
  });

  it('vanishes with the last export', async () => {
    await remove('east', 'serviceexport', 'prod/api');
    await remove('west', 'serviceexport', 'prod/api');
    await hub.vanishes('svcim', 'prod/api');
    await hub.vanishes('svcex', 'prod/west.api');
  });
});

describe('a kind of Service', () => {
  it('that is an ExternalName cannot be exported', async () => {
    await apply(
      'east',
      {
        ...service('prod', 'alias'),
        spec: { type: 'ExternalName', externalName: 'example.com' },
      },
      serviceExport('prod', 'alias'),
    );
    const row = await hub.becomes('svcex', 'prod/east.alias', (object) =>
      expect(conditionOf(object, 'Valid')).toMatchObject({ status: 'False', reason: 'InvalidServiceType' }),
    );
    expect(conditionOf(row, 'Conflict')).toBeUndefined();
    await hub.vanishes('svcim', 'prod/alias');
  });

  it('that is missing makes the export invalid until it comes, and again when it goes', async () => {
    const valid = (status: string, reason: string) =>
      hub.becomes('svcex', 'prod/east.late', (row) =>
        expect(conditionOf(row, 'Valid')).toMatchObject({ status, reason }),
      );
    await apply('east', serviceExport('prod', 'late'));
    await valid('False', 'NoService');
    await hub.vanishes('svcim', 'prod/late');
    await apply('east', service('prod', 'late'));
    await valid('True', 'Valid');
    await hub.becomes('svcim', 'prod/late', (object) => expect(clustersOf(object)).toEqual(['east']));
    await remove('east', 'service', 'prod/late');
    await valid('False', 'NoService');
    await hub.vanishes('svcim', 'prod/late');
  });

  it('that is headless makes a headless import, and conflicts with one that is not', async () => {
    await apply('west', service('prod', 'db', { headless: true, ports: [] }), serviceExport('prod', 'db'));
    const object = await hub.becomes('svcim', 'prod/db', (one) => expect(one.spec?.['type']).toBe('Headless'));
    expect(object.spec).not.toHaveProperty('ips');
    expect(object.spec?.['ports']).toEqual([]);
    await nextSecond();
    await apply('north', service('prod', 'db'), serviceExport('prod', 'db'));
    await hub.becomes('svcim', 'prod/db', (one) => expect(clustersOf(one)).toEqual(['west', 'north']));
    const both = await hub.becomes('svcim', 'prod/db', (one) => expect(conflictOf(one)).toContain('TypeConflict'));
    expect(both.spec?.['type']).toBe('Headless');
  });
});

describe('what a member reports about its export', () => {
  it('stays visible beside what we compute', async () => {
    await apply('north', service('prod', 'told'), serviceExport('prod', 'told'));
    const status = {
      conditions: [
        { type: 'Valid', status: 'False', reason: 'Mine', message: 'no', lastTransitionTime: '2026-01-01T00:00:00Z' },
        { type: 'Ready', status: 'True', reason: 'Done', message: '', lastTransitionTime: '2026-01-01T00:00:00Z' },
      ],
    };
    const patch = ['--subresource=status', '--type=merge', '-p', JSON.stringify({ status })];
    await set.member('north')('patch', 'serviceexport', 'told', '-n', 'prod', ...patch);
    const row = await hub.becomes('svcex', 'prod/north.told', (object) =>
      expect(conditionOf(object, 'Ready')).toMatchObject({ status: 'True', reason: 'Done' }),
    );
    expect(conditionOf(row, 'Valid')).toMatchObject({ status: 'True' });
    expect(conditionOf(row, 'reported.clusterset-apiserver.dev/Valid')).toMatchObject({
      status: 'False',
      reason: 'Mine',
    });
    await hub.becomes('svcim', 'prod/told', (object) => expect(clustersOf(object)).toEqual(['north']));
  });
});

describe('a member of another ClusterSet', () => {
  const property = (value: string) => ({
    apiVersion: 'about.k8s.io/v1beta1',
    kind: 'ClusterProperty',
    metadata: { name: 'clusterset.k8s.io' },
    spec: { value },
  });

  it('is shown, but its exports do not count while its property says so', async () => {
    for (const member of ['east', 'west']) await apply(member, service('prod', 'own'), serviceExport('prod', 'own'));
    await hub.becomes('svcim', 'prod/own', (object) => expect(clustersOf(object)).toEqual(['east', 'west']));
    await apply('west', property('green'));
    await hub.becomes('svcex', 'prod/west.own', (row) =>
      expect(conditionOf(row, 'Valid')).toMatchObject({ status: 'False', reason: 'OtherClusterSet' }),
    );
    await hub.becomes('svcim', 'prod/own', (object) => expect(clustersOf(object)).toEqual(['east']));
    // Membership cannot be changed in place (KEP-2149): it ends, then another one begins.
    await set.member('west')('delete', 'clusterproperty', 'clusterset.k8s.io');
    await apply('west', property('blue'));
    await hub.becomes('svcim', 'prod/own', (object) => expect(clustersOf(object)).toEqual(['east', 'west']));
    await hub.becomes('svcex', 'prod/west.own', (row) => expect(conditionOf(row, 'Valid')?.status).toBe('True'));
  });
});
