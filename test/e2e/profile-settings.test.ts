import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { provideProgram } from '../support/control-plane/binaries.ts';
import { KUBECONFIG_SECRET_READER } from '../support/control-plane/recipes.ts';
import { eventually } from '../support/eventually.ts';
import type { TestClusterSet } from './support/clusterset.ts';
import { NAMESPACE, program, runProgram, startClusterSet } from './support/clusterset.ts';
import { directGet } from './support/direct.ts';
import type { InventoryConsumer } from './support/inventory-consumer.ts';
import { startInventoryConsumer } from './support/inventory-consumer.ts';
import { namespace } from './support/objects.ts';
import { profileReads } from './support/profile-reads.ts';
import type { ObjectView } from './support/views.ts';
import { conditionOf } from './support/views.ts';

const GROUP = 'multicluster.x-k8s.io';
const INVENTORY = 'fleet';
const ID_LABEL = 'multicluster.x-k8s.io/inventory-member-id';
const DISPLAY_NAME = 'clusterset-apiserver.dev/display-name';
const SETTINGS = 'clusterset-apiserver.dev/SettingsApplied';

interface Provider {
  readonly name: string;
  readonly cluster?: {
    readonly server: string;
    readonly extensions: readonly { readonly name: string; readonly extension: object }[];
  };
}

interface Profile extends ObjectView {
  readonly metadata: ObjectView['metadata'] & {
    readonly labels: Readonly<Record<string, string>>;
    readonly annotations?: Readonly<Record<string, string>>;
  };
  readonly spec: { readonly displayName: string };
  readonly status: NonNullable<ObjectView['status']> & {
    readonly accessProviders?: readonly Provider[];
    readonly credentialProviders?: readonly Provider[];
  };
}

let set: TestClusterSet;
let consumer: InventoryConsumer;

const { profile, becomes } = profileReads<Profile>(() => set.hub, INVENTORY, 'v1alpha1');

function patchProfile(patch: object, ...more: readonly string[]) {
  const command = ['patch', `clusterprofiles.v1alpha1.${GROUP}`, 'east', '-n', INVENTORY, '--type=merge'];
  return set.hub.result([...command, '-p', JSON.stringify(patch), ...more]);
}

function say(member: string, ...more: readonly string[]): Promise<string> {
  return set.hub('annotate', 'secret', member, '-n', NAMESPACE, '--overwrite', ...more);
}

/** How often lists of the member were read anew, as after each new connection. */
async function relists(member: string): Promise<readonly string[]> {
  const bundle = await set.hub('get', 'apiservice', `v1alpha1.${GROUP}`, '-o', 'jsonpath={.spec.caBundle}');
  const client = set.controlPlane.cluster('hub').keys.admin;
  const { body } = await directGet(set.port, '/metrics', { ca: Buffer.from(bundle, 'base64').toString(), client });
  return body
    .split('\n')
    .filter((line) => line.startsWith('clusterset_member_relists') && line.includes(`"${member}"`));
}

function publicServer(member: string): string {
  return `https://localhost:${set.controlPlane.cluster(member).port}`;
}

function secretConfig(name: string): object {
  return { name: 'client.authentication.k8s.io/exec', extension: { name, key: 'kubeconfig', namespace: NAMESPACE } };
}

beforeAll(async () => {
  set = await startClusterSet(['east', 'west']);
  await set.hub.apply(namespace(INVENTORY));
  for (const member of ['east', 'west']) {
    await set.hub('label', 'secret', member, '-n', NAMESPACE, `${ID_LABEL}=prod-1`);
  }
  const access = JSON.stringify({ server: publicServer('east') });
  await say('east', `${DISPLAY_NAME}=East, Basel`, `clusterset-apiserver.dev/access-cluster=${access}`);
  await say(
    'west',
    'clusterset-apiserver.dev/access-provider=',
    'clusterset-apiserver.dev/access-cluster={"token":"x"}',
  );
  const config = join(set.controlPlane.directory, 'settings.yaml');
  const profiles = { namespaces: [INVENTORY], credentialProviders: true, kubeconfigSecretReader: true };
  await writeFile(config, JSON.stringify({ profiles }));
  await set.startServer(['--config', config]);
  const plugin = await provideProgram(KUBECONFIG_SECRET_READER, (line) => console.log(line));
  consumer = await startInventoryConsumer(set, { inventory: INVENTORY, provider: 'kubeconfig-secretreader', plugin });
});

afterAll(async () => {
  await consumer.stop();
  await set.stop();
});

