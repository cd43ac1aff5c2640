import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Child } from '../support/control-plane/index.ts';
import { eventually } from '../support/eventually.ts';
import type { CommandResult, TestClusterSet } from './support/clusterset.ts';
import { NAMESPACE, startClusterSet } from './support/clusterset.ts';
import { startControllers } from './support/controllers.ts';
import { clusterPropertyDefinition } from './support/crds.ts';
import { readMetrics } from './support/metrics.ts';
import { moreProbes } from './support/profile-consumer.ts';
import { profileReads } from './support/profile-reads.ts';
import type { ObjectView } from './support/views.ts';
import { conditionOf } from './support/views.ts';

const FINALIZER = 'argoproj.io/cluster-profile-finalizer';
const GROUP = 'multicluster.x-k8s.io';
/** A second inventory beside our own namespace. */
const INVENTORY = 'fleet';
/** The account of a controller that makes a Secret of each profile; it may read and update profiles, and no more. */
const CONTROLLER = 'system:serviceaccount:default:argocd';
const CONTROLLERS = ['garbage-collector-controller', 'namespace-controller'];

let set: TestClusterSet;
let config: string;
let collector: Child;

interface Profile extends ObjectView {
  readonly metadata: ObjectView['metadata'] & {
    readonly generation: number;
    readonly finalizers?: readonly string[];
    readonly deletionTimestamp?: string;
  };
  readonly status?: ObjectView['status'] & {
    readonly version?: { readonly kubernetes: string };
    readonly properties?: readonly {
      readonly name: string;
      readonly value: string;
      readonly lastObservedTime?: string;
    }[];
    readonly accessProviders?: readonly { readonly name: string; readonly cluster: { readonly server: string } }[];
  };
}

const { profile, becomes } = profileReads<Profile>(() => set.hub, NAMESPACE);
const elsewhere = profileReads<Profile>(() => set.hub, INVENTORY);

function patchStatus(name: string, patch: object, ...more: string[]): Promise<string> {
  const text = JSON.stringify(patch);
  return set.hub(
    ...['patch', 'clusterprofiles', name, '-n', NAMESPACE, '--subresource=status', '--type=merge', '-p', text, ...more],
  );
}

function clusterProperty(name: string, value: string): object {
  return { apiVersion: 'about.k8s.io/v1beta1', kind: 'ClusterProperty', metadata: { name }, spec: { value } };
}

function identityEvents(): Promise<string> {
  const path = '{range .items[*]}{.reason} {.note}{"\\n"}{end}';
  return set.hub('get', 'events.events.k8s.io', '-n', NAMESPACE, '-o', `jsonpath=${path}`);
}

/** A full update by the controller. */
function put(object: Profile): Promise<CommandResult> {
  return set.hub.result(['replace', '-f', '-', `--as=${CONTROLLER}`], JSON.stringify(object));
}

/** As the controller makes it of a profile. */
function ownedBy(name: string, uid: string): object {
  const owner = { apiVersion: `${GROUP}/v1alpha1`, kind: 'ClusterProfile', name, uid };
  const ownerReferences = [{ ...owner, controller: true, blockOwnerDeletion: true }];
  return { apiVersion: 'v1', kind: 'Secret', metadata: { name: `of-${name}`, namespace: NAMESPACE, ownerReferences } };
}

async function hasSecretOf(name: string): Promise<boolean> {
  return (await set.hub('get', 'secret', `of-${name}`, '-n', NAMESPACE, '--ignore-not-found', '-o', 'name')) !== '';
}

/** How many GETs of a single profile had this answer. */
async function answered(code: number): Promise<number> {
  const line = new RegExp(
    `^apiserver_request_total\\{verb="GET",.*resource="clusterprofiles",.*code="${code}"\\} (\\d+)$`,
    'gm',
  );
  return [...(await readMetrics(set)).matchAll(line)].reduce((sum, [, count]) => sum + Number(count), 0);
}

/** A collector that begins anew looks at every owner at once. Resolves when it had this answer about a profile. */
async function collectorIsTold(code: number): Promise<void> {
  const before = await answered(code);
  await collector.stop();
  collector = startControllers(set.controlPlane, 'hub', CONTROLLERS);
  await eventually(`the collector to be told ${code}`, async () =>
    expect(await answered(code)).toBeGreaterThan(before),
  );
}

function watchEvents(): Child {
  const logFile = join(set.controlPlane.directory, 'watch-profiles.log');
  const output = ['--watch', '--output-watch-events', '--no-headers'];
  return set.hub.start(['get', 'clusterprofiles', '-A', ...output], logFile);
}

