import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Agent, request } from 'node:https';
import { eventually } from '../eventually.ts';
import type { Binaries } from './binaries.ts';
import { startChild } from './child.ts';
import type { Child } from './child.ts';
import type { ClusterKeys } from './keys.ts';

const START_DEADLINE_MS = 120_000;

/** One real kube-apiserver with its own keys and its own part of the shared etcd. */
export interface Cluster {
  readonly name: string;
  readonly port: number;
  readonly url: string;
  readonly keys: ClusterKeys;
  /** Kubeconfig of a member of system:masters. */
  readonly adminKubeconfig: string;
  readonly directory: string;
  /** The process id of the running kube-apiserver. */
  readonly pid: () => number;
  /** Ends the kube-apiserver; its data stays in etcd. */
  stop(): Promise<void>;
  /** Starts it again on the same port with the same keys and data. */
  start(): Promise<void>;
}

export interface ClusterOptions {
  readonly name: string;
  readonly port: number;
  /** Third byte block of the Service range: 10.<octet>.0.0/16. */
  readonly octet: number;
  readonly etcdUrl: string;
  readonly directory: string;
  readonly binaries: Binaries;
  readonly keys: ClusterKeys;
  readonly extraArgs?: readonly string[];
}

export async function startCluster(options: ClusterOptions): Promise<Cluster> {
  const { name, port, directory, keys } = options;
  await mkdir(directory, { recursive: true });
  const files = await writeKeys(directory, keys);
  const url = `https://127.0.0.1:${port}`;
  const adminKubeconfig = join(directory, 'admin.kubeconfig');
  await writeFile(
    adminKubeconfig,
    kubeconfigText({ name, url, ca: keys.ca, cert: keys.admin.cert, key: keys.admin.key }),
  );
  let child: Child | undefined;
  const start = async (): Promise<void> => {
    child = startChild({
      name: `kube-apiserver-${name}`,
      command: options.binaries.path('kube-apiserver'),
      args: [...apiserverArgs(options, files), ...(options.extraArgs ?? [])],
      logFile: join(directory, 'kube-apiserver.log'),
    });
    const running = child;
    await eventually(`kube-apiserver ${name} to be ready`, () => assertReady(url, keys, running), START_DEADLINE_MS);
  };
  await start();
  return {
    name,
    port,
    url,
    keys,
    adminKubeconfig,
    directory,
    pid: () => {
      if (child?.process.pid === undefined) throw new Error(`kube-apiserver ${name} is not running`);
      return child.process.pid;
    },
    start,
    stop: async () => {
      await child?.stop('SIGKILL');
    },
  };
}

async function assertReady(url: string, keys: ClusterKeys, child: Child): Promise<void> {
  if (child.process.exitCode !== null) throw new Error(`exited: ${child.output().slice(-2000)}`);
  const agent = new Agent({ ca: keys.ca, cert: keys.admin.cert, key: keys.admin.key });
  const status = await new Promise<number>((resolve, reject) => {
    const call = request(`${url}/readyz`, { agent }, (response) => {
      response.resume();
      resolve(response.statusCode ?? 0);
    });
    call.setTimeout(5000, () => call.destroy(new Error('timeout')));
    call.once('error', reject);
    call.end();
  }).finally(() => agent.destroy());
  if (status !== 200) throw new Error(`/readyz answered ${status}`);
}

async function writeKeys(directory: string, keys: ClusterKeys): Promise<(name: string) => string> {
  const contents: Record<string, string> = {
    'ca.crt': keys.ca,
    'serving.crt': keys.serving.cert,
    'serving.key': keys.serving.key,
    'front-proxy-ca.crt': keys.frontProxyCa,
    'front-proxy-client.crt': keys.frontProxyClient.cert,
    'front-proxy-client.key': keys.frontProxyClient.key,
    'kubelet-client.crt': keys.kubeletClient.cert,
    'kubelet-client.key': keys.kubeletClient.key,
    'service-account.key': keys.serviceAccountKey,
  };
  const file = (name: string): string => join(directory, name);
  await Promise.all(Object.entries(contents).map(([name, text]) => writeFile(file(name), text, { mode: 0o600 })));
  return file;
}

function apiserverArgs(options: ClusterOptions, file: (name: string) => string): string[] {
  return [
    `--etcd-servers=${options.etcdUrl}`,
    `--etcd-prefix=/${options.name}`,
    `--secure-port=${options.port}`,
    '--bind-address=127.0.0.1',
    '--advertise-address=192.0.2.1',
    '--endpoint-reconciler-type=none',
    `--service-cluster-ip-range=10.${options.octet}.0.0/16`,
    '--allow-privileged=true',
    `--tls-cert-file=${file('serving.crt')}`,
    `--tls-private-key-file=${file('serving.key')}`,
    `--client-ca-file=${file('ca.crt')}`,
    '--service-account-issuer=https://kubernetes.default.svc.cluster.local',
    `--service-account-key-file=${file('service-account.key')}`,
    `--service-account-signing-key-file=${file('service-account.key')}`,
    '--authorization-mode=Node,RBAC',
    `--requestheader-client-ca-file=${file('front-proxy-ca.crt')}`,
    '--requestheader-allowed-names=front-proxy-client',
    '--requestheader-username-headers=X-Remote-User',
    '--requestheader-uid-headers=X-Remote-Uid',
    '--requestheader-group-headers=X-Remote-Group',
    '--requestheader-extra-headers-prefix=X-Remote-Extra-',
    `--proxy-client-cert-file=${file('front-proxy-client.crt')}`,
    `--proxy-client-key-file=${file('front-proxy-client.key')}`,
    `--kubelet-client-certificate=${file('kubelet-client.crt')}`,
    `--kubelet-client-key=${file('kubelet-client.key')}`,
    '--disable-admission-plugins=ServiceAccount',
    '--shutdown-watch-termination-grace-period=2s',
    '--profiling=false',
  ];
}

/** A kubeconfig with one context that carries a client certificate. */
export function kubeconfigText(options: { name: string; url: string; ca: string; cert: string; key: string }): string {
  const base64 = (text: string): string => Buffer.from(text).toString('base64');
  return JSON.stringify({
    apiVersion: 'v1',
    kind: 'Config',
    'current-context': options.name,
    clusters: [
      { name: options.name, cluster: { server: options.url, 'certificate-authority-data': base64(options.ca) } },
    ],
    users: [
      {
        name: options.name,
        user: { 'client-certificate-data': base64(options.cert), 'client-key-data': base64(options.key) },
      },
    ],
    contexts: [{ name: options.name, context: { cluster: options.name, user: options.name } }],
  });
}
