import { beforeEach, describe, expect, it, vi } from 'vitest';
import type { DurableProblem } from './durable-error.ts';
import { DurableError } from './durable-error.ts';
import { decodeRecord } from './record.ts';
import type { Offer, RecordWriter, RecordWriterLimits } from './record-writer.ts';
import { createRecordWriter } from './record-writer.ts';
import { readSmallRecord, writeSmallRecord } from './small-record.ts';
import type { DurableStore } from './types.ts';

const KIND = { name: 'test-things', format: 1 };

interface Timer {
  readonly delayMs: number;
  readonly fire: () => void;
}

let timers: Timer[];
let problems: [string, string | undefined][];
/** What was written, in order. */
let written: string[];
let values: Map<string, Uint8Array>;
/** Problems of the next writes; undefined lets one pass. */
let writeProblems: (DurableProblem | undefined)[];
/** Set: writes wait in here until they are let go. */
let held: (() => void)[] | undefined;

beforeEach(() => {
  timers = [];
  problems = [];
  written = [];
  values = new Map();
  writeProblems = [];
  held = undefined;
});

const store: DurableStore = {
  read: (name) => Promise.resolve(values.get(name)),
  write: async (name, value) => {
    if (held !== undefined) await new Promise<void>((resolve) => held?.push(resolve));
    const problem = writeProblems.shift();
    if (problem !== undefined) throw new DurableError(problem, 'made up');
    values.set(name, value);
    const { documents } = await decodeRecord(KIND, value, 1000);
    written.push(`${name}=${String(documents[0])}`);
  },
  remove: (name) => {
    const problem = writeProblems.shift();
    if (problem !== undefined) return Promise.reject(new DurableError(problem, 'made up'));
    written.push(`${name} removed`);
    return Promise.resolve(void values.delete(name));
  },
  list: () => Promise.resolve([...values.keys()]),
};

function newWriter(limits: Partial<RecordWriterLimits> = {}): RecordWriter {
  return createRecordWriter({
    store,
    limits: { debounceMs: 5000, restMs: 0, retryMinMs: 10_000, retryMaxMs: 30_000, ...limits },
    schedule: (callback, delayMs) => {
      const timer: Timer = {
        delayMs,
        fire: () => {
          timers.splice(timers.indexOf(timer), 1);
          callback();
        },
      };
      timers.push(timer);
      return () => {
        if (timers.includes(timer)) timers.splice(timers.indexOf(timer), 1);
      };
    },
    onProblem: (name, problem) => problems.push([name, problem?.type]),
  });
}

function value(document: unknown): Offer {
  return { kind: KIND, documents: () => [document] };
}

async function fireAndSettle(count: number): Promise<void> {
  timers[0]!.fire();
  await vi.waitFor(() => expect(written.length + problems.length).toBe(count));
}