beforeAll(async () => {
  set = await startClusterSet(['east', 'west']);
  for (const member of ['east', 'west']) {
    await set.member(member).apply(clusterPropertyDefinition());
    await set.member(member)('wait', '--for=condition=Established', 'crd', '--all', '--timeout=30s');
    await set.member(member).apply(clusterProperty('cluster.clusterset.k8s.io', member));
    await set.member(member).apply(clusterProperty('clusterset.k8s.io', 'prod'));
  }
  await set.hub('create', 'namespace', INVENTORY);
  config = join(set.controlPlane.directory, 'config.yaml');
  const namespaces = `[${NAMESPACE}, ${INVENTORY}, absent]`;
  await writeFile(
    config,
    `members: {removalGraceSeconds: 0, probeIntervalMs: 1000}\nprofiles:\n  namespaces: ${namespaces}\n`,
  );
  await set.startServer(['--config', config]);
  collector = startControllers(set.controlPlane, 'hub', CONTROLLERS);
  const rights = ['--verb=get,list,watch,update', `--resource=clusterprofiles.${GROUP}`];
  await set.hub('create', 'role', 'argocd', '-n', NAMESPACE, ...rights);
  await set.hub('create', 'rolebinding', 'argocd', '-n', NAMESPACE, '--role=argocd', '--serviceaccount=default:argocd');
});

afterAll(async () => {
  await collector.stop();
  await set.stop();
});

describe('profiles of members', () => {
  it('show health, version, set and properties in the table and in both versions', async () => {
    await becomes('east', (east) => {
      expect(conditionOf(east, 'ControlPlaneHealthy')).toMatchObject({ status: 'True', reason: 'APIServerReady' });
      expect(conditionOf(east, 'Joined')).toMatchObject({ status: 'True', reason: 'Registered' });
      expect(conditionOf(east, 'clusterset-apiserver.dev/PropertiesComplete')?.status).toBe('True');
      expect(conditionOf(east, 'clusterset-apiserver.dev/IdentityUnique')?.status).toBe('True');
    });
    const version = (JSON.parse(await set.member('east')('get', '--raw', '/version')) as { gitVersion: string })
      .gitVersion;
    const table = await set.hub('get', 'clusterprofiles', '-n', NAMESPACE);
    expect(table).toMatch(/^NAME +HEALTHY +JOINED +VERSION +SET +AGE$/m);
    expect(table).toContain(version);
    expect(table).toMatch(/^east +True +True +v\S+ +prod +\d+s$/m);
    const wide = await set.hub('get', 'clusterprofiles', '-n', NAMESPACE, '-o', 'wide');
    expect(wide).toMatch(/SERVER +PROPERTIES/);
    expect(wide).toContain(set.controlPlane.cluster('east').url);
    expect(await set.hub('describe', 'clusterprofile', 'east', '-n', NAMESPACE)).toContain('APIServerReady');
    for (const served of ['v1alpha1', 'v1alpha2']) {
      const one = await profile('east', served);
      expect(one).toMatchObject({
        apiVersion: `${GROUP}/${served}`,
        spec: { clusterManager: { name: 'clusterset-apiserver' } },
      });
      const explained = await set.hub(
        'explain',
        'clusterprofiles.status.accessProviders',
        `--api-version=${GROUP}/${served}`,
      );
      expect(explained).toContain('Ways to reach the cluster');
    }
  });

  it('are there once per inventory, under one member id, and only where the hub has the namespace', async () => {
    const [ours, theirs] = [await profile('east'), await elsewhere.profile('east')];
    const uid = await set.member('east')('get', 'namespace', 'kube-system', '-o', 'jsonpath={.metadata.uid}');
    const label = {
      'multicluster.x-k8s.io/inventory-member-id': uid,
      'x-k8s.io/cluster-manager': 'clusterset-apiserver',
    };
    expect(ours.metadata.labels).toEqual(label);
    expect(theirs.metadata.labels).toEqual(label);
    expect(theirs.metadata.uid).not.toBe(ours.metadata.uid);
    expect(await set.hub('get', 'clusterprofiles', '-n', 'absent', '-o', 'name')).toBe('');
  });

  it('follow a property within the time that it takes, and tell of one id twice', async () => {
    await set.member('west').apply(clusterProperty('location', 'Basel'));
    const { status } = await becomes('west', (west) => {
      expect(west.status?.properties?.map(({ name }) => name)).toContain('location');
    });
    const found = status?.properties?.find(({ name }) => name === 'location');
    expect(found).toMatchObject({ value: 'Basel' });
    expect(found?.lastObservedTime).toMatch(/Z$/);
    await set.member('west')('delete', 'clusterproperty', 'location');
    await becomes('west', (west) => {
      expect(west.status?.properties?.map(({ name }) => name)).not.toContain('location');
    });

    // Straight into the member, where nobody can refuse it.
    await set.member('west')('delete', 'clusterproperty', 'cluster.clusterset.k8s.io');
    await set.member('west').apply(clusterProperty('cluster.clusterset.k8s.io', 'east'));
    const identity = 'clusterset-apiserver.dev/IdentityUnique';
    for (const name of ['east', 'west']) {
      const found = await becomes(name, (object) => {
        expect(conditionOf(object, identity)).toMatchObject({ status: 'False', reason: 'DuplicateClusterID' });
      });
      expect(conditionOf(found, identity)?.message).toContain('has id "east" in ClusterSet "prod"');
    }
    await eventually('Events about both members', async () => {
      const told = await identityEvents();
      expect(told).toContain('DuplicateClusterID Member east has id "east" in ClusterSet "prod", as west has');
      expect(told).toContain('DuplicateClusterID Member west has id "east" in ClusterSet "prod", as east has');
    });
    await set.member('west').apply(clusterProperty('cluster.clusterset.k8s.io', 'west'));
    for (const name of ['east', 'west']) {
      await becomes(name, (object) => expect(conditionOf(object, identity)?.status).toBe('True'));
    }
    await eventually('Events about the end', async () => {
      expect(await identityEvents()).toContain(
        'IdentityProblemEnded Nothing is wrong any more with the identity of member west',
      );
    });
  });
});

