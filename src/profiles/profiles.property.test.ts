import { isDeepStrictEqual } from 'node:util';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { ProfileLife } from '../../test/support/profile-life.ts';
import { beginProfiles, createMedium, profileFacts } from '../../test/support/profile-life.ts';
import type { Listed } from '../../test/support/replay.ts';
import { listedNow, replayed } from '../../test/support/replay.ts';
import type { KubeObject } from '../kube/object.ts';
import { isJsonObject } from '../kube/object.ts';
import { CONTROLLERS } from '../members/probe-observation.ts';
import type { ProbeObservation } from '../members/probe-observation.ts';
import type { HealthState } from '../members/health.ts';
import { NOTHING_OBSERVED, observe } from '../members/health.ts';

/** What KEP-4322 asks of the updates of one profile. */
const BURST = 10;
const INTERVAL_MS = 30_000;
const SCOPE = { resource: 'clusterprofiles', namespace: '' };

type Step =
  | { readonly type: 'probe'; readonly observation: ProbeObservation }
  /** All properties of the member: names and values. */
  | { readonly type: 'properties'; readonly properties: Readonly<Record<string, string>> }
  | { readonly type: 'version'; readonly version: string }
  /** Another writer labels the profile. */
  | { readonly type: 'label'; readonly value: string }
  | { readonly type: 'wait'; readonly ms: number }
  | { readonly type: 'list' };

const observation: fc.Arbitrary<ProbeObservation> = fc.oneof(
  { weight: 3, arbitrary: fc.record({ type: fc.constant('ready'), stale: fc.constant([]) }) },
  { weight: 1, arbitrary: fc.record({ type: fc.constant('ready'), stale: fc.subarray([...CONTROLLERS]) }) },
  {
    weight: 2,
    arbitrary: fc.record({ type: fc.constant('notReady'), failedChecks: fc.subarray(['etcd', 'ping']) }),
  },
  { weight: 3, arbitrary: fc.record({ type: fc.constantFrom('silent', 'throttled', 'proxied') }) },
  {
    weight: 1,
    arbitrary: fc.record({ type: fc.constantFrom('unauthorized', 'forbidden', 'untrusted', 'noCredentials') }),
  },
);

const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 10, arbitrary: fc.record({ type: fc.constant('probe'), observation }) },
  {
    weight: 3,
    arbitrary: fc.record({
      type: fc.constant('properties'),
      properties: fc.dictionary(fc.constantFrom('a', 'b.example.com'), fc.constantFrom('1', '2', 'x'.repeat(1025))),
    }),
  },
  { weight: 2, arbitrary: fc.record({ type: fc.constant('version'), version: fc.constantFrom('v1', 'v2', 'v3') }) },
  { weight: 1, arbitrary: fc.record({ type: fc.constant('label'), value: fc.constantFrom('1', '2') }) },
  {
    weight: 6,
    arbitrary: fc.record({ type: fc.constant('wait'), ms: fc.constantFrom(0, 1_000, 10_000, 29_000, 31_000, 400_000) }),
  },
  { weight: 1, arbitrary: fc.record({ type: fc.constant('list') }) },
);

/** The same probe result or trouble of a member again and again, alternating with another: what a flapping member does. */
const flapping: fc.Arbitrary<readonly Step[]> = fc
  .record({ flips: fc.integer({ min: 1, max: 60 }), ms: fc.constantFrom(100, 1_000, 5_000) })
  .map(({ flips, ms }) =>
    Array.from({ length: flips }, (_, flip): readonly Step[] => [
      { type: 'version', version: flip % 2 === 0 ? 'v8' : 'v9' },
      { type: 'wait', ms },
    ]).flat(),
  );
const steps = fc
  .array(
    fc.oneof({ weight: 12, arbitrary: step.map((one): readonly Step[] => [one]) }, { weight: 1, arbitrary: flapping }),
    {
      maxLength: 60,
      size: 'max',
    },
  )
  .map((parts) => parts.flat());

function property([name, value]: readonly [string, string]): KubeObject {
  return { apiVersion: 'about.k8s.io/v1beta1', kind: 'ClusterProperty', metadata: { name }, spec: { value } };
}

interface Run {
  readonly life: ProfileLife;
  /** When the status of the profile changed after it was created. */
  readonly updatesMs: readonly number[];
  readonly lists: readonly Listed[];
}

async function run(all: readonly Step[]): Promise<Run> {
  const life = await beginProfiles(createMedium(), { facts: profileFacts({ health: undefined }) });
  const updatesMs: number[] = [];
  const lists: Listed[] = [];
  life.store.reader.subscribe(SCOPE, life.store.reader.current(), (events) => {
    for (const { previous, current } of events)
      if (!isDeepStrictEqual(previous?.object.status, current.object.status)) updatesMs.push(life.time.now());
  });
  let health: HealthState = NOTHING_OBSERVED;
  for (const next of all) {
    if (next.type === 'list') lists.push(listedNow(life.store.reader, SCOPE));
    if (next.type === 'probe') health = observe(health, next.observation, life.time.now());
    await take(life, next, health);
  }
  // Nothing new comes any more: every change that was put off is made.
  await life.time.advance(10 * INTERVAL_MS);
  return { life, updatesMs, lists };
}

async function take(life: ProfileLife, next: Step, { health }: HealthState): Promise<void> {
  switch (next.type) {
    case 'probe':
      return life.tell({ health, lastContactMs: life.time.now() });
    case 'properties':
      return life.tell({ properties: Object.entries(next.properties).map(property) });
    case 'version':
      return life.tell({ version: next.version });
    case 'label':
      await life.edit(() => ({ labels: { other: next.value } }));
      return undefined;
    case 'wait':
      return life.time.advance(next.ms);
    case 'list':
      return undefined;
  }
}

/** The status without its times. */
function said(object: KubeObject | undefined): unknown {
  const text = JSON.stringify(object?.status, (name, value: unknown) =>
    name === 'lastTransitionTime' || name === 'lastObservedTime' ? undefined : value,
  );
  const value: unknown = JSON.parse(text);
  return isJsonObject(value) ? value : undefined;
}

describe('any sequence of probe results, versions and properties of a member', () => {
  it('makes no more updates of its profile than KEP-4322 allows, and the last one shows what is so in the end', async () => {
    await fc.assert(
      fc.asyncProperty(steps, async (all) => {
        const { life, updatesMs } = await run(all);
        for (const [index, startMs] of updatesMs.entries()) {
          for (const [more, endMs] of updatesMs.slice(index).entries()) {
            expect(more + 1).toBeLessThanOrEqual(BURST + Math.floor((endMs - startMs) / INTERVAL_MS));
          }
        }
        const fresh = await beginProfiles(createMedium(), { facts: life.facts });
        expect(said(life.shown())).toEqual(said(fresh.shown()));
        expect(life.events.at(-1)?.current.object).toEqual(life.shown());
      }),
      { numRuns: 100 },
    );
  });

  it('leaves a client that listed at any time and watched from there with what a fresh list shows', async () => {
    await fc.assert(
      fc.asyncProperty(steps, async (all) => {
        const { life, lists } = await run(all);
        const { held: expected } = listedNow(life.store.reader, SCOPE);
        for (const listed of lists) expect(replayed(life.store.reader, SCOPE, listed)).toEqual(expected);
      }),
      { numRuns: 30 },
    );
  });
});
