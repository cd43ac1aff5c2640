import { mkdir } from 'node:fs/promises';
import { request } from 'node:http';
import { join } from 'node:path';
import { eventually } from '../eventually.ts';
import type { Binaries } from './binaries.ts';
import { freePorts, startChild } from './child.ts';
import type { Child } from './child.ts';

export interface EtcdOptions {
  readonly directory: string;
  readonly binaries: Binaries;
  /** Waits for the disk before it answers a write, as every real etcd. Tests need it not: their data dies with the run. */
  readonly fsync: boolean;
}

/** An etcd on loopback; each kube-apiserver has its own key prefix in it. */
export async function startEtcd({ directory, binaries, fsync }: EtcdOptions): Promise<{ url: string; child: Child }> {
  await mkdir(directory, { recursive: true });
  const [client, peer] = await freePorts(2);
  const url = `http://127.0.0.1:${String(client)}`;
  const peerUrl = `http://127.0.0.1:${String(peer)}`;
  const child = startChild({
    name: 'etcd',
    command: binaries.path('etcd'),
    args: [
      ...(fsync ? [] : ['--unsafe-no-fsync']),
      `--data-dir=${join(directory, 'data')}`,
      `--listen-client-urls=${url}`,
      `--advertise-client-urls=${url}`,
      `--listen-peer-urls=${peerUrl}`,
      `--initial-advertise-peer-urls=${peerUrl}`,
      `--initial-cluster=default=${peerUrl}`,
      '--quota-backend-bytes=8589934592',
      '--log-level=warn',
    ],
    logFile: join(directory, 'etcd.log'),
  });
  await eventually('etcd to be healthy', () => assertHealthy(url));
  return { url, child };
}

async function assertHealthy(url: string): Promise<void> {
  const status = await new Promise<number>((resolve, reject) => {
    const call = request(`${url}/health`, (response) => {
      response.resume();
      resolve(response.statusCode ?? 0);
    });
    call.once('error', reject);
    call.end();
  });
  if (status !== 200) throw new Error(`/health answered ${status}`);
}
