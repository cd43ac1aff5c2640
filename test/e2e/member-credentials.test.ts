import { chmod, mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { customResourceDefinition } from '../../src/resources/index.ts';
import { clusterProfile } from '../../src/resources/cluster-profile/definition.ts';
import type { ControlPlane } from '../support/control-plane/index.ts';
import { startControlPlane } from '../support/control-plane/index.ts';
import { eventually } from '../support/eventually.ts';
import type { TestClusterSet } from './support/clusterset.ts';
import { installHub, NAMESPACE, program } from './support/clusterset.ts';
import { readMetrics } from './support/metrics.ts';
import { namespace } from './support/objects.ts';
import type { ObjectView } from './support/views.ts';
import { conditionOf } from './support/views.ts';

/** Holds the profiles, and is a member by a kubeconfig file with an exec section. */
const FLEET = 'fleet';
/** A member by its profile. */
const EAST = 'east';
/** In everything that plugins write and nobody may repeat. */
const MARKER = 'mArKeR-0f-a-secret';
const API_VERSION = 'client.authentication.k8s.io/v1';

/**
 * Writes the certificate of the user that its argument names, which is good for so many seconds as a file beside it says;
 * or does what the cluster's configuration wants it to do wrong.
 */
const PLUGIN = `#!/usr/bin/env node
const { appendFileSync, existsSync, readFileSync } = require('node:fs');
const { directory, mode = 'certificate' } = JSON.parse(process.env.KUBERNETES_EXEC_INFO).spec.cluster.config;
const [user] = process.argv.slice(2);
const at = (name) => directory + '/' + user + name;
const write = (status, more = {}) =>
  process.stdout.write(JSON.stringify({ apiVersion: '${API_VERSION}', kind: 'ExecCredential', status, ...more }));
const modes = {
  certificate: () => {
    const pair = { clientCertificateData: readFileSync(at('.crt'), 'utf8'), clientKeyData: readFileSync(at('.key'), 'utf8') };
    const life = existsSync(at('.life')) ? Number(readFileSync(at('.life'), 'utf8')) : undefined;
    appendFileSync(directory + '/runs', user + '\\n');
    write(life === undefined ? pair : { ...pair, expirationTimestamp: new Date(Date.now() + life * 1000).toISOString() });
  },
  hang: () => setInterval(() => undefined, 1000),
  flood: () => {
    const more = () => process.stdout.write('${MARKER}'.repeat(1000), more);
    process.stdout.on('error', () => setInterval(() => undefined, 1000));
    more();
  },
  die: () => {
    write({ token: '${MARKER}' });
    process.exitCode = 7;
  },
  killed: () => process.kill(process.pid, 'SIGKILL'),
  nothing: () => undefined,
  text: () => process.stdout.write('Your token is ${MARKER}'),
  twice: () => {
    write({ token: '${MARKER}' });
    write({ token: '${MARKER}' });
  },
  kind: () => write({ token: '${MARKER}' }, { kind: 'TokenReview' }),
  version: () => write({ token: '${MARKER}' }, { apiVersion: 'client.authentication.k8s.io/v1beta1' }),
  empty: () => write({}),
  half: () => write({ clientCertificateData: '${MARKER}' }),
  pair: () => write({ clientCertificateData: '${MARKER}', clientKeyData: '${MARKER}' }),
  newline: () => write({ token: '${MARKER}\\n' }),
  over: () => write({ token: '${MARKER}', expirationTimestamp: '2020-01-01T00:00:00Z' }),
};
process.stderr.write('verbose: ${MARKER}\\n');
modes[mode]();
`;

/** What is wrong, in the order in which plugins get to it; the phrase is in docs/inventories.md. */
const FAULTS = [
  ['die', 'exited with code 7; hint: ask the platform team'],
  ['killed', 'was ended by SIGKILL'],
  ['nothing', 'did not write one JSON object'],
  ['text', 'did not write one JSON object'],
  ['twice', 'did not write one JSON object'],
  ['kind', 'wrote an object that is not an ExecCredential'],
  ['version', `wrote another apiVersion than ${API_VERSION}`],
  ['empty', 'wrote neither a token nor a client certificate'],
  ['half', 'wrote half of a client certificate and its key'],
  ['pair', 'wrote a bad pair: '],
  ['newline', 'wrote a status that holds a token with blanks'],
  ['over', 'wrote a credential whose time is over'],
  ['flood', 'wrote more than 1048576 bytes'],
] as const;

/** Providers whose plugin cannot even be started. */
const UNSTARTED = [
  ['absent', 'was not found'],
  ['unlisted', 'was not started: it is not on the list of allowed plugins'],
  ['plain-file', 'was not started: the file may not be executed (EACCES)'],
] as const;

let controlPlane: ControlPlane;
let set: TestClusterSet;

const path = (name: string): string => join(controlPlane.directory, name);
const encoded = (text: string): string => Buffer.from(text).toString('base64');

/** Watches of Services that a cluster was asked for, by user, and how many of them have ended. */
async function watches(cluster: string): Promise<Readonly<Record<string, { begun: number; ended: number }>>> {
  const lines = (await readFile(path(`${cluster}-audit.log`), 'utf8')).split('\n').filter((line) => line !== '');
  const found: Record<string, { begun: number; ended: number }> = {};
  for (const line of lines) {
    const { stage, user } = JSON.parse(line) as { stage: string; user: { username: string } };
    const counts = (found[user.username] ??= { begun: 0, ended: 0 });
    if (stage === 'ResponseStarted') counts.begun += 1;
    if (stage === 'ResponseComplete') counts.ended += 1;
  }
  return found;
}

/** The member is watched as the user, by one watch, and by no watch of anybody else. */
function watchedBy(cluster: string, user: string, others: readonly string[]): Promise<void> {
  return eventually(`${cluster} to be watched as ${user} alone`, async () => {
    const found = await watches(cluster);
    expect(found[user]).toEqual({ begun: 1, ended: 0 });
    for (const other of others) expect(found[other]).toEqual({ begun: 1, ended: 1 });
  });
}

async function startMember(name: string): Promise<void> {
  const policy = path('audit-policy.json');
  const resources = [{ group: '', resources: ['services'] }];
  const rules = [{ level: 'Metadata', verbs: ['watch'], resources }, { level: 'None' }];
  await writeFile(policy, JSON.stringify({ apiVersion: 'audit.k8s.io/v1', kind: 'Policy', rules }));
  const log = path(`${name}-audit.log`);
  await writeFile(log, '');
  const cluster = await controlPlane.add(name, [`--audit-log-path=${log}`, `--audit-policy-file=${policy}`]);
  await mkdir(path(`${name}-users`));
  for (const user of ['one', 'two']) await putUser(name, user, await cluster.keys.user(user, ['system:masters']));
}

async function putUser(cluster: string, user: string, pair: { cert: string; key: string }): Promise<void> {
  await writeFile(path(`${cluster}-users/${user}.crt`), pair.cert);
  await writeFile(path(`${cluster}-users/${user}.key`), pair.key);
}

/** How to reach a member, and what its plugin is told. */
function accessTo(cluster: string, mode?: string): Record<string, unknown> {
  const { url, keys } = controlPlane.cluster(cluster);
  const config = { directory: path(`${cluster}-users`), ...(mode === undefined ? {} : { mode }) };
  const extensions = [{ name: 'client.authentication.k8s.io/exec', extension: config }];
  return { server: url, 'certificate-authority-data': encoded(keys.ca), extensions };
}

async function putProfile(name: string, provider: string, mode?: string): Promise<void> {
  const kubectl = set.member(FLEET);
  await kubectl.apply({
    apiVersion: 'multicluster.x-k8s.io/v1alpha1',
    kind: 'ClusterProfile',
    metadata: { name, namespace: FLEET },
    spec: { displayName: name, clusterManager: { name: 'theirs' } },
  });
  const status = { accessProviders: [{ name: provider, cluster: accessTo(EAST, mode) }] };
  const patch = ['--subresource=status', '--type=merge', '-p', JSON.stringify({ status })];
  await kubectl('patch', 'clusterprofile', name, '-n', FLEET, ...patch);
}

/** Logs in everywhere as one user; the member that has a kubeconfig file, too. */
async function putProviders(user: string): Promise<void> {
  const exec = { apiVersion: API_VERSION, provideClusterInfo: true, installHint: 'ask the platform team' };
  const named = (name: string, command: string) => ({ name, execConfig: { ...exec, command, args: [user] } });
  const providers = [
    named('files', path('plugin')),
    named('absent', path('nowhere')),
    named('unlisted', '/bin/true'),
    named('plain-file', path('plain-file')),
  ];
  await writeFile(path('providers.json'), JSON.stringify({ providers }));
  const kubeconfig = {
    'current-context': FLEET,
    clusters: [{ name: FLEET, cluster: accessTo(FLEET) }],
    users: [
      { name: FLEET, user: { exec: { ...exec, command: path('plugin'), args: [user], interactiveMode: 'Never' } } },
    ],
    contexts: [{ name: FLEET, context: { cluster: FLEET, user: FLEET } }],
  };
  await writeFile(path('kubeconfigs/fleet.json'), JSON.stringify(kubeconfig));
}

async function writeConfig(): Promise<string> {
  await mkdir(path('kubeconfigs'));
  await writeFile(path('plugin'), PLUGIN);
  await writeFile(path('plain-file'), '#!/bin/true\n');
  await chmod(path('plugin'), 0o755);
  await putProviders('one');
  const members = {
    kubeconfigDirectory: path('kubeconfigs'),
    allowExec: true,
    profileNamespaces: [FLEET],
    profileManagers: ['theirs'],
    profileKubeconfig: controlPlane.cluster(FLEET).adminKubeconfig,
    accessProviders: path('providers.json'),
    allowedPlugins: [path('plugin'), path('nowhere'), path('plain-file')],
  };
  await writeFile(path('config.json'), JSON.stringify({ members }));
  return path('config.json');
}

beforeAll(async () => {
  controlPlane = await startControlPlane(['hub']);
  await Promise.all([startMember(FLEET), startMember(EAST)]);
  set = await installHub(controlPlane, 'hub');
  const fleet = set.member(FLEET);
  await fleet.apply(customResourceDefinition(clusterProfile, { conversion: { type: 'None' } }));
  await fleet('wait', '--for=condition=Established', 'crd', '--all', '--timeout=30s');
  await fleet.apply(namespace(FLEET));
  await putProfile(EAST, 'files');
  await set.startServer(['--config', await writeConfig()]);
  await putProfile('bad-hang', 'files', 'hang');
}, 300_000);

afterAll(async () => {
  await set.stop();
  await controlPlane.stop();
});

describe('members behind credential plugins', () => {
  it('are logged in to as the plugin says, from a profile and from a kubeconfig file', async () => {
    await watchedBy(EAST, 'one', []);
    await watchedBy(FLEET, 'one', []);
  });

  it('stay as they are when the files that name the plugins break', async () => {
    await writeFile(path('providers.json'), `{"providers": "${MARKER}"`);
    await writeFile(path('kubeconfigs/fleet.json'), `{"users": "${MARKER}"`);
    await eventually('both to be told', () => {
      const output = set.server().output();
      expect(output).toContain('is not a JSON object; the providers that were read before stay in force');
      expect(output).toMatch(/"memberCluster":"fleet","phase":"live","reason":"RegistrationInvalid"/);
    });
    await watchedBy(EAST, 'one', []);
    await watchedBy(FLEET, 'one', []);
  });

  it('are connected anew when the plugin gets other arguments', async () => {
    for (const cluster of [EAST, FLEET]) await writeFile(path(`${cluster}-users/two.life`), '5');
    await putProviders('two');
    await watchedBy(EAST, 'two', ['one']);
    await watchedBy(FLEET, 'two', ['one']);
    expect(set.server().output()).toContain('can be used again');
  });

  it('keep their connections while the plugin gives the same certificate, and close them when it gives another', async () => {
    await eventually('the plugin to be run again for each', async () => {
      for (const cluster of [EAST, FLEET]) {
        const runs = (await readFile(path(`${cluster}-users/runs`), 'utf8')).split('\n');
        expect(runs.filter((user) => user === 'two').length).toBeGreaterThan(1);
      }
    });
    for (const cluster of [EAST, FLEET]) {
      await watchedBy(cluster, 'two', ['one']);
      await putUser(cluster, 'two', await controlPlane.cluster(cluster).keys.user('three', ['system:masters']));
    }
    for (const cluster of [EAST, FLEET]) await watchedBy(cluster, 'three', ['one', 'two']);
  });
});

describe('a plugin that does wrong', () => {
  beforeAll(async () => {
    for (const [mode] of FAULTS) await putProfile(`bad-${mode}`, 'files', mode);
    for (const [provider] of UNSTARTED) await putProfile(`bad-${provider}`, provider);
    await putProfile('bad-unknown', 'unknown');
  });

  it.each([...UNSTARTED, ...FAULTS, ['hang', 'has not finished yet'] as const])(
    'is told of in words that say what to do: %s',
    async (...[name, phrase]) => {
      await eventually('the state of the member', () => {
        const lines = set.server().output().split('\n');
        const line = lines.find((one) => one.includes(`"memberCluster":"bad-${name}"`) && one.includes(phrase)) ?? '{}';
        expect(JSON.parse(line)).toMatchObject({
          msg: 'member not live',
          reason: 'CredentialsUnavailable',
          problem: expect.stringMatching(/^credential plugin "\/\S+" /) as string,
        });
      });
    },
  );

  it('is not asked for at all where no provider of ours is offered', async () => {
    await eventually('the refusal', async () => {
      expect(set.server().output()).toContain('none of its access providers is configured: \\"unknown\\"');
      expect(await readMetrics(set)).toMatch(/^clusterset_registration_refused\{[^}]*name="bad-unknown"[^}]*\} 1$/m);
    });
  });

  it('makes the health of its member unknown, with the reason, and leaves the others alone', async () => {
    await eventually('the profiles', async () => {
      const profile = (name: string) => set.hub.json<ObjectView>('get', 'clusterprofile', name, '-n', NAMESPACE);
      const [bad, good] = [await profile('bad-die'), await profile(EAST)];
      expect(conditionOf(bad, 'ControlPlaneHealthy')).toMatchObject({
        status: 'Unknown',
        reason: 'CredentialPluginFailed',
      });
      expect(conditionOf(bad, 'Joined')).toMatchObject({ status: 'False', reason: 'Pending' });
      expect(conditionOf(good, 'ControlPlaneHealthy')).toMatchObject({ status: 'True' });
    });
    const listed = await program('members', 'list', '--kubeconfig', controlPlane.cluster('hub').adminKubeconfig);
    expect(listed).toMatch(/^bad-die +\(no Secret here\) +False \(Pending\) +Unknown \(CredentialPluginFailed\)/m);
    const { stderr } = await set.hub.result(['get', 'clusterproperties']);
    expect(stderr).toMatch(/^Warning: (stale )?members?.*bad-\S+ \(never contacted\)/m);
  });

  it('gets nothing that it writes into a log, an answer or a metric', async () => {
    expect(set.server().output()).not.toContain(MARKER);
    expect(await readMetrics(set)).not.toContain(MARKER);
    expect(await set.hub('get', 'clusterprofiles', '-A', '-o', 'json')).not.toContain(MARKER);
    expect(await set.hub('get', 'events.events.k8s.io', '-A', '-o', 'json')).not.toContain(MARKER);
  });
});
