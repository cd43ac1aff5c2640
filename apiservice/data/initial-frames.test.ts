import { describe, expect, test } from 'vitest';
import { toRevision } from '../../src/kube/revision.ts';
import type { StoredObject } from '../../src/store/types.ts';
import { GROUP, NOW_MS, thing, THINGS } from '../../test/support/read-api.ts';
import type { InitialFrames } from './initial-frames.ts';
import { createInitialFrames } from './initial-frames.ts';
import { createView } from './view.ts';

const [V1] = THINGS.versions;
if (V1 === undefined) throw new Error('no version');
const VIEW = createView({ group: GROUP, definition: THINGS }, V1, {
  form: { type: 'object' },
  includeObject: 'Metadata',
});

function many(count: number): readonly StoredObject[] {
  return Array.from({ length: count }, (_, index) => {
    const name = `t${String(index).padStart(6, '0')}`;
    return { key: { namespace: 'ns1', name }, revision: toRevision(index + 1), object: thing(name) };
  });
}

interface Started {
  readonly frames: InitialFrames;
  /** Objects whose frames were made since the last call. */
  readonly made: () => number;
  /** Lets the time pass after which it looks for what is unused. */
  readonly lookAgain: () => void;
}

function start(initialFramesBytesMax = 1_000_000, frameBytes = 10): Started {
  let made = 0;
  const timers: (() => void)[] = [];
  const encoder = {
    initial: (_view: unknown, { key }: StoredObject) => {
      made += 1;
      return Buffer.from(key.name.padEnd(frameBytes));
    },
    event: () => Buffer.alloc(0),
    bookmark: () => Buffer.alloc(0),
  };
  const timer = (callback: () => void): (() => void) => {
    timers.push(callback);
    return () => undefined;
  };
  return {
    frames: createInitialFrames({ clock: () => NOW_MS, timer, limits: { initialFramesBytesMax } }, encoder),
    made: () => {
      const count = made;
      made = 0;
      return count;
    },
    lookAgain: () => {
      for (const callback of timers.splice(0)) callback();
    },
  };
}

function textOf({ frames }: Started, items: readonly StoredObject[]): string {
  return [...frames.runs(VIEW, items)].map((run) => run.frames.toString()).join('');
}

describe('frames of initial events', () => {
  test('are those of all objects in order, with the size of each', () => {
    const started = start();
    const runs = [...started.frames.runs(VIEW, many(300))];
    expect(runs.map(({ frames }) => frames.toString()).join('')).toBe(
      many(300)
        .map(({ key }) => key.name.padEnd(10))
        .join(''),
    );
    expect(runs.flatMap(({ sizes }) => sizes)).toEqual(Array.from({ length: 300 }, () => 10));
  });

  test('are made once for all who begin, and anew only around a change', () => {
    const started = start();
    const items = many(2000);
    textOf(started, items);
    expect(started.made()).toBe(2000);
    const changed = items.map((item, index) => (index === 500 ? { ...item, revision: toRevision(9999) } : item));
    expect(textOf(started, changed)).toBe(textOf(started, items));
    expect(started.made()).toBeLessThanOrEqual(512);
  });

  test('of large objects come in runs of a bounded size', () => {
    const runs = [...start(10_000_000, 50_000).frames.runs(VIEW, many(50))];
    expect(Math.max(...runs.map(({ frames }) => frames.length))).toBeLessThanOrEqual(150_000);
    expect(runs.flatMap(({ sizes }) => sizes)).toHaveLength(50);
  });

  test('are forgotten when nobody has begun for a while', () => {
    const started = start();
    const items = many(100);
    textOf(started, items);
    started.lookAgain();
    textOf(started, items);
    expect(started.made()).toBe(100);
    started.lookAgain();
    started.lookAgain();
    textOf(started, items);
    expect(started.made()).toBe(100);
  });

  test('beyond the bound are not kept', () => {
    const started = start(100);
    textOf(started, many(500));
    textOf(started, many(500));
    expect(started.made()).toBe(1000);
  });
});