describe('the record writer', () => {
  it('writes once for many offers, the newest, asked for when the write begins', async () => {
    const writer = newWriter();
    let asked = 0;
    writer.offer('a', { kind: KIND, documents: () => [(asked += 1)] });
    writer.offer('a', value('two'));
    writer.offer('a', value('three'));
    expect(timers.map((timer) => timer.delayMs)).toEqual([5000]);
    await fireAndSettle(1);
    expect(written).toEqual(['a=three']);
    expect(asked).toBe(0);
    expect(timers).toEqual([]);
  });

  it('lets a record rest after a write, and then waits for quiet again', async () => {
    const writer = newWriter({ restMs: 60_000 });
    writer.offer('a', value('one'));
    await fireAndSettle(1);
    writer.offer('a', value('two'));
    await vi.waitFor(() => expect(timers.map((timer) => timer.delayMs)).toEqual([60_000]));
    timers[0]!.fire();
    expect(timers.map((timer) => timer.delayMs)).toEqual([5000]);
    await fireAndSettle(2);
    expect(written).toEqual(['a=one', 'a=two']);
  });

  it('writes after a rest without changes as soon as ever', async () => {
    const writer = newWriter({ restMs: 60_000 });
    writer.offer('a', value('one'));
    await fireAndSettle(1);
    await vi.waitFor(() => expect(timers).toHaveLength(1));
    timers[0]!.fire();
    expect(timers).toEqual([]);
    writer.offer('a', value('two'));
    expect(timers.map((timer) => timer.delayMs)).toEqual([5000]);
  });

  it('does not let a flush, a failure or another record wait for a rest', async () => {
    const writer = newWriter({ restMs: 60_000 });
    writer.offer('a', value('one'));
    await fireAndSettle(1);
    writer.offer('a', value('two'));
    writer.offer('b', value('three'));
    writeProblems = [undefined, 'diskFull'];
    await writer.flush();
    expect(written).toEqual(['a=one', 'a=two']);
    expect(problems).toEqual([['b', 'diskFull']]);
    await vi.waitFor(() => expect(timers.map((timer) => timer.delayMs)).toContain(10_000));
    await writer.close();
    expect(timers).toEqual([]);
  });

  it('has one write of a record in flight; an offer meanwhile waits its own time', async () => {
    const writer = newWriter();
    held = [];
    writer.offer('a', value('one'));
    timers[0]!.fire();
    await vi.waitFor(() => expect(held).toHaveLength(1));
    writer.offer('a', value('two'));
    expect(timers).toEqual([]);
    held[0]!();
    held = undefined;
    await vi.waitFor(() => expect(timers).toHaveLength(1));
    await fireAndSettle(2);
    expect(written).toEqual(['a=one', 'a=two']);
  });

  it('has a limited number of writes in flight over all records', async () => {
    const writer = newWriter({ writesInFlightMax: 2 });
    held = [];
    for (const name of ['a', 'b', 'c']) writer.offer(name, value(name));
    for (const timer of [...timers]) timer.fire();
    await vi.waitFor(() => expect(held).toHaveLength(2));
    held[0]!();
    await vi.waitFor(() => expect(held).toHaveLength(3));
    for (const release of held) release();
    await vi.waitFor(() => expect(written.sort()).toEqual(['a=a', 'b=b', 'c=c']));
  });

  it('reports a failure, keeps what was offered, backs off, and reports the recovery', async () => {
    const writer = newWriter();
    writeProblems = ['diskFull', 'readOnly', 'unavailable', 'unavailable', undefined];
    writer.offer('a', value('kept'));
    const delays: number[] = [];
    for (let round = 1; round <= 4; round += 1) {
      await fireAndSettle(round);
      await vi.waitFor(() => expect(timers).toHaveLength(1));
      delays.push(timers[0]!.delayMs);
    }
    expect(delays).toEqual([10_000, 20_000, 30_000, 30_000]);
    writer.offer('a', value('newer'));
    expect(timers).toHaveLength(1);
    await fireAndSettle(6);
    expect(written).toEqual(['a=newer']);
    expect(problems.map(([, type]) => type)).toEqual(['diskFull', 'readOnly', 'unavailable', 'unavailable', undefined]);
    writer.offer('a', value('next'));
    expect(timers[0]!.delayMs).toBe(5000);
  });

  it('prefers what was offered during a failing write', async () => {
    const writer = newWriter();
    held = [];
    writeProblems = ['unavailable'];
    writer.offer('a', value('old'));
    timers[0]!.fire();
    await vi.waitFor(() => expect(held).toHaveLength(1));
    writer.offer('a', value('new'));
    held[0]!();
    held = undefined;
    await vi.waitFor(() => expect(timers).toHaveLength(1));
    await fireAndSettle(3);
    expect(written).toEqual(['a=new']);
  });

  it('does not try again what is too large until something else is offered', async () => {
    const writer = newWriter({ bytesMax: 20 });
    writer.offer('a', value('x'.repeat(20)));
    await fireAndSettle(1);
    expect(problems).toEqual([['a', 'tooLarge']]);
    await writer.flush();
    expect(timers).toEqual([]);
    writer.offer('a', value('fits'));
    await fireAndSettle(3);
    expect(written).toEqual(['a=fits']);
  });

  it('treats documents that throw as a failure of that record', async () => {
    const writer = newWriter();
    writer.offer('a', {
      kind: KIND,
      documents: () => {
        throw new Error('a bug');
      },
    });
    await fireAndSettle(1);
    expect(problems).toEqual([['a', 'unavailable']]);
  });

  it('flushes what is pending and in flight, each once, and goes on', async () => {
    const writer = newWriter();
    writeProblems = ['diskFull'];
    writer.offer('a', value('fails'));
    writer.offer('b', value('b'));
    await writer.flush();
    expect(written).toEqual(['b=b']);
    expect(problems).toEqual([['a', 'diskFull']]);
    expect(timers.map((timer) => timer.delayMs)).toEqual([10_000]);
  });

  it('is quiet after it was closed', async () => {
    const writer = newWriter();
    writeProblems = ['diskFull'];
    writer.offer('a', value('fails'));
    writer.offer('b', value('b'));
    await writer.close();
    writer.offer('c', value('c'));
    expect(written).toEqual(['b=b']);
    expect(timers).toEqual([]);
  });

  it('forgets a record after the write in flight, whether that succeeds or fails', async () => {
    for (const problem of [undefined, 'unavailable'] as const) {
      const writer = newWriter();
      written = [];
      held = [];
      writeProblems = [problem];
      writer.offer('a', value('one'));
      timers[0]!.fire();
      await vi.waitFor(() => expect(held).toHaveLength(1));
      writer.offer('a', value('two'));
      const forgotten = writer.forget('a');
      held[0]!();
      held = undefined;
      await forgotten;
      expect(written.at(-1)).toBe('a removed');
      expect(values.size).toBe(0);
      expect(timers).toEqual([]);
    }
  });

  it('keeps an offer that is made while a record is being forgotten', async () => {
    const writer = newWriter();
    writer.offer('a', value('one'));
    await writer.flush();
    const forgotten = writer.forget('a');
    writer.offer('a', value('again'));
    await forgotten;
    await fireAndSettle(3);
    expect(written).toEqual(['a=one', 'a removed', 'a=again']);
  });

  it('reports a record that cannot be removed', async () => {
    const writer = newWriter();
    writeProblems = ['readOnly'];
    await writer.forget('a');
    expect(problems).toEqual([['a', 'readOnly']]);
  });
});

