import { describe, expect, it } from 'vitest';
import type { JsonObject } from '../../kube/object.ts';
import { isJsonObject, textAt } from '../../kube/object.ts';
import { failed, succeeded } from '../../kube/outcome.ts';
import type { ShownMember } from '../members/profiles.ts';
import type { ClusterClient } from './cluster-client.ts';
import { clusterFindings, secretFindings } from './registration-look.ts';

const KUBE_SYSTEM = '/api/v1/namespaces/kube-system';
const NAMESPACE = '/api/v1/namespaces/ours';
const SECRET = `${NAMESPACE}/secrets/west`;
const LABEL = 'sigs.k8s.io/multicluster-runtime-kubeconfig';
const uid = (digit: number): string => `0000000${digit}-0000-4000-8000-000000000000`;

/** A cluster that has these objects, in which everything but some verbs is allowed. */
function cluster(objects: Readonly<Record<string, JsonObject>>, denied: readonly string[] = []): ClusterClient {
  const client: Pick<ClusterClient, 'server' | 'get' | 'create'> = {
    server: 'https://hub',
    get: (path) => Promise.resolve(objects[path]),
    create: (_, { spec }) => {
      const verb = isJsonObject(spec) ? textAt(spec, 'resourceAttributes', 'verb') : undefined;
      return Promise.resolve({ status: { allowed: !denied.includes(verb ?? '') } });
    },
  };
  return client as ClusterClient;
}

const shown = (name: string, digit: number): ShownMember => ({
  ...{ name, memberId: uid(digit), joined: 'True', healthy: 'True' },
  ...{ version: 'v1.36.4', clusterSet: '', clusterId: '', settings: '', settingsMessage: '' },
});

const identified = (digit: number): Readonly<Record<string, JsonObject>> => ({
  [KUBE_SYSTEM]: { metadata: { uid: uid(digit) } },
});

describe('the Secret of a registration', () => {
  const look = async (hub: ClusterClient): Promise<readonly string[]> => {
    const found = await secretFindings({ name: 'west', member: cluster({}), hub, namespace: 'ours' });
    return found.map(({ level, message }) => `${level}: ${message}`);
  };

  it('is taken where there is none yet, or one that registers a member', async () => {
    expect(await look(cluster({ [NAMESPACE]: {} }))).toEqual([]);
    const registration = { metadata: { labels: { [LABEL]: 'true' } } };
    expect(await look(cluster({ [NAMESPACE]: {}, [SECRET]: registration }))).toEqual([]);
  });

  it('is refused where it could not be written, or would be written over something else', async () => {
    expect(await look(cluster({}))).toEqual(['refused: https://hub has no namespace ours: install there first']);
    expect(await look(cluster({ [NAMESPACE]: {}, [SECRET]: { metadata: {} } }))).toEqual([
      'refused: Secret ours/west is there and registers no member; it is left alone',
    ]);
    expect(await look(cluster({ [NAMESPACE]: {} }, ['patch']))).toEqual([
      'refused: you may not patch secrets in ours on https://hub',
    ]);
  });
});

describe('the cluster of a registration', () => {
  const MEMBERS = succeeded([shown('east', 1), shown('west', 2)]);
  const look = async (digit: number, hub = cluster(identified(9)), members: typeof MEMBERS = MEMBERS) => {
    const wanted = { name: 'west', member: cluster(identified(digit)), hub, namespace: 'ours' };
    const found = await clusterFindings(wanted, members);
    return found.map(({ level, message }) => `${level}: ${message}`);
  };

  it('is taken as the member that it is, and as a new one where nothing else is known', async () => {
    expect(await look(2)).toEqual([]);
    expect(await look(3, undefined, succeeded([]))).toEqual([]);
    const unknown = { name: 'west', member: cluster(identified(3)), hub: cluster(identified(9)), namespace: 'ours' };
    expect(await clusterFindings(unknown, failed('no server'))).toMatchObject([
      { level: 'warning', message: 'no server; is https://hub the hub? Who has this name there is not known' },
    ]);
  });

  it('is refused under the name of another cluster, and under a second name', async () => {
    expect(await look(3)).toEqual([
      expect.stringContaining('refused: cluster name "west" is taken by another cluster'),
    ]);
    expect(await look(1)).toEqual([expect.stringContaining('refused: it is the same cluster as member "east"')]);
  });

  it('is not the hub itself, unless that serves beside the upstream groups', async () => {
    const serving = (...groups: readonly string[]): ClusterClient =>
      cluster({
        ...identified(9),
        ...Object.fromEntries(
          groups.map((group) => [
            `/apis/apiregistration.k8s.io/v1/apiservices/v1beta1.${group}`,
            { spec: { service: { namespace: 'ours' } } },
          ]),
        ),
      });
    const [beside, upstream] = ['multicluster.clusterset-apiserver.dev', 'multicluster.x-k8s.io'];
    expect(await look(9, serving(beside))).toEqual([expect.stringContaining('warning: it is the hub itself')]);
    for (const hub of [serving(), serving(upstream), serving(beside, 'about.k8s.io')]) {
      expect(await look(9, hub)).toEqual([expect.stringContaining('refused: it is the hub itself')]);
    }
  });
});
