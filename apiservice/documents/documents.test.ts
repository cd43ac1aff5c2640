import { gunzipSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { definitions } from '../../src/resources/index.ts';
import { buildDocuments } from './documents.ts';
import type { DocumentAnswer, DocumentRequest } from './types.ts';

const GROUP = 'multicluster.x-k8s.io';
const V2 = 'application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList';
const V2BETA1 = 'application/json;g=apidiscovery.k8s.io;v=v2beta1;as=APIGroupDiscoveryList';
const V3_PATH = `/openapi/v3/apis/${GROUP}/v1beta1`;

const version = {
  major: '1',
  minor: '36',
  gitVersion: 'v0.1.0',
  gitCommit: '',
  gitTreeState: '',
  buildDate: '',
  goVersion: '',
  compiler: '',
  platform: '',
};

function build() {
  return buildDocuments(
    definitions.map((definition) => ({ group: GROUP, definition })),
    { version, otherPaths: ['/healthz', '/metrics'], clock: () => Date.UTC(2026, 0, 1) },
  );
}

const documents = build();

function ask(path: string, request: Partial<DocumentRequest> = {}): DocumentAnswer {
  const nothing = {
    accept: undefined,
    ifNoneMatch: undefined,
    acceptEncoding: undefined,
    query: new URLSearchParams(),
  };
  const answer = documents.answer(path, { ...nothing, ...request });
  if (answer === undefined) throw new Error(`no document at ${path}`);
  return answer;
}

function json(answer: DocumentAnswer): unknown {
  return JSON.parse(answer.body.toString());
}

describe('all documents', () => {
  test('the root lists every path once, and the paths of others', () => {
    expect(json(ask('/'))).toEqual({
      paths: [
        '/apis',
        `/apis/${GROUP}`,
        `/apis/${GROUP}/v1alpha1`,
        `/apis/${GROUP}/v1alpha2`,
        `/apis/${GROUP}/v1beta1`,
        '/healthz',
        '/metrics',
        '/openapi/v2',
        '/openapi/v3',
        `/openapi/v3/apis/${GROUP}/v1alpha1`,
        `/openapi/v3/apis/${GROUP}/v1alpha2`,
        `/openapi/v3/apis/${GROUP}/v1beta1`,
        '/version',
      ],
    });
  });

  test('a path without a document is not answered', () => {
    for (const path of ['/api', '/apis/apps', `/apis/${GROUP}/v1`, '/openapi/v3/', '/APIS', '']) {
      const request = {
        accept: undefined,
        ifNoneMatch: undefined,
        acceptEncoding: undefined,
        query: new URLSearchParams(),
      };
      expect(documents.answer(path, request), path).toBeUndefined();
    }
  });

  test.each(documents.paths)('%s has the same bytes and hash in every process', (path) => {
    const other = build().answer(path, {
      accept: undefined,
      ifNoneMatch: undefined,
      acceptEncoding: 'gzip',
      query: new URLSearchParams(),
    });
    const here = ask(path, { acceptEncoding: 'gzip' });
    expect(other?.headers).toEqual(here.headers);
    expect(other?.body.equals(here.body)).toBe(true);
    expect(here.headers['content-length']).toBe(String(here.body.length));
  });

  test('/version tells what it was given, with and without a slash at the end', () => {
    expect(json(ask('/version'))).toEqual(version);
    expect(json(ask('/version/'))).toEqual(version);
  });
});

describe('negotiation of /apis', () => {
  test.each([
    ['nothing', undefined, 'application/json'],
    ['anything', '*/*', 'application/json'],
    ['JSON', 'application/json', 'application/json'],
    ['YAML', 'application/yaml', 'application/yaml'],
    ['v2', V2, V2],
    ['v2beta1 alone, as aggregators up to 1.29', V2BETA1, V2BETA1],
    ['all three, as kubectl', `${V2},${V2BETA1},application/json`, V2],
    ['v2beta1 before v2', `${V2BETA1},${V2}`, V2BETA1],
    ['an unknown version first', `${V2.replace('v=v2', 'v=v3')},${V2BETA1}`, V2BETA1],
    ['v2 with a parameter that nobody knows', `${V2};profile=nopeer`, V2],
    ['v2 with spaces', V2.replaceAll(';', '; '), V2],
    ['plain JSON preferred by quality', `${V2};q=0.5,application/json`, 'application/json'],
    ['protobuf first, JSON after', 'application/vnd.kubernetes.protobuf, application/json', 'application/json'],
    ['protobuf of v2 first, v2 after', `${V2.replace('json', 'vnd.kubernetes.protobuf')},${V2}`, V2],
    ['a table first', 'application/json;as=Table;g=meta.k8s.io;v=v1,application/json', 'application/json'],
    ['anything, but v2 rather', `*/*,${V2}`, V2],
  ])('%s', (_title, accept, contentType) => {
    const answer = ask('/apis', { accept });
    expect(answer.status).toBe(200);
    expect(answer.headers).toMatchObject({ 'content-type': contentType, vary: 'Accept' });
  });

  test.each(['text/html', 'application/vnd.kubernetes.protobuf', V2.replace('v=v2', 'v=v9'), 'Application/JSON'])(
    '%s is not acceptable',
    (accept) => {
      const answer = ask('/apis', { accept });
      expect(answer.status).toBe(406);
      expect(json(answer)).toEqual({
        kind: 'Status',
        apiVersion: 'v1',
        metadata: {},
        status: 'Failure',
        message: 'only the following media types are accepted: application/json, application/yaml',
        reason: 'NotAcceptable',
        code: 406,
      });
    },
  );

  test('aggregated discovery answers 304 to its own ETag, but not to * and not to that of the other version', () => {
    const { etag = '' } = ask('/apis', { accept: V2 }).headers;
    expect(etag).toMatch(/^"[0-9A-F]{128}"$/);
    for (const ifNoneMatch of [etag, `W/${etag}`, `"x", ${etag}`]) {
      const answer = ask('/apis', { accept: V2, ifNoneMatch });
      expect(answer).toMatchObject({ status: 304, headers: { etag, vary: 'Accept', 'cache-control': 'public' } });
      expect(answer.body).toHaveLength(0);
      expect(answer.headers).not.toHaveProperty('content-type');
    }
    for (const ifNoneMatch of ['*', '"x"', etag.slice(1, -1)]) {
      expect(ask('/apis', { accept: V2, ifNoneMatch }).status).toBe(200);
    }
    expect(ask('/apis', { accept: V2BETA1, ifNoneMatch: etag }).status).toBe(200);
  });
});

describe('legacy discovery', () => {
  test('is never conditional and never cached', () => {
    for (const path of ['/apis', `/apis/${GROUP}`, `/apis/${GROUP}/v1beta1`]) {
      const answer = ask(path, { ifNoneMatch: '*' });
      expect(answer.status).toBe(200);
      expect(answer.headers).not.toHaveProperty('etag');
      expect(answer.headers['cache-control']).toBe('no-cache, private');
    }
  });

  test('is indented when people ask', () => {
    expect(ask(`/apis/${GROUP}`).body.toString()).not.toContain('\n');
    expect(ask(`/apis/${GROUP}`, { pretty: true }).body.toString()).toContain('\n  "name"');
  });

  test('comes as YAML too', () => {
    const answer = ask(`/apis/${GROUP}/v1beta1`, { accept: 'application/yaml' });
    expect(answer.headers['content-type']).toBe('application/yaml');
    expect(answer.body.toString()).toMatch(/^kind: APIResourceList\n/);
  });
});

describe('OpenAPI over HTTP', () => {
  test('gzip is used when the client takes it, and both forms have one ETag', () => {
    const plain = ask('/openapi/v2');
    const zipped = ask('/openapi/v2', { acceptEncoding: 'deflate, gzip' });
    expect(zipped.headers).toMatchObject({ 'content-encoding': 'gzip', vary: 'Accept, Accept-Encoding' });
    expect(zipped.headers['etag']).toBe(plain.headers['etag']);
    expect(gunzipSync(zipped.body).equals(plain.body)).toBe(true);
    for (const acceptEncoding of ['identity', 'gzip;q=0', 'gzip;q=0.0', 'x-gzip']) {
      expect(ask('/openapi/v2', { acceptEncoding }).headers).not.toHaveProperty('content-encoding');
    }
  });

  test.each(['/openapi/v2', '/openapi/v3', V3_PATH])('%s answers 304 to its ETag and an empty 406 to HTML', (path) => {
    const { etag } = ask(path).headers;
    expect(ask(path, { ifNoneMatch: etag })).toMatchObject({ status: 304, headers: { etag } });
    const refused = ask(path, { accept: 'text/html' });
    expect(refused.status).toBe(406);
    expect(refused.body).toHaveLength(0);
  });

  test('protobuf first with JSON after it gets JSON', () => {
    const accept = 'application/com.github.proto-openapi.spec.v2@v1.0+protobuf,application/json';
    expect(ask('/openapi/v2', { accept }).headers['content-type']).toBe('application/json');
  });

  test('the index names every group/version once with the hash of its document', () => {
    const index = json(ask('/openapi/v3')) as { paths: Record<string, { serverRelativeURL: string }> };
    expect(Object.keys(index.paths)).toEqual(
      ['v1beta1', 'v1alpha2', 'v1alpha1'].map((name) => `apis/${GROUP}/${name}`),
    );
    for (const [key, { serverRelativeURL }] of Object.entries(index.paths)) {
      const [path = '', hash = ''] = serverRelativeURL.split('?hash=');
      expect(path).toBe(`/openapi/v3/${key}`);
      expect(ask(path).headers['etag']).toBe(`"${hash}"`);
    }
  });

  test('a document asked for by its hash is immutable for a year, by none or another it is not', () => {
    const hash = ask(V3_PATH).headers['etag']?.slice(1, -1) ?? '';
    const addressed = ask(V3_PATH, { query: new URLSearchParams({ hash }) });
    expect(addressed.headers).toMatchObject({
      'cache-control': 'public, immutable',
      expires: 'Fri, 01 Jan 2027 00:00:00 GMT',
    });
    for (const query of [new URLSearchParams(), new URLSearchParams({ hash: 'OLD' })]) {
      const answer = ask(V3_PATH, { query });
      expect(answer.status).toBe(200);
      expect(answer.headers['cache-control']).toBe('no-cache, private');
      expect(answer.headers).not.toHaveProperty('expires');
      expect(answer.body.equals(addressed.body)).toBe(true);
    }
  });
});

describe('the core group', () => {
  const [first] = definitions;
  if (first === undefined) throw new Error('no definition');
  const core = buildDocuments(
    [
      { group: '', definition: first },
      { group: GROUP, definition: first },
    ],
    { version, otherPaths: [], clock: () => Date.UTC(2026, 0, 1) },
  );
  const read = (path: string, accept?: string): unknown => {
    const request = { accept, ifNoneMatch: undefined, acceptEncoding: undefined, query: new URLSearchParams() };
    return JSON.parse(core.answer(path, request)?.body.toString() ?? 'null');
  };

  test('lives under /api in every form of discovery, and is not listed under /apis', () => {
    expect(read('/api')).toMatchObject({ kind: 'APIVersions', versions: ['v1beta1', 'v1alpha2', 'v1alpha1'] });
    expect(read('/api/v1beta1')).toMatchObject({ kind: 'APIResourceList', groupVersion: 'v1beta1' });
    expect(read('/apis')).toMatchObject({ groups: [{ name: GROUP }] });
    const [group, ...others] = (read('/api', V2) as { items: { metadata: object; versions: object[] }[] }).items;
    expect(others).toEqual([]);
    expect(group?.metadata).not.toHaveProperty('name');
    expect((read('/apis', V2) as { items: object[] }).items).toHaveLength(1);
  });

  test('is described by OpenAPI under its own paths and names', () => {
    expect(Object.keys((read('/openapi/v3') as { paths: object }).paths)).toContain('api/v1beta1');
    const document = read('/openapi/v3/api/v1beta1') as { paths: object; components: { schemas: object } };
    expect(Object.keys(document.paths)).toContain('/api/v1beta1/namespaces/{namespace}/serviceexports/{name}');
    expect(Object.keys(document.components.schemas)).toContain('core.v1beta1.ServiceExport');
  });

  test('does not exist where no kind of it is served', () => {
    expect(
      documents.answer('/api', {
        accept: undefined,
        ifNoneMatch: undefined,
        acceptEncoding: undefined,
        query: new URLSearchParams(),
      }),
    ).toBeUndefined();
  });
});
