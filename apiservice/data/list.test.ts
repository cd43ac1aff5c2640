import { once } from 'node:events';
import { gunzipSync } from 'node:zlib';
import { afterEach, describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import type { KubeObject } from '../../src/kube/object.ts';
import type { Answer, ReadApi, ReadApiOptions } from '../../test/support/read-api.ts';
import { PLACES, startReadApi, thing } from '../../test/support/read-api.ts';

const AS_TABLE = { Accept: 'application/json;as=Table;v=v1;g=meta.k8s.io' };
const AS_METADATA = { Accept: 'application/json;as=PartialObjectMetadataList;v=v1;g=meta.k8s.io' };
const AS_ONE = { Accept: 'application/json;as=PartialObjectMetadata;v=v1;g=meta.k8s.io' };
const YAML = { Accept: 'application/yaml' };

let api: ReadApi | undefined;

async function start(options: ReadApiOptions = {}): Promise<ReadApi> {
  api = await startReadApi(options);
  return api;
}

afterEach(async () => {
  await api?.close();
  api = undefined;
});

interface List {
  readonly metadata: {
    readonly resourceVersion: string;
    readonly continue: string;
    readonly remainingItemCount?: number;
  };
  readonly items: readonly KubeObject[];
}

function listOf(answer: Answer): List {
  expect(answer.status, answer.text).toBe(200);
  return JSON.parse(answer.text) as List;
}

function names(list: List): string {
  return list.items.map(({ metadata }) => metadata.name).join(' ');
}

const OBJECT_A =
  '{"apiVersion":"things.example.com/v1","kind":"Thing","metadata":{"name":"a","namespace":"ns1","uid":"uid-a",' +
  '"creationTimestamp":"2025-12-31T23:00:00Z","resourceVersion":"RV"},"spec":{"size":1}}';

describe('the body of a LIST', () => {
  test('of nothing has an empty list and a revision', async () => {
    const { get, revision } = await start();
    const metadata = `{"continue":"","resourceVersion":"${revision()}"}`;
    expect((await get('/v1/things')).text).toBe(
      `{"apiVersion":"things.example.com/v1","kind":"ThingList","metadata":${metadata},"items":[]}\n`,
    );
    expect((await get('/v1/things', YAML)).text).toContain('\nitems: []\n');
    expect((await get('/v1/things?pretty=1')).text).toMatch(/\n  "items": \[\]\n}$/);
    expect((await get('/v1/things', AS_TABLE)).text).toMatch(/,"rows":\[\]\}\n$/);
    // As kube-apiserver has it, in this form alone.
    expect((await get('/v1/things', AS_METADATA)).text).toMatch(/,"items":null\}\n$/);
  });

  test('has each object with its own kind and apiVersion, in order of namespace and name', async () => {
    const { get, put } = await start();
    put(thing('b', { namespace: 'ns2' }), thing('a', { namespace: 'ns2' }), thing('z'));
    const answer = await get('/v1/things');
    expect(
      listOf(answer).items.map(({ kind, apiVersion, metadata }) => [
        kind,
        apiVersion,
        metadata.namespace,
        metadata.name,
      ]),
    ).toEqual([
      ['Thing', 'things.example.com/v1', 'ns1', 'z'],
      ['Thing', 'things.example.com/v1', 'ns2', 'a'],
      ['Thing', 'things.example.com/v1', 'ns2', 'b'],
    ]);
    expect(names(listOf(await get('/v1/namespaces/ns2/things')))).toBe('a b');
  });

  test('is the same bytes in every way it can be asked for', async () => {
    const { get, put, revision } = await start();
    put(thing('a'));
    const object = OBJECT_A.replace('RV', revision());
    const plain = await get('/v1/things');
    expect(plain.text).toBe(
      '{"apiVersion":"things.example.com/v1","kind":"ThingList",' +
        `"metadata":{"continue":"","resourceVersion":"${revision()}"},"items":[${object}]}\n`,
    );
    expect(plain.headers['content-length']).toBe(String(plain.bytes.length));
    expect(parse((await get('/v1/things', YAML)).text)).toEqual(JSON.parse(plain.text));
    expect((await get('/v1/things?pretty=true')).text).toBe(JSON.stringify(JSON.parse(plain.text), null, 2));
  });

  test('of metadata', async () => {
    const { get, put, revision } = await start();
    put(thing('a'));
    const metadata = /"metadata":\{.*?\}/.exec(OBJECT_A)?.[0].replace('RV', revision());
    const text =
      '{"kind":"PartialObjectMetadataList","apiVersion":"meta.k8s.io/v1",' +
      `"metadata":{"resourceVersion":"${revision()}"},"items":[` +
      `{"kind":"PartialObjectMetadata","apiVersion":"meta.k8s.io/v1",${metadata}}]}\n`;
    expect((await get('/v1/things', AS_METADATA)).text).toBe(text);
    expect(parse((await get('/v1/things', { Accept: AS_METADATA.Accept.replace('json', 'yaml') })).text)).toEqual(
      JSON.parse(text),
    );
    const beta = { Accept: AS_METADATA.Accept.replace('v=v1', 'v=v1beta1') };
    expect((await get('/v1/things', beta)).text).toContain('"apiVersion":"meta.k8s.io/v1beta1","metadata":{"name"');
  });

  test('of a table has a row for each object, with ages of the moment', async () => {
    let nowMs = Date.parse('2026-01-01T00:00:00Z');
    const { get, put, encoded } = await start({ deps: { clock: () => nowMs } });
    put(thing('a'), thing('b', { size: 2 }));
    const first = await get('/v1/things', AS_TABLE);
    expect(first.text).toContain('"cells":["a",1,"60m"]');
    expect(first.text).toContain('"cells":["b",2,"60m"]');
    nowMs += 3_600_000;
    expect((await get('/v1/things', AS_TABLE)).text).toBe(first.text.replaceAll('60m', '120m'));
    expect(encoded()).toBe(2);
    const yaml = { Accept: AS_TABLE.Accept.replace('json', 'yaml') };
    expect(parse((await get('/v1/things', yaml)).text)).toEqual(JSON.parse((await get('/v1/things', AS_TABLE)).text));
  });

  test('reads strings as strings in YAML, whatever they look like', async () => {
    const { get, put } = await start();
    const odd = [
      'yes',
      'on',
      '1e3',
      '0x10',
      '~',
      'null',
      '2025-01-01',
      'a: b',
      '- x',
      "it's",
      'two\nlines\n\n  more',
      '',
    ];
    put({ ...thing('a'), spec: { odd } });
    const { items } = parse((await get('/v1/things', YAML)).text, { version: '1.1' }) as List;
    expect(items[0]?.spec).toEqual({ odd });
  });

  test('is made of bytes that are encoded once', async () => {
    const { get, put, encoded } = await start();
    put(thing('a'), thing('b'));
    await get('/v1/things');
    await get('/v1/namespaces/ns1/things');
    await get('/v1/namespaces/ns1/things/a');
    expect(encoded()).toBe(2);
    await get('/v2/things');
    expect(encoded()).toBe(4);
  });

  test('is refused in the metadata form of single objects', async () => {
    const { get } = await start();
    const answer = await get('/v1/things', AS_ONE);
    expect(answer.status).toBe(406);
    expect(JSON.parse(answer.text)).toMatchObject({
      message:
        'you requested PartialObjectMetadata, but the requested object is a list (*unstructured.UnstructuredList)',
    });
  });

  test('warns of stale members', async () => {
    const { get } = await start({ freshness: { staleWarning: () => 'm1 is stale' } });
    expect((await get('/v1/things')).headers.warning).toBe('299 - "m1 is stale"');
  });
});

