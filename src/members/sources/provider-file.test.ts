import { expect, it } from 'vitest';
import { createManualTime } from '../../../test/support/manual-time.ts';
import type { Outcome } from '../../kube/outcome.ts';
import { failed, succeeded } from '../../kube/outcome.ts';
import type { ProviderFile } from './provider-file.ts';
import { openProviderFile } from './provider-file.ts';

const PERIOD_MS = 10_000;

function text(...names: readonly string[]): Outcome<string, string> {
  const execConfig = { apiVersion: 'client.authentication.k8s.io/v1', command: '/bin/plugin' };
  return succeeded(JSON.stringify({ providers: names.map((name) => ({ name, execConfig })) }));
}

async function rig(first = text('a')) {
  const time = createManualTime();
  const state = { content: first, reads: 0, told: 0 };
  const warnings: string[] = [];
  const opened = await openProviderFile('/providers.json', {
    tell: ({ type, message }) => warnings.push(`${type}: ${message}`),
    schedule: (delayMs, run) => time.schedule(run, delayMs),
    readFile: () => {
      state.reads += 1;
      return Promise.resolve(state.content);
    },
  });
  return { time, state, warnings, opened };
}

function namesOf(opened: Outcome<ProviderFile, string>): readonly string[] {
  return opened.ok ? opened.value.providers().map(({ name }) => name) : [opened.error];
}

it('gives what the file says, and tells when it says something else', async () => {
  const { time, state, opened } = await rig();
  if (opened.ok) opened.value.follow(() => (state.told += 1));
  await time.advance(PERIOD_MS);
  expect([namesOf(opened), state.told]).toEqual([['a'], 0]);
  state.content = text('b', 'a');
  await time.advance(PERIOD_MS);
  expect([namesOf(opened), state.told]).toEqual([['b', 'a'], 1]);
});

it('keeps the providers while the file cannot be used, and says so once', async () => {
  const { time, state, warnings, opened } = await rig();
  if (opened.ok) opened.value.follow(() => (state.told += 1));
  state.content = succeeded('{"providers": [s3cr3t');
  await time.advance(2 * PERIOD_MS);
  state.content = failed('cannot be read (ENOENT)');
  await time.advance(2 * PERIOD_MS);
  expect([namesOf(opened), state.told]).toEqual([['a'], 0]);
  state.content = text('a');
  await time.advance(2 * PERIOD_MS);
  expect(state.told).toBe(0);
  expect(warnings).toEqual([
    'unusable: /providers.json is not a JSON object; the providers that were read before stay in force',
    'unusable: /providers.json cannot be read (ENOENT); the providers that were read before stay in force',
    'usable: /providers.json can be used again',
  ]);
});

it('tells what in it is ignored, also later', async () => {
  const { time, state, warnings, opened } = await rig(succeeded('{"providers": [], "one": 1}'));
  if (opened.ok) opened.value.follow(() => undefined);
  state.content = succeeded('{"providers": [], "two": 2}');
  await time.advance(PERIOD_MS);
  expect(warnings).toEqual([
    'ignored: /providers.json: one is not a field of a provider file and is ignored',
    'ignored: /providers.json: two is not a field of a provider file and is ignored',
  ]);
});

it('is read only while somebody follows', async () => {
  const { time, state, opened } = await rig();
  const ends = [1, 2].map(() => (opened.ok ? opened.value.follow(() => (state.told += 1)) : () => undefined));
  await time.advance(PERIOD_MS);
  expect(state.reads).toBe(2);
  state.content = text('b');
  await time.advance(PERIOD_MS);
  expect(state.told).toBe(2);
  for (const end of ends) end();
  await time.advance(5 * PERIOD_MS);
  expect([state.reads, time.pending()]).toEqual([3, []]);
});

it('that cannot be used at first is an error', async () => {
  const { opened } = await rig(failed('cannot be read (EACCES)'));
  expect(namesOf(opened)).toEqual(['/providers.json cannot be read (EACCES)']);
});
