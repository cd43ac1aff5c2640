import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { stringify } from 'yaml';
import type { Child, ControlPlane } from '../support/control-plane/index.ts';
import { startControlPlane } from '../support/control-plane/index.ts';
import { eventually } from '../support/eventually.ts';
import { createTestAuthority } from '../support/tls-material.ts';
import type { TestClusterSet } from './support/clusterset.ts';
import { installHub, NAMESPACE, program, runProgram } from './support/clusterset.ts';
import { memberDefinitions } from './support/crds.ts';
import { readMetrics } from './support/metrics.ts';
import { namespace } from './support/objects.ts';
import { profileReads } from './support/profile-reads.ts';
import type { ObjectView } from './support/views.ts';
import { conditionOf } from './support/views.ts';

/** In every credential that a registration holds; nobody may repeat it. */
const MARKER = 'mArKeR-0f-a-secret';
const LABEL = 'sigs.k8s.io/multicluster-runtime-kubeconfig';
const GRACE_SECONDS = 4;

let controlPlane: ControlPlane;
let set: TestClusterSet;
/** What is told of the profile of west, which nothing happens to. */
let watch: Child;

const encoded = (text: string): string => Buffer.from(text).toString('base64');
const hubAt = (): readonly string[] => ['--kubeconfig', controlPlane.cluster('hub').adminKubeconfig];

interface Profile extends ObjectView {
  readonly status?: ObjectView['status'] & {
    readonly accessProviders?: readonly { readonly name: string }[];
    readonly properties?: readonly { readonly name: string }[];
  };
}

interface Secret extends ObjectView {
  readonly apiVersion: string;
  readonly kind: string;
  readonly data: Readonly<Record<string, string>>;
}

const { profile, becomes } = profileReads<Profile>(() => set.hub, NAMESPACE);

function joined(name: string, status: string, reason: string): Promise<Profile> {
  return becomes(name, (object) => expect(conditionOf(object, 'Joined')).toMatchObject({ status, reason }));
}

/** The properties that the hub shows, as `<member>.<property>`. */
async function rows(): Promise<readonly string[]> {
  const { stdout } = await set.hub.result(['get', 'clusterproperties', '-o', 'name']);
  return stdout
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => line.split('/')[1] ?? '');
}

async function putProperty(cluster: string, name: string): Promise<void> {
  await set.member(cluster).apply({
    apiVersion: 'about.k8s.io/v1beta1',
    kind: 'ClusterProperty',
    metadata: { name },
    spec: { value: cluster },
  });
}

async function putDefinitions(cluster: string): Promise<void> {
  for (const crd of memberDefinitions()) await set.member(cluster).apply(crd);
  await set.member(cluster)('wait', '--for=condition=Established', 'crd', '--all', '--timeout=30s');
}

function add(name: string, cluster: string, ...more: readonly string[]): Promise<string> {
  const { adminKubeconfig } = controlPlane.cluster(cluster);
  return program('members', 'add', name, ...hubAt(), '--member-kubeconfig', adminKubeconfig, ...more);
}

async function putSecret(name: string, kubeconfig: string): Promise<void> {
  const metadata = { name, namespace: NAMESPACE, labels: { [LABEL]: 'true' } };
  await set.hub.apply({ apiVersion: 'v1', kind: 'Secret', metadata, data: { kubeconfig: encoded(kubeconfig) } });
}

/** A kubeconfig of west that has something wrong. */
function kubeconfigWith(cluster: object, user: object): string {
  const { url, keys } = controlPlane.cluster('west');
  return stringify({
    'current-context': 'x',
    clusters: [{ name: 'x', cluster: { server: url, 'certificate-authority-data': encoded(keys.ca), ...cluster } }],
    users: [{ name: 'x', user }],
    contexts: [{ name: 'x', context: { cluster: 'x', user: 'x' } }],
  });
}

