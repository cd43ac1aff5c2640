import supertest from 'supertest';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { notFound } from '../src/kube/api-errors.ts';
import { DEFAULT_EDGE_LIMITS } from './edge/limits.ts';
import { createTestService, GROUP } from '../test/support/api-service.ts';

const BASE = `/apis/${GROUP}/v1`;
const NS = `${BASE}/namespaces/ns1`;
const TEXT_404 = '404 page not found\n';

describe('data paths', () => {
  test.each([
    ['get', `${NS}/things/a`, { verb: 'get', namespace: 'ns1', name: 'a', subresource: '' }],
    ['get', `${NS}/things/a/status`, { verb: 'get', name: 'a', subresource: 'status' }],
    ['head', `${NS}/things/a`, { verb: 'get', name: 'a' }],
    ['get', `${NS}/things`, { verb: 'list', namespace: 'ns1', name: '' }],
    ['get', `${BASE}/things`, { verb: 'list', namespace: '', name: '' }],
    ['get', `${BASE}/things?watch=1`, { verb: 'watch', namespace: '' }],
    ['get', `${BASE}/watch/things`, { verb: 'watch', namespace: '' }],
    ['get', `${BASE}/places/a`, { verb: 'get', namespace: '', name: 'a' }],
    ['post', `${NS}/things`, { verb: 'create', name: '' }],
    ['put', `${NS}/things/a`, { verb: 'update', name: 'a' }],
    ['patch', `${NS}/things/a`, { verb: 'patch', name: 'a' }],
    ['delete', `${NS}/things/a`, { verb: 'delete', name: 'a' }],
    ['delete', `${NS}/things`, { verb: 'deletecollection', name: '' }],
    ['get', `${NS}/things/with%20space`, { verb: 'get', name: 'with space' }],
  ] as const)('%s %s reaches the handler', async (method, path, expected) => {
    const { service, requests } = createTestService();
    await supertest(service.handle)[method](path).expect(200);
    expect(requests).toHaveLength(1);
    expect(requests[0]).toMatchObject(expected);
    expect(requests[0]?.version.name).toBe('v1');
    expect(requests[0]?.user.name).toBe('jane');
  });

  test('a name in a deprecated watch path becomes a field selector beside the given one', async () => {
    const { service, requests } = createTestService();
    await supertest(service.handle).get(`${BASE}/watch/namespaces/ns1/things/a?fieldSelector=x%3Dy&limit=1`);
    expect(requests[0]).toMatchObject({ verb: 'watch', namespace: 'ns1', name: '' });
    expect(requests[0]?.query.get('fieldSelector')).toBe('x=y,metadata.name=a');
    expect(requests[0]?.query.get('limit')).toBe('1');
  });
});

describe('paths that are not there', () => {
  test.each([
    ['get', '/nowhere'],
    ['get', '/api'],
    ['get', '/apis/'],
    ['get', '/APIS'],
    ['get', '/readyz/'],
    ['get', '/readyz/nothing'],
    ['get', '/%6Detrics'],
    ['get', `/apis/${GROUP}/v2/things`],
    ['get', '/apis/other.example.com/v1/things'],
    ['get', `${BASE}/Things`],
    ['get', `${BASE}/things/`],
    ['get', `${NS}/things//`],
    ['get', `${NS}/nothings`],
    ['get', `${NS}/%2e%2e`],
    ['get', '/apis/..'],
    ['get', `${NS}/things/a%2Fstatus`],
    ['get', `${BASE}/things/a`],
    ['post', `${BASE}/things`],
    ['delete', `${BASE}/things`],
    ['get', `${NS}/places/a`],
    ['get', `${NS}/places`],
    ['get', `${BASE}/namespaces/ns1`],
  ] as const)('%s %s is the text 404', async (method, path) => {
    const { service, requests } = createTestService();
    const answer = await supertest(service.handle)[method](path).redirects(0).expect(404, TEXT_404);
    expect(answer.headers['content-type']).toBe('text/plain; charset=utf-8');
    expect(requests).toEqual([]);
  });

  test('an unknown subresource is a Status that names the object', async () => {
    const { service } = createTestService();
    for (const path of ['scale', 'status/x', 'a/b/c']) {
      const answer = await supertest(service.handle).get(`${NS}/things/a/${path}`).expect(404);
      expect(answer.body).toMatchObject({ reason: 'NotFound', message: `things.${GROUP} "a" not found` });
    }
  });

  test('whoever may not ask does not learn whether something is there', async () => {
    const { service } = createTestService({ authorize: () => Promise.resolve({ type: 'deny', reason: '' }) });
    await supertest(service.handle).get(`${NS}/nothings`).expect(403);
    await supertest(service.handle).get('/nowhere').expect(403);
  });
});

