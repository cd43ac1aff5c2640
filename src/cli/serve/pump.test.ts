import { describe, expect, it } from 'vitest';
import { clusterId, service, serviceExport } from '../../../test/support/clusterset-objects.ts';
import { createManualTime } from '../../../test/support/manual-time.ts';
import { createClusterSetView } from '../../clusterset/index.ts';
import type { MemberEvent, MemberResource } from '../../kube/member-event.ts';
import type { ObjectChange } from '../../kube/object-change.ts';
import type { KubeObject } from '../../kube/object.ts';
import { createPump } from './pump.ts';

const EAST = clusterId('east');
const registered: MemberEvent = { type: 'registered', cluster: EAST, fingerprint: undefined };
const synced = (resource: MemberResource): MemberEvent => ({ type: 'synced', cluster: EAST, resource });
const SYNCED = (['serviceexports', 'services', 'clusterproperties'] as const).map(synced);

function changed(resource: MemberResource, applied: readonly KubeObject[], deleted: readonly string[] = []) {
  return {
    type: 'changed' as const,
    cluster: EAST,
    resource,
    applied,
    deleted: deleted.map((name) => ({ namespace: 'prod', name })),
  };
}

function many(count: number, make: (name: string) => KubeObject): readonly KubeObject[] {
  return Array.from({ length: count }, (_, index) => make(`n${index}`));
}

const exportsOf = (count: number): MemberEvent =>
  changed(
    'serviceexports',
    many(count, (name) => serviceExport({ name, uid: name })),
  );
const servicesOf = (count: number): MemberEvent =>
  changed(
    'services',
    many(count, (name) => service({}, { name })),
  );

/** A pump over a real view; each look at the stopwatch moves it by `stepMs`. */
function world(stepMs = 0) {
  const time = createManualTime();
  const view = createClusterSetView({ clusterSet: undefined, ipFamilyMode: 'intersection' });
  const commits: (readonly ObjectChange[])[] = [];
  const derived: number[] = [];
  const applied: number[] = [];
  let elapsedMs = 0;
  const pump = createPump({
    view: {
      ...view,
      apply: (event) => {
        if (event.type === 'changed') applied.push(event.applied.length + event.deleted.length);
        view.apply(event);
      },
    },
    writer: {
      commit: (changes) => {
        commits.push(changes);
        return [];
      },
    },
    clock: time.now,
    monotonic: () => (elapsedMs += stepMs),
    schedule: (run, delayMs) => time.schedule(run, delayMs),
    onDerived: (keys) => derived.push(keys),
  });
  return { time, view, pump, commits, derived, applied };
}

describe('the pump', () => {
  it('computes nothing before it is opened, and announces that all is in the store', async () => {
    const { time, pump, commits } = world();
    let ready = 0;
    for (const event of [registered, servicesOf(3), exportsOf(3), ...SYNCED]) pump.accept(event);
    await time.advance(1_000);
    expect(commits).toEqual([]);
    pump.open(() => (ready += 1));
    await time.advance(0);
    expect(commits.flat()).toHaveLength(6);
    expect(ready).toBe(1);
    pump.accept(changed('serviceexports', [], ['n1']));
    await time.advance(1_000);
    expect(commits.flat()).toHaveLength(8);
    expect(ready).toBe(1);
  });

  it('computes one name before its turn when that is to be explained', async () => {
    const { time, pump, commits } = world();
    pump.deriveNow({ namespace: 'prod', name: 'n1' });
    for (const event of [registered, servicesOf(3), exportsOf(3), ...SYNCED]) pump.accept(event);
    pump.deriveNow({ namespace: 'prod', name: 'n1' });
    expect(commits, 'nothing is computed before it is opened').toEqual([]);
    pump.open(() => undefined);
    await time.advance(0);
    pump.accept(changed('serviceexports', [], ['n1', 'n2']));
    pump.deriveNow({ namespace: 'prod', name: 'n1' });
    const names = (): readonly string[] => commits.at(-1)?.map(({ key }) => key.name) ?? [];
    expect(names()).toEqual(['n1', 'east.n1']);
    const before = commits.length;
    pump.deriveNow({ namespace: 'prod', name: 'n1' });
    pump.deriveNow({ namespace: 'prod', name: 'n0' });
    expect(commits, 'what does not wait is not computed').toHaveLength(before);
    await time.advance(1_000);
    expect(names()).toEqual(['n2', 'east.n2']);
  });

  it('announces at once when there is nothing', async () => {
    const { time, pump } = world();
    let ready = 0;
    pump.open(() => (ready += 1));
    await time.advance(0);
    expect(ready).toBe(1);
    expect(time.pending()).toEqual([]);
  });

  it('computes a name that changes again and again once', async () => {
    const { time, pump, derived } = world();
    pump.open(() => undefined);
    await time.advance(0);
    derived.length = 0;
    for (const event of [registered, servicesOf(1), exportsOf(1), ...SYNCED, servicesOf(1), servicesOf(1)]) {
      pump.accept(event);
    }
    await time.advance(19);
    expect(derived).toEqual([]);
    await time.advance(1);
    expect(derived).toEqual([1]);
  });

  it('ends a turn when its time is over, and goes on in the next', async () => {
    const { time, pump, derived, commits } = world(4);
    let ready = 0;
    for (const event of [registered, servicesOf(9), exportsOf(9), ...SYNCED]) pump.accept(event);
    pump.open(() => (ready += 1));
    await time.advance(0);
    // The stopwatch is looked at when a turn starts and after each name: 10 ms are over after the third.
    expect(derived).toEqual([3, 3, 3]);
    expect(commits).toHaveLength(3);
    expect(ready).toBe(1);
  });

  it('takes in up to 2000 objects at once, and more of them piece by piece and in order', async () => {
    const { time, view, pump, applied } = world();
    pump.accept(registered);
    pump.accept(servicesOf(2_000));
    expect(applied).toEqual([2_000]);
    pump.accept(servicesOf(4_001));
    pump.accept(exportsOf(1));
    for (const event of SYNCED) pump.accept(event);
    expect(applied).toEqual([2_000]);
    expect(view.couldHold('serviceimports', { namespace: 'prod', name: 'absent' })).toEqual([EAST]);
    await time.advance(0);
    expect(applied).toEqual([2_000, 2_000, 2_000, 1, 1]);
    expect(view.couldHold('serviceimports', { namespace: 'prod', name: 'absent' })).toEqual([]);
    pump.accept(servicesOf(1));
    expect(applied).toHaveLength(6);
  });

  it('lets other work go first between the pieces, and is ready only when all of them are in', async () => {
    const { time, pump, applied, commits } = world(20);
    const seen: number[] = [];
    pump.accept(registered);
    pump.accept(exportsOf(4_001));
    for (const event of SYNCED) pump.accept(event);
    pump.open(() => seen.push(applied.length, new Set(commits.flat().map(({ key }) => key.name)).size));
    expect(applied).toEqual([]);
    await time.advance(60_000);
    expect(seen).toEqual([3, 4_001]);
  });

  it('takes pieces with deletions before what came later', async () => {
    const { time, pump, commits } = world();
    for (const event of [registered, exportsOf(3_000), ...SYNCED]) pump.accept(event);
    const names = Array.from({ length: 3_000 }, (_, index) => `n${index}`);
    pump.accept(changed('serviceexports', [], names));
    pump.accept(exportsOf(1));
    pump.open(() => undefined);
    await time.advance(1_000);
    expect(new Set(commits.flat().map(({ key }) => key.name))).toEqual(new Set(['east.n0']));
  });
});
