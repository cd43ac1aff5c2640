import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import type { Provenance } from '../../src/clusterset/index.ts';
import type { Child, Kubectl } from '../support/control-plane/index.ts';
import { eventually } from '../support/eventually.ts';
import type { TestClusterSet } from './support/clusterset.ts';
import { runProgram, startClusterSet } from './support/clusterset.ts';
import { startControllers } from './support/controllers.ts';
import { rawRequest } from './support/http.ts';
import { namespace, service, serviceExport } from './support/objects.ts';
import { userKubectl } from './support/users.ts';
import type { ObjectView, View } from './support/views.ts';
import { clustersOf, conditionOf, viewOf } from './support/views.ts';

const GROUP = 'multicluster.x-k8s.io';
const VERSIONS = ['v1beta1', 'v1alpha2', 'v1alpha1'];

type Answer = Provenance & Pick<ObjectView, 'metadata'> & { readonly apiVersion: string; readonly kind: string };

let set: TestClusterSet;
let hub: View;
/** Puts our rules into the role `view`, as on any real hub. */
let aggregation: Child;

function pathOf(name: string, version = 'v1beta1', namespaceName = 'prod'): string {
  return `/apis/${GROUP}/${version}/namespaces/${namespaceName}/serviceimports/${name}/provenance`;
}

async function provenance(name: string, version?: string): Promise<Answer> {
  return JSON.parse(await set.hub('get', '--raw', pathOf(name, version))) as Answer;
}

function adminKubeconfig(): string {
  return set.controlPlane.cluster('hub').adminKubeconfig;
}

function explain(...args: readonly string[]) {
  return runProgram(['explain', ...args, '--kubeconfig', adminKubeconfig()]);
}

async function apply(member: string, ...manifests: readonly object[]): Promise<void> {
  for (const manifest of manifests) await set.member(member).apply(manifest);
}

/** Timestamps of objects have whole seconds: what is made after this is younger than what was made before. */
async function nextSecond(): Promise<void> {
  const second = Math.floor(Date.now() / 1000);
  await eventually('the next second', () => expect(Math.floor(Date.now() / 1000)).toBeGreaterThan(second));
}

beforeAll(async () => {
  set = await startClusterSet(['east', 'west']);
  hub = viewOf(set.hub);
  aggregation = startControllers(set.controlPlane, 'hub', ['clusterrole-aggregation-controller']);
  await set.hub.apply(namespace('prod'));
  for (const member of ['east', 'west']) await apply(member, namespace('prod'));
  const http = { name: 'http', port: 80 };
  await apply(
    'east',
    service('prod', 'api', { ports: [http, { name: 'metrics', port: 9090 }] }),
    serviceExport('prod', 'api'),
    serviceExport('prod', 'broken'),
  );
  await nextSecond();
  const web = { name: 'web', port: 80, appProtocol: 'kubernetes.io/h2c' };
  await apply(
    'west',
    service('prod', 'api', {
      headless: true,
      ports: [web, { name: 'metrics', port: 8080 }, { name: 'extra', port: 1 }],
    }),
    serviceExport('prod', 'api', { exportedLabels: { tier: 'gold', 'kubernetes.io/own': 'x' } }),
  );
  await set.startServer();
  await hub.becomes('svcim', 'prod/api', (object) => expect(clustersOf(object)).toEqual(['east', 'west']));
});

afterAll(async () => {
  await aggregation.stop();
  await set.stop();
});

