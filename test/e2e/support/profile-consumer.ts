import { expect } from 'vitest';
import { kubeconfigText } from '../../support/control-plane/index.ts';
import { eventually } from '../../support/eventually.ts';
import type { TestClusterSet } from './clusterset.ts';
import { NAMESPACE } from './clusterset.ts';
import { readMetrics } from './metrics.ts';

/** How consumers run the plugin for the access provider of our profiles. */
export function execConfig(plugin: string): object {
  return { apiVersion: 'client.authentication.k8s.io/v1', command: plugin, provideClusterInfo: true };
}

export interface Admission {
  readonly member: string;
  readonly account: string;
  /** What the account may read in the member. */
  readonly resource: string;
}

/** Lets a consumer in: an account of its own in the member, and its token where the plugin looks for it on the hub. Gives the token. */
export async function letIn(set: TestClusterSet, { member, account, resource }: Admission): Promise<string> {
  const kubectl = set.member(member);
  await kubectl('create', 'serviceaccount', account, '-n', 'default');
  await kubectl('create', 'clusterrole', account, '--verb=get,list,watch', `--resource=${resource}`);
  const binding = [`--clusterrole=${account}`, `--serviceaccount=default:${account}`];
  await kubectl('create', 'clusterrolebinding', account, ...binding);
  const token = (await kubectl('create', 'token', account, '-n', 'default')).trim();
  await set.hub.apply({
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: { name: member, namespace: 'default' },
    stringData: { token },
  });
  return token;
}

/** Registers a member under another address of the same kube-apiserver, as when its endpoint moves. */
export async function moveTo(set: TestClusterSet, member: string, host: string): Promise<void> {
  const { port, keys } = set.controlPlane.cluster(member);
  const { cert, key } = keys.admin;
  const text = kubeconfigText({ name: member, url: `https://${host}:${port}`, ca: keys.ca, cert, key });
  const data = { kubeconfig: Buffer.from(text).toString('base64') };
  const patch = JSON.stringify({ data });
  await set.hub('patch', 'secret', member, '-n', NAMESPACE, '--type=merge', '-p', patch);
}

/** Resolves when each of these members was probed so many times more. */
export async function moreProbes(set: TestClusterSet, members: readonly string[], more: number): Promise<void> {
  const before = await Promise.all(members.map((member) => probes(set, member)));
  await eventually(
    `${more} more probes of each member`,
    async () => {
      const now = await Promise.all(members.map((member) => probes(set, member)));
      for (const [index, count] of before.entries()) expect(now[index]).toBeGreaterThanOrEqual(count + more);
    },
    120_000,
  );
}

async function probes(set: TestClusterSet, member: string): Promise<number> {
  const line = new RegExp(`^clusterset_member_probes_total\\{member="${member}"\\} (\\d+)$`, 'm');
  return Number(line.exec(await readMetrics(set))?.[1] ?? NaN);
}
