import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { ReadApi, WatchLine, WatchReader } from '../../test/support/read-api.ts';
import { startReadApi, thing } from '../../test/support/read-api.ts';

const RUNS = 60;

type Step =
  | { readonly type: 'put'; readonly name: string; readonly tier: string | undefined; readonly size: number }
  | { readonly type: 'remove'; readonly name: string }
  /** The client loses its connection and resumes from what it saw last. */
  | { readonly type: 'drop' }
  /** The client takes what has arrived so far. */
  | { readonly type: 'read' };

const NAME = fc.constantFrom('a', 'b', 'c', 'd');
const STEP: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      type: fc.constant('put' as const),
      name: NAME,
      tier: fc.constantFrom(undefined, 'front', 'back'),
      size: fc.integer({ min: 0, max: 3 }),
    }),
  },
  { weight: 3, arbitrary: fc.record({ type: fc.constant('remove' as const), name: NAME }) },
  { weight: 2, arbitrary: fc.constant({ type: 'drop' as const }) },
  { weight: 2, arbitrary: fc.constant({ type: 'read' as const }) },
);

/** Each selector with an object that it always selects; reading up to that one leaves nothing behind, deletions too. */
const SELECTORS = [
  { query: '', last: thing('z', { size: 99 }) },
  { query: 'labelSelector=tier%3Dfront', last: thing('z', { size: 99, labels: { tier: 'front' } }) },
  { query: 'labelSelector=tier!%3Dfront', last: thing('z', { size: 99 }) },
  { query: 'labelSelector=!tier', last: thing('z', { size: 99 }) },
  { query: 'fieldSelector=metadata.name%3Da', last: thing('a', { size: 99 }) },
  {
    query: 'fieldSelector=metadata.name!%3Da&labelSelector=tier',
    last: thing('z', { size: 99, labels: { tier: 'back' } }),
  },
];

interface Listed {
  readonly metadata: { readonly resourceVersion: string };
  readonly items: readonly WatchLine['object'][];
}

/** A client that keeps what a reflector keeps. */
interface Mirror {
  readonly objects: Map<string, WatchLine['object']>;
  revision: string;
}

async function list(api: ReadApi, selector: string): Promise<Listed> {
  return JSON.parse((await api.get(`/v1/things?${selector}`)).text) as Listed;
}

function apply(mirror: Mirror, { type, object }: WatchLine): void {
  const { name, resourceVersion = '' } = object.metadata;
  expect(Number(resourceVersion), 'revisions grow').toBeGreaterThan(Number(mirror.revision));
  mirror.revision = resourceVersion;
  if (type === 'DELETED') {
    expect(mirror.objects.delete(name), `${name} was there when it was deleted`).toBe(true);
    return;
  }
  expect(mirror.objects.has(name), `${type} ${name}`).toBe(type === 'MODIFIED');
  mirror.objects.set(name, object);
}

async function follow({ query, last }: (typeof SELECTORS)[number], steps: readonly Step[]): Promise<void> {
  const api = await startReadApi();
  try {
    api.put(thing('a', { labels: { tier: 'front' } }), thing('b'));
    const listed = await list(api, query);
    const mirror: Mirror = {
      objects: new Map(listed.items.map((object) => [object.metadata.name, object])),
      revision: listed.metadata.resourceVersion,
    };
    const resume = (): Promise<WatchReader> =>
      api.watch(`/v1/things?watch=1&${query}&resourceVersion=${mirror.revision}`);
    let reader = await resume();
    for (const step of steps) {
      change(api, step);
      if (step.type === 'read') applyAll(mirror, reader.available());
      if (step.type !== 'drop') continue;
      reader.close();
      reader = await resume();
    }
    api.put(last);
    while (mirror.revision !== api.revision()) applyAll(mirror, await reader.take(1));
    const { items } = await list(api, query);
    expect([...mirror.objects.values()].sort(byName)).toEqual(items);
  } finally {
    await api.close();
  }
}

function applyAll(mirror: Mirror, lines: readonly WatchLine[]): void {
  for (const line of lines) apply(mirror, line);
}

function change(api: ReadApi, step: Step): void {
  if (step.type === 'remove') api.remove(step.name);
  if (step.type !== 'put') return;
  api.put(thing(step.name, { size: step.size, ...(step.tier === undefined ? {} : { labels: { tier: step.tier } }) }));
}

function byName(a: WatchLine['object'], b: WatchLine['object']): number {
  return a.metadata.name < b.metadata.name ? -1 : 1;
}

test('a list and the watch after it, with drops and resumes, always equal the selected part of the store', async () => {
  await fc.assert(fc.asyncProperty(fc.constantFrom(...SELECTORS), fc.array(STEP, { maxLength: 25 }), follow), {
    numRuns: RUNS,
  });
});
