import type { ServerResponse } from 'node:http';
import { request as httpRequest } from 'node:http';
import { afterEach, describe, expect, it } from 'vitest';

import type { ReadApi } from '../../test/support/read-api.ts';
import { GROUP, startReadApi, thing, THINGS } from '../../test/support/read-api.ts';
import { until } from '../../test/support/until.ts';
import { conflict, notFound } from '../../src/kube/api-errors.ts';
import type { JsonObject, KubeObject } from '../../src/kube/object.ts';
import { isJsonList, isJsonObject, textAt } from '../../src/kube/object.ts';
import type { RowWrite, RowWrites } from '../../src/kube/row-write.ts';
import type { RequestUser } from '../../src/kube/request-user.ts';
import { createWriteHandler } from './handler.ts';

const LABEL = 'clusterset-apiserver.dev/cluster';
const ONE = '/v1/namespaces/ns1/things/east.a';
const ALL = '/v1/namespaces/ns1/things';
const JSON_BODY = { 'content-type': 'application/json' };

let api: ReadApi | undefined;
afterEach(async () => {
  await api?.close();
  api = undefined;
});

const ALL_VERBS = ['get', 'list', 'watch', 'create', 'update', 'patch', 'delete', 'deletecollection'] as const;

interface Seen {
  readonly writes: { readonly verb: string; readonly write: RowWrite; readonly more: unknown }[];
  readonly responses: ServerResponse[];
  /** What became of the handler itself. */
  readonly ends: Promise<void>[];
  /** Runs before a write answers. */
  before: (write: RowWrite) => Promise<void>;
}

/** The write verbs over rows that answer with what they got. */
async function start(user: Partial<RequestUser> = {}): Promise<Seen> {
  const seen: Seen = { writes: [], responses: [], ends: [], before: () => Promise.resolve() };
  const saw = async (verb: string, write: RowWrite, more: unknown): Promise<void> => {
    seen.writes.push({ verb, write, more });
    await seen.before(write);
  };
  const writes: RowWrites = {
    create: async (write, row) => {
      await saw('create', write, row);
      return { row: numbered(row), created: true, warnings: ['created'] };
    },
    change: async (write, { type, change }) => {
      const row = change(numbered(thing(write.target.name)));
      await saw(type, write, row);
      return { row: numbered(row), created: false, warnings: [] };
    },
    apply: async (write, applied, force) => {
      await saw('apply', write, [applied, force]);
      return { row: numbered(thing(write.target.name)), created: write.target.name === 'east.new', warnings: [] };
    },
    remove: async (write, deletion) => {
      await saw('delete', write, deletion);
      const row = numbered(thing(write.target.name));
      if (write.target.name === 'east.held') return { type: 'leaving', row, warnings: ['held'] };
      return { type: 'gone', row, uid: 'uid-gone', warnings: [] };
    },
  };
  api = await startReadApi({
    definitions: [{ ...THINGS, made: 'projected', implementedVerbs: ALL_VERBS }],
    wrap: (data, next) => {
      const handler = createWriteHandler({ data, writes, bodyBytesMax: 10_000 }, next);
      return (request, message, response) => {
        const end = handler({ ...request, user: { ...request.user, ...user } }, message, response);
        seen.responses.push(response);
        seen.ends.push(end);
        return end;
      };
    },
  });
  return seen;
}

function numbered(row: KubeObject): KubeObject {
  return { ...row, metadata: { ...row.metadata, resourceVersion: '7' } };
}

function running(): ReadApi {
  if (api === undefined) throw new Error('not started');
  return api;
}

interface Call {
  readonly method: 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  readonly path: string;
  readonly headers?: Record<string, string>;
}

function send({ method, path, headers = JSON_BODY }: Call, value?: unknown) {
  if (value === undefined) return running().send(method, path, { headers });
  const body = JSON.stringify(value);
  // Node.js gives a DELETE no length by itself.
  const length = String(Buffer.byteLength(body));
  return running().send(method, path, { headers: { ...headers, 'content-length': length }, body });
}

function parsed(text: string): JsonObject {
  const value: unknown = JSON.parse(text);
  if (!isJsonObject(value)) throw new Error('no object');
  return value;
}

function namesIn(text: string): readonly (string | undefined)[] {
  const { items } = parsed(text);
  return isJsonList(items) ? items.map((item) => textAt(item, 'metadata', 'name')) : [];
}