describe('what others keep in a profile', () => {
  it('survives every change of ours, and ours cannot be changed', async () => {
    await set.hub('label', 'clusterprofile', 'east', '-n', NAMESPACE, 'team=payments');
    await set.hub('annotate', 'clusterprofile', 'east', '-n', NAMESPACE, 'example.com/note=hello');
    const provider = { name: 'google', cluster: { server: 'https://gke.example.com/east' } };
    const ours = (await profile('east')).status?.accessProviders ?? [];
    await patchStatus('east', { status: { accessProviders: [...ours, provider] } });
    await set.member('east').apply(clusterProperty('zone', 'a'));
    const east = await becomes('east', (object) => {
      expect(object.status?.properties?.map(({ name }) => name)).toContain('zone');
    });
    expect(east.metadata.labels).toMatchObject({ team: 'payments' });
    expect(east.status?.accessProviders).toEqual([...ours, provider]);

    const refused = await set.hub.result([
      'label',
      'clusterprofile',
      'east',
      '-n',
      NAMESPACE,
      '--overwrite',
      'x-k8s.io/cluster-manager=me',
    ]);
    expect(refused.code).toBe(1);
    expect(refused.stderr).toContain('must stay "clusterset-apiserver"');
    const emptied = await set.hub.result([
      'patch',
      'clusterprofiles',
      'east',
      '-n',
      NAMESPACE,
      '--subresource=status',
      '--type=merge',
      '-p',
      '{"status":{"properties":[]}}',
    ]);
    expect(emptied.stderr).toContain('is set by clusterset-apiserver');
    const removed = await set.hub.result(['delete', 'clusterprofile', 'east', '-n', NAMESPACE]);
    expect(removed.stderr).toContain('MethodNotAllowed');
    expect(removed.stderr).toContain('register or unregister member "east" instead');
    const applied = await set.hub.result(['apply', '--server-side', '-f', '-'], JSON.stringify(east));
    expect(applied.stderr).toContain('server-side apply of clusterprofiles is not supported');
  });

  it('is changed by editors with the version that they read, and by nobody with an older one', async () => {
    const before = await profile('west');
    const edited = { ...before, spec: { ...before.spec, displayName: 'West' } };
    expect((await set.hub.result(['replace', '-f', '-'], JSON.stringify(edited))).stderr).toBe('');
    const after = await profile('west');
    expect(after.spec).toMatchObject({ displayName: 'West' });
    expect(after.metadata.generation).toBe(before.metadata.generation + 1);
    const late = await set.hub.result(['replace', '-f', '-'], JSON.stringify(edited));
    expect(late.stderr).toContain('the object has been modified');
  });
});

describe('over restarts', () => {
  it('keep uid, age, overlay and even their versions, and cause no event while nothing changes', async () => {
    const before = [await profile('east'), await profile('west'), await elsewhere.profile('east')];
    await set.stopServer();
    await set.startServer(['--config', config]);
    expect([await profile('east'), await profile('west'), await elsewhere.profile('east')]).toEqual(before);
    const watch = watchEvents();
    await eventually('the watch to show what is there', () => {
      expect(
        watch
          .output()
          .split('\n')
          .filter((line) => line.startsWith('ADDED')),
      ).toHaveLength(4);
    });
    await moreProbes(set, ['east', 'west'], 4);
    expect(watch.output()).not.toMatch(/MODIFIED|DELETED/);
    await watch.stop();
    expect([await profile('east'), await profile('west'), await elsewhere.profile('east')]).toEqual(before);
  });
});

