import { describe, expect, it } from 'vitest';

import { send, statusBody } from '../../../test/support/fake-cluster.ts';
import { settle } from '../../../test/support/manual-time.ts';
import { LIVE, openWriteWorld } from '../../../test/support/write-world.ts';
import type { WriteWorld } from '../../../test/support/write-world.ts';
import type { ConnectionFailure } from '../../connection/types.ts';
import { ConnectionError } from '../../connection/types.ts';
import { ApiStatusError } from '../../kube/api-status.ts';
import type { KubeObject } from '../../kube/object.ts';

/** Whatever is thrown for a write, as its Status. */
async function failureOf(work: Promise<unknown>) {
  const error: unknown = await work.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  if (!(error instanceof ApiStatusError)) throw new Error('no ApiStatusError', { cause: error });
  return error.status;
}

function shown(): WriteWorld {
  const world = openWriteWorld();
  world.east.put('api');
  world.watch();
  return world;
}

async function ready(): Promise<WriteWorld> {
  const world = shown();
  await world.time.advance(20);
  return world;
}

const NEW: KubeObject = {
  apiVersion: 'multicluster.x-k8s.io/v1beta1',
  kind: 'ServiceExport',
  metadata: { name: 'east.new', namespace: 'prod' },
};
const same = (row: KubeObject): KubeObject => row;

const KINDS: readonly [string, (world: WriteWorld) => Promise<unknown>][] = [
  ['create', ({ writes, write }) => writes.create(write('east.new'), NEW)],
  ['update', ({ writes, write }) => writes.change(write('east.api'), { type: 'update', change: same })],
  ['patch', ({ writes, write }) => writes.change(write('east.api'), { type: 'patch', change: same })],
  ['apply', ({ writes, write }) => writes.apply(write('east.api'), { metadata: { name: 'east.api' } }, false)],
  ['delete', ({ writes, write }) => writes.remove(write('east.api'), { dryRun: false, preconditions: {} })],
];

describe.each(KINDS)('%s', (_verb, run) => {
  it('answers 503 with Retry-After when nothing was sent', async () => {
    const world = await ready();
    const text = 'https://east.internal:6443: the connection was refused (ECONNREFUSED)';
    world.east.reply(/./, () => new ConnectionError('Unreachable', text, { sent: false }));
    const told = await failureOf(run(world));
    expect(told).toMatchObject({ code: 503, reason: 'ServiceUnavailable', details: { retryAfterSeconds: 5 } });
    expect(told.message).toContain('nothing was: the connection was refused (ECONNREFUSED)');
    expect(told.message).not.toContain('east.internal');
    expect(world.east.requests).toHaveLength(1);
  });

  it.each<ConnectionFailure>(['Timeout', 'Broken', 'Aborted', 'BodyTooLarge'])(
    'answers 504 without Retry-After when it broke with %s after it was sent, and sends nothing more',
    async (failure) => {
      const world = await ready();
      world.east.reply(/./, () => new ConnectionError(failure, 'https://east.internal: secret', { sent: true }), true);
      const told = await failureOf(run(world));
      expect(told).toMatchObject({ code: 504, reason: 'Timeout' });
      expect(told.message).toContain('outcome unknown');
      expect(told.message).not.toContain('east.internal');
      expect(told.details?.retryAfterSeconds).toBeUndefined();
      expect(world.east.requests).toHaveLength(1);
    },
  );

  it.each<[string, () => ReturnType<typeof send>]>([
    ['text', () => ({ status: 200, headers: {}, body: Buffer.from('<html>login</html>') })],
    ['half of an object', () => ({ status: 200, headers: {}, body: Buffer.from('{"kind":"ServiceExp') })],
    [
      'another kind',
      () => send(200, { kind: 'Secret', apiVersion: 'v1', metadata: { name: 'api', namespace: 'prod' } }),
    ],
    ['another object', () => send(200, { ...NEW, metadata: { name: 'other', namespace: 'prod' } })],
    ['an object elsewhere', () => send(200, { ...NEW, metadata: { name: 'api', namespace: 'kube-system' } })],
    ['a failure as a success', () => send(200, statusBody(500, 'InternalError', { message: 'x' }))],
    ['500', () => send(500, statusBody(500, 'InternalError', { message: 'x', details: { retryAfterSeconds: 1 } }))],
  ])('answers 504 for %s, and sends nothing more', async (_what, answer) => {
    const world = await ready();
    world.east.reply(/./, answer, true);
    const told = await failureOf(run(world));
    expect(told).toMatchObject({ code: 504, reason: 'Timeout' });
    expect(told.details?.retryAfterSeconds).toBeUndefined();
    expect(world.east.requests).toHaveLength(1);
  });

  it('sends nothing to a member that is not live, or is another cluster', async () => {
    const stale = await ready();
    stale.member.status = () => ({ ...LIVE, phase: 'stale', message: 'no answer within 5000 ms' });
    const told = await failureOf(run(stale));
    expect(told).toMatchObject({ code: 503, details: { retryAfterSeconds: 5 } });
    expect(told.message).toContain('no answer within 5000 ms');
    const other = await ready();
    other.member.confirm = () => Promise.resolve({ type: 'malformed', message: 'another cluster answers' });
    expect((await failureOf(run(other))).message).toContain('another cluster answers');
    expect([...stale.east.requests, ...other.east.requests]).toEqual([]);
  });

  it('is not sent once the client was answered or is gone', async () => {
    const { member, write, ...world } = await ready();
    let isOver = false;
    member.confirm = () => {
      isOver = true;
      return Promise.resolve(undefined);
    };
    const told = await failureOf(
      run({ ...world, member, write: (...what) => ({ ...write(...what), isOver: () => isOver }) }),
    );
    expect(told).toMatchObject({ code: 504, reason: 'Timeout' });
    expect(told.message).toContain('nothing was sent');
    expect(world.east.requests).toEqual([]);
  });

  it('is recorded once, with the code of its answer', async () => {
    const world = await ready();
    world.east.reply(/./, () => send(403, statusBody(403, 'Forbidden', { message: 'no' })));
    await failureOf(run(world));
    expect(world.records).toHaveLength(1);
    expect(world.records[0]).toMatchObject({ cluster: 'east', code: 403, reason: 'Forbidden', auditId: 'audit-1' });
  });
});

describe('writes to one member', () => {
  it('are bounded in number, and the place of each is given back', async () => {
    const world = openWriteWorld();
    const answers: (() => void)[] = [];
    const hold = (): void =>
      world.east.reply(/./, () => new Promise((resolve) => void answers.push(() => resolve('as usual'))));
    const write = (n: number): Promise<unknown> => {
      const name = `east.n${n}`;
      return world.writes.create(world.write(name), { ...NEW, metadata: { ...NEW.metadata, name } });
    };
    const first = Array.from({ length: 64 }, (_, n) => {
      hold();
      return write(n);
    });
    await settle();
    expect(await failureOf(write(64))).toMatchObject({ code: 429, details: { retryAfterSeconds: 1 } });
    expect(world.east.requests).toHaveLength(64);
    for (const answer of answers) answer();
    await Promise.all(first);
    await write(65);
    expect(world.row('east.n65')).toBeDefined();
  });
});
