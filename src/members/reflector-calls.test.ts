import { describe, expect, it } from 'vitest';
import type { ManualTime } from '../../test/support/manual-time.ts';
import { createManualTime, settle } from '../../test/support/manual-time.ts';
import type { KubeConnection } from '../connection/types.ts';
import { createListGate } from './list-gate.ts';
import { RESOURCE_SOURCES } from './member-resource.ts';
import { callWatch } from './reflector-calls.ts';
import type { CallSink } from './reflector-calls.ts';
import type { ReflectorDeps } from './reflector-deps.ts';
import { parseMemberObject } from './cut.ts';
import { createSharing } from './sharing.ts';

const nothing = (): undefined => undefined;
const EFFECT = { type: 'watch', call: 1, version: 'v1', revision: undefined, timeoutSeconds: 300 } as const;

/** Streams that say what the test lets them say, and never end by themselves. */
function streams() {
  const open: { say: (text: string) => void }[] = [];
  const connection: KubeConnection = {
    server: 'https://member.test',
    request: () => Promise.reject(new Error('only streams are opened')),
    openStream: ({ signal }) => {
      const texts: string[] = [];
      let wake = (): void => undefined;
      open.push({
        say: (text) => {
          texts.push(`${text}\n`);
          wake();
        },
      });
      async function* chunks() {
        while (signal?.aborted !== true) {
          const text = texts.shift();
          if (text !== undefined) yield Buffer.from(text);
          else await new Promise<void>((resolve) => (wake = resolve));
        }
      }
      return Promise.resolve({ status: 200, headers: {}, chunks: chunks(), close: nothing });
    },
    close: nothing,
  };
  return { open, connection };
}

function world(time: ManualTime) {
  const { open, connection } = streams();
  const listGate = createListGate({ totalMax: 1, perMemberMax: 1 });
  const deps: ReflectorDeps = {
    member: 'east',
    source: RESOURCE_SOURCES.services,
    parse: (value) => parseMemberObject(value, RESOURCE_SOURCES.services, createSharing()),
    clock: time.now,
    random: () => 0,
    startTimer: (delayMs, run) => time.schedule(run, delayMs),
    log: { info: nothing, warn: nothing, error: nothing },
    listGate,
    sharing: createSharing(),
    connection: () => connection,
    admit: () => Promise.resolve(undefined),
    labelSelector: nothing,
    wants: () => true,
    sink: {
      changed: nothing,
      synced: nothing,
      health: nothing,
      contact: nothing,
      mayHold: () => true,
      tooLarge: nothing,
    },
  };
  const watch = (initialEvents: boolean) => {
    const abort = new AbortController();
    let isListing = initialEvents;
    const sink: CallSink = {
      failed: nothing,
      discovered: nothing,
      page: nothing,
      opened: nothing,
      isListing: () => isListing,
      lines: (lines) => {
        if (lines.includes('end of list')) isListing = false;
        return true;
      },
      garbage: nothing,
      ended: nothing,
    };
    void callWatch({ deps, effect: { ...EFFECT, initialEvents } }, sink, abort.signal);
    return () => abort.abort();
  };
  return { open, listGate, watch };
}

describe('a streaming list', () => {
  it('waits for its place, and gives it back when the list is complete', async () => {
    const { open, listGate, watch } = world(createManualTime());
    watch(true);
    watch(true);
    await settle();
    expect([open.length, listGate.inFlight(), listGate.waiting()]).toEqual([1, 1, 1]);
    open[0]?.say('an object');
    await settle();
    expect(open).toHaveLength(1);
    open[0]?.say('end of list');
    await settle();
    expect([open.length, listGate.inFlight(), listGate.waiting()]).toEqual([2, 1, 0]);
  });

  it('that is slow gives its place back after two seconds and goes on', async () => {
    const time = createManualTime();
    const { open, listGate, watch } = world(time);
    watch(true);
    watch(true);
    await time.advance(1_999);
    expect(open).toHaveLength(1);
    await time.advance(1);
    expect(open).toHaveLength(2);
    open[1]?.say('end of list');
    await settle();
    expect(listGate.inFlight()).toBe(0);
    expect(time.pending()).toEqual([]);
  });

  it('that is no longer wanted while it waits opens nothing', async () => {
    const { open, listGate, watch } = world(createManualTime());
    watch(true);
    const abort = watch(true);
    await settle();
    abort();
    await settle();
    expect([open.length, listGate.waiting()]).toEqual([1, 0]);
  });
});

describe('a watch that only goes on', () => {
  it('needs no place', async () => {
    const { open, listGate, watch } = world(createManualTime());
    watch(true);
    watch(false);
    await settle();
    expect([open.length, listGate.inFlight(), listGate.waiting()]).toEqual([2, 1, 0]);
  });
});