describe('selectors', () => {
  test.each([
    ['labelSelector=tier%3Dfront', 'a'],
    ['labelSelector=tier%3Dfront,tier%3Dback', ''],
    ['labelSelector=tier%20in%20(front)', 'a'],
    ['fieldSelector=metadata.name%3Dc,metadata.name%3Da', ''],
    ['fieldSelector=metadata.name%3Dc&labelSelector=!tier', 'c'],
    ['fieldSelector=metadata.name%3Dc&labelSelector=tier%3Dfront', ''],
    ['labelSelector=tier', 'a b'],
    ['labelSelector=!tier', 'c'],
    ['labelSelector=tier!%3Dfront', 'b c'],
    ['fieldSelector=metadata.name%3Dc', 'c'],
    ['fieldSelector=metadata.name!%3Dc', 'a b'],
    ['fieldSelector=metadata.namespace%3Dother', ''],
    ['labelSelector=tier&fieldSelector=metadata.name!%3Da', 'b'],
    ['labelSelector=&fieldSelector=', 'a b c'],
  ])('%s selects %j', async (query, expected) => {
    const { get, put } = await start();
    put(thing('a', { labels: { tier: 'front' } }), thing('b', { labels: { tier: 'back' } }), thing('c'));
    expect(names(listOf(await get(`/v1/things?${query}`)))).toBe(expected);
  });

  test('by name find it in each namespace, also page by page', async () => {
    const { get, put } = await start();
    const objects = ['ns1', 'ns2', 'ns3'].flatMap((namespace) =>
      (namespace === 'ns2' ? ['a', 'c'] : ['a', 'b', 'c']).map((name) => thing(name, { namespace })),
    );
    put(...objects);
    const found = async (query: string): Promise<readonly [string | undefined, List]> => {
      const list = listOf(await get(`/v1/things?fieldSelector=metadata.name%3Db${query}`));
      return [list.items.map(({ metadata }) => metadata.namespace).join(' '), list];
    };
    expect((await found(''))[0]).toBe('ns1 ns3');
    const [first, { metadata }] = await found('&limit=1');
    expect([first, (await found(`&limit=1&continue=${metadata.continue}`))[0]]).toEqual(['ns1', 'ns3']);
    expect((await found(',metadata.namespace%3Dns3'))[0]).toBe('ns3');
  });

  test('by a field that is not offered are refused', async () => {
    const { get } = await start();
    const answer = await get('/v1/things?fieldSelector=spec.size%3D1');
    expect([answer.status, answer.text]).toEqual([
      400,
      expect.stringContaining('field label not supported: spec.size'),
    ]);
    expect((await get(`/v1/${PLACES.resource}?fieldSelector=metadata.namespace%3Da`)).status).toBe(400);
  });
});

