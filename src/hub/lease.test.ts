import { describe, expect, it } from 'vitest';
import { createFakeHub, failure } from '../../test/support/fake-hub.ts';
import type { FakeHub } from '../../test/support/fake-hub.ts';
import type { ManualTime } from '../../test/support/manual-time.ts';
import { createManualTime, settle } from '../../test/support/manual-time.ts';
import { createLease } from './lease.ts';
import { markOf, parseLease, writeLease } from './lease-record.ts';

const PATH = '/apis/coordination.k8s.io/v1/namespaces/ours/leases/fence';

function setUp(hub: FakeHub = createFakeHub(), time: ManualTime = createManualTime(), identity = 'me') {
  const lost: string[] = [];
  const world = { mark: undefined as string | undefined };
  const lease = createLease({
    connection: hub.connection,
    namespace: 'ours',
    name: 'fence',
    identity,
    clock: time.now,
    monotonic: time.now,
    schedule: time.schedule,
    mark: () => world.mark,
    onLost: (reason) => lost.push(reason),
  });
  return { hub, time, lost, world, lease };
}

function recordOf(hub: FakeHub) {
  return parseLease(hub.objects.get(PATH) ?? {});
}

function steal(hub: FakeHub, holder: string) {
  const current = hub.objects.get(PATH) ?? { metadata: { name: 'fence' } };
  const { transitions } = parseLease(current);
  const times = { acquiredMs: 0, renewedMs: 0, mark: undefined };
  hub.put(PATH, writeLease(current, { holder, durationSeconds: 40, transitions: transitions + 1, ...times }));
}

