import { describe, expect, it } from 'vitest';
import type { LeaseRecord } from './lease-record.ts';
import { decideLease, markOf, observeLease, parseLease, writeLease } from './lease-record.ts';

const RECORD: LeaseRecord = {
  holder: 'other',
  durationMs: 40_000,
  transitions: 7,
  acquireTime: 'a',
  renewTime: 'r1',
};

describe('deciding about a lease', () => {
  it('waits until its full duration has passed since we first saw it', () => {
    const observation = { record: RECORD, firstSeenMs: 1000 };
    expect(decideLease(observation, 'me', 1000)).toEqual({ type: 'wait', forMs: 40_000 });
    expect(decideLease(observation, 'me', 40_999)).toEqual({ type: 'wait', forMs: 1 });
    expect(decideLease(observation, 'me', 41_000)).toEqual({ type: 'write', transitions: 8 });
  });

  it('takes a released one at once, as another holder', () => {
    const observation = { record: { ...RECORD, holder: '' }, firstSeenMs: 1000 };
    expect(decideLease(observation, 'me', 1000)).toEqual({ type: 'write', transitions: 8 });
  });

  it('keeps its own without a new transition', () => {
    const observation = { record: { ...RECORD, holder: 'me' }, firstSeenMs: 1000 };
    expect(decideLease(observation, 'me', 1000)).toEqual({ type: 'write', transitions: 7 });
  });

  it('counts from the last change of the record', () => {
    const first = observeLease(undefined, RECORD, 1000);
    expect(observeLease(first, { ...RECORD }, 2000)).toEqual({ record: RECORD, firstSeenMs: 1000 });
    const renewed = { ...RECORD, renewTime: 'r2' };
    expect(observeLease(first, renewed, 3000)).toEqual({ record: renewed, firstSeenMs: 3000 });
  });
});

describe('a lease object', () => {
  it('keeps what others store in it', () => {
    const lease = {
      kind: 'Lease',
      metadata: { name: 'l', labels: { a: 'b' }, annotations: { other: 'x' } },
      spec: { strategy: 'OldestEmulationVersion' },
    };
    const content = { holder: 'me', durationSeconds: 40, transitions: 3, acquiredMs: 0, renewedMs: 1001, mark: '512' };
    const written = writeLease(lease, content);
    expect(written).toEqual({
      kind: 'Lease',
      metadata: {
        name: 'l',
        labels: { a: 'b' },
        annotations: { other: 'x', 'clusterset-apiserver.dev/revision-mark': '512' },
      },
      spec: {
        strategy: 'OldestEmulationVersion',
        holderIdentity: 'me',
        leaseDurationSeconds: 40,
        leaseTransitions: 3,
        acquireTime: '1970-01-01T00:00:00.000000Z',
        renewTime: '1970-01-01T00:00:01.001000Z',
      },
    });
    expect(markOf(written)).toBe('512');
    expect(markOf(writeLease(written, { ...content, mark: undefined }))).toBe('512');
    expect(parseLease(written)).toMatchObject({ holder: 'me', durationMs: 40_000, transitions: 3 });
  });

  it('without a specification is free', () => {
    expect(parseLease({})).toMatchObject({ holder: '', durationMs: 0, transitions: 0 });
    expect(markOf({})).toBeUndefined();
  });
});
