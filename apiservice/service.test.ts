import supertest from 'supertest';
import { describe, expect, test } from 'vitest';
import { createTestService, GROUP } from '../test/support/api-service.ts';

const BASE = `/apis/${GROUP}/v1`;

describe('routing', () => {
  test('a path of a served resource reaches its handler with what the path says', async () => {
    const { service, requests } = createTestService();
    await supertest(service.handle).get(`${BASE}/namespaces/ns1/things/a/status?x=1`).expect(200);
    expect(requests).toHaveLength(1);
    expect(requests[0]).toMatchObject({ verb: 'get', namespace: 'ns1', name: 'a', subresource: 'status' });
  });

  test('documents, health and metrics are answered beside the resources', async () => {
    const { service } = createTestService();
    const agent = supertest(service.handle);
    await agent.get('/apis').expect(200, { path: '/apis' });
    await agent.get('/readyz').expect(200, 'ok');
    await agent.get('/metrics').expect(200, /apiserver_request_total/);
    await agent.get('/nowhere').expect(404, '404 page not found\n');
  });
});
