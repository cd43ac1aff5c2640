import { describe, expect, test } from 'vitest';
import { ApiStatusError } from '../../src/kube/api-status.ts';
import { requestTimeoutMs } from './deadline.ts';
import { parseGoDuration } from './go-duration.ts';

describe('durations', () => {
  test.each([
    ['10s', 10_000],
    ['1m30s', 90_000],
    ['1.5h', 5_400_000],
    ['500ms', 500],
    ['2us', 0.002],
    ['.5s', 500],
    ['1.s', 1000],
    ['0', 0],
    ['-3s', -3000],
    ['+3s', 3000],
  ])('%s is %d ms', (text, ms) => {
    expect(parseGoDuration(text)).toEqual({ ok: true, value: ms });
  });

  test.each([
    ['', 'time: invalid duration ""'],
    ['-', 'time: invalid duration "-"'],
    ['abc', 'time: invalid duration "abc"'],
    ['10', 'time: missing unit in duration "10"'],
    ['1d', 'time: unknown unit "d" in duration "1d"'],
    ['1s5', 'time: missing unit in duration "1s5"'],
    ['.s', 'time: invalid duration ".s"'],
  ])('%j is refused in the words of Go', (text, error) => {
    expect(parseGoDuration(text)).toEqual({ ok: false, error });
  });
});

describe('the time a request may take', () => {
  const timeout = (query: string) => requestTimeoutMs(new URLSearchParams(query), 60_000);

  test('may be shortened by the caller, never lengthened or switched off', () => {
    expect(timeout('')).toBe(60_000);
    expect(timeout('timeout=32s')).toBe(32_000);
    expect(timeout('timeout=61s')).toBe(60_000);
    expect(timeout('timeout=0')).toBe(60_000);
    expect(timeout('timeout=-1s')).toBe(60_000);
  });

  test('is a 400 if it is no duration', () => {
    expect(() => timeout('timeout=soon')).toThrow(ApiStatusError);
    expect(() => timeout('timeout=soon')).toThrow(
      'invalid timeout specified in the request URL - time: invalid duration "soon"',
    );
  });
});
