import { describe, expect, it } from 'vitest';
import type { KubeConnection } from '../connection/types.ts';
import { probeMember } from './probe.ts';

const NOW_MS = Date.parse('2026-02-01T00:00:00Z');

/** The skew that a probe tells whose first call takes `tookMs` and answers with `date`. */
async function skew(tookMs: number, date: string | undefined): Promise<number | undefined> {
  let nowMs = NOW_MS;
  const connection: KubeConnection = {
    server: 'https://member.test',
    request: () => {
      nowMs += tookMs;
      const headers = date === undefined ? {} : { date };
      return Promise.resolve({ status: 200, headers, body: Buffer.from('{}') });
    },
    openStream: () => Promise.reject(new Error('a probe opens no stream')),
    close: () => undefined,
  };
  const { result } = await probeMember({ connection, clock: () => nowMs, signal: new AbortController().signal });
  return result.ok ? result.value.clockSkewSeconds : undefined;
}

const date = (aheadMs: number): string => new Date(NOW_MS + aheadMs).toUTCString();

describe('probeMember', () => {
  it('compares the Date header with the middle of the call', async () => {
    expect(await skew(1_000, date(0))).toBe(0);
    expect(await skew(1_000, date(30_000))).toBe(30);
    expect(await skew(1_000, date(-30_000))).toBe(-30);
  });

  it('tells nothing of a clock from a call that took too long to tell', async () => {
    expect(await skew(2_000, date(60_000))).toBeDefined();
    expect(await skew(2_001, date(60_000))).toBeUndefined();
  });

  it('tells nothing without a Date header that can be read', async () => {
    expect(await skew(10, undefined)).toBeUndefined();
    expect(await skew(10, 'yesterday')).toBeUndefined();
  });
});
