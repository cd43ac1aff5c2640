import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Child } from '../support/control-plane/index.ts';
import { freePorts } from '../support/control-plane/index.ts';
import { eventually } from '../support/eventually.ts';
import type { TestClusterSet } from './support/clusterset.ts';
import { NAMESPACE, startClusterSet } from './support/clusterset.ts';
import { rawRequest } from './support/http.ts';
import { namespace, service, serviceExport } from './support/objects.ts';
import type { View } from './support/views.ts';
import { clustersOf, viewOf } from './support/views.ts';

const BASE = '/apis/multicluster.x-k8s.io/v1beta1';

let set: TestClusterSet;
let hub: View;
let config: string;

async function exportService(member: string, name: string): Promise<void> {
  await set.member(member).apply(service('prod', name));
  await set.member(member).apply(serviceExport('prod', name));
}

/** What stands in the Warning header of a list, as kubectl prints it. */
async function warning(): Promise<string> {
  const { stderr, code } = await set.hub.result(['get', 'svcim', '-A']);
  expect(code).toBe(0);
  return stderr;
}

function unregister(name: string): Promise<string> {
  return set.hub('delete', 'secret', name, '-n', NAMESPACE);
}

function watch(resource: string): Child {
  const logFile = join(set.controlPlane.directory, `watch-${resource}.log`);
  return set.hub.start(['get', resource, '-A', '--watch', '--output-watch-events', '--no-headers'], logFile);
}

beforeAll(async () => {
  set = await startClusterSet(['east', 'west']);
  hub = viewOf(set.hub);
  for (const member of ['east', 'west']) {
    await set.member(member).apply(namespace('prod'));
    await exportService(member, 'api');
  }
  await exportService('west', 'web');
  config = join(set.controlPlane.directory, 'config.yaml');
  await writeFile(config, 'members:\n  removalGraceSeconds: 1\n  initialSyncSeconds: 5\n');
  await set.startServer(['--config', config]);
});

afterAll(() => set.stop());

describe('a member that stops and comes back', () => {
  it('leaves everything as it was, with a warning while it is away and no event when it is back', async () => {
    const before = [...(await hub.list('svcim')), ...(await hub.list('svcex'))];
    const watches = [watch('svcim'), watch('svcex')];
    await eventually('the watches to show what is there', () => {
      expect(watches.map((child) => child.output().split('\n').length - 1)).toEqual([2, 3]);
    });
    await set.controlPlane.cluster('west').stop();
    await eventually('the warning', async () => {
      expect(await warning()).toMatch(/^Warning: stale members: west \(last contact \d{4}-\d\d-\d\dT\d\d:\d\dZ\)/m);
    });
    expect([...(await hub.list('svcim')), ...(await hub.list('svcex'))]).toEqual(before);
    expect(await set.hub('get', 'svcim', 'web', '-n', 'prod', '-o', 'name')).toContain('web');
    const absent = await rawRequest(set.controlPlane.cluster('hub'), `${BASE}/namespaces/prod/serviceimports/absent`);
    expect(absent.status).toBe(404);

    await set.controlPlane.cluster('west').start();
    await eventually('the end of the warning', async () => expect(await warning()).toBe(''));
    expect([...(await hub.list('svcim')), ...(await hub.list('svcex'))]).toEqual(before);
    await exportService('west', 'marker');
    for (const child of watches) {
      await eventually('the marker', () => expect(child.output()).toMatch(/ADDED +prod +(west\.)?marker/));
      await child.stop();
      expect(child.output()).not.toMatch(/DELETED|(api|web) [^]*MODIFIED +prod +\S*(api|web)/);
    }
  });
});

describe('our restart while a member is down', () => {
  it('keeps everything that it exported', async () => {
    const before = await hub.list('svcex');
    await set.controlPlane.cluster('west').stop();
    await eventually('the warning', async () => expect(await warning()).toContain('west'));
    expect(await set.stopServer()).toBe(0);
    await set.startServer(['--config', config]);
    // A member that answers is read anew; until then its kept state is shown as stale, too.
    await eventually('only the stopped member to be stale', async () => {
      expect(await warning()).toMatch(/^Warning: stale members: west \(last contact [^)]*\); /m);
    });
    const after = await hub.list('svcex');
    const unrevised = (objects: typeof after) =>
      objects.map((object) => ({ ...object, metadata: { ...object.metadata, resourceVersion: '' } }));
    expect(unrevised(after)).toEqual(unrevised(before));
    expect(clustersOf(await hub.read('svcim', 'prod/api'))).toEqual(['east', 'west']);
    await set.controlPlane.cluster('west').start();
    await eventually('the end of the warning', async () => expect(await warning()).toBe(''));
    expect(unrevised(await hub.list('svcex'))).toEqual(unrevised(before));
  });
});

describe('a member that was never read', () => {
  it('makes absence unknown for what it could hold, and only for that', async () => {
    const [port] = await freePorts(1);
    const kubeconfig = JSON.stringify({
      apiVersion: 'v1',
      kind: 'Config',
      'current-context': 'ghost',
      clusters: [{ name: 'ghost', cluster: { server: `https://127.0.0.1:${String(port)}` } }],
      users: [{ name: 'ghost', user: { token: 'none' } }],
      contexts: [{ name: 'ghost', context: { cluster: 'ghost', user: 'ghost' } }],
    });
    await set.hub.apply({
      apiVersion: 'v1',
      kind: 'Secret',
      metadata: {
        name: 'ghost',
        namespace: NAMESPACE,
        labels: { 'sigs.k8s.io/multicluster-runtime-kubeconfig': 'true' },
      },
      stringData: { kubeconfig },
    });
    await set.stopServer();
    await set.startServer(['--config', config]);
    await eventually('the warning', async () => {
      expect(await warning()).toMatch(/^Warning: stale members: ghost \(never contacted\); /m);
    });
    const get = (path: string) => rawRequest(set.controlPlane.cluster('hub'), `${BASE}/namespaces/prod/${path}`);
    for (const path of ['serviceimports/absent', 'serviceexports/ghost.api']) {
      const answer = await get(path);
      expect(answer.status, path).toBe(503);
      expect(Number(answer.headers['retry-after']), path).toBeGreaterThan(0);
      expect(JSON.parse(answer.body)).toMatchObject({ kind: 'Status', reason: 'ServiceUnavailable' });
    }
    expect((await get('serviceimports/api')).status).toBe(200);
    expect((await get('serviceexports/east.absent')).status).toBe(404);
    await unregister('ghost');
    await eventually('absence to be certain', async () =>
      expect((await get('serviceimports/absent')).status).toBe(404),
    );
    await eventually('the end of the warning', async () => expect(await warning()).toBe(''));
  });
});
