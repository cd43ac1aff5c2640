import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ControlPlane } from '../support/control-plane/index.ts';
import { startControlPlane } from '../support/control-plane/index.ts';
import { eventually } from '../support/eventually.ts';
import type { TestClusterSet } from './support/clusterset.ts';
import { installHub } from './support/clusterset.ts';
import { memberDefinitions } from './support/crds.ts';
import type { Side } from './support/drift-side.ts';
import { essence, send } from './support/drift-side.ts';
import { VIEW_REQUESTS } from './support/drift-views.ts';
import { namespace } from './support/objects.ts';

let controlPlane: ControlPlane;
let set: TestClusterSet;
/** A cluster with the same definitions that has nothing to do with ours. */
let real: Side;
let view: Side;

const close = (): Promise<void> => Promise.resolve();

beforeAll(async () => {
  controlPlane = await startControlPlane(['hub', 'east', 'real']);
  set = await installHub(controlPlane, 'hub');
  await set.register('east', undefined, ['--with-write-rights']);
  const kubectl = controlPlane.kubectl('real');
  for (const crd of memberDefinitions()) await kubectl.apply(crd);
  await kubectl('wait', '--for=condition=Established', 'crd', '--all', '--timeout=30s');
  await set.startServer();
  for (const cluster of ['east', 'real']) await controlPlane.kubectl(cluster).apply(namespace('drift'));
  const { url, keys } = controlPlane.cluster('real');
  real = { target: { baseUrl: url, tls: { ca: keys.ca, ...keys.admin }, close }, kept: {} };
  const bundle = await set.hub('get', 'apiservice', 'v1beta1.about.k8s.io', '-o', 'jsonpath={.spec.caBundle}');
  const ca = Buffer.from(bundle, 'base64').toString();
  const baseUrl = `https://localhost:${set.port}/clusters/east`;
  view = { target: { baseUrl, tls: { ca, ...controlPlane.cluster('hub').keys.admin }, close }, kept: {} };
  await eventually('the view to answer', async () => {
    const read = { title: '', method: 'GET', path: '/apis/about.k8s.io/v1beta1/clusterproperties' } as const;
    expect(await send(view, read)).toMatchObject({ status: 200 });
  });
});

afterAll(async () => {
  await set.stopServer();
  await controlPlane.stop();
});

describe('the view of a member answers like the kube-apiserver of a cluster', () => {
  it.each(VIEW_REQUESTS.map((request) => [request.title, request] as const))('%s', async (_title, request) => {
    const [expected, found] = [await send(real, request), await send(view, request)];
    expect(essence(found, request)).toEqual(essence(expected, request));
  });
});
