import fc from 'fast-check';
import { expect, it } from 'vitest';
import { createEventHub, hubEvent, OUR_SERVICE } from '../../test/support/event-hub.ts';
import { failure } from '../../test/support/fake-hub.ts';
import { createManualTime, settle } from '../../test/support/manual-time.ts';
import { createEventRecorder } from './event-recorder.ts';

const WINDOW_MS = 60_000;
const TROUBLES = ['none', 'busy', 'down', 'refused', 'noNamespace'] as const;

const perMinutes = fc.oneof(fc.integer({ min: 2, max: 6 }), fc.integer({ min: 2, max: 40 }));
const steps = fc.array(
  fc.oneof(
    fc.record({ type: fc.constant('burst' as const), events: fc.integer({ min: 1, max: 120 }), from: fc.nat(50) }),
    fc.record({ type: fc.constant('wait' as const), ms: fc.integer({ min: 1, max: 90_000 }) }),
    fc.record({ type: fc.constant('trouble' as const), trouble: fc.constantFrom(...TROUBLES) }),
  ),
  { maxLength: 12 },
);

/** The most of these moments that lie within any window of this length. */
function mostWithin(moments: readonly number[], windowMs: number): number {
  return Math.max(0, ...moments.map((from) => moments.filter((at) => at >= from && at < from + windowMs).length));
}

it('never asks the hub more often in 60 seconds than allowed, whatever happens', async () => {
  await fc.assert(
    fc.asyncProperty(perMinutes, steps, async (perMinute, all) => {
      const world = createEventHub();
      const time = createManualTime();
      const moments: number[] = [];
      let trouble: (typeof TROUBLES)[number] = 'none';
      world.trouble = () => {
        moments.push(time.now());
        if (trouble === 'noNamespace') world.namespaces.delete('prod');
        if (trouble === 'busy') return failure(503, 'busy');
        if (trouble === 'refused') return failure(403, 'refused');
        return trouble === 'down' ? 'down' : undefined;
      };
      const recorder = createEventRecorder({
        ...{ connection: world.hub.connection, service: OUR_SERVICE, perMinute },
        ...{ reportingController: 'example.com/reporter', reportingInstance: 'one' },
        ...{ clock: time.now, monotonic: time.now, schedule: time.schedule },
        ...{ onResult: () => undefined, onProblem: () => undefined, onDropped: () => undefined },
      });
      for (const step of all) {
        if (step.type === 'trouble') trouble = step.trouble;
        if (step.type === 'wait') await time.advance(step.ms);
        if (step.type !== 'burst') continue;
        for (let index = 0; index < step.events; index++) recorder.record(hubEvent(String(step.from + index)));
        await settle();
      }
      await time.advance(2 * WINDOW_MS);
      recorder.stop();
      expect(mostWithin(moments, WINDOW_MS)).toBeLessThanOrEqual(perMinute);
    }),
    { numRuns: 60 },
  );
});
