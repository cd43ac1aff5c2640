import { afterEach, describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { conflict } from '../../src/kube/api-errors.ts';
import type { JsonObject } from '../../src/kube/object.ts';
import type { ResourceDefinition, SubresourceKind } from '../../src/resources/definition.ts';
import type { ReadApi, ReadApiOptions } from '../../test/support/read-api.ts';
import { startReadApi, thing, THINGS } from '../../test/support/read-api.ts';
import type { SubresourceAnswers, SubresourceRequest } from '../types.ts';
import { createSubresourceHandler } from './handler.ts';

const WEIGHT: SubresourceKind = {
  group: 'weights.example.com',
  version: 'v1alpha1',
  kind: 'Weight',
  schema: {},
  columns: [
    { name: 'Part', type: 'string', format: 'name', description: 'A part.', priority: 0 },
    { name: 'Age', type: 'date', format: '', description: 'Its age.', priority: 0 },
  ],
  rows: ({ parts }) =>
    Array.isArray(parts) ? parts.map((part) => [String(part), { age: '2025-12-31T23:00:00Z' }]) : [],
  isQuestion: true,
};

const DEFINITION: ResourceDefinition = {
  ...THINGS,
  versions: THINGS.versions.map((version) => ({
    ...version,
    subresources: [...version.subresources, { name: 'weight', verbs: ['get', 'create'], answer: WEIGHT }],
  })),
};

const CONTENT = {
  metadata: { name: 'a', namespace: 'ns1', uid: 'uid-a', resourceVersion: '7' },
  parts: ['lid', 'box'],
};
const WEIGHT_OF_A = { apiVersion: 'weights.example.com/v1alpha1', kind: 'Weight', ...CONTENT };

const PATH = '/v1/namespaces/ns1/things/a/weight';
const AS_TABLE = { Accept: 'application/json;as=Table;v=v1;g=meta.k8s.io' };
const AS_METADATA = { Accept: 'application/json;as=PartialObjectMetadata;v=v1;g=meta.k8s.io' };
const AS_LIST = { Accept: 'application/json;as=PartialObjectMetadataList;v=v1;g=meta.k8s.io' };

let api: ReadApi | undefined;
let asked: { request: SubresourceRequest; body: JsonObject | undefined }[] = [];

const ANSWERS: SubresourceAnswers = {
  get: (request) => {
    asked.push({ request, body: undefined });
    return request.name === 'a' ? CONTENT : undefined;
  },
  create: (request, body) => {
    asked.push({ request, body });
    if (body['refuse'] === true) throw conflict({ group: 'g', resource: 'things' }, 'a', 'it is refused');
    return Promise.resolve({ ...CONTENT, asked: body['ask'] });
  },
};

async function start(options: ReadApiOptions = {}): Promise<ReadApi> {
  asked = [];
  api = await startReadApi({
    definitions: [DEFINITION],
    wrap: (deps, handler) => createSubresourceHandler(deps, ANSWERS, handler),
    ...options,
  });
  api.put(thing('a', { size: 3 }));
  return api;
}

afterEach(async () => {
  await api?.close();
  api = undefined;
});

function statusOf(text: string): string {
  const { code, reason, message } = JSON.parse(text) as { code: number; reason: string; message: string };
  return `${code} ${reason}: ${message}`;
}

describe('a GET', () => {
  test('answers with the kind of the subresource in every version of the parent', async () => {
    const { get } = await start();
    for (const version of ['v1', 'v2']) {
      const answer = await get(PATH.replace('v1', version));
      expect(answer.status).toBe(200);
      expect(answer.text).toBe(`${JSON.stringify(WEIGHT_OF_A)}\n`);
      expect(answer.headers.warning).toBe(version === 'v2' ? '299 - "v2 is deprecated"' : undefined);
    }
    expect(asked[0]?.request).toMatchObject({ resource: 'things', subresource: 'weight', namespace: 'ns1', name: 'a' });
    expect(asked[0]?.request.user.name).toBe('jane');
  });

  test('answers in YAML, indented, and as metadata', async () => {
    const { get } = await start();
    const yaml = await get(PATH, { Accept: 'application/yaml' });
    expect([yaml.headers['content-type'], parse(yaml.text)]).toEqual(['application/yaml', WEIGHT_OF_A]);
    expect((await get(`${PATH}?pretty=1`)).text).toBe(JSON.stringify(WEIGHT_OF_A, null, 2));
    expect(JSON.parse((await get(PATH, AS_METADATA)).text)).toEqual({
      kind: 'PartialObjectMetadata',
      apiVersion: 'meta.k8s.io/v1',
      metadata: WEIGHT_OF_A.metadata,
    });
  });

  test('answers as a table with all rows of the one object, and what includeObject asks for', async () => {
    const { get } = await start({ freshness: { staleWarning: () => 'stale' } });
    const answer = await get(PATH, AS_TABLE);
    const metadata = {
      kind: 'PartialObjectMetadata',
      apiVersion: 'meta.k8s.io/v1',
      metadata: WEIGHT_OF_A.metadata,
    };
    expect(JSON.parse(answer.text)).toEqual({
      kind: 'Table',
      apiVersion: 'meta.k8s.io/v1',
      metadata: { resourceVersion: '7' },
      columnDefinitions: WEIGHT.columns,
      rows: [
        { cells: ['lid', '60m'], object: metadata },
        { cells: ['box', '60m'], object: metadata },
      ],
    });
    expect(answer.headers.warning).toBe('299 - "stale"');
    const objects = async (include: string): Promise<unknown> => {
      const table = JSON.parse((await get(`${PATH}?includeObject=${include}`, AS_TABLE)).text) as { rows: object[] };
      return table.rows.map((row) => ('object' in row ? row.object : undefined));
    };
    expect(await objects('Object')).toEqual([WEIGHT_OF_A, metadata]);
    expect(await objects('None')).toEqual([null, null]);
  });

  test('of the head alone has the length of the body', async () => {
    const { send, get } = await start();
    const head = await send('HEAD', PATH);
    expect([head.status, head.text]).toEqual([200, '']);
    expect(head.headers['content-length']).toBe((await get(PATH)).headers['content-length']);
  });

  test.each([
    {
      what: 'a name that is not there',
      path: '/v1/namespaces/ns1/things/b/weight',
      expected: /^404 NotFound: things.things.example.com "b" not found$/,
    },
    {
      what: 'a subresource that is not there',
      path: '/v1/namespaces/ns1/things/a/other',
      expected: /^404 NotFound: the server could not find the requested resource$/,
    },
    {
      what: 'a name that an unread member could hold',
      freshness: { couldHold: () => ['east'] },
      path: '/v1/namespaces/ns1/things/b/weight',
      expected: /^503 ServiceUnavailable: whether things "b" exists is unknown: not read yet from member cluster east$/,
    },
    {
      what: 'anything before the first sync',
      freshness: { retryAfterSeconds: () => 3 },
      path: PATH,
      expected: /^429 TooManyRequests: the clusterset is still being read for the first time$/,
    },
    { what: 'a resourceVersion that is none', path: `${PATH}?resourceVersion=abc`, expected: /^400 BadRequest/ },
  ])('of $what is refused', async ({ freshness = {}, path, expected }) => {
    const { get } = await start({ freshness });
    expect(statusOf((await get(path)).text)).toMatch(expected);
  });

  test('of an object that is there is answered while another member is unread', async () => {
    const { get } = await start({ freshness: { couldHold: () => ['east'] } });
    expect((await get(PATH)).status).toBe(200);
  });

  test('waits for a revision that is not reached yet', async () => {
    const { get } = await start({ limits: { futureRevisionMs: 20 } });
    expect(statusOf((await get(`${PATH}?resourceVersion=9000000000000000000`)).text)).toMatch(
      /^504 Timeout: Timeout: Too/,
    );
  });

  test.each([
    ['the form of lists', AS_LIST],
    ['protobuf', { Accept: 'application/vnd.kubernetes.protobuf' }],
  ])('in %s is not acceptable', async (_what, headers) => {
    const { get } = await start();
    expect((await get(PATH, headers)).status).toBe(406);
  });

  test('of the parent and its status goes on as before', async () => {
    const { get } = await start();
    for (const path of ['/v1/namespaces/ns1/things/a', '/v1/namespaces/ns1/things/a/status']) {
      expect(JSON.parse((await get(path)).text)).toMatchObject({ kind: 'Thing', spec: { size: 3 } });
    }
    expect(asked).toEqual([]);
  });
});

describe('a POST', () => {
  const JSON_BODY = { 'Content-Type': 'application/json' };
  const YAML_BODY = { 'Content-Type': 'application/yaml' };

  test.each([
    ['JSON', JSON_BODY, '{"apiVersion":"weights.example.com/v1alpha1","kind":"Weight","ask":1}'],
    ['JSON without its type', {}, '{"ask":1}'],
    ['YAML', YAML_BODY, 'kind: Weight\nask: 1\n'],
  ])('in %s is asked and answered with 201', async (_what, headers, body) => {
    const { send } = await start();
    const answer = await send('POST', PATH, { headers, body });
    expect([answer.status, JSON.parse(answer.text)]).toEqual([201, { ...WEIGHT_OF_A, asked: 1 }]);
    expect(asked[0]?.body).toMatchObject({ ask: 1 });
  });

  test('needs no parent that is there: the answer decides', async () => {
    const { send } = await start({ freshness: { couldHold: () => ['east'] } });
    const answer = await send('POST', '/v1/namespaces/ns1/things/b/weight', { body: '{}' });
    expect(answer.status).toBe(201);
  });

  test.each([
    { what: 'nothing', body: '', expected: /^400 BadRequest: .*\(must be of type Weight\): .*\(<empty>\)$/ },
    { what: 'no JSON', body: '{"a"', expected: /couldn't get version\/kind; json parse error: .*\(\{"a"\)$/ },
    { what: 'a list', body: '[1]', expected: /cannot unmarshal array into .* \(5b315d\)$/ },
    { what: 'text', headers: YAML_BODY, body: 'x'.repeat(40), expected: /unmarshal string .* \((78){30} \.\.\.\)$/ },
    { what: 'null', body: 'null', expected: /it is no object \(6e756c6c\)$/ },
    { what: 'deep JSON', body: '{"a":'.repeat(100_000), expected: /exceeded max depth/ },
    { what: 'deep YAML', headers: YAML_BODY, body: '- '.repeat(30_000), expected: /exceeded max depth/ },
    // The parser needs quadratic time: four times of this took half a minute.
    {
      what: 'long YAML',
      headers: YAML_BODY,
      body: `{${'a: 1,'.repeat(14_000)}}`,
      expected: /^413 RequestEntityTooLarge/,
    },
    {
      what: 'another kind',
      body: '{"apiVersion":"v1","kind":"Pod"}',
      expected:
        /^400 BadRequest: Pod in version "v1" cannot be handled as a Weight: weights.example.com\/v1alpha1, Kind=Weight is needed$/,
    },
    { what: 'what the answer refuses', body: '{"refuse":true}', expected: /^409 Conflict: .*it is refused$/ },
  ])('of $what is refused', async ({ headers = JSON_BODY, body, expected }) => {
    const { send } = await start();
    expect(statusOf((await send('POST', PATH, { headers, body })).text)).toMatch(expected);
  });

  test('before the first sync is refused', async () => {
    const { send } = await start({ freshness: { retryAfterSeconds: () => 3 } });
    expect(statusOf((await send('POST', PATH, { body: '{}' })).text)).toMatch(/^429 TooManyRequests/);
  });
});
