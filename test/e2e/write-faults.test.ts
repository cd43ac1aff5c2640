import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Cluster } from '../support/control-plane/index.ts';
import { eventually } from '../support/eventually.ts';
import type { FaultProxy } from '../support/fault-proxy.ts';
import * as faults from '../support/faults.ts';
import type { Fault } from '../support/faults.ts';
import { putProxyBefore } from './support/behind-proxy.ts';
import type { Answer, Call } from './support/calls.ts';
import { call, exportOf, exportPath } from './support/calls.ts';
import type { TestClusterSet } from './support/clusterset.ts';
import { startClusterSet } from './support/clusterset.ts';
import { namespace } from './support/objects.ts';

const NAMESPACE = 'prod';
const EXPORTS = /\/serviceexports(\/|$)/;
const conflict = { reason: 'Conflict', message: 'the object has been modified; please apply your changes' };

let set: TestClusterSet;
let hub: Cluster;
let member: Cluster;
let proxy: FaultProxy;
let serial = 0;

/** A new name for each write, so that no test finds what another left. */
function newName(): string {
  serial += 1;
  return `w${serial}`;
}

const row = (name: string, query?: string): string =>
  exportPath({ namespace: NAMESPACE, name: `east.${name}`, ...(query === undefined ? {} : { query }) });
const inMember = (name: string): Promise<Answer> =>
  call(member, { method: 'GET', path: exportPath({ namespace: NAMESPACE, name }) });

/** One kind of write of an object that is there, and what it sends to the member. */
interface Write {
  readonly verb: string;
  /** What the member gets. */
  readonly method: 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  /** The object that must exist before, if any. */
  readonly needs: boolean;
  readonly request: (name: string, resourceVersion: string) => Call;
  /** Whether the object in the member, or its absence, shows that the write was done. */
  readonly isDone: (answer: Answer) => boolean;
}

const isLabelled = ({ object }: Answer): boolean => object.metadata.labels?.['done'] === 'yes';
const LABELLED = { metadata: { labels: { done: 'yes' } } };

const WRITES: readonly Write[] = [
  {
    verb: 'create',
    method: 'POST',
    needs: false,
    request: (name) => ({
      method: 'POST',
      path: exportPath({ namespace: NAMESPACE }),
      body: exportOf(`east.${name}`, LABELLED),
    }),
    isDone: ({ status }) => status === 200,
  },
  {
    verb: 'update',
    method: 'PUT',
    needs: true,
    request: (name, resourceVersion) => ({
      method: 'PUT',
      path: row(name),
      body: exportOf(`east.${name}`, { metadata: { ...LABELLED.metadata, resourceVersion } }),
    }),
    isDone: isLabelled,
  },
  {
    verb: 'patch',
    method: 'PUT',
    needs: true,
    request: (name) => ({ method: 'PATCH', type: 'merge', path: row(name), body: LABELLED }),
    isDone: isLabelled,
  },
  {
    verb: 'apply',
    method: 'PATCH',
    needs: true,
    request: (name) => ({
      method: 'PATCH',
      type: 'apply',
      path: row(name, 'fieldManager=tests'),
      body: exportOf(`east.${name}`, LABELLED),
    }),
    isDone: isLabelled,
  },
  {
    verb: 'delete',
    method: 'DELETE',
    needs: true,
    request: (name) => ({ method: 'DELETE', path: row(name) }),
    isDone: ({ status }) => status === 404,
  },
];

interface Prepared {
  readonly name: string;
  readonly call: () => Promise<Answer>;
}

async function prepare(write: Write): Promise<Prepared> {
  const name = newName();
  let resourceVersion = '';
  if (write.needs) {
    const body = exportOf(`east.${name}`);
    const made = await call(hub, { method: 'POST', path: exportPath({ namespace: NAMESPACE }), body });
    expect(made.status, made.text).toBe(201);
    ({ resourceVersion } = made.object.metadata);
  }
  proxy.forget();
  return { name, call: () => call(hub, write.request(name, resourceVersion)) };
}

const reached = () => proxy.reached().filter(({ method, path }) => method !== 'GET' && EXPORTS.test(path));
const arrived = () => proxy.arrived().filter(({ method, path }) => method !== 'GET' && EXPORTS.test(path));