describe('a write request', () => {
  it('creates, with its options and its warnings', async () => {
    const seen = await start();
    const answer = await send(
      { method: 'POST', path: `${ALL}?dryRun=All&fieldManager=me&fieldValidation=Strict` },
      thing('east.a'),
    );
    expect([answer.status, textAt(parsed(answer.text), 'metadata', 'resourceVersion')]).toEqual([201, '7']);
    expect(answer.headers.warning).toBe('299 - "created"');
    expect(seen.writes[0]?.write).toMatchObject({
      target: { resource: 'things', group: GROUP, kind: 'Thing', version: 'v1', namespace: 'ns1', name: 'east.a' },
      options: { dryRun: true, fieldManager: 'me', fieldValidation: 'Strict' },
      user: { name: 'jane' },
      auditId: 'audit',
    });
  });

  it('updates, patches, applies and deletes', async () => {
    const seen = await start();
    expect((await send({ method: 'PUT', path: ONE }, { ...thing('east.a'), spec: { size: 5 } })).status).toBe(200);
    const merge = { 'content-type': 'application/merge-patch+json; charset=utf-8' };
    expect(
      (await send({ method: 'PATCH', path: ONE, headers: merge }, { metadata: { labels: { a: 'b' } } })).status,
    ).toBe(200);
    const apply = { 'content-type': 'application/apply-patch+yaml' };
    const applied = { apiVersion: `${GROUP}/v1`, kind: 'Thing' };
    expect(
      (await send({ method: 'PATCH', path: `${ONE}?fieldManager=me&force=1`, headers: apply }, applied)).status,
    ).toBe(200);
    expect(
      (await send({ method: 'PATCH', path: `${ALL}/east.new?fieldManager=me`, headers: apply }, applied)).status,
    ).toBe(201);
    const deleted = await send(
      { method: 'DELETE', path: ONE },
      { preconditions: { uid: 'u' }, propagationPolicy: 'Orphan' },
    );
    expect(parsed(deleted.text)).toMatchObject({ status: 'Success', details: { name: 'east.a', uid: 'uid-gone' } });
    const held = await send({ method: 'DELETE', path: `${ALL}/east.held` });
    expect([parsed(held.text)['kind'], held.headers.warning]).toEqual(['Thing', '299 - "held"']);
    expect(seen.writes.map(({ verb }) => verb)).toEqual(['update', 'patch', 'apply', 'apply', 'delete', 'delete']);
    expect(seen.writes[0]?.more).toMatchObject({ spec: { size: 5 } });
    expect(seen.writes[1]?.more).toMatchObject({ metadata: { name: 'east.a', labels: { a: 'b' } } });
    expect(seen.writes[2]?.more).toMatchObject([{ metadata: { name: 'east.a', namespace: 'ns1' } }, true]);
    expect(seen.writes[4]?.more).toMatchObject({ preconditions: { uid: 'u' }, propagationPolicy: 'Orphan' });
  });

  it('tells that its version is deprecated', async () => {
    await start();
    const answer = await send({ method: 'DELETE', path: ONE.replace('v1', 'v2') });
    expect(answer.headers.warning).toBe('299 - "v2 is deprecated"');
  });

  it('takes any warning, and no more of them than a header may hold', async () => {
    const seen = await start();
    seen.before = (write) => {
      for (const text of [
        'für später…',
        'a\r\nb',
        'a\r\nb',
        ...Array.from({ length: 100 }, (_, n) => `${n}${'x'.repeat(300)}`),
      ])
        write.warn(text);
      return Promise.resolve();
    };
    const { status, headers } = await send({ method: 'DELETE', path: ONE });
    expect(status).toBe(200);
    const warning = Buffer.from(headers.warning ?? '', 'latin1').toString('utf8');
    expect(warning).toContain('299 - "für später…", 299 - "a  b", 299 - "0x');
    expect(warning.length).toBeLessThan(5_000);
  });

  it('is refused before it is sent: patch type, form, body and size', async () => {
    const seen = await start();
    const strategic = { 'content-type': 'application/strategic-merge-patch+json' };
    expect((await send({ method: 'PATCH', path: ONE, headers: strategic }, {})).status).toBe(415);
    expect((await send({ method: 'PUT', path: ONE }, thing('east.b'))).status).toBe(400);
    expect((await send({ method: 'POST', path: ALL }, { ...thing('east.a'), big: 'x'.repeat(20_000) })).status).toBe(
      413,
    );
    expect((await send({ method: 'DELETE', path: ONE, headers: { accept: 'text/html' } })).status).toBe(406);
    expect(seen.writes).toEqual([]);
  });

  it.each([
    'system:serviceaccount:kube-system:namespace-controller',
    'system:serviceaccount:kube-system:generic-garbage-collector',
    'system:kube-controller-manager',
  ])('of %s is 405: the hub cleans nothing up in members', async (name) => {
    const seen = await start({ name });
    for (const method of ['DELETE', 'PATCH', 'PUT'] as const)
      expect((await send({ method, path: ONE }, {})).status).toBe(405);
    expect((await send({ method: 'DELETE', path: `${ALL}?labelSelector=${LABEL}%3Deast` })).status).toBe(405);
    expect(seen.writes).toEqual([]);
  });

  it('leaves everything else to the next handler', async () => {
    await start();
    running().put(thing('east.a'));
    expect((await running().get(ONE)).status).toBe(200);
  });

  it('is done, and that is no failure, although the deadline has answered before', async () => {
    const seen = await start();
    seen.before = (write) => {
      seen.responses[0]?.writeHead(504).end();
      write.warn('too late');
      return Promise.resolve();
    };
    expect((await send({ method: 'DELETE', path: ONE })).status).toBe(504);
    await expect(seen.ends[0]).resolves.toBeUndefined();
  });

  it('is done although its client went away', async () => {
    const seen = await start();
    let finish = (): void => undefined;
    seen.before = () => new Promise((resolve) => void (finish = resolve));
    const request = httpRequest({ port: running().port, host: '127.0.0.1', path: ONE, method: 'DELETE' });
    request.on('error', () => undefined).end();
    await until(() => expect(seen.writes).toHaveLength(1));
    request.destroy();
    finish();
    seen.before = () => Promise.resolve();
    expect((await send({ method: 'DELETE', path: ONE })).status).toBe(200);
  });
});