describe('the provenance of a ServiceImport, through the hub', () => {
  it('is the same in every version, with the metadata of the ServiceImport', async () => {
    const object = await hub.read('svcim', 'prod/api');
    const answers = [];
    for (const version of VERSIONS) answers.push(await provenance('api', version));
    const [answer] = answers;
    const { name, namespace: place, uid, resourceVersion, creationTimestamp } = object.metadata;
    expect(answer).toMatchObject({
      apiVersion: 'clusterset-apiserver.dev/v1alpha1',
      kind: 'ServiceImportProvenance',
      metadata: { name, namespace: place, uid, resourceVersion, creationTimestamp },
    });
    const lastContacts = /"lastContactTime":"[^"]*"/g;
    const texts = answers.map((one) => JSON.stringify(one).replace(lastContacts, ''));
    expect(new Set(texts).size).toBe(1);
  });

  it('says who wins, who differs in what, who serves which port and what was dropped', async () => {
    const answer = await provenance('api');
    expect(answer.winner?.cluster).toBe('east');
    expect(
      answer.exports.map(({ cluster, rank, standing, differsIn }) => [cluster, rank, standing, differsIn]),
    ).toEqual([
      ['east', 1, 'Winner', []],
      ['west', 2, 'Differs', ['ports', 'type', 'exportedLabels']],
    ]);
    expect(answer.exports.map(({ member }) => member?.phase)).toEqual(['live', 'live']);
    expect(answer.values?.find(({ field }) => field === 'type')).toMatchObject({
      value: 'ClusterSetIP',
      setBy: 'east',
      differing: [{ cluster: 'west', value: 'Headless' }],
    });
    expect(answer.ports?.map(({ name, endpointsFrom }) => [name, endpointsFrom])).toEqual([
      ['http', ['east', 'west']],
      ['metrics', ['east']],
      ['extra', ['west']],
    ]);
    expect(answer.ports?.[0]?.differingAppProtocols).toEqual([{ cluster: 'west', appProtocol: 'kubernetes.io/h2c' }]);
    expect(answer.droppedPorts?.map(({ cluster, name, type, kept }) => [cluster, name, type, kept.name])).toEqual([
      ['west', 'web', 'Alias', 'http'],
      ['west', 'metrics', 'NameClash', 'metrics'],
    ]);
    expect(answer.droppedMetadata).toEqual([
      { cluster: 'west', field: 'exportedLabels', key: 'kubernetes.io/own', cause: 'reserved' },
    ]);
    const conflict = conditionOf(await hub.read('svcim', 'prod/api'), 'clusterset-apiserver.dev/Conflict');
    expect(answer.conflicts?.join()).toBe(conflict?.reason);
  });

  it('is there in YAML and as a table with a row per export, also for kubectl get --subresource', async () => {
    const args = ['get', 'serviceimport', 'api', '-n', 'prod', '--subresource=provenance'];
    expect(parse(await set.hub(...args, '-o', 'yaml'))).toMatchObject({ kind: 'ServiceImportProvenance' });
    const table = (await set.hub(...args)).trimEnd().split('\n');
    expect(table[0]).toMatch(/^CLUSTER +VALID +STANDING +DIFFERS +TYPE +PORTS +MEMBER +AGE$/);
    expect(table.slice(1)).toEqual([
      expect.stringMatching(/^east +True +Winner +ClusterSetIP +http TCP\/80,metrics TCP\/9090 +live +\d+\w+$/),
      expect.stringMatching(/^west +True +Differs +ports,type,exportedLabels +Headless +web TCP\/80 .* live +\d+\w+$/),
    ]);
    const head = await rawRequest(set.controlPlane.cluster('hub'), pathOf('api'), 'HEAD');
    expect([head.status, head.body]).toEqual([200, '']);
  });

  it('says why there is no ServiceImport, and is not found where nobody exports', async () => {
    const broken = await set.hub.result(['get', 'svcim', 'broken', '-n', 'prod']);
    expect(broken.stderr).toContain('(NotFound)');
    const answer = await provenance('broken');
    expect(answer.metadata).toEqual({ name: 'broken', namespace: 'prod' });
    expect(answer.exports).toMatchObject([{ cluster: 'east', standing: 'NotCounted', reason: 'NoService' }]);
    for (const path of [pathOf('nothing'), pathOf('api', 'v1beta1', 'elsewhere')]) {
      const { status, body } = await rawRequest(set.controlPlane.cluster('hub'), path);
      expect(status).toBe(404);
      expect(JSON.parse(body)).toMatchObject({ reason: 'NotFound', details: { kind: 'serviceimports', group: GROUP } });
    }
  });

  it('can only be read', async () => {
    for (const method of ['POST', 'PUT', 'PATCH', 'DELETE']) {
      const { status } = await rawRequest(set.controlPlane.cluster('hub'), pathOf('api'), method);
      expect(status, method).toBe(405);
    }
  });

  it('is in discovery and OpenAPI of the hub, and disturbs no kubectl command', async () => {
    const list = JSON.parse(await set.hub('get', '--raw', `/apis/${GROUP}/v1beta1`)) as { resources: object[] };
    expect(list.resources).toContainEqual({
      ...{ name: 'serviceimports/provenance', singularName: '', namespaced: true, verbs: ['get'] },
      ...{ group: 'clusterset-apiserver.dev', version: 'v1alpha1', kind: 'ServiceImportProvenance' },
    });
    const resources = await set.hub.result(['api-resources', '--api-group', GROUP, '--no-headers', '-o', 'name']);
    expect(resources).toMatchObject({ code: 0, stderr: '' });
    expect(resources.stdout.split('\n')).toEqual(expect.arrayContaining([`serviceimports.${GROUP}`]));
    expect(await set.hub('explain', 'serviceimport.status.clusters')).toContain('KIND:       ServiceImport');
    const schema = 'dev.clusterset-apiserver.v1alpha1.ServiceImportProvenance';
    await eventually('the merged document of the hub', async () => {
      const { definitions } = JSON.parse(await set.hub('get', '--raw', '/openapi/v2')) as { definitions: object };
      expect(Object.keys(definitions)).toContain(schema);
    });
    const v3 = await set.hub('get', '--raw', `/openapi/v3/apis/${GROUP}/v1beta1`);
    expect(v3).toContain(`#/components/schemas/${schema}`);
  });
});

