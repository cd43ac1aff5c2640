import { readFile } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Child } from '../support/control-plane/index.ts';
import { eventually } from '../support/eventually.ts';
import type { TestClusterSet } from './support/clusterset.ts';
import { startClusterSet } from './support/clusterset.ts';
import { startControllers } from './support/controllers.ts';
import { namespace, service, serviceExport } from './support/objects.ts';
import type { ObjectView, View } from './support/views.ts';
import { keyOf, viewOf } from './support/views.ts';

const MEMBERS = ['east', 'west'];
const CONTROLLERS = ['garbage-collector-controller', 'namespace-controller', 'resourcequota-controller'];
const WRITES = /"method":"(POST|PUT|PATCH|DELETE)","path":"\/apis\/multicluster/;

let set: TestClusterSet;
let hub: View;
let controllers: Child;

/** Everything of our kinds that members hold, with the revisions that any write would change. */
async function memberObjects(): Promise<readonly ObjectView[]> {
  const objects: ObjectView[] = [];
  for (const member of MEMBERS) {
    for (const resource of ['serviceexports', 'services', 'namespaces']) {
      objects.push(...(await viewOf(set.member(member)).list(resource)));
    }
  }
  return objects;
}

beforeAll(async () => {
  set = await startClusterSet(MEMBERS);
  hub = viewOf(set.hub);
  for (const member of MEMBERS) {
    for (const name of ['prod', 'shop']) {
      await set.member(member).apply(namespace(name));
      await set.member(member).apply(service(name, 'api'));
      await set.member(member).apply(serviceExport(name, 'api'));
    }
  }
  await set.startServer();
  controllers = startControllers(set.controlPlane, 'hub', CONTROLLERS);
});

afterAll(async () => {
  await controllers.stop();
  await set.stop();
});

describe('the controllers of the hub', () => {
  it('know our resources and find nothing wrong with them', async () => {
    await eventually('the garbage collector to be in sync', () => {
      expect(controllers.output()).toContain('Garbage collector: all resource monitors have synced');
    });
    expect(controllers.process.exitCode).toBeNull();
  });

  it('complete the deletion of a namespace that members have, and touch no member', async () => {
    const before = await memberObjects();
    await set.hub.apply(namespace('prod'));
    await set.hub('create', 'configmap', 'own', '-n', 'prod');
    await set.hub('delete', 'namespace', 'prod', '--timeout=60s');
    expect((await set.hub.result(['get', 'namespace', 'prod'])).stderr).toContain('NotFound');
    expect(await memberObjects()).toEqual(before);
    expect((await hub.list('svcex')).map(keyOf)).toContain('prod/east.api');
    expect(WRITES.exec(set.server().output())).toBeNull();
  });

  it('count nothing of ours in a quota, and let other quotas work', async () => {
    await set.hub.apply(namespace('shop'));
    await set.hub(
      'create',
      'quota',
      'few',
      '--hard=count/configmaps=5,count/serviceimports.multicluster.x-k8s.io=1',
      '-n',
      'shop',
    );
    await set.hub('create', 'configmap', 'one', '-n', 'shop');
    await eventually('the quota to be counted', async () => {
      const used = await set.hub('get', 'quota', 'few', '-n', 'shop', '-o', 'jsonpath={.status.used.count/configmaps}');
      expect(used).toBe('1');
    });
  });

  it('log no error about us, and send no write', async () => {
    const lines = (await readFile(controllers.logFile, 'utf8')).split('\n');
    const errors = lines.filter(
      (line) => /^E\d{4} /.test(line) && /multicluster|serviceimport|serviceexport/i.test(line),
    );
    expect(errors).toEqual([]);
    expect(WRITES.exec(set.server().output())).toBeNull();
  });

  it('collect what depends on an import only after the import is gone', async () => {
    const owner = await hub.read('svcim', 'shop/api');
    const dependent = (name: string, uid: string) => ({
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: {
        name,
        namespace: 'shop',
        ownerReferences: [{ apiVersion: 'multicluster.x-k8s.io/v1beta1', kind: 'ServiceImport', name: 'api', uid }],
      },
    });
    await set.hub.apply(dependent('kept', owner.metadata.uid));
    await set.hub.apply(dependent('orphan', '00000000-0000-4000-8000-000000000000'));
    // The one whose owner does not exist goes; by then the other one was looked at as well.
    await hub.vanishes('configmap', 'shop/orphan');
    expect(await set.hub('get', 'configmap', 'kept', '-n', 'shop', '-o', 'name')).toContain('kept');

    // While a member that exports it is away, and over our restart, nothing is collected.
    await set.controlPlane.cluster('east').stop();
    await set.member('west')('delete', 'serviceexport', 'api', '-n', 'shop');
    await hub.becomes('svcim', 'shop/api', (object) => expect(object.status?.clusters).toEqual([{ cluster: 'east' }]));
    await set.stopServer();
    await set.startServer();
    await set.hub.apply(dependent('orphan', '00000000-0000-4000-8000-000000000000'));
    await hub.vanishes('configmap', 'shop/orphan');
    expect(await set.hub('get', 'configmap', 'kept', '-n', 'shop', '-o', 'name')).toContain('kept');
    expect((await hub.list('svcim')).map(keyOf)).toContain('shop/api');

    await set.controlPlane.cluster('east').start();
    await set.member('east')('delete', 'serviceexport', 'api', '-n', 'shop');
    await hub.vanishes('svcim', 'shop/api');
    await hub.vanishes('configmap', 'shop/kept');
  });
});