describe('what was said where a member is registered', () => {
  it('is shown in its profile, in both versions as they have it', async () => {
    const east = await becomes('east', (found) => {
      expect(conditionOf(found, SETTINGS)).toMatchObject({ status: 'True', reason: 'Applied' });
      expect(conditionOf(found, 'Joined')).toMatchObject({ status: 'True' });
    });
    const server = publicServer('east');
    expect(east.metadata.labels[ID_LABEL]).toBe('prod-1');
    expect(east.spec.displayName).toBe('East, Basel');
    const { accessProviders = [] } = east.status;
    expect(accessProviders.map(({ name, cluster }) => [name, cluster?.server])).toEqual([
      ['direct', server],
      ['kubeconfig-secretreader', server],
    ]);
    expect(accessProviders[1]?.cluster?.extensions).toEqual([secretConfig('east')]);
    expect(east.status.credentialProviders).toEqual(accessProviders);
    const newer = await profile('east', 'v1alpha2');
    expect(newer.status.accessProviders).toEqual(accessProviders);
    expect(newer.status.credentialProviders).toBeUndefined();
    const field = ['explain', 'clusterprofiles.status.credentialProviders.cluster.server'];
    expect(await set.hub(...field, `--api-version=${GROUP}/v1alpha1`)).toContain('URL of the API server');
    expect((await set.hub.result([...field, `--api-version=${GROUP}/v1alpha2`])).code).not.toBe(0);
  });

  it('is left out where it cannot be used, and told: the member is there all the same', async () => {
    const uid = await set.member('west')('get', 'namespace', 'kube-system', '-o', 'jsonpath={.metadata.uid}');
    const west = await becomes('west', (found) => {
      expect(conditionOf(found, 'Joined')).toMatchObject({ status: 'True' });
      expect(found.metadata.labels[ID_LABEL]).toBe(uid);
    });
    const told = conditionOf(west, SETTINGS);
    expect(told).toMatchObject({ status: 'False', reason: 'InvalidAccessCluster' });
    expect(told?.message).toContain('token looks like a credential; publish a reference instead');
    expect(told?.message).toContain('member id "prod-1" is that of member "east" already');
    // The name of its provider, which is none, could be used.
    expect(west.status.accessProviders?.map(({ name }) => name)).toEqual(['kubeconfig-secretreader']);
  });

  it('follows what is said, without a new connection to the member', async () => {
    const before = await relists('east');
    expect(before.length).toBeGreaterThan(0);
    await say('east', `${DISPLAY_NAME}=East, Bern`);
    await becomes('east', ({ spec }) => expect(spec.displayName).toBe('East, Bern'));
    await say('east', `${DISPLAY_NAME}-`);
    await becomes('east', ({ spec }) => expect(spec.displayName).toBe('east'));
    expect(await relists('east')).toEqual(before);
  });

  it('does not change the id that a profile has', async () => {
    await set.hub('label', 'secret', 'east', '-n', NAMESPACE, '--overwrite', `${ID_LABEL}=prod-2`);
    const east = await becomes('east', (found) => {
      expect(conditionOf(found, SETTINGS)).toMatchObject({ status: 'False', reason: 'MemberIDKept' });
    });
    expect(east.metadata.labels[ID_LABEL]).toBe('prod-1');
  });
});