/** Another cluster at the same address, with the same keys: all that the old one had is gone. */
async function rebuild(name: string): Promise<void> {
  const cluster = controlPlane.cluster(name);
  await cluster.stop();
  const body = JSON.stringify({ key: encoded(`/${name}/`), range_end: encoded(`/${name}0`) });
  const answer = await fetch(`${controlPlane.etcdUrl}/v3/kv/deleterange`, { method: 'POST', body });
  expect(Number(((await answer.json()) as { deleted: string }).deleted)).toBeGreaterThan(0);
  await cluster.start();
}

beforeAll(async () => {
  controlPlane = await startControlPlane(['hub', 'east', 'west']);
  set = await installHub(controlPlane, 'hub');
  for (const cluster of ['east', 'west']) {
    await putDefinitions(cluster);
    await putProperty(cluster, 'region');
    await add(cluster, cluster);
  }
  await set.hub.apply(namespace('capi'));
  const account = `--serviceaccount=${NAMESPACE}:clusterset-apiserver`;
  await set.hub('create', 'role', 'reader', '-n', 'capi', '--verb=list,watch', '--resource=secrets');
  await set.hub('create', 'rolebinding', 'reader', '-n', 'capi', '--role=reader', account);
  const config = join(controlPlane.directory, 'config.json');
  const members = { removalGraceSeconds: GRACE_SECONDS, clusterApiNamespaces: ['capi'] };
  await writeFile(config, JSON.stringify({ members }));
  await set.startServer(['--config', config]);
  await joined('east', 'True', 'Registered');
  await becomes('west', (object) => {
    expect(conditionOf(object, 'ControlPlaneHealthy')).toMatchObject({ status: 'True' });
    expect(object.status?.properties).toMatchObject([{ name: 'region' }]);
  });
  const only = ['-n', NAMESPACE, '--field-selector=metadata.name=west'];
  const log = join(controlPlane.directory, 'watch-west.log');
  watch = set.hub.start(['get', 'clusterprofiles', ...only, '-w', '--output-watch-events', '--no-headers'], log);
  await eventually('the watch to begin', () => expect(watch.output()).toMatch(/^ADDED +west/m));
}, 300_000);

afterAll(async () => {
  await watch.stop();
  await set.stop();
  await controlPlane.stop();
});

