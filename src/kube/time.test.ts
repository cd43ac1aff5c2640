import fc from 'fast-check';
import { expect, test } from 'vitest';
import { humanDuration, secondsOfSameDuration } from './time.ts';

const YEARS = 10 * 365 * 24 * 3600;

test('an age reads the same for as long as is said', () => {
  const age = fc.oneof(
    fc.integer({ min: -5, max: 1000 }),
    fc.integer({ min: 0, max: YEARS }),
    fc.double({ min: -3, max: 1e6, noNaN: true }),
  );
  fc.assert(
    fc.property(age, fc.double({ min: 0, max: 0.999, noNaN: true }), (seconds, part) => {
      const same = secondsOfSameDuration(seconds);
      expect(same).toBeGreaterThan(0);
      expect(humanDuration(seconds + part * same)).toBe(humanDuration(seconds));
    }),
    { numRuns: 5000 },
  );
});

test.each([
  [0, 1],
  [599, 1],
  [600, 60],
  [8 * 3600 - 1, 1],
  [8 * 3600, 3600],
  [8 * 86400, 86400],
])('an age of %d s holds for %d s', (seconds, expected) => {
  expect(secondsOfSameDuration(seconds)).toBe(expected);
});
