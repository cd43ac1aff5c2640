import { gunzipSync } from 'node:zlib';
import { afterEach, describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import type { ReadApi, ReadApiOptions } from '../../test/support/read-api.ts';
import { OTHER_GROUP, PLACES, startReadApi, thing } from '../../test/support/read-api.ts';

const AS_TABLE = { Accept: 'application/json;as=Table;v=v1;g=meta.k8s.io' };
const AS_METADATA = { Accept: 'application/json;as=PartialObjectMetadata;v=v1;g=meta.k8s.io' };
const AS_LIST = { Accept: 'application/json;as=PartialObjectMetadataList;v=v1;g=meta.k8s.io' };

let api: ReadApi | undefined;

async function start(options: ReadApiOptions = {}): Promise<ReadApi> {
  api = await startReadApi(options);
  api.put(thing('a', { size: 3 }));
  return api;
}

afterEach(async () => {
  await api?.close();
  api = undefined;
});

const A = '/v1/namespaces/ns1/things/a';

describe('the body of a GET', () => {
  test('is the object, byte for byte', async () => {
    const { get, revision } = await start();
    const answer = await get(A);
    expect(answer.status).toBe(200);
    expect(answer.headers).toMatchObject({
      'content-type': 'application/json',
      'cache-control': 'no-cache, private',
      'content-length': String(answer.bytes.length),
    });
    expect(answer.text).toBe(
      '{"apiVersion":"things.example.com/v1","kind":"Thing","metadata":{"name":"a","namespace":"ns1","uid":"uid-a",' +
        `"creationTimestamp":"2025-12-31T23:00:00Z","resourceVersion":"${revision()}"},"spec":{"size":3}}\n`,
    );
  });

  test('is in the version that was asked for, with the warning of a deprecated one', async () => {
    const { get } = await start();
    const answer = await get('/v2/namespaces/ns1/things/a');
    expect(JSON.parse(answer.text)).toMatchObject({ apiVersion: 'things.example.com/v2', spec: { width: 3 } });
    expect(answer.headers.warning).toBe('299 - "v2 is deprecated"');
  });

  test('carries the group it is served as, in managedFields too', async () => {
    const { get, put } = await start({ group: OTHER_GROUP });
    const managedFields = [
      { manager: 'x', apiVersion: 'things.example.com/v1' },
      { manager: 'y', apiVersion: 'v1' },
    ];
    const object = thing('b');
    put({ ...object, metadata: { ...object.metadata, managedFields } });
    expect(JSON.parse((await get('/v1/namespaces/ns1/things/b')).text)).toMatchObject({
      apiVersion: 'things.other.dev/v1',
      metadata: {
        managedFields: [
          { manager: 'x', apiVersion: 'things.other.dev/v1' },
          { manager: 'y', apiVersion: 'v1' },
        ],
      },
    });
  });

  test('is indented for people', async () => {
    const { get } = await start();
    const pretty = await get(A, { 'User-Agent': 'curl/8.0' });
    expect(pretty.text).toContain('{\n  "apiVersion": "things.example.com/v1",\n  "kind": "Thing",\n');
    expect((await get(`${A}?pretty=abc`, { 'User-Agent': 'curl/8.0' })).text).not.toContain('\n  ');
  });

  test('is YAML that means the same', async () => {
    const { get } = await start();
    const answer = await get(A, { Accept: 'application/yaml' });
    expect(answer.headers['content-type']).toBe('application/yaml');
    expect(parse(answer.text)).toEqual(JSON.parse((await get(A)).text));
    expect(answer.text).toContain('creationTimestamp: "2025-12-31T23:00:00Z"\n');
  });

  test('is metadata alone', async () => {
    const { get, revision } = await start();
    expect((await get(A, AS_METADATA)).text).toBe(
      '{"kind":"PartialObjectMetadata","apiVersion":"meta.k8s.io/v1","metadata":{"name":"a","namespace":"ns1",' +
        `"uid":"uid-a","creationTimestamp":"2025-12-31T23:00:00Z","resourceVersion":"${revision()}"}}\n`,
    );
  });

  test('is a table of one row', async () => {
    const { get, revision } = await start();
    expect((await get(A, AS_TABLE)).text).toBe(
      `{"kind":"Table","apiVersion":"meta.k8s.io/v1","metadata":{"resourceVersion":"${revision()}"},` +
        '"columnDefinitions":[' +
        '{"name":"Name","type":"string","format":"name","description":"The Name.","priority":0},' +
        '{"name":"Size","type":"string","format":"","description":"The Size.","priority":0},' +
        '{"name":"Age","type":"string","format":"","description":"The Age.","priority":0}],' +
        '"rows":[{"cells":["a",3,"60m"],"object":{"kind":"PartialObjectMetadata","apiVersion":"meta.k8s.io/v1",' +
        '"metadata":{"name":"a","namespace":"ns1","uid":"uid-a","creationTimestamp":"2025-12-31T23:00:00Z",' +
        `"resourceVersion":"${revision()}"}}}]}\n`,
    );
  });

  test('is compressed when it is long and the client takes gzip', async () => {
    const { get, put } = await start();
    put(thing('big', { labels: { filler: 'x'.repeat(140 * 1024) } }));
    const zipped = await get('/v1/namespaces/ns1/things/big', { 'Accept-Encoding': 'gzip' });
    expect(zipped.headers).toMatchObject({ 'content-encoding': 'gzip', vary: 'Accept-Encoding' });
    const plain = await get('/v1/namespaces/ns1/things/big');
    expect(plain.headers['content-encoding']).toBeUndefined();
    expect(gunzipSync(zipped.bytes).equals(plain.bytes)).toBe(true);
    expect((await get(A, { 'Accept-Encoding': 'gzip' })).headers['content-encoding']).toBeUndefined();
  });
});

test.each([
  ['Object', { apiVersion: 'things.example.com/v1', spec: { size: 3 } }],
  ['Metadata', { kind: 'PartialObjectMetadata' }],
])('a row with includeObject=%s carries it', async (include, object) => {
  const { get } = await start();
  const table: unknown = JSON.parse((await get(`${A}?includeObject=${include}`, AS_TABLE)).text);
  expect(table).toMatchObject({ rows: [{ object }] });
});

test('a row with includeObject=None carries nothing', async () => {
  const { get } = await start();
  expect((await get(`${A}?includeObject=None`, AS_TABLE)).text).toContain('"object":null}]}\n');
  expect((await get(`${A}?includeObject=x`, AS_TABLE)).status).toBe(400);
  expect((await get(`${A}?includeObject=x`)).status).toBe(200);
});

test('an age that is missing or unreadable is said so', async () => {
  const { get, put } = await start();
  const { metadata, ...rest } = thing('b');
  put({ ...rest, metadata: { name: 'b', namespace: 'ns1' } });
  put({ ...rest, metadata: { ...metadata, name: 'c', creationTimestamp: 'yesterday' } });
  expect((await get('/v1/namespaces/ns1/things/b', AS_TABLE)).text).toContain('["b",1,"<unknown>"]');
  expect((await get('/v1/namespaces/ns1/things/c', AS_TABLE)).text).toContain('["c",1,"<invalid>"]');
});

test('the status of an object is the whole object, where there is one', async () => {
  const { get } = await start();
  expect((await get(`${A}/status`)).text).toBe((await get(A)).text);
  expect((await get(`${A}/scale`)).status).toBe(404);
  expect((await get('/v2/namespaces/ns1/things/a/status')).status).toBe(404);
});

describe('an object that is not there', () => {
  test('is not found', async () => {
    const { get } = await start();
    const answer = await get('/v1/namespaces/ns1/things/b');
    expect(answer.status).toBe(404);
    expect(JSON.parse(answer.text)).toEqual({
      kind: 'Status',
      apiVersion: 'v1',
      metadata: {},
      status: 'Failure',
      message: 'things.things.example.com "b" not found',
      reason: 'NotFound',
      details: { name: 'b', group: 'things.example.com', kind: 'things' },
      code: 404,
    });
  });

  test('is unknown while a member that could hold it is unknown', async () => {
    const names = ['m1', 'm2', 'm3', 'm4', 'm5', 'm6', 'm7'];
    const { get } = await start({ freshness: { couldHold: (_definition, { name }) => (name === 'b' ? names : []) } });
    const answer = await get('/v1/namespaces/ns1/things/b');
    expect(answer.status).toBe(503);
    expect(answer.headers['retry-after']).toBe('2');
    expect(JSON.parse(answer.text)).toMatchObject({
      reason: 'ServiceUnavailable',
      message: 'whether things "b" exists is unknown: not read yet from member clusters m1, m2, m3, m4, m5 and 2 more',
    });
    expect((await get('/v1/namespaces/ns1/things/c')).status).toBe(404);
    expect((await get(A)).status).toBe(200);
  });
});

describe('the resourceVersion of a GET', () => {
  test('unset, 0, an old and the current one answer with the latest object', async () => {
    const { get, put, revision } = await start();
    put(thing('a', { size: 9 }));
    for (const asked of ['', '?resourceVersion=0', '?resourceVersion=1', `?resourceVersion=${revision()}`]) {
      expect(JSON.parse((await get(A + asked)).text)).toMatchObject({ spec: { size: 9 } });
    }
  });

  test('that comes within the limit is waited for', async () => {
    const { get, put, store } = await start();
    const next = store.reader.current() + 256;
    const answer = get(`${A}?resourceVersion=${next}`);
    put(thing('a', { size: 9 }));
    expect(JSON.parse((await answer).text)).toMatchObject({ spec: { size: 9 } });
  });

  test('that does not come is too large', async () => {
    const { get, revision } = await start({ limits: { futureRevisionMs: 10 } });
    const answer = await get(`${A}?resourceVersion=9000000000000000000`);
    expect(answer.status).toBe(504);
    expect(answer.headers['retry-after']).toBe('1');
    expect(JSON.parse(answer.text)).toMatchObject({
      reason: 'Timeout',
      message: `Timeout: Too large resource version: 9000000000000000000, current: ${revision()}`,
      details: { causes: [{ reason: 'ResourceVersionTooLarge', message: 'Too large resource version' }] },
    });
  });

  test('that is no number is refused', async () => {
    const { get } = await start();
    expect((await get(`${A}?resourceVersion=x`)).status).toBe(400);
  });
});

test('what no media type fits is refused', async () => {
  const { get } = await start();
  const answer = await get(A, { Accept: 'application/vnd.kubernetes.protobuf' });
  expect(answer.status).toBe(406);
  expect(JSON.parse(answer.text)).toMatchObject({
    reason: 'NotAcceptable',
    message: 'only the following media types are accepted: application/json, application/yaml',
  });
  expect((await get(A, AS_LIST)).status).toBe(406);
});

test('before the first sync everything is answered with 429', async () => {
  const { get } = await start({ freshness: { retryAfterSeconds: () => 7 } });
  for (const path of [A, '/v1/things', '/v1/things?watch=1']) {
    const answer = await get(path);
    expect(answer.status).toBe(429);
    expect(answer.headers['retry-after']).toBe('7');
  }
});

test('stale members are warned of in tables', async () => {
  const { get } = await start({ freshness: { staleWarning: () => 'member "m1"\n is stale' } });
  expect((await get(A, AS_TABLE)).headers.warning).toBe('299 - "member \\"m1\\"  is stale"');
  expect((await get(A)).headers.warning).toBeUndefined();
});

test('a kind without namespaces is found by name', async () => {
  const { get, put } = await start();
  put({ ...thing('p', { namespace: '' }), kind: PLACES.kind });
  expect(JSON.parse((await get('/v1/places/p')).text)).toMatchObject({ kind: 'Place', metadata: { name: 'p' } });
});

test('integers beyond 2^53 stay exact', async () => {
  const { get, put } = await start();
  put({ ...thing('b'), spec: { size: 9007199254740993n } });
  const path = '/v1/namespaces/ns1/things/b';
  expect((await get(path)).text).toContain('"size":9007199254740993}');
  expect((await get(`${path}?pretty=1`)).text).toContain('"size": 9007199254740993\n');
  expect((await get(path, { Accept: 'application/yaml' })).text).toContain('size: 9007199254740993\n');
});