describe('verbs that are not there', () => {
  test.each([
    ['put', `${NS}/things`, 400, 'BadRequest', 'name must be provided'],
    ['patch', `${NS}/views`, 400, 'BadRequest', 'name must be provided'],
    [
      'post',
      `${NS}/things/a`,
      405,
      'MethodNotAllowed',
      `create is not supported on resources of kind "things.${GROUP}"`,
    ],
    ['options', `${NS}/things`, 405, 'MethodNotAllowed', ` is not supported on resources of kind "things.${GROUP}"`],
    [
      'put',
      `${NS}/things/a/status`,
      405,
      'MethodNotAllowed',
      `update is not supported on resources of kind "things.${GROUP}"`,
    ],
    ['post', `${NS}/views`, 405, 'MethodNotAllowed', 'views are computed; change the things'],
    ['put', `${NS}/views/a`, 405, 'MethodNotAllowed', 'views are computed; change the things'],
    ['delete', `${NS}/views/a`, 405, 'MethodNotAllowed', 'views are computed; change the things'],
    ['delete', `${NS}/views`, 405, 'MethodNotAllowed', 'views are computed; change the things'],
    ['get', `${NS}/things/a%25b`, 400, 'BadRequest', `Name parameter invalid: "a%b": may not contain '%'`],
    ['get', `${NS}/things/%2e%2e`, 400, 'BadRequest', `Name parameter invalid: "..": may not be '..'`],
    ['delete', `${NS}/things/%2e`, 400, 'BadRequest', `Name parameter invalid: ".": may not be '.'`],
  ] as const)('%s %s is %d %s', async (...row) => {
    const [method, path, code, reason, message] = row;
    const { service, requests } = createTestService();
    const answer = await supertest(service.handle)[method](path).expect(code);
    expect(answer.body).toMatchObject({ kind: 'Status', code, reason, message });
    expect(requests).toEqual([]);
  });
});

describe('bodies', () => {
  const { service, requests } = createTestService();
  const agent = supertest(service.handle);

  test('protobuf, CBOR and unknown types are 415 before anything is read', async () => {
    for (const type of ['application/vnd.kubernetes.protobuf', 'application/cbor', 'text/plain']) {
      const answer = await agent.post(`${NS}/things`).set('Content-Type', type).send('x').expect(415);
      expect(answer.body).toMatchObject({
        reason: 'UnsupportedMediaType',
        message:
          'the body of the request was in an unknown format - accepted media types include: application/json, application/yaml',
      });
    }
    expect(requests).toEqual([]);
  });

  test('JSON and YAML with parameters pass, and patches choose for themselves', async () => {
    await agent.post(`${NS}/things`).set('Content-Type', 'application/json; charset=utf-8').send('{}').expect(200);
    await agent.put(`${NS}/things/a`).set('Content-Type', 'application/yaml').send('a: b').expect(200);
    await agent.patch(`${NS}/things/a`).set('Content-Type', 'application/merge-patch+json').send('{}').expect(200);
  });

  test('a body above the limit is 413 by its declared length', async () => {
    const small = createTestService({ limits: { ...DEFAULT_EDGE_LIMITS, bodyBytesMax: 10 } });
    const send = (body: string) =>
      supertest(small.service.handle).post(`${NS}/things`).set('Content-Type', 'application/json').send(body);
    await send('{"a":"12"}').expect(200);
    const answer = await send('{"a":"123"}').expect(413);
    expect(answer.body).toMatchObject({
      reason: 'RequestEntityTooLarge',
      message: 'Request entity too large: limit is 10',
    });
    expect(DEFAULT_EDGE_LIMITS.bodyBytesMax).toBe(3 * 1024 * 1024);
  });

  test('the type of a body on a read is nobody’s business', async () => {
    await agent.get(`${NS}/things/a`).set('Content-Type', 'application/vnd.kubernetes.protobuf').send('x').expect(200);
  });
});