describe('paging', () => {
  async function startWithFive(options: ReadApiOptions = {}): Promise<ReadApi> {
    const started = await start(options);
    started.put(
      ...['a', 'b', 'c', 'd', 'e'].map((name) => thing(name, { labels: { odd: String('ace'.includes(name)) } })),
    );
    return started;
  }

  test('shows one state on all pages, whatever happens meanwhile', async () => {
    const { get, put, remove } = await startWithFive();
    const first = listOf(await get('/v1/things?limit=2'));
    expect([names(first), first.metadata.remainingItemCount]).toEqual(['a b', 3]);
    remove('c');
    put(thing('bb'), thing('d', { size: 7 }));
    const second = listOf(await get(`/v1/things?limit=2&continue=${first.metadata.continue}`));
    expect([names(second), second.metadata.remainingItemCount]).toEqual(['c d', 1]);
    expect(second.items[1]?.spec).toEqual({ size: 1 });
    const third = listOf(await get(`/v1/things?limit=2&continue=${second.metadata.continue}`));
    expect(third.metadata).toEqual({ continue: '', resourceVersion: first.metadata.resourceVersion });
    expect(names(third)).toBe('e');
    expect(names(listOf(await get('/v1/things')))).toBe('a b bb d e');
  });

  test('without a limit gives the rest at once', async () => {
    const { get } = await startWithFive();
    const first = listOf(await get('/v1/things?limit=1'));
    const rest = listOf(await get(`/v1/things?continue=${first.metadata.continue}`));
    expect([names(rest), rest.metadata.continue]).toEqual(['b c d e', '']);
  });

  test('that ends exactly with the last object has no further page', async () => {
    const { get } = await startWithFive();
    expect(listOf(await get('/v1/things?limit=5')).metadata.continue).toBe('');
    expect(listOf(await get('/v1/things?limit=4')).metadata).toMatchObject({ remainingItemCount: 1 });
  });

  test('counts selected objects and does not tell how many remain', async () => {
    const { get } = await startWithFive();
    const first = listOf(await get('/v1/things?limit=2&labelSelector=odd%3Dtrue'));
    expect([names(first), first.metadata.remainingItemCount]).toEqual(['a c', undefined]);
    const second = listOf(await get(`/v1/things?limit=2&labelSelector=odd%3Dtrue&continue=${first.metadata.continue}`));
    expect([names(second), second.metadata.continue]).toEqual(['e', '']);
  });

  test('works for tables and metadata', async () => {
    const { get } = await startWithFive();
    expect(JSON.parse((await get('/v1/things?limit=2', AS_TABLE)).text)).toMatchObject({
      metadata: { continue: expect.stringMatching(/./) as string, remainingItemCount: 3 },
      rows: [{}, {}],
    });
    expect(JSON.parse((await get('/v1/things?limit=2', AS_METADATA)).text)).toMatchObject({
      metadata: { continue: expect.stringMatching(/./) as string, remainingItemCount: 3 },
    });
  });

  test('that has become too old offers to go on with the latest state', async () => {
    const { get, put } = await startWithFive({ storeLimits: { historyEventsMax: 1, historyAgeMinMs: 0 } });
    const first = listOf(await get('/v1/things?limit=2'));
    put(thing('bb'), thing('cc'), thing('f'));
    const expired = await get(`/v1/things?limit=2&continue=${first.metadata.continue}`);
    expect(expired.status).toBe(410);
    const status = JSON.parse(expired.text) as { reason: string; message: string; metadata: { continue: string } };
    expect(status).toMatchObject({
      reason: 'Expired',
      message: expect.stringContaining('The provided continue parameter is too old') as string,
    });
    expect(names(listOf(await get(`/v1/things?continue=${status.metadata.continue}`)))).toBe('bb c cc d e f');
  });

  test.each([
    ['continue=nonsense!', 400, 'invalid continue token: continue key is not valid'],
    ['continue=TOKEN&resourceVersion=5', 400, 'specifying resource version is not allowed when using continue'],
    ['continue=TOKEN&resourceVersion=5&resourceVersionMatch=Exact', 422, 'is forbidden when continue is provided'],
    ['continue=TOKEN&resourceVersion=0', 200, '"name":"b"'],
  ])('%s: %i', async (query, code, text) => {
    const { get } = await startWithFive();
    const token = listOf(await get('/v1/things?limit=1')).metadata.continue;
    const answer = await get(`/v1/things?${query.replace('TOKEN', token)}`);
    expect([answer.status, answer.text]).toEqual([code, expect.stringContaining(text)]);
  });

  test('of one namespace cannot go on in another', async () => {
    const { get } = await startWithFive();
    const token = listOf(await get('/v1/things?limit=1')).metadata.continue;
    expect((await get(`/v1/namespaces/ns1/things?continue=${token}`)).status).toBe(400);
  });
});

