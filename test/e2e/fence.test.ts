import { connect } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Child, ControlPlane } from '../support/control-plane/index.ts';
import { freePorts, startChild, startControlPlane } from '../support/control-plane/index.ts';
import { eventually } from '../support/eventually.ts';
import type { TestClusterSet } from './support/clusterset.ts';
import { installHub, PROGRAM } from './support/clusterset.ts';
import { namespace, service, serviceExport } from './support/objects.ts';
import { clustersOf, viewOf } from './support/views.ts';

/** Longer than a Lease lasts without renewal, and than a client may then still be waiting. */
const TAKEOVER_MS = 90_000;

let controlPlane: ControlPlane;
let red: TestClusterSet;
let blue: TestClusterSet;

/** Another process of the same installation. */
function startSecond(set: TestClusterSet, port: number): Child {
  const args = ['serve', '--kubeconfig', set.serverKubeconfig, '--bind-address', '127.0.0.1'];
  return startChild({
    name: 'second',
    command: process.execPath,
    args: [PROGRAM, ...args, '--secure-port', String(port), '--log-level', 'debug'],
    logFile: join(controlPlane.directory, 'second.log'),
  });
}

function isOpen(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1', () => {
      socket.destroy();
      resolve(true);
    });
    socket.once('error', () => resolve(false));
  });
}

async function onePort(): Promise<number> {
  const [port] = await freePorts(1);
  if (port === undefined) throw new Error('no free port');
  return port;
}

beforeAll(async () => {
  controlPlane = await startControlPlane(['red', 'blue', 'east']);
  red = await installHub(controlPlane, 'red');
  blue = await installHub(controlPlane, 'blue');
  await red.register('east');
  await controlPlane.kubectl('east').apply(namespace('prod'));
  await controlPlane.kubectl('east').apply(service('prod', 'api'));
  await controlPlane.kubectl('east').apply(serviceExport('prod', 'api'));
  await Promise.all([red.startServer(), blue.startServer()]);
});

afterAll(async () => {
  await Promise.all([red.stopServer(), blue.stopServer()]);
  await controlPlane.stop();
});

describe('a second process', () => {
  it('waits without serving while the first one serves', async () => {
    const port = await onePort();
    const second = startSecond(blue, port);
    await eventually('the second process to wait', () => {
      expect(second.output()).toContain('waiting for the Lease');
    });
    expect(await isOpen(port)).toBe(false);
    expect(await blue.stopServer()).toBe(0);
    // A Lease that was given back is taken at once.
    await eventually('the second process to serve', async () => expect(await isOpen(port)).toBe(true), 15_000);
    await second.stop();
    await blue.startServer();
  });
});

describe.concurrent('a process that holds the Lease', () => {
  it('and was killed keeps the next one waiting, which then serves the same', async ({ expect: expects }) => {
    const hub = viewOf(red.hub);
    const before = await hub.read('serviceimports', 'prod/api');
    await red.stopServer('SIGKILL');
    const start = red.startServer();
    await eventually('the next process to wait', () => {
      expects(red.server().output()).toContain('waiting for the Lease');
    });
    expects(await isOpen(red.port)).toBe(false);
    await eventually('the next process to serve', async () => expects(await isOpen(red.port)).toBe(true), TAKEOVER_MS);
    await start;
    const after = await hub.read('serviceimports', 'prod/api');
    expects(Number(after.metadata.resourceVersion)).toBeGreaterThan(Number(before.metadata.resourceVersion));
    expects(after.metadata.uid).toBe(before.metadata.uid);
    expects(after.spec).toEqual(before.spec);
    expects(clustersOf(after)).toEqual(['east']);
  });

  it('and was frozen gives up serving when another one has taken over', async ({ expect: expects }) => {
    const first = blue.server();
    const port = await onePort();
    first.process.kill('SIGSTOP');
    const second = startSecond(blue, port);
    try {
      await eventually('the second process to serve', async () => expects(await isOpen(port)).toBe(true), TAKEOVER_MS);
      first.process.kill('SIGCONT');
      expects(await first.exited).toBe(1);
      expects(first.output()).toContain('this process may not serve any more');
      expects(await isOpen(blue.port)).toBe(false);
    } finally {
      first.process.kill('SIGCONT');
      await second.stop();
    }
  });
});