describe('deletecollection', () => {
  const PINNED = `${ALL}?labelSelector=${LABEL}%3Deast`;

  it.each([
    '',
    `?labelSelector=${LABEL}`,
    `?labelSelector=${LABEL}+in+(east,west)`,
    `?labelSelector=${LABEL}!%3Deast`,
    '?labelSelector=a%3Db',
  ])('without one member is 405: %s', async (query) => {
    const seen = await start();
    running().put(thing('east.a', { labels: { [LABEL]: 'east' } }));
    const answer = await send({ method: 'DELETE', path: `${ALL}${query}` });
    expect([answer.status, answer.text.includes(`${LABEL}=<cluster>`)]).toEqual([405, true]);
    expect(seen.writes).toEqual([]);
  });

  it('deletes the rows of one member, and passes over those that went', async () => {
    const seen = await start();
    for (const name of ['east.a', 'east.b']) running().put(thing(name, { labels: { [LABEL]: 'east' } }));
    running().put(thing('west.a', { labels: { [LABEL]: 'west' } }));
    seen.before = ({ target }) => {
      if (target.name === 'east.a') throw notFound(target, target.name);
      return Promise.resolve();
    };
    const answer = await send({ method: 'DELETE', path: PINNED }, { dryRun: ['All'] });
    expect(answer.status).toBe(200);
    expect(namesIn(answer.text)).toEqual(['east.a', 'east.b']);
    expect(seen.writes.map(({ write }) => `${write.target.name} ${write.options.dryRun}`)).toEqual([
      'east.a true',
      'east.b true',
    ]);
  });

  it('ends at the first failure', async () => {
    const seen = await start();
    for (const name of ['east.a', 'east.b']) running().put(thing(name, { labels: { [LABEL]: 'east' } }));
    seen.before = ({ target }) => {
      throw conflict(target, target.name, 'no');
    };
    expect((await send({ method: 'DELETE', path: PINNED })).status).toBe(409);
    expect(seen.writes).toHaveLength(1);
  });

  it('ends when its client went away', async () => {
    const seen = await start();
    for (const name of ['east.a', 'east.b']) running().put(thing(name, { labels: { [LABEL]: 'east' } }));
    let finish = (): void => undefined;
    seen.before = () => new Promise((resolve) => void (finish = resolve));
    const request = httpRequest({ port: running().port, host: '127.0.0.1', path: PINNED, method: 'DELETE' });
    request.on('error', () => undefined).end();
    await until(() => expect(seen.writes).toHaveLength(1));
    request.destroy();
    await until(() =>
      expect(
        running()
          .openSockets()
          .every((socket) => socket.destroyed),
      ).toBe(true),
    );
    finish();
    seen.before = () => Promise.resolve();
    await send({ method: 'DELETE', path: `${ALL}/other` });
    expect(seen.writes.map(({ write }) => write.target.name)).toEqual(['east.a', 'other']);
  });
});