describe('resourceVersion and resourceVersionMatch', () => {
  /** OLD is the revision of the first state, NOW the current one. The first state holds a, the current one a and b. */
  test.each([
    ['', 'a b'],
    ['resourceVersion=0', 'a b'],
    ['resourceVersion=00', 'a b'],
    ['resourceVersion=OLD', 'a b'],
    ['resourceVersion=NOW', 'a b'],
    ['resourceVersion=1', 'a b'],
    ['limit=1', 'a…'],
    ['resourceVersion=0&limit=1', 'a b'],
    ['resourceVersion=OLD&limit=1', 'a'],
    ['resourceVersion=NOW&limit=1', 'a…'],
    ['resourceVersion=1&limit=1', '410'],
    ['resourceVersion=FUTURE&limit=1', '504'],
    ['resourceVersionMatch=Exact', '422'],
    ['resourceVersion=0&resourceVersionMatch=Exact', '422'],
    ['resourceVersion=OLD&resourceVersionMatch=Exact', 'a'],
    ['resourceVersion=NOW&resourceVersionMatch=Exact', 'a b'],
    ['resourceVersion=NOW&resourceVersionMatch=Exact&limit=1', 'a…'],
    ['resourceVersion=1&resourceVersionMatch=Exact', '410'],
    ['resourceVersion=FUTURE&resourceVersionMatch=Exact', '504'],
    ['resourceVersionMatch=NotOlderThan', '422'],
    ['resourceVersion=0&resourceVersionMatch=NotOlderThan', 'a b'],
    ['resourceVersion=0&resourceVersionMatch=NotOlderThan&limit=1', 'a b'],
    ['resourceVersion=OLD&resourceVersionMatch=NotOlderThan', 'a b'],
    ['resourceVersion=OLD&resourceVersionMatch=NotOlderThan&limit=1', 'a…'],
    ['resourceVersion=FUTURE&resourceVersionMatch=NotOlderThan', '504'],
    ['resourceVersion=FUTURE', '504'],
    ['resourceVersion=x', '400'],
  ])('%j: %s', async (query, expected) => {
    const { get, put, revision } = await start({ limits: { futureRevisionMs: 10 } });
    put(thing('a'));
    const old = revision();
    put(thing('b'));
    const asked = query.replace('OLD', old).replace('NOW', revision()).replace('FUTURE', `9${revision()}`);
    const answer = await get(`/v1/things?${asked}`);
    if (answer.status !== 200) expect(String(answer.status)).toBe(expected);
    else {
      const list = listOf(answer);
      expect(names(list) + (list.metadata.continue === '' ? '' : '…')).toBe(expected);
    }
  });

  test('an expired list says so', async () => {
    const { get } = await start();
    expect(JSON.parse((await get('/v1/things?resourceVersion=1&resourceVersionMatch=Exact')).text)).toMatchObject({
      reason: 'Expired',
      message: 'The resourceVersion for the provided list is too old.',
      metadata: {},
    });
  });

  test('a revision that comes in time is waited for', async () => {
    const { get, put, store } = await start();
    const next = store.reader.current() + 256;
    const answer = get(`/v1/things?resourceVersion=${next}`);
    put(thing('a'));
    expect(names(listOf(await answer))).toBe('a');
  });
});

