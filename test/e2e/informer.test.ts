import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Child } from '../support/control-plane/index.ts';
import { freePorts, startChild } from '../support/control-plane/index.ts';
import { eventually } from '../support/eventually.ts';
import type { TestClusterSet } from './support/clusterset.ts';
import { startClusterSet } from './support/clusterset.ts';
import { rawRequest } from './support/http.ts';
import { namespace, service, serviceExport } from './support/objects.ts';
import type { ObjectView } from './support/views.ts';
import { keyOf, viewOf } from './support/views.ts';

const RESOURCES = ['v1beta1', 'v1alpha2', 'v1alpha1'].flatMap((version) =>
  ['serviceimports', 'serviceexports'].map((resource) => `${resource}.${version}.multicluster.x-k8s.io`),
);
const MEMBERS = ['east', 'west'];
const NAMES = ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h'];
const STEPS_PER_ROUND = 40;

interface Cache {
  readonly synced: boolean;
  readonly items: Readonly<Record<string, ObjectView>>;
  readonly adds: number;
  readonly updates: number;
  readonly deletes: number;
  readonly backwards: number;
}

let set: TestClusterSet;
let informer: Child;
let address: string;

async function caches(): Promise<ReadonlyMap<string, Cache>> {
  const response = await fetch(`http://${address}/dump`);
  return new Map(Object.entries((await response.json()) as Record<string, Cache>));
}

/** What a list shows, whole: kubectl leaves managedFields out. */
async function list(name: string): Promise<readonly ObjectView[]> {
  const [resource = '', version = '', ...group] = name.split('.');
  const { status, body } = await rawRequest(
    set.controlPlane.cluster('hub'),
    `/apis/${group.join('.')}/${version}/${resource}`,
  );
  expect(status).toBe(200);
  return (JSON.parse(body) as { items: readonly ObjectView[] }).items;
}

/** Waits until every informer holds exactly what a list shows, and the list what the members export. */
async function agrees(what: string): Promise<void> {
  await eventually(`the informers to agree ${what}`, async () => {
    const exported: string[] = [];
    for (const member of MEMBERS) {
      const own = await viewOf(set.member(member)).list('serviceexports');
      exported.push(...own.map(({ metadata }) => `${metadata.namespace ?? ''}/${member}.${metadata.name}`));
    }
    const held = await caches();
    for (const name of RESOURCES) {
      const listed = await list(name);
      if (name.includes('serviceexports')) expect(listed.map(keyOf).sort()).toEqual(exported.sort());
      const cache = held.get(name);
      expect(cache?.synced, name).toBe(true);
      expect(cache?.items, name).toEqual(Object.fromEntries(listed.map((object) => [keyOf(object), object])));
    }
  });
}

/** A sequence that is the same in each run, so that a failure can be repeated. */
function createRandom(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (state * 1_103_515_245 + 12_345) % 2_147_483_648;
    return Math.floor((state / 2_147_483_648) * below);
  };
}

const random = createRandom(20_261_121);

function pick<T>(values: readonly T[]): T {
  const value = values[random(values.length)];
  if (value === undefined) throw new Error('nothing to pick from');
  return value;
}

/** One random change in one member. */
async function change(members: readonly string[]): Promise<void> {
  const member = set.member(pick(members));
  const name = pick(NAMES);
  switch (random(6)) {
    case 0:
    case 1:
      await member.apply(serviceExport('prod', name, { exportedLabels: { round: String(random(5)) } }));
      return;
    case 2:
    case 3:
      await member.apply(service('prod', name, { ports: [{ name: pick(['x', 'y']), port: 80 + random(3) }] }));
      return;
    case 4:
      await member('delete', 'serviceexport', name, '-n', 'prod', '--ignore-not-found', '--wait=false');
      return;
    default:
      await member('delete', 'service', name, '-n', 'prod', '--ignore-not-found', '--wait=false');
  }
}

async function churn(members: readonly string[] = MEMBERS): Promise<void> {
  for (let step = 0; step < STEPS_PER_ROUND; step += 1) await change(members);
}

beforeAll(async () => {
  set = await startClusterSet(MEMBERS);
  for (const member of MEMBERS) await set.member(member).apply(namespace('prod'));
  await set.startServer();
  const [port] = await freePorts(1);
  address = `127.0.0.1:${String(port)}`;
  informer = startChild({
    name: 'informer',
    command: set.controlPlane.binaries.path('informer'),
    args: [
      ...['-kubeconfig', set.controlPlane.cluster('hub').adminKubeconfig, '-listen', address],
      ...RESOURCES.flatMap((resource) => ['-resource', resource]),
    ],
    env: { KUBE_WATCHLIST_INCONSISTENCY_DETECTOR: 'true', KUBE_FEATURE_WatchListClient: 'true' },
    logFile: join(set.controlPlane.directory, 'informer.log'),
  });
  await eventually('the informers', caches);
});

afterAll(async () => {
  await informer.stop();
  await set.stop();
});

describe('informers of client-go', () => {
  it('follow random changes', async () => {
    await churn();
    await agrees('after changes');
  });

  it('follow through a restart of the server', async () => {
    const churning = churn();
    await set.stopServer();
    await set.startServer();
    await churning;
    await agrees('after our restart');
  });

  it('follow through a restart of a member', async () => {
    await set.controlPlane.cluster('west').stop();
    await churn(['east']);
    await set.controlPlane.cluster('west').start();
    await churn();
    await agrees('after the restart of a member');
  });

  it('never saw an object go back, and never were inconsistent', async () => {
    for (const [name, cache] of await caches()) {
      expect(cache.backwards, name).toBe(0);
      expect(cache.adds, name).toBeGreaterThan(0);
      expect(cache.updates, name).toBeGreaterThan(0);
      expect(cache.deletes, name).toBeGreaterThan(0);
      expect(cache.adds - cache.deletes, name).toBe(Object.keys(cache.items).length);
    }
    expect(informer.process.exitCode).toBeNull();
    // What client-go finds when it compares its streamed lists with plain ones ends the program with a panic.
    expect(informer.output()).toContain('data consistency check');
    expect(/panic|inconsistency/i.exec(informer.output())).toBeNull();
  });
});