describe('errors', () => {
  const failing = (thrown: Error) => createTestService({ resources: () => Promise.reject(thrown) });

  test('what is no API error is a 500 that tells the caller nothing and the log everything, once', async () => {
    const { service, logs } = failing(new Error('outer', { cause: new Error('password is hunter2') }));
    const answer = await supertest(service.handle).get(`${NS}/things/a`).set('Audit-ID', 'abc').expect(500);
    expect(answer.body).toMatchObject({ kind: 'Status', reason: 'InternalError', code: 500 });
    expect(answer.text).toMatch(/"message":"Internal error occurred: /);
    expect(answer.text).not.toMatch(/hunter2|outer/);
    const errors = logs.filter(({ level }) => level === 'error');
    expect(errors).toHaveLength(1);
    const { fields } = errors[0]!;
    expect(fields).toMatchObject({
      auditId: 'abc',
      err: { message: 'outer', cause: { message: 'password is hunter2' } },
    });
  });

  test('bodies follow Accept, never as a table', async () => {
    const { service } = failing(notFound({ group: GROUP, resource: 'things' }, 'a'));
    const get = (accept: string) => supertest(service.handle).get(`${NS}/things/a`).set('Accept', accept).expect(404);
    const yaml = await get('application/yaml');
    expect(yaml.headers['content-type']).toBe('application/yaml');
    expect(parse(yaml.text)).toMatchObject({ kind: 'Status', reason: 'NotFound', metadata: {} });
    for (const accept of [
      'application/json',
      '*/*',
      'application/vnd.kubernetes.protobuf',
      'application/json;as=Table;v=v1;g=meta.k8s.io',
      'application/vnd.kubernetes.protobuf, application/json',
    ]) {
      const json = await get(accept);
      expect(json.headers['content-type']).toBe('application/json');
      expect(json.body).toMatchObject({ kind: 'Status', code: 404 });
    }
  });

  test('people get indented errors', async () => {
    const { service } = failing(notFound({ group: GROUP, resource: 'things' }, 'a'));
    const get = (query: string, agent: string) =>
      supertest(service.handle).get(`${NS}/things/a${query}`).set('User-Agent', agent).expect(404);
    expect((await get('', 'kubectl/v1.36')).text).toMatch(/^\{"kind":"Status","apiVersion":"v1","metadata":\{\},/);
    expect((await get('', 'curl/8')).text).toMatch(/^\{\n {2}"kind": "Status",\n/);
    expect((await get('?pretty=1', 'kubectl/v1.36')).text).toMatch(/^\{\n/);
    expect((await get('?pretty=abc', 'curl/8')).text).toMatch(/^\{"kind"/);
  });

  test('a failure after the head cuts the connection, so that nobody takes half an answer for all', async () => {
    const { service } = createTestService({
      resources: (_request, _message, response) => {
        response.writeHead(200);
        response.write('half');
        return Promise.reject(new Error('bug'));
      },
    });
    await expect(supertest(service.handle).get(`${NS}/things/a`)).rejects.toThrow(/aborted|hang up/);
  });

  test('a bad timeout is a 400, before anybody is asked who it is', async () => {
    const { service } = createTestService({ authenticate: () => Promise.reject(new Error('not reached')) });
    const answer = await supertest(service.handle).get(`${NS}/things?timeout=soon`).expect(400);
    expect(answer.body).toMatchObject({
      message: 'invalid timeout specified in the request URL - time: invalid duration "soon"',
    });
  });

  test('a refused credential is the 401 of kube-apiserver', async () => {
    const { service } = createTestService({
      authenticate: () => Promise.resolve({ type: 'refused', because: 'expired' }),
    });
    const answer = await supertest(service.handle).get('/version').expect(401);
    expect(answer.body).toEqual({
      kind: 'Status',
      apiVersion: 'v1',
      metadata: {},
      status: 'Failure',
      message: 'Unauthorized',
      reason: 'Unauthorized',
      code: 401,
    });
  });

  test('a denial may not be sniffed as HTML; an authorizer that fails is a 500', async () => {
    const denied = createTestService({ authorize: () => Promise.resolve({ type: 'deny', reason: '' }) });
    const answer = await supertest(denied.service.handle).get(`${NS}/things/a`).expect(403);
    expect(answer.headers['x-content-type-options']).toBe('nosniff');
    expect(answer.body).toMatchObject({
      reason: 'Forbidden',
      details: { name: 'a', group: GROUP, kind: 'things' },
    });
    const broken = createTestService({ authorize: () => Promise.resolve({ type: 'error', message: 'away' }) });
    await supertest(broken.service.handle).get(`${NS}/things/a`).expect(500);
  });
});

describe('every answer', () => {
  const { service } = createTestService();
  const agent = supertest(service.handle);

  test('carries one Audit-Id: the given one if it can be logged, otherwise a new one', async () => {
    const fresh = '00000000-0000-4000-8000-000000000000';
    for (const [given, expected] of [
      ['f47ac10b-58cc-4372-a567-0e02b2c3d479', 'f47ac10b-58cc-4372-a567-0e02b2c3d479'],
      ['x'.repeat(129), fresh],
      ['a b', fresh],
    ] as const) {
      expect((await agent.get('/version').set('Audit-ID', given)).headers['audit-id']).toBe(expected);
    }
    for (const path of ['/nowhere', '//', `${NS}/things`, '/readyz', '/metrics', '/apis']) {
      expect((await agent.get(path)).headers['audit-id']).toBe(fresh);
    }
  });

  test('is not for shared caches, and does not say what made it', async () => {
    const { headers } = await agent.get('/version').expect(200);
    expect(headers['cache-control']).toBe('no-cache, private');
    expect(headers).not.toHaveProperty('x-powered-by');
    expect(headers).not.toHaveProperty('etag');
  });

  test('to HEAD has no body', async () => {
    for (const path of ['/version', '/readyz', '/metrics', '/nowhere', `${NS}/things/a/scale`]) {
      expect((await agent.head(path)).text).toBeFalsy();
    }
  });
});

describe('open paths', () => {
  test('documents answer any method; health shows its checks and the metrics count', async () => {
    const failing = { reason: '' };
    const { service } = createTestService({
      readiness: [{ name: 'synced', check: () => (failing.reason === '' ? undefined : failing.reason) }],
    });
    const agent = supertest(service.handle);
    await agent.post('/apis').expect(200, { path: '/apis' });
    await agent.get('/readyz?verbose').expect(200, '[+]ping ok\n[+]synced ok\n[+]shutdown ok\nreadyz check passed\n');
    failing.reason = 'not yet';
    const unready = await agent.get('/readyz').expect(500);
    expect(unready.text).toBe('[+]ping ok\n[-]synced failed: reason withheld\n[+]shutdown ok\nreadyz check failed\n');
    await agent.get('/readyz/synced').expect(500);
    await agent.get('/livez').expect(200, 'ok');
    await agent.get('/healthz').expect(200, 'ok');
    await agent.get(`${NS}/things/a`);
    const metrics = await agent.get('/metrics').expect(200);
    expect(metrics.headers['content-type']).toMatch(/^text\/plain/);
    expect(metrics.text).toContain(
      `apiserver_request_total{verb="GET",group="${GROUP}",version="v1",resource="things",subresource="",scope="resource",component="apiserver",dry_run="",code="200"} 1`,
    );
  });

  test('names that callers invent never become labels', async () => {
    const { service } = createTestService();
    const agent = supertest(service.handle);
    await agent.get('/apis/invented.example.com/v1/invented/x');
    await agent.get('/invented');
    await agent.get(`${NS}/things/a/invented`);
    expect((await agent.get('/metrics')).text).not.toContain('invented');
  });

  test('are authorized by path, except the three that probes use', async () => {
    const { service, actions } = createTestService();
    const agent = supertest(service.handle);
    for (const path of ['/apis', '/version', '/metrics', '/livez/ping', '/readyz']) await agent.get(path);
    expect(actions).toEqual(
      ['/apis', '/version', '/metrics', '/livez/ping'].map((path) => ({ type: 'nonResource', verb: 'get', path })),
    );
  });
});

describe('logs', () => {
  test('one line per request without the query; failures louder', async () => {
    let fails = false;
    const { service, logs } = createTestService({
      resources: (_request, _message, response) => {
        if (fails) return Promise.reject(new Error('bug'));
        response.end('{}');
        return Promise.resolve();
      },
    });
    const agent = supertest(service.handle);
    await agent.get(`${NS}/things/a?x=secret`).set('Authorization', 'Bearer secret');
    expect(logs).toHaveLength(1);
    expect(logs[0]).toMatchObject({
      level: 'debug',
      message: 'request',
      fields: { verb: 'get', status: 200, user: 'jane' },
    });
    fails = true;
    await agent.get(`${NS}/things/a`);
    expect(logs.map(({ level, message }) => `${level} ${message}`)).toEqual([
      'debug request',
      'error request could not be answered',
      'info request failed',
    ]);
    expect(JSON.stringify(logs)).not.toContain('secret');
  });
});
