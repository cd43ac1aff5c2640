import { describe, expect, it } from 'vitest';
import type { FakeAnswer } from '../../test/support/fake-hub.ts';
import { createFakeHub, failure } from '../../test/support/fake-hub.ts';
import { createManualTime, settle } from '../../test/support/manual-time.ts';
import { createReview } from './reviews.ts';

const ATTEMPT_GAPS_MS = [500, 750, 1125, 1687.5];
const IN_FLIGHT_MAX = 64;
const WAITING_MAX = 4096;

function setUp(random = 0) {
  const hub = createFakeHub();
  const time = createManualTime();
  const codes: string[] = [];
  const review = createReview({
    connection: hub.connection,
    clock: time.now,
    random: () => random,
    sleep: time.sleep,
    onAnswered: (code) => codes.push(code),
  });
  return { hub, time, review, codes };
}

describe('a review', () => {
  it.each([429, 500, 502, 503, 504])(
    'is tried five times with growing pauses while the hub answers %i',
    async (status) => {
      const { hub, time, review } = setUp();
      const startMs = time.now();
      const times: number[] = [];
      hub.handler = () => {
        times.push(time.now() - startMs);
        return failure(status, 'not now');
      };
      const result = review('/reviews', {});
      await time.advance(60_000);
      expect(await result).toEqual({ ok: false, error: { status, message: `${status}: not now` } });
      expect(times.slice(1).map((atMs, index) => atMs - (times[index] ?? 0))).toEqual(ATTEMPT_GAPS_MS);
    },
  );

  it('tells of each try with the code of its answer', async () => {
    const { hub, time, review, codes } = setUp();
    const answers: ReturnType<typeof hub.handler>[] = ['down', failure(503, 'not now'), { status: 201, body: {} }];
    hub.handler = () => answers.shift() ?? 'down';
    const result = review('/reviews', {});
    await time.advance(60_000);
    expect(await result).toMatchObject({ ok: true });
    expect(codes).toEqual(['<error>', '503', '201']);
  });

  it.each([400, 401, 403, 404, 422])('is not repeated after %i', async (status) => {
    const { hub, review } = setUp();
    hub.handler = () => failure(status, 'no');
    expect(await review('/reviews', {})).toMatchObject({ ok: false });
    expect(hub.requests).toHaveLength(1);
  });

  it('spreads its pauses by a fifth', async () => {
    const { hub, time, review } = setUp(1);
    hub.handler = () => 'down';
    const result = review('/reviews', {});
    await settle();
    expect(time.pending()).toEqual([600]);
    await time.advance(60_000);
    await result;
  });

  it('succeeds when the hub recovers', async () => {
    const { hub, time, review } = setUp();
    hub.handler = () => (hub.requests.length < 3 ? 'down' : { status: 201, body: { status: 'fine' } });
    const result = review('/reviews', {});
    await time.advance(60_000);
    expect(await result).toEqual({ ok: true, value: { status: 'fine' } });
  });

  it('ends after ten seconds in all', async () => {
    const { hub, time, review } = setUp();
    hub.handler = async (request) => {
      await time.sleep(Math.min(6000, request.timeoutMs));
      return 'down' as const;
    };
    const startMs = time.now();
    let endedMs = 0;
    const result = review('/reviews', {}).finally(() => (endedMs = time.now() - startMs));
    await time.advance(60_000);
    await result;
    expect(hub.requests.map((request) => request.timeoutMs)).toEqual([10_000, 3500]);
    expect(endedMs).toBe(10_000);
  });

  it('waits for its turn when too many are under way, and is turned away when too many wait', async () => {
    const { hub, review } = setUp();
    const answers: ((answer: FakeAnswer) => void)[] = [];
    hub.handler = () => new Promise((resolve) => answers.push(resolve));
    const results = Array.from({ length: IN_FLIGHT_MAX + WAITING_MAX }, () => review('/reviews', {}));
    await settle();
    expect(answers).toHaveLength(IN_FLIGHT_MAX);
    expect(await review('/reviews', {})).toMatchObject({ ok: false, error: { status: undefined } });
    answers[0]?.({ status: 201, body: {} });
    await settle();
    expect(answers).toHaveLength(IN_FLIGHT_MAX + 1);
    hub.handler = () => ({ status: 201, body: {} });
    for (const answer of answers) answer({ status: 201, body: {} });
    expect((await Promise.all(results)).every((result) => result.ok)).toBe(true);
  });
});