/** How an error tells that nobody knows whether the write was done. */
function expectUnknown(answer: Answer): void {
  expect(answer.status, answer.text).toBe(504);
  expect(answer.object).toMatchObject({ kind: 'Status', reason: 'Timeout', code: 504 });
  expect(answer.object.message).toMatch(/outcome unknown.*"east"/);
  // A client that repeats by itself could do the same thing twice.
  expect(answer.headers['retry-after']).toBeUndefined();
  expect(answer.object.details?.retryAfterSeconds).toBeUndefined();
}

async function untilLive(): Promise<void> {
  await eventually('the member to take writes again', async () => {
    const body = exportOf(`east.${newName()}`);
    const answer = await call(hub, {
      method: 'POST',
      path: exportPath({ namespace: NAMESPACE, query: 'dryRun=All' }),
      body,
    });
    expect(answer.status, answer.text).toBe(201);
  });
}

/** A write whose answer is held longer than we wait, begun first because that takes half a minute. */
let late: { readonly answer: Promise<Answer>; readonly name: string; readonly release: () => void };

beforeAll(async () => {
  set = await startClusterSet(['east', 'west'], { memberArgs: ['--with-write-rights'] });
  proxy = await putProxyBefore(set, 'east');
  hub = set.controlPlane.cluster('hub');
  member = set.controlPlane.cluster('east');
  for (const name of ['east', 'west']) await set.member(name).apply(namespace(NAMESPACE));
  await set.startServer();
  await untilLive();
  const name = newName();
  const injection = proxy.inject(({ body }) => body.includes(`"${name}"`), faults.holdAfter);
  const body = exportOf(`east.${name}`);
  const answer = call(hub, { method: 'POST', path: exportPath({ namespace: NAMESPACE }), body });
  late = { answer, name, release: injection.release };
  await injection.met;
  await eventually('the member to have done it', async () => expect((await inMember(name)).status).toBe(200));
});

afterAll(async () => {
  late.release();
  await set.stop();
  await proxy.close();
});

afterEach(untilLive);