describe('large lists', () => {
  const MANY = Array.from({ length: 500 }, (_, index) => thing(`t${index}`, { labels: { filler: 'x'.repeat(1000) } }));

  test('are compressed when the client takes gzip, once for all readers of a revision', async () => {
    const { get, put } = await start();
    put(...MANY);
    const plain = await get('/v1/things');
    const [first, second] = await Promise.all([
      get('/v1/things', { 'Accept-Encoding': 'gzip' }),
      get('/v1/things', { 'Accept-Encoding': 'deflate, gzip;q=0.5' }),
    ]);
    expect(first.headers).toMatchObject({ 'content-encoding': 'gzip', vary: 'Accept-Encoding' });
    expect(first.headers['content-length']).toBe(String(first.bytes.length));
    expect(gunzipSync(first.bytes).equals(plain.bytes)).toBe(true);
    expect(second.bytes.equals(first.bytes)).toBe(true);
    const table = await get('/v1/things', { ...AS_TABLE, 'Accept-Encoding': 'gzip' });
    expect(gunzipSync(table.bytes).equals((await get('/v1/things', AS_TABLE)).bytes)).toBe(true);
    expect((await get('/v1/things', { 'Accept-Encoding': 'gzip;q=0' })).headers['content-encoding']).toBeUndefined();
    put(thing('t0', { size: 2 }));
    const changed = await get('/v1/things', { 'Accept-Encoding': 'gzip' });
    expect(gunzipSync(changed.bytes).equals((await get('/v1/things')).bytes)).toBe(true);
  });

  test('as tables are compressed with the ages of the moment', async () => {
    let nowMs = Date.parse('2026-01-01T00:00:00Z');
    const { get, put } = await start({ deps: { clock: () => nowMs } });
    put(...MANY);
    const zipped = async (): Promise<string> =>
      gunzipSync((await get('/v1/things', { ...AS_TABLE, 'Accept-Encoding': 'gzip' })).bytes).toString();
    expect(await zipped()).toContain('["t0",1,"60m"]');
    nowMs += 3_600_000;
    expect(await zipped()).toContain('["t0",1,"120m"]');
  });

  test('as tables have all rows, small ones and ones that are larger than what is filled at a time', async () => {
    const { get, put } = await start();
    const sizes = [10, 70_000, 10, 30_000, 30_000, 30_000, 200_000, 10];
    put(...sizes.map((size, index) => thing(`t${index}`, { labels: { filler: 'x'.repeat(size) } })));
    const answer = await get('/v1/things', AS_TABLE);
    const { rows } = JSON.parse(answer.text) as { rows: { object: { metadata: { labels: { filler: string } } } }[] };
    expect(rows.map(({ object }) => object.metadata.labels.filler.length)).toEqual(sizes);
  });

  test.each([
    ['objects', {}],
    ['metadata', AS_METADATA],
    ['rows', AS_TABLE],
  ])('of %s are the same bytes whether they are kept in parts or put together', async (_form, headers) => {
    const { get, put, remove } = await start();
    const labels = (filler: number): Record<string, string> => ({ filler: 'x'.repeat(filler) });
    put(...Array.from({ length: 600 }, (_, index) => thing(`t${index}`, { labels: labels(index % 300) })));
    put(thing('t300', { labels: labels(300_000) }));
    const both = async (): Promise<void> => {
      // A selector leaves nothing out here, but could.
      const [kept, single] = [await get('/v1/things', headers), await get('/v1/things?labelSelector=filler', headers)];
      expect(kept.text.length).toBeGreaterThan(300_000);
      expect(kept.text === single.text).toBe(true);
    };
    await both();
    put(thing('t5', { size: 7, labels: labels(5) }));
    remove('t6');
    await both();
  });

  test('arrive whole on both sides of the size that is sent at once', async () => {
    const { get, put } = await start();
    const sized = async (fillerBytes: number): Promise<Answer> => {
      put(thing('t', { labels: { filler: 'x'.repeat(fillerBytes) } }));
      return get('/v1/things');
    };
    const aroundBytes = (await sized(0)).bytes.length;
    for (const bytes of [128 * 1024 - 1, 128 * 1024, 128 * 1024 + 1]) {
      const answer = await sized(bytes - aroundBytes);
      expect(answer.headers['content-length']).toBe(String(bytes));
      expect(answer.bytes).toHaveLength(bytes);
      expect(listOf(answer).items[0]?.metadata.labels?.['filler']).toHaveLength(bytes - aroundBytes);
    }
  });

  test('reach a slow reader undamaged', async () => {
    const { get, watch, put } = await start();
    put(...Array.from({ length: 20_000 }, (_, index) => thing(`t${index}`, { labels: { filler: 'x'.repeat(500) } })));
    const { message } = await watch('/v1/things');
    message.pause();
    const expected = await get('/v1/things');
    message.resume();
    const chunks: string[] = [];
    message.on('data', (chunk: string) => chunks.push(chunk));
    await once(message, 'end');
    expect(chunks.join('') === expected.text).toBe(true);
  });

  test('are sent without a length when not all bytes can be held', async () => {
    const { get, put } = await start({ limits: { listHeldBytesMax: 1000 } });
    put(...MANY);
    const answer = await get('/v1/things');
    expect(answer.headers['content-length']).toBeUndefined();
    expect(listOf(answer).items).toHaveLength(500);
  });

  test('are refused while too many bytes are being sent, and one alone never is', async () => {
    const { get, watch, put, metrics } = await start({ limits: { listBytesInFlightMax: 1000, bodyStallMs: 20_000 } });
    put(...Array.from({ length: 40 }, (_, index) => thing(`t${index}`, { labels: { filler: 'x'.repeat(500_000) } })));
    // A reader that does not read keeps its bytes in flight.
    const { message } = await watch('/v1/things');
    message.pause();
    const refused = await get('/v1/things');
    expect(refused.status).toBe(429);
    expect(refused.headers['retry-after']).toBe('3');
    expect(metrics.refused).toBe(1);
    message.destroy();
    await expect.poll(async () => (await get('/v1/things')).status).toBe(200);
    expect(metrics.listBytesMax).toBeGreaterThan(20_000_000);
  });

  test('of a client that takes nothing are given up', async () => {
    const { watch, put, openSockets } = await start({ limits: { bodyStallMs: 200 } });
    put(...Array.from({ length: 40 }, (_, index) => thing(`t${index}`, { labels: { filler: 'x'.repeat(500_000) } })));
    const { message } = await watch('/v1/things');
    message.pause();
    await expect.poll(() => openSockets().length).toBe(0);
  });
});

test('HEAD answers like GET, without the body', async () => {
  const { put, port } = await start();
  put(thing('a'));
  for (const path of ['/v1/things', '/v1/namespaces/ns1/things/a', '/v1/things?watch=1']) {
    const answer = await fetch(`http://127.0.0.1:${port}${path}`, { method: 'HEAD' });
    expect([answer.status, await answer.text()]).toEqual([200, '']);
  }
});

test('verbs that write are not answered here', async () => {
  const { port } = await start();
  const answer = await fetch(`http://127.0.0.1:${port}/v1/namespaces/ns1/things`, { method: 'POST' });
  expect(answer.status).toBe(405);
  expect(await answer.json()).toMatchObject({ reason: 'MethodNotAllowed', message: 'things are computed' });
});
