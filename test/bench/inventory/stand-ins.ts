import { join } from 'node:path';
import type { Child } from '../../support/control-plane/index.ts';
import { freePorts, kubeconfigText, startChild } from '../../support/control-plane/index.ts';
import { eventually } from '../../support/eventually.ts';
import type { Endpoint } from '../client.ts';
import { GO_CIPHERS } from '../client.ts';

const SERVER = new URL('stand-in-server.ts', import.meta.url).pathname;

/** A member as the bench reaches it. */
export interface BenchMember {
  readonly name: string;
  readonly endpoint: Endpoint;
  /** What registers it. */
  readonly kubeconfig: string;
}

/** Members in a process of their own that stand in for real clusters. */
export interface StandIns {
  readonly members: readonly BenchMember[];
  readonly setReady: (name: string, isReady: boolean) => Promise<void>;
  readonly stop: () => Promise<void>;
}

interface Told {
  readonly members: readonly { readonly name: string; readonly url: string }[];
  readonly ca: string;
  readonly cert: string;
  readonly key: string;
}

export async function startStandIns(directory: string, first: number, count: number): Promise<StandIns> {
  const [port = 0] = await freePorts(1);
  const child: Child = startChild({
    name: 'stand-ins',
    command: process.execPath,
    args: ['--import', 'tsx', SERVER, ...[first, count, port].map(String)],
    logFile: join(directory, 'stand-ins.log'),
  });
  const address = `http://127.0.0.1:${port}`;
  const told = await eventually('the stand-ins', async () => {
    if (child.process.exitCode !== null) throw new Error(child.output());
    return (await (await fetch(address)).json()) as Told;
  });
  return {
    members: told.members.map((member) => memberAt(member, told)),
    setReady: async (name, isReady) => {
      await (await fetch(`${address}/${isReady ? 'ready' : 'not-ready'}/${name}`, { method: 'POST' })).text();
    },
    stop: async () => {
      await child.stop('SIGKILL');
    },
  };
}

function memberAt({ name, url }: Told['members'][number], { ca, cert, key }: Told): BenchMember {
  return {
    name,
    endpoint: {
      ...{ host: '127.0.0.1', port: Number(new URL(url).port), ca, rejectUnauthorized: true },
      ...{ servername: 'localhost', cert, key, ciphers: GO_CIPHERS },
    },
    kubeconfig: kubeconfigText({ name, url, ca, cert, key }),
  };
}