describe.each(WRITES)('$verb', (write) => {
  const inject = (fault: Fault, times?: number) => proxy.inject(faults.calls(write.method, EXPORTS), fault, times);

  it.each<[string, Fault, { done: boolean; reached: number }]>([
    ['the connection is cut after the member did it', faults.cutAfter, { done: true, reached: 1 }],
    ['the connection is cut inside of the answer', faults.cutInside, { done: true, reached: 1 }],
    ['the connection is cut before the member hears of it', faults.cutBefore, { done: false, reached: 0 }],
    ['the answer is garbage', faults.garbageBody, { done: true, reached: 1 }],
    ['the answer is half of the object', faults.truncatedBody, { done: true, reached: 1 }],
    [
      'the answer is another object',
      faults.changeBody(() => '{"kind":"Other","apiVersion":"v1","metadata":{"name":"x"}}'),
      { done: true, reached: 1 },
    ],
    [
      'the member answers 500',
      faults.answerStatus(500, { reason: 'InternalError', message: 'etcd' }),
      { done: false, reached: 0 },
    ],
    [
      'the member answers 503',
      faults.answerStatus(503, { reason: 'ServiceUnavailable', message: 'etcd' }, { 'retry-after': '1' }),
      { done: false, reached: 0 },
    ],
    [
      'a proxy answers 502 in HTML',
      faults.answerWith(502, '<html>bad gateway</html>', { 'content-type': 'text/html' }),
      { done: false, reached: 0 },
    ],
    [
      'the member answers 504',
      faults.answerStatus(504, { reason: 'Timeout', message: 'etcd' }),
      { done: false, reached: 0 },
    ],
  ])('is unknown when %s, and is sent once', async (_name, fault, expected) => {
    const prepared = await prepare(write);
    const injection = inject(fault);
    expectUnknown(await prepared.call());
    expect(injection.count()).toBe(1);
    expect(arrived()).toHaveLength(1);
    expect(reached()).toHaveLength(expected.reached);
    expect(write.isDone(await inMember(prepared.name))).toBe(expected.done);
  });

  it('is done once when the answer is slow, and does not hold up others', async () => {
    const prepared = await prepare(write);
    const injection = inject(faults.holdAfter);
    const answer = prepared.call();
    await injection.met;
    const body = exportOf(`west.${newName()}`);
    const other = await call(hub, { method: 'POST', path: exportPath({ namespace: NAMESPACE }), body });
    expect(other.status, other.text).toBe(201);
    injection.release();
    expect((await answer).status).toBe(write.verb === 'create' ? 201 : 200);
    expect(reached()).toHaveLength(1);
    expect(write.isDone(await inMember(prepared.name))).toBe(true);
  });

  it.each<[string, Fault, { status: number; reason: string; message: RegExp; retryAfter?: string }]>([
    [
      'too many requests, with the time to come back',
      faults.answerStatus(429, { reason: 'TooManyRequests', message: 'slow down' }, { 'retry-after': '7' }),
      { status: 429, reason: 'TooManyRequests', message: /"east".*slow down/, retryAfter: '7' },
    ],
    [
      'refused credentials, as an error of ours',
      faults.answerStatus(401, { reason: 'Unauthorized', message: 'Unauthorized' }),
      { status: 503, reason: 'ServiceUnavailable', message: /"east".*credentials/ },
    ],
    [
      'refused rights',
      faults.answerStatus(403, {
        reason: 'Forbidden',
        message: 'serviceexports.multicluster.x-k8s.io is forbidden: User "system:serviceaccount:a:b" cannot write',
      }),
      { status: 403, reason: 'Forbidden', message: /"east".*lacks this right/ },
    ],
    [
      'a redirect, which is not followed',
      faults.answerWith(302, '', { location: 'https://127.0.0.1:1/elsewhere' }),
      { status: 503, reason: 'ServiceUnavailable', message: /"east" answered 302/ },
    ],
    [
      'a body too large',
      faults.answerStatus(413, { reason: 'RequestEntityTooLarge', message: 'limit is 3145728' }),
      { status: 413, reason: 'RequestEntityTooLarge', message: /limit is 3145728/ },
    ],
  ])('tells of %s, and is sent once', async (_name, fault, { status, reason, message, retryAfter }) => {
    const prepared = await prepare(write);
    inject(fault);
    const answer = await prepared.call();
    expect(answer.status, answer.text).toBe(status);
    expect(answer.object).toMatchObject({ kind: 'Status', reason, code: status });
    expect(answer.object.message).toMatch(message);
    expect(answer.headers['retry-after']).toBe(retryAfter);
    expect(arrived()).toHaveLength(1);
    expect(reached()).toHaveLength(0);
    expect(write.isDone(await inMember(prepared.name))).toBe(false);
  });

  it('is refused at once while the member is down, with the time to come back', async () => {
    const prepared = await prepare(write);
    await proxy.refuse();
    const answer = await prepared.call();
    await proxy.accept();
    expect(answer.status, answer.text).toBe(503);
    expect(answer.object.message).toMatch(/"east" cannot be written to now, and nothing was/);
    expect(answer.headers['retry-after']).toBe('5');
    expect(arrived()).toHaveLength(0);
    expect(write.isDone(await inMember(prepared.name))).toBe(false);
  });

  it('is refused at once when the handshake fails', async () => {
    const prepared = await prepare(write);
    proxy.breakHandshakes(true);
    const answer = await prepared.call();
    proxy.breakHandshakes(false);
    expect(answer.status, answer.text).toBe(503);
    expect(answer.headers['retry-after']).toBe('5');
    expect(arrived()).toHaveLength(0);
    expect(write.isDone(await inMember(prepared.name))).toBe(false);
  });
});