describe('who may read a provenance', () => {
  async function userWith(name: string, ...resources: readonly string[]): Promise<Kubectl> {
    const rules = [{ apiGroups: [GROUP], resources, verbs: ['get'] }];
    const metadata = { name, namespace: 'prod' };
    const rbac = 'rbac.authorization.k8s.io';
    if (resources.length > 0) await set.hub.apply({ apiVersion: `${rbac}/v1`, kind: 'Role', metadata, rules });
    const roleRef =
      resources.length > 0
        ? { apiGroup: rbac, kind: 'Role', name }
        : { apiGroup: rbac, kind: 'ClusterRole', name: 'view' };
    const subjects = [{ apiGroup: rbac, kind: 'User', name }];
    await set.hub.apply({ apiVersion: `${rbac}/v1`, kind: 'RoleBinding', metadata, roleRef, subjects });
    return userKubectl(set.controlPlane, 'hub', name);
  }

  it('everybody with the role view, where they have it', async () => {
    const user = await userWith('viewer');
    await eventually('the role to hold', async () => {
      expect(await user('get', '--raw', pathOf('api'))).toContain('ServiceImportProvenance');
    });
    const elsewhere = await user.result(['get', '--raw', pathOf('api', 'v1beta1', 'other')]);
    expect(elsewhere.stderr).toContain('(Forbidden)');
  });

  it('who has a role on the subresource alone', async () => {
    const user = await userWith('explainer', 'serviceimports/provenance');
    await eventually('the role to hold', async () => {
      expect(await user('get', '--raw', pathOf('api'))).toContain('ServiceImportProvenance');
    });
    expect((await user.result(['get', 'svcim', 'api', '-n', 'prod'])).stderr).toContain('(Forbidden)');
  });

  it('not who may read ServiceImports only, nor anybody else', async () => {
    const reader = await userWith('reader', 'serviceimports');
    await eventually('the role to hold', async () => {
      expect(await reader('get', 'svcim', 'api', '-n', 'prod', '-o', 'name')).toContain('api');
    });
    const stranger = await userKubectl(set.controlPlane, 'hub', 'stranger');
    for (const user of [reader, stranger]) {
      const { stderr } = await user.result(['get', '--raw', pathOf('api')]);
      expect(stderr).toMatch(/cannot get resource "serviceimports\/provenance" in API group/);
    }
    const kubeconfig = join(set.controlPlane.cluster('hub').directory, 'stranger.kubeconfig');
    const refused = await runProgram(['explain', 'prod/api', '--kubeconfig', kubeconfig]);
    expect(refused.code).toBe(1);
    expect(refused.stderr).toMatch(/^error: .*"stranger" cannot get resource "serviceimports\/provenance"/);
  });
});

