import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { DOMAIN, MULTICLUSTER_GROUP } from '../../src/kube/domain.ts';
import type { Cluster } from '../support/control-plane/index.ts';
import { eventually } from '../support/eventually.ts';
import type { Answer, Call } from './support/calls.ts';
import { call, exportOf, exportPath } from './support/calls.ts';
import type { TestClusterSet } from './support/clusterset.ts';
import { startClusterSet } from './support/clusterset.ts';
import { namespace, service, serviceExport } from './support/objects.ts';
import { clustersOf, viewOf } from './support/views.ts';

const NAMESPACE = 'prod';
const SIMULATION = `/apis/${MULTICLUSTER_GROUP}/v1beta1/namespaces/${NAMESPACE}/serviceimports/api/simulation`;

let set: TestClusterSet;
let hub: Cluster;

/** What the same change of a member is predicted to lead to. */
async function simulated(spec: object): Promise<readonly string[]> {
  const body = { apiVersion: `${DOMAIN}/v1alpha1`, kind: 'ServiceImportSimulation', metadata: { name: 'api' }, spec };
  const answer = await call(hub, { method: 'POST', path: SIMULATION, body });
  expect(answer.status, answer.text).toBe(201);
  const { status } = JSON.parse(answer.text) as { status: { consequences: readonly { message: string }[] } };
  return status.consequences.map(({ message }) => message);
}

/** A rehearsal and the real write, which must warn of the same. */
async function rehearsedAndDone(request: Call): Promise<readonly string[]> {
  const rehearsal = await call(hub, { ...request, path: `${request.path}?dryRun=All` });
  expect([200, 201], rehearsal.text).toContain(rehearsal.status);
  const real: Answer = await call(hub, request);
  expect(real.status, real.text).toBe(rehearsal.status);
  expect(real.warnings).toEqual(rehearsal.warnings);
  return real.warnings;
}

beforeAll(async () => {
  set = await startClusterSet(['east', 'west'], { memberArgs: ['--with-write-rights'] });
  hub = set.controlPlane.cluster('hub');
  for (const [member, port] of [
    ['east', 80],
    ['west', 8080],
  ] as const) {
    await set.member(member).apply(namespace(NAMESPACE));
    await set.member(member).apply(service(NAMESPACE, 'api', { ports: [{ name: 'http', port }] }));
  }
  await set.startServer();
});

afterAll(() => set.stop());

describe('the warnings of a write', () => {
  const collection = exportPath({ namespace: NAMESPACE });
  const rowPath = (cluster: string): string => exportPath({ namespace: NAMESPACE, name: `${cluster}.api` });

  it('tell what a first export brings', async () => {
    const predicted = await simulated({
      cluster: 'east',
      serviceExport: { object: serviceExport(NAMESPACE, 'api') },
    });
    expect(await rehearsedAndDone({ method: 'POST', path: collection, body: exportOf('east.api') })).toEqual(predicted);
    expect(predicted).toEqual(['prod/api will be imported in 2 clusters as ClusterSetIP with http TCP/80']);
  });

  it('tell a conflict before it is there: who wins, and both values', async () => {
    // Within one second the cluster's name would decide, and the second could end between rehearsal and write.
    const view = viewOf(set.hub);
    const { metadata } = await view.read('serviceexport', `${NAMESPACE}/east.api`);
    await eventually('the export of east to be older than a second', () => {
      expect(Date.now()).toBeGreaterThan(Date.parse(metadata.creationTimestamp) + 1_000);
    });
    const predicted = await simulated({
      cluster: 'west',
      serviceExport: { object: serviceExport(NAMESPACE, 'api') },
    });
    const warnings = await rehearsedAndDone({ method: 'POST', path: collection, body: exportOf('west.api') });
    expect(warnings).toEqual(predicted);
    const conflict = warnings.find((text) => text.startsWith('PortConflict expected'));
    for (const part of ['80', '8080', 'east']) expect(conflict).toContain(part);
  });

  it('tell what an update of exported labels changes, through a patch too', async () => {
    const spec = { exportedLabels: { tier: 'gold' } };
    const predicted = await simulated({
      cluster: 'east',
      serviceExport: { object: serviceExport(NAMESPACE, 'api', spec) },
    });
    expect(predicted.length).toBeGreaterThan(0);
    const patch: Call = { method: 'PATCH', type: 'merge', path: rowPath('east'), body: { spec } };
    expect(await rehearsedAndDone(patch)).toEqual(predicted);
  });

  it('tell what goes with a winner, and it goes', async () => {
    const predicted = await simulated({ cluster: 'east', serviceExport: { absent: true } });
    expect(await rehearsedAndDone({ method: 'DELETE', path: rowPath('east') })).toEqual(predicted);
    expect(predicted.join('\n')).toContain('west becomes the winner');
    const view = viewOf(set.hub);
    await view.becomes('serviceimport', `${NAMESPACE}/api`, (object) => expect(clustersOf(object)).toEqual(['west']));
  });

  it('tell that the last export goes', async () => {
    const predicted = await simulated({ cluster: 'west', serviceExport: { absent: true } });
    expect(await rehearsedAndDone({ method: 'DELETE', path: rowPath('west') })).toEqual(predicted);
    expect(predicted.join('\n')).toMatch(/last export/i);
  });
});