describe('conflicts that the member tells of', () => {
  const patch = WRITES.find(({ verb }) => verb === 'patch')!;
  const update = WRITES.find(({ verb }) => verb === 'update')!;
  const storm = (times: number) =>
    proxy.inject(faults.calls('PUT', EXPORTS), faults.answerStatus(409, conflict), times);

  it('are overcome by a patch that names no version', async () => {
    const prepared = await prepare(patch);
    storm(4);
    expect((await prepared.call()).status).toBe(200);
    expect(arrived()).toHaveLength(5);
    expect(reached()).toHaveLength(1);
  });

  it('end a patch after five tries', async () => {
    const prepared = await prepare(patch);
    const injection = storm(Number.POSITIVE_INFINITY);
    const answer = await prepared.call();
    injection.remove();
    expect(answer.status).toBe(409);
    expect(answer.object).toMatchObject({ reason: 'Conflict' });
    expect(arrived()).toHaveLength(5);
    expect(reached()).toHaveLength(0);
    expect(patch.isDone(await inMember(prepared.name))).toBe(false);
  });

  it('end an update at once', async () => {
    const prepared = await prepare(update);
    storm(1);
    expect((await prepared.call()).status).toBe(409);
    expect(arrived()).toHaveLength(1);
  });

  /** Somebody in the member is faster than the next PUT. */
  const overtake = (name: string) => {
    const path = exportPath({ namespace: NAMESPACE, name });
    const before = async (): Promise<void> => {
      const body = { metadata: { labels: { faster: 'yes' } } };
      expect((await call(member, { method: 'PATCH', type: 'merge', path, body })).status).toBe(200);
    };
    return proxy.inject(faults.calls('PUT', EXPORTS), faults.around({ before }));
  };

  it('that are real make a patch look again, so that nothing is lost', async () => {
    const prepared = await prepare(patch);
    overtake(prepared.name);
    expect((await prepared.call()).status).toBe(200);
    expect(reached()).toHaveLength(2);
    expect((await inMember(prepared.name)).object.metadata.labels).toEqual({ done: 'yes', faster: 'yes' });
  });

  it('that are real end a patch at once that names the version, and an update', async () => {
    const prepared = await prepare(patch);
    const read = (await call(hub, { method: 'GET', path: row(prepared.name) })).object;
    const { resourceVersion } = read.metadata;
    const named = { metadata: { ...LABELLED.metadata, resourceVersion } };
    overtake(prepared.name);
    const patched = await call(hub, { method: 'PATCH', type: 'merge', path: row(prepared.name), body: named });
    expect(patched.status, patched.text).toBe(409);
    expect(reached()).toHaveLength(1);
    const body = { ...read, metadata: { ...read.metadata, labels: { ...read.metadata.labels, done: 'yes' } } };
    const put = await call(hub, { method: 'PUT', path: row(prepared.name), body });
    expect(put.status, put.text).toBe(409);
    expect((await inMember(prepared.name)).object.metadata.labels).toEqual({ faster: 'yes' });
  });
});

describe('the kube-apiserver of the member', () => {
  const create = WRITES[0]!;

  // One that was restarted refuses everything until it has read its roles.
  beforeEach(async () => {
    await eventually('the member to take writes', async () => {
      const path = `${exportPath({ namespace: NAMESPACE })}?dryRun=All`;
      const rehearsed = await call(hub, { method: 'POST', path, body: exportOf(`east.${newName()}`) });
      expect(rehearsed.status, rehearsed.text).toBe(201);
    });
  });

  const restart = async (): Promise<void> => {
    await member.stop();
    await member.start();
  };

  it('may restart while it works on a write: never told as a success that is none', async () => {
    const prepared = await prepare(create);
    proxy.inject(faults.calls('POST', EXPORTS), faults.during(restart));
    const answer = await prepared.call();
    await eventually('the member to be back', () => inMember(prepared.name));
    const isDone = create.isDone(await inMember(prepared.name));
    if (answer.status === 201) expect(isDone).toBe(true);
    else expectUnknown(answer);
    expect(arrived()).toHaveLength(1);
  });

  it('may restart after it did a write whose answer is on its way', async () => {
    const prepared = await prepare(create);
    proxy.inject(faults.calls('POST', EXPORTS), faults.around({ after: restart }));
    const answer = await prepared.call();
    if (answer.status !== 201) expectUnknown(answer);
    expect(create.isDone(await inMember(prepared.name))).toBe(true);
    expect(reached()).toHaveLength(1);
  });

  it('may be gone when the write comes', async () => {
    const prepared = await prepare(create);
    await member.stop();
    const answer = await prepared.call();
    await member.start();
    expect([503, 504], answer.text).toContain(answer.status);
    expect(reached()).toHaveLength(0);
    expect(create.isDone(await inMember(prepared.name))).toBe(false);
  });
});

describe('an answer that never comes', () => {
  it('makes the outcome unknown', async () => {
    expectUnknown(await late.answer);
    expect((await inMember(late.name)).status).toBe(200);
  });

  it('does not hide what was written', async () => {
    await eventually('the row', async () => {
      expect((await call(hub, { method: 'GET', path: row(late.name) })).status).toBe(200);
    });
  });
});
