import { describe, expect, it } from 'vitest';
import type { Revision } from '../kube/revision.ts';
import { toRevision } from '../kube/revision.ts';
import { countStart, createRevisionMark, readRevisionMark } from './counters.ts';
import type { DurableProblem } from './durable-error.ts';
import { DurableError } from './durable-error.ts';
import { encodeRecord } from './record.ts';
import type { DurableStore } from './types.ts';

const NOW_MS = 1_800_000_123_000;

interface FakeStore extends DurableStore {
  /** Problems of the next writes, in order; undefined lets one pass. */
  readonly writeProblems: (DurableProblem | undefined)[];
  readonly values: Map<string, Uint8Array>;
  writes: number;
}

function newStore(): FakeStore {
  const values = new Map<string, Uint8Array>();
  const store: FakeStore = {
    values,
    writeProblems: [],
    writes: 0,
    read: (name) => Promise.resolve(values.get(name)),
    write: async (name, value) => {
      await Promise.resolve();
      store.writes += 1;
      const problem = store.writeProblems.shift();
      if (problem !== undefined) throw new DurableError(problem, 'made up');
      values.set(name, value);
    },
    remove: (name) => Promise.resolve(void values.delete(name)),
    list: () => Promise.resolve([...values.keys()]),
  };
  return store;
}

const clock = (): number => NOW_MS;

describe('the start counter', () => {
  it('grows with every start and is kept before it is used', async () => {
    const store = newStore();
    expect(await countStart(store, clock)).toEqual({ startCounter: 1, incarnation: 1, problem: undefined });
    expect(await countStart(store, clock)).toEqual({ startCounter: 2, incarnation: 2, problem: undefined });
  });

  it('gives an incarnation modulo 256', async () => {
    const store = newStore();
    store.values.set(
      'start-counter',
      await encodeRecord({ name: 'start-counter', format: 1 }, [{ starts: 256 }], 1000),
    );
    expect(await countStart(store, clock)).toMatchObject({ startCounter: 257, incarnation: 1 });
  });

  it('is counted again after a conflict or a passing failure', async () => {
    const store = newStore();
    store.writeProblems.push('conflict', 'unavailable');
    expect(await countStart(store, clock)).toEqual({ startCounter: 1, incarnation: 1, problem: undefined });
  });

  it('is taken from the clock, with the problem, when it cannot be kept', async () => {
    const store = newStore();
    store.writeProblems.push('readOnly', 'readOnly', 'readOnly');
    const start = await countStart(store, clock);
    expect(start).toMatchObject({ startCounter: 1_800_000_123, problem: { type: 'readOnly' } });
    expect(start.incarnation).toBe(1_800_000_123 % 256);
  });

  it('is begun anew from the clock when it is damaged, and grows from there', async () => {
    const store = newStore();
    for (const damaged of [
      Buffer.from('rubbish'),
      await encodeRecord({ name: 'start-counter', format: 1 }, [-1], 99),
    ]) {
      store.values.set('start-counter', damaged);
      expect(await countStart(store, clock)).toMatchObject({
        startCounter: 1_800_000_123,
        problem: { type: 'corrupt' },
      });
      expect(await countStart(store, clock)).toMatchObject({ startCounter: 1_800_000_124, problem: undefined });
    }
  });

  it('of a newer format is left alone', async () => {
    const store = newStore();
    const newer = await encodeRecord({ name: 'start-counter', format: 2 }, [{ starts: 5 }], 1000);
    store.values.set('start-counter', newer);
    expect(await countStart(store, clock)).toMatchObject({ problem: { type: 'newerFormat' } });
    expect(store.values.get('start-counter')).toBe(newer);
  });
});

describe('the revision mark', () => {
  const LEAD_MS = 1000;
  const LEAD = LEAD_MS * 1000;

  function markOn(store: DurableStore, current: () => Revision, startMark = 0) {
    const problems: (string | undefined)[] = [];
    const mark = createRevisionMark({
      store,
      current,
      startMark: toRevision(startMark),
      leadMs: LEAD_MS,
      onProblem: (problem) => problems.push(problem?.type),
    });
    return { mark, problems };
  }

  it('is 0 before there is one, and what was written afterwards', async () => {
    const store = newStore();
    expect(await readRevisionMark(store)).toEqual({ revision: 0, problem: undefined });
    await markOn(store, () => toRevision(5_000_000)).mark.renew();
    expect(await readRevisionMark(store)).toEqual({ revision: 5_000_000 + LEAD, problem: undefined });
  });

  it('is written only when half of its lead is used up, and never goes down', async () => {
    const store = newStore();
    let current = 5_000_000;
    const { mark } = markOn(store, () => toRevision(current), 5_000_000 + LEAD / 2);
    await mark.renew();
    expect(store.writes).toBe(0);
    current += 1;
    await mark.renew();
    expect(store.writes).toBe(1);
    current += LEAD / 2;
    await mark.renew();
    expect(store.writes).toBe(1);
    current += 1;
    await mark.renew();
    expect((await readRevisionMark(store)).revision).toBe(current + LEAD);
  });

  it('is written by one call at a time; others join it', async () => {
    const store = newStore();
    const { mark } = markOn(store, () => toRevision(5_000_000));
    await Promise.all([mark.renew(), mark.renew(), mark.renew()]);
    expect(store.writes).toBe(1);
  });

  it('reports that it cannot be written, tries again and reports the recovery', async () => {
    const store = newStore();
    store.writeProblems.push('diskFull', 'diskFull', undefined);
    const { mark, problems } = markOn(store, () => toRevision(5_000_000));
    await mark.renew();
    await mark.renew();
    await mark.renew();
    await mark.renew();
    expect(problems).toEqual(['diskFull', 'diskFull', undefined]);
    expect(store.writes).toBe(3);
  });

  it('that is damaged is a problem and counts as none', async () => {
    const store = newStore();
    store.values.set('revision-mark', Buffer.from('rubbish'));
    expect(await readRevisionMark(store)).toMatchObject({ revision: 0, problem: { type: 'corrupt' } });
  });
});