describe('a lease', () => {
  it('is created when there is none', async () => {
    const { hub, lease } = setUp();
    expect(await lease.acquire()).toEqual({ ok: true, value: { transitions: 0, mark: undefined } });
    expect(recordOf(hub)).toMatchObject({ holder: 'me', durationMs: 40_000, transitions: 0 });
    expect(lease.describe()).toEqual({ state: 'held', holder: 'me', problem: undefined });
  });

  it('is renewed every ten seconds with the mark of the moment', async () => {
    const { hub, time, world, lost, lease } = setUp();
    await lease.acquire();
    const first = recordOf(hub).renewTime;
    world.mark = '1';
    await time.advance(9_999);
    expect(recordOf(hub).renewTime).toBe(first);
    await time.advance(1);
    expect(recordOf(hub).renewTime).not.toBe(first);
    expect(markOf(hub.objects.get(PATH) ?? {})).toBe('1');
    world.mark = '2';
    await time.advance(600_000);
    expect(markOf(hub.objects.get(PATH) ?? {})).toBe('2');
    expect(lost).toEqual([]);
  });

  it('of a silent holder is taken over after its full duration, with its mark and one more transition', async () => {
    const { hub, time, world, lease } = setUp();
    await lease.acquire();
    world.mark = '77';
    await time.advance(10_000);
    const next = setUp(hub, createManualTime(), 'next');
    const acquiring = next.lease.acquire();
    await next.time.advance(39_999);
    expect(next.lease.describe()).toEqual({ state: 'waiting', holder: 'me', problem: undefined });
    await next.time.advance(2_001);
    expect(await acquiring).toEqual({ ok: true, value: { transitions: 1, mark: '77' } });
    expect(recordOf(hub)).toMatchObject({ holder: 'next', transitions: 1 });
  });

  it('of a living holder is never taken over', async () => {
    const { hub, time, lost, lease } = setUp();
    await lease.acquire();
    const other = setUp(hub, time, 'other');
    void other.lease.acquire();
    await time.advance(600_000);
    expect(other.lease.describe().state).toBe('waiting');
    expect(recordOf(hub)).toMatchObject({ holder: 'me', transitions: 0 });
    expect(lost).toEqual([]);
  });

  it('goes to one of two that start together', async () => {
    const time = createManualTime();
    const hub = createFakeHub();
    const [a, b] = [setUp(hub, time, 'a'), setUp(hub, time, 'b')];
    void a.lease.acquire();
    void b.lease.acquire();
    await time.advance(100_000);
    expect([a.lease.describe().state, b.lease.describe().state].sort()).toEqual(['held', 'waiting']);
  });

  it('is lost as soon as another holder is seen, and that is told once', async () => {
    const { hub, time, lost, lease } = setUp();
    await lease.acquire();
    steal(hub, 'thief');
    await time.advance(10_000);
    expect(lost).toEqual(['the lease has another holder: thief']);
    await time.advance(600_000);
    expect(lost).toHaveLength(1);
    expect(recordOf(hub).holder).toBe('thief');
    await lease.release();
    expect(recordOf(hub).holder).toBe('thief');
  });

  it('is lost thirty seconds after the last renewal was sent when the hub is away', async () => {
    const { hub, time, lost, lease } = setUp();
    await lease.acquire();
    await time.advance(10_000);
    hub.handler = () => 'down';
    await time.advance(29_999);
    expect(lost).toEqual([]);
    await time.advance(1);
    expect(lost).toEqual(['the lease could not be renewed for 30 s: the hub is down']);
    expect(time.pending()).toEqual([]);
  });

  it('is lost in time also when the hub never answers', async () => {
    const { hub, time, lost, lease } = setUp();
    await lease.acquire();
    hub.handler = () => new Promise(() => undefined);
    await time.advance(29_999);
    expect(lost).toEqual([]);
    await time.advance(1);
    expect(lost).toEqual(['the lease could not be renewed for 30 s: no answer yet']);
  });

  it('survives a short absence of the hub and tries every two seconds meanwhile', async () => {
    const { hub, time, lost, lease } = setUp();
    await lease.acquire();
    hub.handler = () => failure(503, 'starting');
    await time.advance(27_000);
    expect(lease.describe().problem).toBe('503: starting');
    hub.handler = () => undefined;
    await time.advance(2_000 - 1);
    expect(lease.describe()).toEqual({ state: 'held', holder: 'me', problem: undefined });
    await time.advance(600_000);
    expect(lost).toEqual([]);
  });

  it('survives that somebody edits or deletes the object', async () => {
    const { hub, time, lost, lease } = setUp();
    await lease.acquire();
    const current = hub.objects.get(PATH) ?? {};
    hub.put(PATH, { ...current, metadata: { name: 'fence', labels: { a: 'b' } } });
    await time.advance(10_000);
    expect(hub.objects.get(PATH)).toMatchObject({ metadata: { labels: { a: 'b' } }, spec: { holderIdentity: 'me' } });
    hub.objects.delete(PATH);
    await time.advance(10_000);
    expect(recordOf(hub).holder).toBe('me');
    expect(lost).toEqual([]);
  });

  it('keeps its transitions when it had to be created again', async () => {
    const { hub, time, lease } = setUp();
    steal(hub, '');
    expect(await lease.acquire()).toMatchObject({ value: { transitions: 2 } });
    hub.objects.delete(PATH);
    await time.advance(10_000);
    expect(recordOf(hub)).toMatchObject({ holder: 'me', transitions: 2 });
  });

  it('recognises a write of its own whose answer was lost', async () => {
    const { hub, time, lost, lease } = setUp();
    await lease.acquire();
    const current = hub.objects.get(PATH) ?? {};
    hub.put(PATH, { ...current, spec: { holderIdentity: 'me', leaseDurationSeconds: 40, renewTime: 'later' } });
    await time.advance(10_000);
    expect(lease.describe().state).toBe('held');
    expect(lost).toEqual([]);
  });

  it('is given back when released, so that the next need not wait', async () => {
    const { hub, time, world, lost, lease } = setUp();
    await lease.acquire();
    world.mark = '9';
    await lease.release();
    expect(recordOf(hub)).toMatchObject({ holder: '', durationMs: 1000 });
    expect(time.pending()).toEqual([]);
    expect(lost).toEqual([]);
    const next = setUp(hub, time, 'next');
    expect(await next.lease.acquire()).toEqual({ ok: true, value: { transitions: 1, mark: '9' } });
  });

  it('is given back also when a renewal is under way', async () => {
    const { hub, time, lease } = setUp();
    await lease.acquire();
    let go = (): void => undefined;
    hub.handler = async () => {
      await new Promise<void>((resolve) => (go = resolve));
      return failure(500, 'late');
    };
    await time.advance(10_000);
    const releasing = lease.release();
    hub.handler = () => undefined;
    go();
    await releasing;
    expect(recordOf(hub).holder).toBe('');
    expect(time.pending()).toEqual([]);
  });

  it('can be given up while waiting for it', async () => {
    const { hub, time, lease } = setUp();
    steal(hub, 'other');
    const acquiring = lease.acquire();
    await settle();
    await lease.release();
    expect(await acquiring).toMatchObject({ ok: false });
    expect(recordOf(hub).holder).toBe('other');
    expect(time.pending()).toEqual([]);
  });

  it('says why it cannot be obtained', async () => {
    const { hub, time, lease } = setUp();
    hub.handler = () => failure(403, 'forbidden');
    void lease.acquire();
    await time.advance(5_000);
    expect(lease.describe()).toEqual({ state: 'waiting', holder: '', problem: '403: forbidden' });
  });
});
