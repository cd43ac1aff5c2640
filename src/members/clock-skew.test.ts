import { describe, expect, it } from 'vitest';
import { coarseSkewSeconds, createMemberClock } from './clock-skew.ts';

/** What is told after each measurement. */
function told(...measured: readonly number[]): readonly number[] {
  let coarse = 0;
  return measured.map((seconds) => (coarse = coarseSkewSeconds(coarse, seconds)));
}

describe('coarseSkewSeconds', () => {
  it('takes a clock as right up to 5 s and as off above', () => {
    expect(told(5)).toEqual([0]);
    expect(told(6)).toEqual([6]);
    expect(told(-5)).toEqual([0]);
    expect(told(-6)).toEqual([-6]);
  });

  it('takes it as right again only below 3 s', () => {
    expect(told(6, 5, 4, 3)).toEqual([6, 6, 6, 6]);
    expect(told(6, 2)).toEqual([6, 0]);
    expect(told(-60, -3)).toEqual([-60, -3]);
    expect(told(-60, -2)).toEqual([-60, 0]);
  });

  it('does not flap at either bound', () => {
    expect(new Set(told(5, 4, 5, 3, 5))).toEqual(new Set([0]));
    expect(new Set(told(6, 5, 7, 4, 6, 8, 5))).toEqual(new Set([6]));
    expect(told(6, 2, 4, 5, 3, 5)).toEqual([6, 0, 0, 0, 0, 0]);
  });

  it('tells one significant digit, and another one only when it is clearly different', () => {
    expect(told(58, 64, 40, 90)).toEqual([60, 60, 60, 60]);
    expect(told(58, 91)).toEqual([60, 90]);
    expect(told(58, 29)).toEqual([60, 30]);
    expect(told(3_700)).toEqual([4_000]);
  });

  it('tells a clock that moved to the other side by the upper bound there', () => {
    expect(told(6, -5)).toEqual([6, 0]);
    expect(told(6, -6)).toEqual([6, -6]);
  });
});

describe('createMemberClock', () => {
  it('knows nothing before the first measurement', () => {
    const clock = createMemberClock();
    expect([clock.skewSeconds(), clock.coarseSkewSeconds()]).toEqual([undefined, 0]);
  });

  it('says when the coarse skew changed and hides the noise of whole seconds', () => {
    const clock = createMemberClock();
    expect([1, 60, 61, 59, 1].map((seconds) => clock.measured(seconds))).toEqual([false, true, false, false, true]);
    expect(clock.skewSeconds()).toBe(1);
    clock.measured(2);
    expect(clock.skewSeconds()).toBe(1);
    clock.measured(3);
    expect(clock.skewSeconds()).toBe(3);
  });

  it('shows a first measurement of one second as none', () => {
    const clock = createMemberClock();
    clock.measured(1);
    expect(clock.skewSeconds()).toBe(0);
  });
});
