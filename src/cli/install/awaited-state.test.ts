import { expect, test } from 'vitest';
import type { Look } from './awaited-state.ts';
import { awaitState } from './awaited-state.ts';

/** A clock that only sleeping moves. */
function world(): { said: string[]; deps: Parameters<typeof awaitState>[0]; nowMs: () => number } {
  const said: string[] = [];
  let nowMs = 0;
  const deps = {
    say: (line: string) => void said.push(line),
    monotonic: () => nowMs,
    sleep: (delayMs: number) => {
      nowMs += delayMs;
      return Promise.resolve();
    },
  };
  return { said, deps, nowMs: () => nowMs };
}

/** Reached at that time. */
function reachedAt(atMs: number, nowMs: () => number): () => Promise<Look<string>> {
  return () =>
    Promise.resolve(
      nowMs() >= atMs ? { type: 'reached', value: 'there' } : { type: 'waiting', reason: 'nothing is there' },
    );
}

test('what is there at once is not talked about', async () => {
  const { said, deps, nowMs } = world();
  expect(await awaitState(deps, { timeoutMs: 60_000, look: reachedAt(1_500, nowMs) })).toEqual({
    ok: true,
    value: 'there',
  });
  expect(said).toEqual([]);
});

test('longer waiting is told, again from time to time', async () => {
  const { said, deps, nowMs } = world();
  expect(await awaitState(deps, { timeoutMs: 60_000, look: reachedAt(20_000, nowMs) })).toMatchObject({ ok: true });
  expect(said).toEqual([
    'waiting: nothing is there (2 s of at most 60 s)',
    'waiting: nothing is there (17 s of at most 60 s)',
  ]);
});

test('it ends at the timeout with what was seen last', async () => {
  const { deps, nowMs } = world();
  const result = await awaitState(deps, { timeoutMs: 3_200, look: reachedAt(60_000, nowMs) });
  expect(result).toEqual({ ok: false, error: 'nothing is there, after 3 s' });
  expect(nowMs()).toBe(3_200);
});

test('it ends at once when waiting is no use', async () => {
  const { deps, nowMs } = world();
  const look = (): Promise<Look<string>> => Promise.resolve({ type: 'failed', reason: 'it is gone' });
  expect(await awaitState(deps, { timeoutMs: 60_000, look })).toEqual({ ok: false, error: 'it is gone' });
  expect(nowMs()).toBe(0);
});

test('a look that fails is made again', async () => {
  const { deps, nowMs } = world();
  const look = (): Promise<Look<string>> =>
    nowMs() < 1_000
      ? Promise.reject(new Error('connection refused'))
      : Promise.resolve({ type: 'reached', value: 'x' });
  expect(await awaitState(deps, { timeoutMs: 60_000, look })).toEqual({ ok: true, value: 'x' });
});