describe('a Secret that cannot register a member', () => {
  const exec = { apiVersion: 'client.authentication.k8s.io/v1', command: '/bin/sh', args: ['-c', MARKER] };

  it.each<[string, () => string, string]>([
    [
      'bad-exec',
      () => kubeconfigWith({}, { exec: { ...exec, interactiveMode: 'Never' } }),
      'exec is refused: credential plugins are not allowed here',
    ],
    ['bad-file', () => kubeconfigWith({}, { tokenFile: `/${MARKER}` }), 'is refused: files are not allowed here'],
    [
      'bad-http',
      () => kubeconfigWith({ server: `http://127.0.0.1/${MARKER}` }, { token: MARKER }),
      'server must be an https URL',
    ],
    [
      'bad-insecure',
      () =>
        kubeconfigWith(
          { 'certificate-authority-data': undefined, 'insecure-skip-tls-verify': true },
          { token: MARKER },
        ),
      'insecure-skip-tls-verify is refused',
    ],
    [
      'bad-password',
      () => kubeconfigWith({}, { username: 'x', password: MARKER }),
      'username and password are refused',
    ],
    ['bad-text', () => `{ "${MARKER}: `, 'kubeconfig is not valid YAML at line 1'],
  ])('is refused with the reason, and its member is not read: %s', async (...[name, text, phrase]) => {
    await putSecret(name, text());
    await eventually('the refusal in the log', () => {
      const lines = set
        .server()
        .output()
        .split('\n')
        .filter((line) => line.includes(`"memberCluster":"${name}"`));
      const states = lines.map((line) => JSON.parse(line) as Record<string, unknown>);
      const problem = expect.stringContaining(phrase) as string;
      expect(states).toContainEqual(expect.objectContaining({ msg: 'a registration was refused', problem }));
      expect(states).toContainEqual(
        expect.objectContaining({
          msg: 'member not live',
          phase: 'pending',
          reason: 'RegistrationInvalid',
          problem,
        }),
      );
    });
    await joined(name, 'False', 'Pending');
    const refusals = /^clusterset_registration_refused\{[^}]*name="bad-/m;
    expect(await readMetrics(set)).toMatch(refusals);
    const listed = await program('members', 'list', ...hubAt());
    expect(listed.split('\n').find((line) => line.startsWith(name))).toContain(phrase);
  });

  it('is one that cannot be trusted where the authority is another', async () => {
    const ca = createTestAuthority('other').certificate;
    await putSecret('bad-ca', kubeconfigWith({ 'certificate-authority-data': encoded(ca) }, { token: MARKER }));
    await becomes('bad-ca', (object) => {
      expect(conditionOf(object, 'ControlPlaneHealthy')).toMatchObject({
        status: 'Unknown',
        reason: 'TLSVerificationFailed',
      });
    });
    expect(set.server().output()).toMatch(/"memberCluster":"bad-ca","phase":"pending","reason":"CertificateInvalid"/);
  });

  it('leaves the others alone, and shows nothing of what it holds', async () => {
    expect(await rows()).toEqual(['east.region', 'west.region']);
    // Nothing was tried, least of all a credential plugin.
    for (const name of ['bad-password', 'bad-text']) {
      await becomes(name, (object) => {
        expect(conditionOf(object, 'ControlPlaneHealthy')).toMatchObject({
          status: 'Unknown',
          reason: 'RegistrationInvalid',
        });
      });
    }
    const answers = await set.hub('get', 'clusterprofiles,events.events.k8s.io', '-A', '-o', 'json');
    const told = [set.server().output(), await readMetrics(set), answers, await program('members', 'list', ...hubAt())];
    for (const text of told) expect(text).not.toContain(MARKER);
    const secrets = await set.hub('get', 'secrets', '-n', NAMESPACE, '-l', LABEL, '-o', 'name');
    const bad = secrets.split('\n').filter((name) => name.includes('/bad-'));
    expect(bad).toHaveLength(7);
    await set.hub('delete', ...bad, '-n', NAMESPACE);
  });
});

describe('a Secret of another source', () => {
  const putClusterApi = async (name: string): Promise<void> => {
    const labels = { 'cluster.x-k8s.io/cluster-name': name };
    const metadata = { name: `${name}-kubeconfig`, namespace: 'capi', labels };
    const value = encoded(await readFile(controlPlane.cluster('west').adminKubeconfig, 'utf8'));
    await set.hub.apply({
      apiVersion: 'v1',
      kind: 'Secret',
      metadata,
      type: 'cluster.x-k8s.io/secret',
      data: { value },
    });
  };

  it('is refused where its name is taken, and has an Event', async () => {
    await putClusterApi('east');
    await eventually('the Event', async () => {
      const events = await set.hub('events', '-n', 'capi', '--for', 'secret/east-kubeconfig');
      expect(events).toMatch(
        /Warning +NameTaken .*Cluster API Secret capi\/east-kubeconfig: cluster name "east" is taken by Secret clusterset-system\/east/,
      );
    });
    expect(await rows()).toEqual(['east.region', 'west.region']);
    await set.hub('delete', 'secret', 'east-kubeconfig', '-n', 'capi');
  });

  it('keeps a name that somebody wants to add again', async () => {
    await putClusterApi('south');
    await joined('south', 'False', 'DuplicateMember');
    const kubeconfig = controlPlane.cluster('east').adminKubeconfig;
    const refusal = await runProgram(['members', 'add', 'south', ...hubAt(), '--member-kubeconfig', kubeconfig]);
    expect(refusal.stdout).toContain('[warning] name: the server shows a member "south" that no Secret here registers');
    await set.hub('delete', 'secret', 'south-kubeconfig', '-n', 'capi');
  });
});