describe('a Secret that a profile owns', () => {
  it('survives an answer 503 and our restarts, whenever the collector looks', async () => {
    const { uid } = (await profile('west')).metadata;
    await set.hub.apply(ownedBy('west', uid));
    await set.hub.apply(ownedBy('nobody', uid));
    await set.stopServer();
    const record = ['configmap', 'durable-index.profile-west', '-n', NAMESPACE];
    const { binaryData } = await set.hub.json<{ binaryData: Record<string, string> }>('get', ...record);
    const spoilt = Object.fromEntries(Object.keys(binaryData).map((key) => [key, 'c3BvaWx0']));
    await set.hub('patch', ...record, '--type=merge', '-p', JSON.stringify({ binaryData: spoilt }));
    await set.startServer(['--config', config]);
    const unread = await set.hub.result(['get', 'clusterprofile', 'west', '-n', NAMESPACE]);
    expect(unread.stderr).toContain('ServiceUnavailable');
    await collectorIsTold(503);
    // It does its work: what has no owner goes.
    await eventually('the orphan to be collected', async () => expect(await hasSecretOf('nobody')).toBe(false));
    expect(await hasSecretOf('west')).toBe(true);

    await set.stopServer();
    await set.hub('patch', ...record, '--type=merge', '-p', JSON.stringify({ binaryData }));
    await set.startServer(['--config', config]);
    expect((await profile('west')).metadata.uid).toBe(uid);
    await collectorIsTold(200);
    expect(await hasSecretOf('west')).toBe(true);
  });
});

describe('a member that leaves', () => {
  it('is shown as leaving until the last finalizer has gone, and what it owns is collected then', async () => {
    const before = await profile('west');
    const held = { ...before, metadata: { ...before.metadata, finalizers: [FINALIZER] } };
    expect(await put(held)).toMatchObject({ code: 0, stderr: '' });
    expect((await put(held)).stderr).toContain('the object has been modified');
    await set.hub('delete', 'secret', 'west', '-n', NAMESPACE);
    const west = await becomes('west', (object) => {
      expect(object.metadata.deletionTimestamp).toBeDefined();
      expect(conditionOf(object, 'Joined')).toMatchObject({ status: 'False', reason: 'Leaving' });
    });
    expect(west.metadata).toMatchObject({ uid: before.metadata.uid, finalizers: [FINALIZER] });
    // Without a finalizer it goes at once.
    await eventually('the other profile to go', async () => {
      expect((await set.hub.result(['get', 'clusterprofile', 'west', '-n', INVENTORY])).stderr).toContain('NotFound');
    });
    await collectorIsTold(200);
    expect(await hasSecretOf('west')).toBe(true);
    expect(await put({ ...west, metadata: { ...west.metadata, finalizers: [] } })).toMatchObject({
      code: 0,
      stderr: '',
    });
    expect((await set.hub.result(['get', 'clusterprofile', 'west', '-n', NAMESPACE])).stderr).toContain('NotFound');
    await eventually('the Secret to be collected', async () => expect(await hasSecretOf('west')).toBe(false), 120_000);
  });

  it('takes an inventory with it when the hub loses the namespace', async () => {
    await set.hub('delete', 'namespace', INVENTORY, '--wait=true', '--timeout=60s');
    await eventually(
      'the inventory to be empty',
      async () => {
        expect(await set.hub('get', 'clusterprofiles', '-n', INVENTORY, '-o', 'name')).toBe('');
      },
      60_000,
    );
    expect((await profile('east')).metadata.deletionTimestamp).toBeUndefined();
  });

  it('that only does not answer stays, and its health is unknown after a while', async () => {
    const before = await profile('east');
    await set.controlPlane.cluster('east').stop();
    const east = await becomesAfterGrace('east');
    expect(conditionOf(east, 'Joined')?.status).toBe('True');
    expect(east.metadata.uid).toBe(before.metadata.uid);
    expect(east.status?.version).toEqual(before.status?.version);
    expect(east.status?.properties?.map(({ name }) => name)).toEqual(
      before.status?.properties?.map(({ name }) => name),
    );
  });
});

/** Members that do not answer keep their health for 40 s. */
function becomesAfterGrace(name: string): Promise<Profile> {
  return becomes(name, (found) => {
    expect(conditionOf(found, 'ControlPlaneHealthy')).toMatchObject({ status: 'Unknown', reason: 'MemberUnreachable' });
  });
}
