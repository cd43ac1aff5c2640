import supertest from 'supertest';
import { describe, expect, test } from 'vitest';
import type { TestService } from '../test/support/api-service.ts';
import { createTestService, GROUP, PLACES, THINGS } from '../test/support/api-service.ts';
import { buildDocuments } from './documents/index.ts';

const VIEW = `/clusters/east/apis/${GROUP}/v1`;
const ROW_GROUP = 'rows.example.com';
const INFO = { major: '1', minor: '0', gitVersion: 'v1', gitCommit: '', gitTreeState: '', buildDate: '' };
const VERSION = { ...INFO, goVersion: '', compiler: '', platform: '' };

function createViews(): TestService {
  const served = [THINGS, PLACES].map((definition) => ({ group: GROUP, definition }));
  return createTestService({
    memberViews: {
      served,
      documents: buildDocuments(served, { version: VERSION, otherPaths: [], clock: () => 0 }),
      isMember: (name) => name === 'east',
      rowGroup: (resource) => (resource === 'things' ? ROW_GROUP : undefined),
    },
  });
}

describe('below /clusters/NAME', () => {
  test.each([
    ['get', `${VIEW}/namespaces/ns1/things/a`, { verb: 'get', namespace: 'ns1', name: 'a' }, 'east.a'],
    ['put', `${VIEW}/namespaces/ns1/things/a.b`, { verb: 'update', name: 'a.b' }, 'east.a.b'],
    ['get', `${VIEW}/things`, { verb: 'list', name: '' }, ''],
    ['get', `${VIEW}/things?watch=1&fieldSelector=metadata.name%3Da`, { verb: 'watch', name: '' }, 'east.a'],
    ['delete', `${VIEW}/namespaces/ns1/things`, { verb: 'deletecollection', name: '' }, ''],
  ] as const)('%s %s is of one member, and allowed as for the row', async (...[method, path, expected, asked]) => {
    const { service, requests, actions } = createViews();
    await supertest(service.handle)[method](path).expect(200);
    expect(requests).toMatchObject([{ ...expected, member: 'east' }]);
    expect(actions).toMatchObject([{ group: ROW_GROUP, resource: 'things', verb: expected.verb, name: asked }]);
  });

  test('a member that is not registered has nothing', async () => {
    const { service, requests, actions } = createViews();
    const answer = await supertest(service.handle).get(VIEW.replace('east', 'west')).expect(404);
    expect(answer.body).toMatchObject({ reason: 'NotFound', message: 'no member cluster "west" is registered' });
    await supertest(service.handle)
      .get(`${VIEW.replace('east', 'west')}/places/a`)
      .expect(404);
    expect(requests).toEqual([]);
    // Who may not ask learns nothing about which members there are.
    expect(actions).toHaveLength(2);
  });

  test.each(['/clusters', '/clusters/east/metrics', '/clusters/east/readyz', `/clusters/east/apis/${GROUP}/v1/views`])(
    '%s is nothing',
    async (path) => {
      await supertest(createViews().service.handle).get(path).expect(404);
    },
  );

  test('there is discovery, which is allowed as at the root, and its OpenAPI leads back into the view', async () => {
    const { service, actions } = createViews();
    const get = async (path: string): Promise<unknown> =>
      JSON.parse((await supertest(service.handle).get(`/clusters/east${path}`).expect(200)).text);
    expect(await get('/api')).toMatchObject({ kind: 'APIVersions', versions: [] });
    expect(await get('/apis')).toMatchObject({ kind: 'APIGroupList', groups: [{ name: GROUP }] });
    expect(await get(`/apis/${GROUP}`)).toMatchObject({ kind: 'APIGroup' });
    expect(await get(`/apis/${GROUP}/v1`)).toMatchObject({ kind: 'APIResourceList' });
    const index = (await get('/openapi/v3')) as { paths: Record<string, { serverRelativeURL: string }> };
    const { serverRelativeURL = '' } = index.paths[`apis/${GROUP}/v1`] ?? {};
    expect(serverRelativeURL).toContain('/clusters/east/openapi/v3/apis/');
    await supertest(service.handle).get(serverRelativeURL).expect(200);
    expect(actions[1]).toEqual({ type: 'nonResource', verb: 'get', path: '/apis' });
  });
});

test('without views there are no such paths', async () => {
  await supertest(createTestService().service.handle).get(`${VIEW}/things`).expect(404);
});