describe('clusterset-apiserver explain', () => {
  it('prints what a service owner must know', async () => {
    const { code, stdout, stderr } = await explain('prod/api');
    expect([code, stderr]).toEqual([0, '']);
    for (const line of [
      /^Winner: +east \(oldest export, .*Z\)$/m,
      /^Conflicts: +PortConflict, TypeConflict, LabelsConflict$/m,
      /^2 +west +differs +\d+\w+ +Headless .* live +differs in ports, type, exportedLabels$/m,
      /^type +ClusterSetIP +east +west: Headless$/m,
      /^http TCP\/80 +east +east, west +west: kubernetes\.io\/h2c$/m,
      /^Port metrics TCP\/8080 of "west" cannot be reached: /m,
      /^west +exportedLabels +kubernetes\.io\/own +reserved$/m,
      /^IF east LEFT$/m,
      /^spec\.type +ClusterSetIP +Headless$/m,
    ]) {
      expect(stdout).toMatch(line);
    }
  });

  it('prints the whole answer as JSON or YAML', async () => {
    const answer = await provenance('api');
    const json = await explain('prod/api', '-o', 'json');
    expect(JSON.parse(json.stdout)).toMatchObject({ metadata: answer.metadata, values: answer.values });
    const yaml = await explain('prod/api', '-o', 'yaml');
    expect(parse(yaml.stdout)).toMatchObject({ metadata: answer.metadata, values: answer.values });
  });

  it('takes the kubeconfig from KUBECONFIG, and the context that is named', async () => {
    const { code } = await runProgram(['explain', 'prod/api'], { KUBECONFIG: adminKubeconfig() });
    expect(code).toBe(0);
    const wrong = await explain('prod/api', '--context', 'nowhere');
    expect([wrong.code, wrong.stderr]).toEqual([2, expect.stringContaining('nowhere')]);
  });

  it.each([
    [1, ['prod/nothing'], 'error: serviceimports.multicluster.x-k8s.io "nothing" not found\n'],
    [1, ['prod/nothing', '-o', 'yaml'], 'error: serviceimports.multicluster.x-k8s.io "nothing" not found\n'],
    [1, ['prod/api', '--api-group', 'not.served.dev'], expect.stringMatching(/^error: ./)],
    [2, ['api'], '"api" is not NAMESPACE/NAME\n'],
    [2, ['prod/api', '-o', 'xml'], expect.stringContaining("argument 'xml' is invalid")],
    [2, [], expect.stringContaining("missing required argument 'namespace/name'")],
  ] as const)('ends with %i for %j', async (code, args, stderr: unknown) => {
    expect(await explain(...args)).toMatchObject({ code, stdout: '', stderr });
  });
});

describe('a conflict without the subresource', () => {
  it('is understood from kubectl describe', async () => {
    const text = await set.hub('describe', 'serviceimport', 'api', '-n', 'prod');
    expect(text).toMatch(/Clusters:\s+Cluster: +east\s+Cluster: +west/);
    expect(text).toMatch(/Reason: +PortConflict,TypeConflict,LabelsConflict/);
    expect(text).toMatch(
      /type differs: using ClusterSetIP of "east" \(oldest export, .*Z\); 1 of 2 clusters differ: west\./,
    );
    const row = await set.hub('describe', 'serviceexport', 'west.api', '-n', 'prod');
    expect(row).toMatch(/This export differs\./);
  });
});

describe('when things change', () => {
  it('a member that cannot be reached is said to be stale, and what it holds still counts', async () => {
    const before = await provenance('api');
    await set.controlPlane.cluster('west').stop();
    const stale = await eventually('the stale member', async () => {
      const answer = await provenance('api');
      expect(answer.exports[1]?.member?.phase).toBe('stale');
      return answer;
    });
    expect(stale.exports[1]?.member?.lastContactTime).toMatch(/T\d\d:\d\d:00Z$/);
    expect(stale).toMatchObject({ metadata: before.metadata, values: before.values, ports: before.ports });
    const { stdout } = await explain('prod/api');
    expect(stdout).toMatch(/^2 +west .* stale: \w+, last contact \d{4}-\d\d-\d\dT\d\d:\d\d:00Z +differs in/m);
    const table = await set.hub.result(['get', 'svcim', 'api', '-n', 'prod', '--subresource=provenance']);
    expect(table.stderr).toMatch(/^Warning: stale members: west/);
    await set.controlPlane.cluster('west').start();
    await eventually('the live member', async () => {
      expect((await provenance('api')).exports[1]?.member?.phase).toBe('live');
    });
  });

  it('what was foretold comes true when the winner leaves', async () => {
    const { ifWinnerLeft } = await provenance('api');
    await set.member('east')('delete', 'serviceexport', 'api', '-n', 'prod');
    const object = await hub.becomes('svcim', 'prod/api', (one) => expect(clustersOf(one)).toEqual(['west']));
    const answer = await provenance('api');
    expect(ifWinnerLeft).toMatchObject({
      winner: answer.winner,
      serviceImport: 'Stays',
      conflictsEnded: ['PortConflict', 'TypeConflict', 'LabelsConflict'],
      conflictsBegun: answer.conflicts,
    });
    expect(ifWinnerLeft?.changes).toEqual(
      expect.arrayContaining([
        { field: 'spec.type', before: 'ClusterSetIP', after: object.spec?.['type'] },
        { field: 'metadata.labels', after: JSON.stringify(object.metadata.labels) },
        expect.objectContaining({ field: 'metadata.creationTimestamp', after: object.metadata.creationTimestamp }),
      ]),
    );
    expect(answer.ifWinnerLeft?.serviceImport).toBe('Goes');
    await set.member('west')('delete', 'serviceexport', 'api', '-n', 'prod');
    await hub.vanishes('svcim', 'prod/api');
    expect((await rawRequest(set.controlPlane.cluster('hub'), pathOf('api'))).status).toBe(404);
  });
});
