import { describe, expect, it } from 'vitest';
import type { JsonObject } from '../../kube/object.ts';
import type { ClusterClient } from '../install/cluster-client.ts';
import { plainSettings } from '../../connection/index.ts';
import { listMembers } from './list.ts';

function secret(name: string, kubeconfig: object): JsonObject {
  const data = { kubeconfig: Buffer.from(JSON.stringify(kubeconfig)).toString('base64') };
  return { metadata: { name, labels: { 'sigs.k8s.io/multicluster-runtime-kubeconfig': 'true' } }, data };
}

function kubeconfig(server: string, user: object = { token: 'mArKeR' }): object {
  return {
    'current-context': 'x',
    clusters: [{ name: 'x', cluster: { server } }],
    users: [{ name: 'x', user }],
    contexts: [{ name: 'x', context: { cluster: 'x', user: 'x' } }],
  };
}

const HEALTHY = { type: 'ControlPlaneHealthy', status: 'True', reason: 'APIServerReady' };
const UNREACHABLE = { type: 'ControlPlaneHealthy', status: 'Unknown', reason: 'MemberUnreachable' };

function profile(namespace: string, name: string, ...conditions: readonly JsonObject[]): JsonObject {
  return {
    metadata: { name, namespace, labels: { 'multicluster.x-k8s.io/inventory-member-id': `id-${name}` } },
    status: {
      version: { kubernetes: 'v1.36.4' },
      conditions: [{ type: 'Joined', status: 'True', reason: 'Registered' }, ...conditions],
      properties: [{ name: 'clusterset.k8s.io', value: 'prod' }],
    },
  };
}

/** Whatever the group and the manager are called. */
const GROUP = 'multicluster.clusterset-apiserver.dev';
const APISERVICES = ['multicluster.x-k8s.io', 'about.k8s.io', GROUP].map((group) => ({
  spec: {
    ...{ group, version: 'v1alpha1' },
    service: group.startsWith('multicluster.x') ? undefined : { namespace: 'clusterset-system' },
  },
})) as JsonObject[];

const unused = (): never => {
  throw new Error('not used');
};

/** A hub that has these Secrets and, unless undefined, serves these profiles. */
async function lines(secrets: readonly JsonObject[], profiles: readonly JsonObject[] | undefined): Promise<string> {
  const hub: ClusterClient = {
    ...{
      server: 'https://hub',
      listNames: unused,
      listMetadata: unused,
      merge: unused,
      create: unused,
      attempt: unused,
      apply: unused,
      remove: unused,
      clockSkewSeconds: unused,
    },
    get: (path) =>
      Promise.resolve({ resources: path === `/apis/${GROUP}/v1alpha1` ? [{ name: 'clusterprofiles' }] : [] }),
    list: (path) => {
      if (path.endsWith('/secrets')) return Promise.resolve(secrets);
      if (!path.endsWith('/apiservices')) return Promise.resolve(path.includes(GROUP) ? (profiles ?? []) : []);
      return Promise.resolve(profiles === undefined ? [] : APISERVICES);
    },
  };
  const said: string[] = [];
  await listMembers(
    {
      open: () => hub,
      readKubeconfig: () => Promise.resolve(plainSettings('https://hub')),
      readFile: unused,
      say: (line) => said.push(line),
    },
    { kubeconfig: 'hub', context: undefined, namespace: 'clusterset-system', output: 'text' },
  );
  return said.join('\n');
}

describe('the list of members', () => {
  it('joins what is registered with what the server shows of it', async () => {
    const text = await lines(
      [secret('west', kubeconfig('https://west.example')), secret('east', kubeconfig('https://east.example'))],
      [profile('a', 'east', HEALTHY), profile('b', 'east', HEALTHY), profile('a', 'north', UNREACHABLE)],
    );
    expect(text.split('\n').map((line) => line.split(/ {3,}/))).toEqual([
      ['NAME', 'SERVER', 'JOINED', 'HEALTHY', 'VERSION', 'SET', 'PROBLEM'],
      ['east', 'https://east.example', 'True', 'True', 'v1.36.4', 'prod'],
      ['north', '(no Secret here)', 'True', 'Unknown (MemberUnreachable)', 'v1.36.4', 'prod'],
      ['west', 'https://west.example'],
    ]);
  });

  it('says why a registration cannot be used, without its secrets', async () => {
    const text = await lines([secret('east', kubeconfig('https://east.example', { username: 'mArKeR' }))], []);
    expect(text).toMatch(/^east .*Secret clusterset-system\/east: .*/m);
    expect(text).not.toContain('mArKeR');
  });

  it('says what of the settings of profiles is not applied', async () => {
    const settings = { type: 'clusterset-apiserver.dev/SettingsApplied', reason: 'MemberIDKept', message: 'too late' };
    const text = await lines(
      [secret('east', kubeconfig('https://east.example')), secret('west', kubeconfig('https://west.example'))],
      [profile('a', 'east', { ...settings, status: 'False' }), profile('a', 'west', { ...settings, status: 'True' })],
    );
    expect(text).toMatch(/^east .* prod {3}too late$/m);
    expect(text).not.toMatch(/^west .*too late/m);
  });

  it('says when nothing is known of how members are', async () => {
    expect(await lines([secret('east', kubeconfig('https://east.example'))], undefined)).toContain(
      'How the members are is not known: no server in namespace clusterset-system of the hub serves ClusterProfiles.',
    );
    expect(await lines([], undefined)).toBe('No member is registered in namespace clusterset-system.');
  });
});