it('a Secret that is created anew within the grace changes nothing', async () => {
  const before = await profile('west');
  const { apiVersion, kind, metadata, data } = await set.hub.json<Secret>('get', 'secret', 'west', '-n', NAMESPACE);
  const { name, labels } = metadata;
  const again = { apiVersion, kind, metadata: { name, namespace: NAMESPACE, labels }, data };
  const replaced = await set.hub.result(['replace', '--force', '-f', '-'], JSON.stringify(again));
  expect(replaced.stdout).toContain('replaced');
  const { uid } = (await set.hub.json<ObjectView>('get', 'secret', 'west', '-n', NAMESPACE)).metadata;
  expect(uid).not.toBe(metadata.uid);
  expect(await profile('west')).toEqual(before);
});

describe('a cluster that is registered twice', () => {
  it('is one member, under its first name', async () => {
    const refusal = await runProgram([
      ...['members', 'add', 'orient', ...hubAt()],
      ...['--member-kubeconfig', controlPlane.cluster('east').adminKubeconfig],
    ]);
    expect(refusal).toMatchObject({
      code: 2,
      stdout: expect.stringContaining('same cluster as member "east"') as string,
    });
    await add('orient', 'east', '--no-check');
    const orient = await joined('orient', 'False', 'DuplicateMember');
    expect(orient.status?.properties ?? []).toEqual([]);
    await eventually('the Event', async () => {
      expect(await set.hub('events', '-n', NAMESPACE, '--for', 'secret/orient')).toMatch(
        /Warning +DuplicateMember .*Member cluster orient is not used: the same cluster is registered as east\./,
      );
    });
    expect(await rows()).toEqual(['east.region', 'west.region']);
    const { code, stdout } = await runProgram(['members', 'check', ...hubAt()]);
    expect([code, stdout]).toEqual([
      3,
      expect.stringMatching(/^orient\n(.*\n)*? {2}\[refused\] identity: it is the same cluster/m),
    ]);
    expect(stdout.match(/\[refused\]/g)).toHaveLength(1);
  });

  it('is renamed once the first name has left', async () => {
    const { uid } = (await profile('orient')).metadata;
    await program('members', 'remove', 'east', ...hubAt());
    const orient = await joined('orient', 'True', 'Registered');
    expect(orient.metadata.uid).toBe(uid);
    await eventually('its rows', async () => expect(await rows()).toEqual(['orient.region', 'west.region']));
    expect((await set.hub.result(['get', 'clusterprofile', 'east', '-n', NAMESPACE])).stderr).toContain('NotFound');
  });
});

describe('a cluster that is built anew at the same address', () => {
  it('is not the member: nothing of it is shown, and nobody is led to it', async () => {
    const before = await profile('orient');
    expect(before.status?.accessProviders).toMatchObject([{ name: 'direct' }]);
    await rebuild('east');
    await putDefinitions('east');
    await putProperty('east', 'other');
    const orient = await joined('orient', 'False', 'IdentityMismatch');
    expect(orient.status?.accessProviders ?? []).toEqual([]);
    expect(orient.metadata.labels).toEqual(before.metadata.labels);
    expect(await rows()).toEqual(['orient.region', 'west.region']);
    expect((await set.hub.result(['get', 'clusterproperties'])).stderr).toMatch(/^Warning: .*orient/m);
    const { code, stdout } = await runProgram(['members', 'check', 'orient', ...hubAt()]);
    expect([code, stdout]).toEqual([3, expect.stringContaining('cluster name "orient" is taken by another cluster')]);
  });

  it('becomes the member when it is registered after the old one has left', async () => {
    const { uid } = (await profile('orient')).metadata;
    await program('members', 'remove', 'orient', ...hubAt());
    await eventually('the old one to leave', async () => {
      expect(await rows()).toEqual(['west.region']);
      expect((await set.hub.result(['get', 'clusterprofile', 'orient', '-n', NAMESPACE])).stderr).toContain('NotFound');
    });
    await add('orient', 'east');
    const orient = await joined('orient', 'True', 'Registered');
    expect(orient.metadata.uid).not.toBe(uid);
    await eventually('its rows', async () => expect(await rows()).toEqual(['orient.other', 'west.region']));
  });
});

it('all of that caused no event of a member that it was not about', () => {
  expect(watch.output().trim().split('\n')).toEqual([expect.stringMatching(/^ADDED +west /)]);
});