describe('the commands about members', () => {
  const hubAt = (): readonly string[] => ['--kubeconfig', set.controlPlane.cluster('hub').adminKubeconfig];
  const replaceWest = (...words: readonly string[]): readonly string[] => {
    const { adminKubeconfig } = set.controlPlane.cluster('west');
    return ['members', 'add', 'west', ...hubAt(), '--member-kubeconfig', adminKubeconfig, '--replace', ...words];
  };
  const said = async (): Promise<object> => {
    const { metadata } = await set.hub.json<Profile>('get', 'secret', 'west', '-n', NAMESPACE);
    const { annotations = {}, labels } = metadata;
    return { id: labels[ID_LABEL], ...annotations };
  };

  it('tell what was not applied, and what to do', async () => {
    const listed = await program('members', 'list', ...hubAt());
    expect(listed).toMatch(/^east .* {3}member id "prod-2" was given later/m);
    expect(listed).toMatch(/^west .* {3}cluster of the access provider: token looks like a credential/m);
    const checked = await program('members', 'check', ...hubAt());
    expect(checked).toMatch(
      /\[warning\] profile: member id "prod-2" was given later.* \(MemberIDKept\); take the label .* back/,
    );
    expect(checked).toMatch(/\[warning\] profile: cluster of .* \(InvalidAccessCluster\); correct the annotation/);
  });

  it('refuse what would not be applied', async () => {
    const before = await said();
    const taken = await runProgram(replaceWest('--member-id', 'prod-1'));
    expect(taken).toMatchObject({
      code: 2,
      stdout: expect.stringContaining('[refused] member id: "prod-1" is that of member "east" already') as string,
    });
    const wrong = await runProgram(replaceWest('--display-name', 'a\nb', '--provider-cluster', '{"token":"x"}'));
    expect(wrong).toMatchObject({
      code: 2,
      stderr: expect.stringMatching(/^display name must be one line.*; cluster of .*: token looks like/) as string,
    });
    const clusters = ['--kubeconfig', set.controlPlane.cluster('west').adminKubeconfig];
    const nowhere = await runProgram(['install', '--member', 'west', ...clusters, '--display-name', 'x']);
    expect(nowhere).toMatchObject({ code: 2, stderr: expect.stringContaining('--hub-kubeconfig') as string });
    expect(await said()).toEqual(before);
  });

  it('say, keep and take away what profiles show', async () => {
    // Said by kubectl until here; only what is named is taken away, and what is said now takes the place of the rest.
    const words = ['--display-name', 'West, Chur', '--provider', 'google', '--provider', 'aws'];
    const dryRun = await program(...replaceWest(...words, '--member-id', '', '--provider-cluster', '', '--dry-run'));
    expect(dryRun).toContain('configured');
    await program(...replaceWest(...words, '--member-id', '', '--provider-cluster', ''));
    const expected = { [DISPLAY_NAME]: 'West, Chur', 'clusterset-apiserver.dev/access-provider': 'google,aws' };
    expect(await said()).toEqual({ id: undefined, ...expected });
    await becomes('west', (found) => {
      expect(found.spec.displayName).toBe('West, Chur');
      expect(found.status.accessProviders?.map(({ name }) => name)).toEqual([
        'google',
        'aws',
        'kubeconfig-secretreader',
      ]);
      expect(conditionOf(found, SETTINGS)).toMatchObject({ status: 'True' });
    });

    const clusters = ['--kubeconfig', set.controlPlane.cluster('west').adminKubeconfig];
    const hubKubeconfig = set.controlPlane.cluster('hub').adminKubeconfig;
    await program('install', '--member', 'west', ...clusters, '--hub-kubeconfig', hubKubeconfig);
    expect(await said()).toEqual({ id: undefined, ...expected });
    expect(await program('members', 'check', 'west', ...hubAt())).toContain(
      '[ok]      profile: what was said at registration is applied',
    );

    await program(...replaceWest('--display-name', '', '--provider', ''));
    expect(await said()).toEqual({ id: undefined });
    await becomes('west', (found) => {
      expect(found.spec.displayName).toBe('west');
      expect(found.status.accessProviders?.map(({ name }) => name)).toEqual(['direct', 'kubeconfig-secretreader']);
      expect(conditionOf(found, SETTINGS)).toBeUndefined();
    });
  });
});

describe('the mirror of the access providers', () => {
  it('is ours, and only what somebody adds to it is warned about', async () => {
    const { credentialProviders = [] } = (await profile('east')).status;
    const taken = await patchProfile({ status: { credentialProviders: [] } }, '--subresource=status');
    expect(taken.code).not.toBe(0);
    expect(taken.stderr).toContain('status.credentialProviders[direct]: Forbidden: is set by clusterset-apiserver');
    const deprecated = 'Warning: status.credentialProviders is deprecated';
    const theirs = { credentialProviders: [...credentialProviders, { name: 'theirs' }] };
    const added = await patchProfile({ status: theirs }, '--subresource=status');
    expect(added).toMatchObject({ code: 0, stderr: expect.stringContaining(deprecated) as string });
    const other = await patchProfile({ metadata: { labels: { team: 'a' } } });
    expect(other).toMatchObject({ code: 0, stderr: '' });
    const properties = await patchProfile(
      { status: { properties: [{ name: 'a', value: 'b' }] } },
      '--subresource=status',
    );
    expect(properties).toMatchObject({ code: 0, stderr: '' });
    expect((await profile('east')).status).toMatchObject(theirs);
  });
});

describe('the Secret with the kubeconfig of a member', () => {
  it("lets a consumer log in by the access library and the inventory's own plugin", async () => {
    for (const member of ['east', 'west']) {
      const fingerprint = await set.member(member)('get', 'namespace', 'kube-system', '-o', 'jsonpath={.metadata.uid}');
      await eventually(`${member} to be engaged`, async () => {
        expect(await consumer.engaged(member)).toMatchObject({ fingerprint, problem: '' });
      });
    }
  });
});

describe('another cluster at the address of a member', () => {
  it('is not led to by any of the providers', async () => {
    const data = await set.hub('get', 'secret', 'west', '-n', NAMESPACE, '-o', 'jsonpath={.data.kubeconfig}');
    const patch = JSON.stringify({ data: { kubeconfig: data } });
    await set.hub('patch', 'secret', 'east', '-n', NAMESPACE, '--type=merge', '-p', patch);
    const east = await becomes('east', (found) => {
      expect(conditionOf(found, 'Joined')).toMatchObject({ status: 'False', reason: 'IdentityMismatch' });
    });
    expect(east.status.accessProviders).toBeUndefined();
    expect(east.status.credentialProviders).toEqual([{ name: 'theirs' }]);
    expect(east.metadata.labels[ID_LABEL]).toBe('prod-1');
  });
});
