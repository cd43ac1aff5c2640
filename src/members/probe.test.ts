import { describe, expect, it } from 'vitest';
import type { KubeConnection, KubeResponse } from '../connection/types.ts';
import type { Probe } from './probe.ts';
import { createProbe } from './probe.ts';

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
  const { result } = await createProbe({ connection, clock: () => nowMs, signal: new AbortController().signal })();
  return result.ok ? result.value.clockSkewSeconds : undefined;
}

const date = (aheadMs: number): string => new Date(NOW_MS + aheadMs).toUTCString();

describe('a probe', () => {
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

describe('probes of one member', () => {
  const READY = { status: 200, headers: {}, body: Buffer.from('ok') };
  const VERSION = { ...READY, body: Buffer.from('{"gitVersion":"v1.36.2"}') };
  const LEASES = ['kube-controller-manager', 'kube-scheduler'];

  /** What each of `count` probes asks for, when the paths answer so; other paths are not found. */
  async function askedBy(count: number, answers: Readonly<Record<string, Partial<KubeResponse>>>) {
    const asked: string[][] = [];
    const connection: KubeConnection = {
      server: 'https://member.test',
      request: ({ path }) => {
        asked.at(-1)?.push(path.replace(/.*\//, ''));
        return Promise.resolve({ ...READY, status: 404, ...answers[path] });
      },
      openStream: () => Promise.reject(new Error('a probe opens no stream')),
      close: () => undefined,
    };
    const probe = createProbe({ connection, clock: () => NOW_MS, signal: new AbortController().signal });
    const probes: Probe[] = [];
    for (let index = 0; index < count; index += 1) {
      asked.push([]);
      probes.push(await probe());
    }
    return { asked, probes };
  }

  it('ask for what hardly changes by some first only, and tell it each time', async () => {
    const { asked, probes } = await askedBy(7, { '/readyz': READY, '/version': VERSION });
    expect(asked).toEqual([
      ['readyz', ...LEASES, 'version'],
      ['readyz'],
      ['readyz'],
      ['readyz', ...LEASES],
      ['readyz'],
      ['readyz'],
      ['readyz', ...LEASES, 'version'],
    ]);
    expect(probes.map(({ result }) => result.ok && result.value.version)).toEqual(Array(7).fill('v1.36.2'));
  });

  it('have one call at a time under way', async () => {
    let [underWay, most] = [0, 0];
    const connection: KubeConnection = {
      server: 'https://member.test',
      request: async ({ path }) => {
        underWay += 1;
        most = Math.max(most, underWay);
        await Promise.resolve();
        underWay -= 1;
        return path === '/version' ? VERSION : READY;
      },
      openStream: () => Promise.reject(new Error('a probe opens no stream')),
      close: () => undefined,
    };
    await createProbe({ connection, clock: () => NOW_MS, signal: new AbortController().signal })();
    expect(most).toBe(1);
  });

  it('ask for all of it while anything is amiss', async () => {
    const notReady = { ...READY, status: 500, body: Buffer.from('[-]etcd failed: reason withheld') };
    expect((await askedBy(2, { '/readyz': notReady })).asked).toEqual([['readyz'], ['readyz']]);
    const lease = { spec: { renewTime: '2026-01-01T00:00:00Z', leaseDurationSeconds: 15 } };
    const stale = { ...READY, headers: { date: date(0) }, body: Buffer.from(JSON.stringify(lease)) };
    const path = '/apis/coordination.k8s.io/v1/namespaces/kube-system/leases/kube-scheduler';
    const { asked, probes } = await askedBy(2, { '/readyz': READY, '/version': VERSION, [path]: stale });
    expect(asked[1]).toEqual(['readyz', ...LEASES, 'version']);
    expect(probes.map(({ observation }) => observation)).toEqual(
      Array(2).fill({ type: 'ready', stale: ['kube-scheduler'] }),
    );
  });

  it('ask for the version each time where only that tells whether the member is there', async () => {
    const { asked } = await askedBy(2, { '/readyz': { status: 403 }, '/version': VERSION });
    expect(asked).toEqual([
      ['readyz', 'version'],
      ['readyz', 'version'],
    ]);
  });
});
