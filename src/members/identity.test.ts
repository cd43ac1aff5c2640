import { describe, expect, it } from 'vitest';
import type { KubeConnection, KubeResponse } from '../connection/types.ts';
import { ConnectionError } from '../connection/types.ts';
import type { Identity } from './identity.ts';
import { createIdentity } from './identity.ts';

interface Fixture {
  readonly identity: Identity;
  readonly reads: () => number;
  /** Answers the oldest reading that waits. */
  readonly answer: (uid: string) => void;
  readonly fail: (error?: Error) => void;
  readonly elapse: (ms: number) => void;
}

/** An identity that was confirmed once, just now. */
async function confirmedIdentity(): Promise<Fixture> {
  let nowMs = 0;
  let reads = 0;
  const waiting: { resolve: (response: KubeResponse) => void; reject: (error: Error) => void }[] = [];
  const connection: KubeConnection = {
    server: 'https://east.example.com',
    request: () => {
      reads += 1;
      return new Promise((resolve, reject) => waiting.push({ resolve, reject }));
    },
    openStream: () => Promise.reject(new Error('no stream is expected')),
    close: () => undefined,
  };
  const identity = createIdentity(
    {
      clock: () => nowMs,
      connection: () => connection,
      signal: () => new AbortController().signal,
      claim: () => undefined,
      onIdentified: () => undefined,
      onRefused: () => undefined,
      onConfirmed: () => undefined,
    },
    undefined,
  );
  const answer = (uid: string): void => {
    const body = Buffer.from(JSON.stringify({ metadata: { name: 'kube-system', uid } }));
    waiting.shift()?.resolve({ status: 200, headers: {}, body });
  };
  const first = identity.confirm();
  answer('uid-east');
  await first;
  return {
    identity,
    reads: () => reads,
    answer,
    fail: (error = new ConnectionError('Unreachable', 'refused', { sent: false })) => waiting.shift()?.reject(error),
    elapse: (ms) => {
      nowMs += ms;
    },
  };
}

describe('the identity of a member', () => {
  it('is not read again within half a second', async () => {
    const { identity, reads, elapse } = await confirmedIdentity();
    elapse(499);
    await expect(identity.confirm()).resolves.toBeUndefined();
    expect(reads()).toBe(1);
  });

  it('is read again when the clock was set back', async () => {
    const { identity, reads, answer, elapse } = await confirmedIdentity();
    elapse(-3_600_000);
    const confirmed = identity.confirm();
    answer('uid-west');
    await expect(confirmed).resolves.toMatchObject({ type: 'malformed' });
    expect(reads()).toBe(2);
  });

  it('survives a renewal that throws, and is read again', async () => {
    const { identity, reads, answer, fail, elapse } = await confirmedIdentity();
    elapse(500);
    await identity.confirm();
    fail(new TypeError('a bug'));
    await new Promise((resolve) => void setImmediate(resolve));
    elapse(500);
    const confirmed = identity.confirm();
    answer('uid-east');
    await expect(confirmed).resolves.toBeUndefined();
    expect(reads()).toBe(3);
  });

  it('is renewed while the last reading still serves, and nobody waits for that', async () => {
    const { identity, reads, answer, elapse } = await confirmedIdentity();
    elapse(500);
    await expect(Promise.all([identity.confirm(), identity.confirm()])).resolves.toEqual([undefined, undefined]);
    expect(reads()).toBe(2);
    answer('uid-east');
    await settled();
    elapse(499);
    await identity.confirm();
    expect(reads()).toBe(2);
  });

  it('is waited for once the last reading is a second old, with one reading for all', async () => {
    const { identity, reads, answer, elapse } = await confirmedIdentity();
    elapse(999);
    await identity.confirm();
    elapse(1);
    const both = Promise.all([identity.confirm(), identity.confirm()]);
    expect(await Promise.race([both, settled()])).toBe('nothing came');
    answer('uid-east');
    await expect(both).resolves.toEqual([undefined, undefined]);
    expect(reads()).toBe(2);
  });

  it('of another cluster counts as soon as it was read, however young the last good reading is', async () => {
    const { identity, answer, elapse } = await confirmedIdentity();
    elapse(500);
    await identity.confirm();
    answer('uid-west');
    await settled();
    const confirmed = identity.confirm();
    answer('uid-west');
    await expect(confirmed).resolves.toMatchObject({ type: 'malformed' });
  });

  it('that cannot be renewed serves to its end and no longer', async () => {
    const { identity, fail, elapse } = await confirmedIdentity();
    elapse(500);
    await identity.confirm();
    fail();
    await settled();
    expect(identity.problem()).toMatchObject({ failure: 'Unreachable' });
    await expect(identity.confirm()).resolves.toBeUndefined();
    elapse(500);
    const confirmed = identity.confirm();
    fail();
    await expect(confirmed).resolves.toMatchObject({ failure: 'Unreachable' });
  });
});

/** Resolves when everything that was due has run. */
function settled(): Promise<string> {
  return new Promise((resolve) => {
    setImmediate(() => resolve('nothing came'));
  });
}
