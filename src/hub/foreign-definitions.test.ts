import { describe, expect, it } from 'vitest';
import { createFakeHub, failure } from '../../test/support/fake-hub.ts';
import { createManualTime } from '../../test/support/manual-time.ts';
import type { JsonObject } from '../kube/object.ts';
import { watchForeignDefinitions } from './foreign-definitions.ts';

const CRDS = '/apis/apiextensions.k8s.io/v1/customresourcedefinitions';
const API_SERVICES = '/apis/apiregistration.k8s.io/v1/apiservices';
const GROUP = 'things.example.com';
const INTERVAL_MS = 60_000;

function crd(name: string, versions: Readonly<Record<string, boolean>>): JsonObject {
  const served = Object.entries(versions).map(([version, isServed]) => ({ name: version, served: isServed }));
  return { metadata: { name }, spec: { group: name.slice(name.indexOf('.') + 1), versions: served } };
}

function apiService(version: string, service: JsonObject | undefined, group = GROUP): JsonObject {
  return { metadata: { name: `${version}.${group}` }, spec: { group, version, service } };
}

function setUp() {
  const hub = createFakeHub();
  const time = createManualTime();
  const events: string[] = [];
  // The hub's field selector on names, and pages of two items.
  hub.handler = ({ path, query }) => {
    const items = [...hub.objects].filter(([key]) => key.startsWith(`${path}/`)).map(([, item]) => item);
    const name = query?.['fieldSelector']?.replace('metadata.name=', '');
    if (name !== undefined) {
      return {
        status: 200,
        body: { items: items.filter((item) => JSON.stringify(item['metadata']).includes(`"${name}"`)) },
      };
    }
    const start = Number(query?.['continue'] ?? 0);
    const next = start + 2 < items.length ? { continue: String(start + 2) } : {};
    return { status: 200, body: { metadata: next, items: items.slice(start, start + 2) } };
  };
  const foreign = watchForeignDefinitions({
    connection: hub.connection,
    served: [
      { group: GROUP, version: 'v1' },
      { group: GROUP, version: 'v1beta1' },
    ],
    service: { namespace: 'ours', name: 'api' },
    onAppeared: ({ message }) => events.push(`appeared: ${message}`),
    onDisappeared: ({ name }) => events.push(`disappeared: ${name}`),
    schedule: time.schedule,
  });
  const put = (path: string, object: JsonObject) => {
    const { name } = object['metadata'] as { name: string };
    hub.put(`${path}/${name}`, object);
  };
  return { hub, time, events, foreign, put };
}

describe('foreign definitions', () => {
  it('are none when everything of our groups is ours', async () => {
    const { events, foreign, put } = setUp();
    put(CRDS, crd('widgets.example.com', { v1: true }));
    put(CRDS, crd('widgets.other.things.example.com', { v1: true }));
    put(CRDS, crd('gadgets.example.com', { v1: true }));
    put(API_SERVICES, apiService('v1', { namespace: 'ours', name: 'api' }));
    put(API_SERVICES, apiService('v1beta1', { namespace: 'ours', name: 'api', port: 443 }));
    put(API_SERVICES, apiService('v1', undefined, 'example.com'));
    await foreign.start();
    expect(events).toEqual([]);
    expect(foreign.problem()).toBeUndefined();
  });

  it('are told once when they appear and once when they are gone', async () => {
    const { hub, time, events, foreign, put } = setUp();
    await foreign.start();
    for (const name of ['a', 'b', 'c']) put(CRDS, crd(`${name}.example.com`, { v1: true }));
    put(CRDS, crd(`widgets.${GROUP}`, { v1: true, v1beta1: false, v2: true }));
    await time.advance(3 * INTERVAL_MS);
    expect(events).toEqual([
      'appeared: CustomResourceDefinition widgets.things.example.com is in our group: its objects in v1 cannot be ' +
        'reached on this hub, because we serve that version',
    ]);
    expect(foreign.current()).toMatchObject([{ type: 'customResourceDefinition', name: `widgets.${GROUP}` }]);
    hub.objects.delete(`${CRDS}/widgets.${GROUP}`);
    await time.advance(INTERVAL_MS);
    expect(events.slice(1)).toEqual([`disappeared: widgets.${GROUP}`]);
    expect(foreign.current()).toEqual([]);
  });

  it('include CRDs that hide nothing yet', async () => {
    const { events, foreign, put } = setUp();
    put(CRDS, crd(`widgets.${GROUP}`, { v1: false, v2: true }));
    await foreign.start();
    expect(events).toEqual([
      'appeared: CustomResourceDefinition widgets.things.example.com is in our group: it serves no version of ours',
    ]);
  });

  it('include APIServices that send our versions or our group elsewhere', async () => {
    const { events, foreign, put } = setUp();
    put(API_SERVICES, apiService('v1', undefined));
    put(API_SERVICES, apiService('v2', undefined));
    put(API_SERVICES, apiService('v3', { namespace: 'x', name: 'y' }));
    await foreign.start();
    expect(events).toEqual([
      'appeared: APIService v1.things.example.com sends our group to kube-apiserver itself (CRDs)',
      'appeared: APIService v3.things.example.com sends our group to Service x/y',
    ]);
  });

  it('are neither new nor gone while the hub cannot be asked about them', async () => {
    const { hub, time, events, foreign, put } = setUp();
    put(CRDS, crd(`widgets.${GROUP}`, { v1: true }));
    put(API_SERVICES, apiService('v3', { namespace: 'x', name: 'y' }));
    await foreign.start();
    expect(events).toHaveLength(2);
    const healthy = hub.handler;
    hub.handler = (request) => (request.path === CRDS ? failure(403, 'forbidden') : healthy(request));
    hub.objects.clear();
    await time.advance(INTERVAL_MS);
    expect(foreign.problem()).toContain('cannot be listed: 403: forbidden');
    expect(events.slice(2)).toEqual([`disappeared: v3.${GROUP}`]);
    hub.handler = healthy;
    await time.advance(INTERVAL_MS);
    expect(foreign.problem()).toBeUndefined();
    expect(events.slice(3)).toEqual([`disappeared: widgets.${GROUP}`]);
  });

  it('cost only metadata unless one is found', async () => {
    const { hub, foreign, put } = setUp();
    put(CRDS, crd('widgets.example.com', { v1: true }));
    await foreign.start();
    const reads = hub.requests.filter(({ path }) => path === CRDS);
    expect(reads).toHaveLength(1);
    expect(reads[0]?.headers?.['accept']).toContain('as=PartialObjectMetadataList');
    foreign.close();
  });
});