describe('a small record', () => {
  const record = {
    name: 'transitions',
    kind: KIND,
    bytesMax: 100,
    parse: (document: unknown, format: number) => (typeof document === 'string' ? `${document} v${format}` : undefined),
  };

  it('is a value, nothing, or a problem; never an exception', async () => {
    expect(await readSmallRecord(store, record)).toEqual({ ok: true, value: undefined });
    expect(await writeSmallRecord(store, record, 'hello')).toEqual({ ok: true, value: undefined });
    expect(await readSmallRecord(store, record)).toEqual({ ok: true, value: 'hello v1' });
    values.set('transitions', Buffer.from('rubbish'));
    expect(await readSmallRecord(store, record)).toMatchObject({ ok: false, error: { type: 'corrupt' } });
    writeProblems = ['diskFull'];
    expect(await writeSmallRecord(store, record, 'x')).toMatchObject({ ok: false, error: { type: 'diskFull' } });
    expect(await writeSmallRecord(store, record, 'x'.repeat(100))).toMatchObject({ error: { type: 'tooLarge' } });
  });

  it('can be kept up to date by the record writer', async () => {
    const writer = newWriter();
    writer.offer(record.name, value('offered'));
    await writer.flush();
    expect(await readSmallRecord(store, record)).toEqual({ ok: true, value: 'offered v1' });
    values.clear();
    writer.offer(record.name, value(7));
    await writer.flush();
    expect(await readSmallRecord(store, record)).toMatchObject({ ok: false, error: { type: 'corrupt' } });
  });
});
