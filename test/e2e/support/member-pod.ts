import { writeFile } from 'node:fs/promises';
import { networkInterfaces } from 'node:os';
import { join } from 'node:path';
import type { Child, ControlPlane, Kubectl } from '../../support/control-plane/index.ts';
import { freePorts, startChild } from '../../support/control-plane/index.ts';
import { NAMESPACE, PROGRAM } from './clusterset.ts';

const DEPLOYMENT = ['get', 'deployment', '-n', NAMESPACE, 'clusterset-webhooks'];

/** The kube-apiserver reaches Services by their endpoints, as where there is a network of pods. */
export const ENDPOINT_ROUTING = ['--enable-aggregator-routing=true'];

interface Deployment {
  readonly metadata: { readonly generation: number };
  readonly spec: {
    readonly replicas: number;
    readonly template: { readonly spec: { readonly containers: readonly { readonly args: readonly string[] }[] } };
  };
}

/** What the controllers of a cluster and a kubelet make of the Deployment of the webhooks, in a cluster that has none. */
export interface MemberPod {
  /** Runs the container's words, and leads the Service there. */
  readonly start: () => Promise<void>;
  /** The status of the Deployment, as its controller tells it of the present template. */
  readonly tellAvailable: (pods: number) => Promise<void>;
  readonly child: () => Child;
  readonly address: () => { readonly address: string; readonly port: number };
  readonly stop: (signal?: NodeJS.Signals) => Promise<unknown>;
}

export interface MemberPodOptions {
  readonly controlPlane: ControlPlane;
  readonly member: string;
  /** Where what the container finds mounted lies here, by its path in the container. */
  readonly mounts?: Readonly<Record<string, string>>;
}

export function memberPod({ controlPlane, member, mounts = {} }: MemberPodOptions): MemberPod {
  const kubectl = controlPlane.kubectl(member);
  const address = outerAddress();
  let child: Child | undefined;
  let port = 0;
  const current = (): Child => {
    if (child === undefined) throw new Error('the pod was not started');
    return child;
  };
  return {
    child: current,
    address: () => ({ address, port }),
    start: async () => {
      [port = 0] = await freePorts(1);
      const args = await containerArgs(kubectl, mounts);
      const kubeconfig = join(controlPlane.directory, `${member}-pod.kubeconfig`);
      await writeFile(kubeconfig, await accountKubeconfig(controlPlane, member), { mode: 0o600 });
      child = startChild({
        name: `pod-${member}`,
        command: process.execPath,
        args: [PROGRAM, ...args, `--kubeconfig=${kubeconfig}`, `--bind-address=${address}`, `--secure-port=${port}`],
        logFile: join(controlPlane.directory, `pod-${member}.log`),
      });
      await leadTo(kubectl, address, port);
    },
    tellAvailable: async (pods) => {
      const { metadata, spec } = await kubectl.json<Deployment>(...DEPLOYMENT);
      const { replicas } = spec;
      const counts = { replicas, updatedReplicas: replicas, availableReplicas: pods, readyReplicas: pods };
      const status = { observedGeneration: metadata.generation, ...counts };
      const words = ['patch', ...DEPLOYMENT.slice(1), '--subresource=status', '--type=merge'];
      await kubectl(...words, '-p', JSON.stringify({ status }));
    },
    stop: async (signal = 'SIGTERM') => child?.stop(signal),
  };
}

/** An EndpointSlice must not name loopback. */
function outerAddress(): string {
  const all = Object.values(networkInterfaces()).flatMap((addresses) => addresses ?? []);
  const found = all.find(({ family, internal }) => family === 'IPv4' && !internal);
  if (found === undefined) throw new Error('this machine has no IPv4 address but loopback');
  return found.address;
}

/** Of the pod's words those that the test decides itself are left out, and paths lead to where the mounts lie. */
async function containerArgs(kubectl: Kubectl, mounts: Readonly<Record<string, string>>): Promise<readonly string[]> {
  const { spec } = await kubectl.json<Deployment>(...DEPLOYMENT);
  const args = spec.template.spec.containers[0]?.args ?? [];
  const own = /^--(?:secure-port|shutdown-delay-duration|hub-kubeconfig)=/;
  return args
    .filter((word) => !own.test(word))
    .map((word) => Object.entries(mounts).reduce((text, [from, to]) => text.replace(`=${from}/`, `=${to}/`), word));
}

/** By the token of its service account, as in a pod. */
async function accountKubeconfig(controlPlane: ControlPlane, member: string): Promise<string> {
  const { url, keys } = controlPlane.cluster(member);
  const token = await controlPlane.kubectl(member)('create', 'token', '-n', NAMESPACE, 'clusterset-webhooks');
  const name = 'pod';
  return JSON.stringify({
    apiVersion: 'v1',
    kind: 'Config',
    'current-context': name,
    clusters: [
      { name, cluster: { server: url, 'certificate-authority-data': Buffer.from(keys.ca).toString('base64') } },
    ],
    users: [{ name, user: { token: token.trim() } }],
    contexts: [{ name, context: { cluster: name, user: name } }],
  });
}

async function leadTo(kubectl: Kubectl, address: string, port: number): Promise<void> {
  await kubectl.apply({
    apiVersion: 'discovery.k8s.io/v1',
    kind: 'EndpointSlice',
    metadata: {
      name: 'clusterset-webhooks-pod',
      namespace: NAMESPACE,
      labels: { 'kubernetes.io/service-name': 'clusterset-webhooks' },
    },
    addressType: 'IPv4',
    ports: [{ name: 'https', port, protocol: 'TCP' }],
    endpoints: [{ addresses: [address], conditions: { ready: true } }],
  });
}
