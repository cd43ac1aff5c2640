import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Child, Kubectl } from '../support/control-plane/index.ts';
import { freePorts, startChild } from '../support/control-plane/index.ts';
import { eventually } from '../support/eventually.ts';
import type { CommandResult, TestClusterSet } from './support/clusterset.ts';
import { PROGRAM, runProgram, startClusterSet } from './support/clusterset.ts';
import { startControllers } from './support/controllers.ts';
import { namespace, service, serviceExport } from './support/objects.ts';
import { userKubectl } from './support/users.ts';
import type { ObjectView, View } from './support/views.ts';
import { clustersOf, conditionOf, viewOf } from './support/views.ts';

const IMPORT_CONFLICT = 'clusterset-apiserver.dev/Conflict';
const DOCUMENT = new URL('../../docs/simulate.md', import.meta.url).pathname;
const HTTP = { name: 'http', port: 80 };

let set: TestClusterSet;
let hub: View;
let hubKubeconfig: string;

interface Summary {
  readonly clusters: readonly string[];
  readonly conflicts: readonly string[];
  readonly winner: string;
  readonly ipFamilies?: readonly string[];
}

interface Report {
  readonly names: readonly {
    readonly namespace: string;
    readonly name: string;
    readonly before?: Summary;
    readonly after?: Summary;
    readonly changes: readonly { readonly field: string }[];
    readonly consequences: readonly { readonly type: string; readonly message: string }[];
  }[];
  readonly passedOver: number;
  readonly predicted: boolean;
}

async function writeManifests(name: string, manifests: readonly object[]): Promise<string> {
  const file = join(set.controlPlane.directory, `${name}.json`);
  await writeFile(file, JSON.stringify({ apiVersion: 'v1', kind: 'List', items: manifests }));
  return file;
}

function simulate(member: string, file: string, ...more: readonly string[]): Promise<CommandResult> {
  return runProgram(['simulate', '-f', file, '--cluster', member, '--kubeconfig', hubKubeconfig, ...more]);
}

async function report(member: string, file: string, ...more: readonly string[]): Promise<Report> {
  const { stdout, stderr } = await simulate(member, file, '-o', 'json', ...more);
  expect(stderr).toBe('');
  return JSON.parse(stdout) as Report;
}

/** What the ServiceImport really says, in the form of a prediction. */
function summaryOf({ metadata, spec, status }: ObjectView & { readonly metadata: object }): unknown {
  const conflict = status?.conditions?.find(({ type }) => type === IMPORT_CONFLICT);
  const clusters = (status?.clusters ?? []).map(({ cluster }) => cluster);
  const { labels, annotations } = metadata as { labels?: object; annotations?: object };
  return {
    ...spec,
    ...(labels === undefined ? {} : { labels }),
    ...(annotations === undefined ? {} : { annotations }),
    clusters,
    winner: clusters[0],
    conflicts: conflict?.status === 'True' ? conflict.reason.split(',') : [],
  };
}

/** Timestamps of objects have whole seconds: what is made after this is younger than what was made before. */
async function nextSecond(): Promise<void> {
  const second = Math.floor(Date.now() / 1000);
  await eventually('the next second', () => expect(Math.floor(Date.now() / 1000)).toBeGreaterThan(second));
}

interface Step {
  readonly title: string;
  readonly member: string;
  readonly manifests: readonly object[];
  readonly remove?: true;
  /** Types of the consequences that are predicted, in their order. */
  readonly types: readonly string[];
  readonly begins: string;
}

const exportOf = (spec = {}) => serviceExport('prod', 'api', spec);
const STEPS: readonly Step[] = [
  {
    title: 'the first export',
    member: 'east',
    manifests: [service('prod', 'api', { ports: [HTTP, { name: 'metrics', port: 9090 }] }), exportOf()],
    types: ['notice', 'notice'],
    begins: 'prod/api will be imported in 2 clusters as ClusterSetIP with http TCP/80, metrics TCP/9090',
  },
  {
    title: 'an export that disagrees in everything',
    member: 'west',
    manifests: [
      service('prod', 'api', {
        ports: [
          { name: 'http', port: 8080 },
          { name: 'grpc', port: 9000 },
        ],
        headless: true,
        sessionAffinity: 'ClientIP',
        trafficDistribution: 'PreferSameZone',
      }),
      exportOf({ exportedLabels: { tier: 'gold' }, exportedAnnotations: { 'example.com/note': 'x' } }),
    ],
    types: [
      ...['conflict', 'change', 'conflict', 'conflict', 'conflict', 'conflict', 'conflict'],
      ...['notice', 'notice', 'notice'],
    ],
    begins: 'TypeConflict expected: type is ClusterSetIP in east (oldest), Headless here',
  },
  {
    title: 'another Service of the winner',
    member: 'east',
    manifests: [service('prod', 'api', { ports: [HTTP], internalTrafficPolicy: 'Local' })],
    types: ['removal', 'change', 'conflict', 'notice'],
    begins: 'prod/api loses port metrics TCP/9090 in 2 clusters',
  },
  {
    title: 'labels of the winner',
    member: 'east',
    manifests: [exportOf({ exportedLabels: { tier: 'gold' } })],
    types: ['change', 'notice'],
    begins: 'changes labels of prod/api in 2 clusters: tier=gold instead of none; this export is the oldest',
  },
  {
    title: 'the winner goes',
    member: 'east',
    manifests: [exportOf()],
    remove: true,
    types: [],
    begins: 'east no longer exports prod/api: west still exports it',
  },
  {
    title: 'the winner comes back, as the youngest',
    member: 'east',
    manifests: [exportOf()],
    types: [],
    begins: 'TypeConflict expected: type is Headless in west (oldest), ClusterSetIP here',
  },
  {
    title: 'the Service of an export goes',
    member: 'west',
    manifests: [service('prod', 'api')],
    remove: true,
    types: [],
    begins: 'prod/api will not be exported from west (NoService): No Service "prod/api" in cluster "west".',
  },
  {
    title: 'the last export that counts goes',
    member: 'east',
    manifests: [exportOf()],
    remove: true,
    types: ['removal'],
    begins: 'last exporter: imports and VIPs of prod/api in 2 clusters will be deleted',
  },
];

beforeAll(async () => {
  set = await startClusterSet(['east', 'north', 'west']);
  hub = viewOf(set.hub);
  hubKubeconfig = set.controlPlane.cluster('hub').adminKubeconfig;
  for (const member of ['east', 'west']) await set.member(member).apply(namespace('prod'));
  await set.startServer();
});

afterAll(() => set.stop());

describe('what is simulated is what then happens when it is applied in the member', () => {
  it.each(STEPS.map((step, index) => ({ ...step, index })))('$index: $title', async (step) => {
    const { member, manifests, remove = false, index } = step;
    await nextSecond();
    const file = await writeManifests(`step-${index}`, manifests);
    const { names } = await report(member, file, ...(remove ? ['--delete'] : []));
    const [predicted] = names;
    if (predicted === undefined) throw new Error('no name was asked for');
    if (step.types.length > 0) expect(predicted.consequences.map(({ type }) => type)).toEqual(step.types);
    expect(predicted.consequences.map(({ message }) => message)).toContain(step.begins);

    const kubectl = set.member(member);
    if (remove) await kubectl('delete', '-f', file);
    else await kubectl('apply', '-f', file);
    const { after } = predicted;
    if (after === undefined) {
      await hub.vanishes('svcim', 'prod/api');
      return;
    }
    await hub.becomes('svcim', 'prod/api', (object) => {
      const happened = summaryOf(object) as Summary;
      // The families of a Service that is not made yet are its cluster's to choose.
      const { ipFamilies } = after.ipFamilies === undefined ? happened : after;
      expect({ ...happened }).toEqual({ ...after, ...(ipFamilies === undefined ? {} : { ipFamilies }) });
    });
    for (const cluster of after.clusters) {
      const reason = after.conflicts.length === 0 ? 'NoConflicts' : after.conflicts.join(',');
      await hub.becomes('svcex', `prod/${cluster}.api`, (row) =>
        expect(conditionOf(row, 'Conflict')?.reason).toBe(reason),
      );
    }
  });

  it('changes nothing itself', async () => {
    await set.member('east').apply(exportOf());
    await hub.becomes('svcim', 'prod/api', (object) => expect(clustersOf(object)).toEqual(['east']));
    const before = await hub.read('svcim', 'prod/api');
    const file = await writeManifests('nothing', [service('prod', 'api'), exportOf()]);
    expect((await report('north', file)).predicted).toBe(true);
    await report('east', file, '--delete');
    expect(await hub.read('svcim', 'prod/api')).toEqual(before);
    const { stderr } = await set.member('north').result(['get', 'serviceexport', 'api', '-n', 'prod']);
    expect(stderr).toContain('NotFound');
  });

  it('says nothing of what is applied already', async () => {
    const file = await writeManifests('same', [
      service('prod', 'api', { ports: [HTTP], internalTrafficPolicy: 'Local' }),
      exportOf(),
    ]);
    expect(await report('east', file)).toMatchObject({ names: [{ changes: [], consequences: [] }], predicted: false });
  });
});

describe('the exit code', () => {
  it('is 3 from the level on that --fail-on names, else 0', async () => {
    await set.member('east')(
      'apply',
      '-f',
      await writeManifests('shop', [service('prod', 'shop'), serviceExport('prod', 'shop')]),
    );
    await hub.becomes('svcim', 'prod/shop', (object) => expect(clustersOf(object)).toEqual(['east']));
    const other = service('prod', 'shop', { ports: [{ name: 'http', port: 81 }] });
    const file = await writeManifests('conflict', [other, serviceExport('prod', 'shop')]);
    const codeOf = async (...more: readonly string[]) => (await simulate('west', file, ...more)).code;
    expect(await codeOf()).toBe(3);
    expect(await codeOf('--fail-on', 'change')).toBe(3);
    expect(await codeOf('--fail-on', 'removal')).toBe(0);
    expect(await codeOf('--fail-on', 'none')).toBe(0);
  });

  it('is 2 for wrong words and files, and the message says where', async () => {
    const file = await writeManifests('plain', [exportOf()]);
    expect(await simulate('nobody', file)).toMatchObject({
      code: 2,
      stderr: expect.stringMatching(/plain\.json:1: prod\/api: .*spec\.cluster: Invalid value: "nobody"/) as string,
    });
    const broken = join(set.controlPlane.directory, 'broken.yaml');
    await writeFile(broken, 'apiVersion: v1\nkind: Service\nmetadata:\n  name: [api\n');
    expect(await simulate('west', broken)).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('broken.yaml:') as string,
    });
    const bad = await writeManifests('bad', [service('prod', 'api', { ports: [{ name: 'http', port: 0 }] })]);
    expect(await simulate('west', bad)).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('spec.ports[0] is malformed') as string,
    });
    expect(await runProgram(['simulate', '-f', file])).toMatchObject({
      code: 2,
      stderr: expect.stringContaining("required option '--cluster <name>'") as string,
    });
  });

  it('is 1 when nobody answers', async () => {
    const file = await writeManifests('unasked', [exportOf()]);
    const [port] = await freePorts(1);
    const kubeconfig = join(set.controlPlane.directory, 'nobody.kubeconfig');
    const text = await readFile(hubKubeconfig, 'utf8');
    await writeFile(kubeconfig, text.replaceAll(/https:\/\/[^\s"]+/g, `https://127.0.0.1:${port}`));
    expect(await simulate('west', file, '--kubeconfig', kubeconfig)).toMatchObject({
      code: 1,
      stderr: expect.stringContaining(`https://127.0.0.1:${port}`) as string,
    });
  });
});

describe('the right to ask', () => {
  let jane: Kubectl;
  let controllers: Child;
  const kubeconfigOf = (user: string) => join(set.controlPlane.cluster('hub').directory, `${user}.kubeconfig`);

  beforeAll(async () => {
    jane = await userKubectl(set.controlPlane, 'hub', 'jane');
    // The role `view` is aggregated by a controller.
    controllers = startControllers(set.controlPlane, 'hub', ['clusterrole-aggregation-controller']);
  });

  afterAll(() => controllers.stop());

  it('is refused without a role: exit code 1 and the words of the hub', async () => {
    const file = await writeManifests('forbidden', [exportOf()]);
    const result = await simulate('west', file, '--kubeconfig', kubeconfigOf('jane'));
    expect(result.code).toBe(1);
    expect(result.stderr).toMatch(
      /prod\/api: 403 .*User "jane" cannot create resource "serviceimports\/simulation" in API group "multicluster\.x-k8s\.io" in the namespace "prod"/,
    );
  });

  it('comes with the role view of the namespace', async () => {
    const file = await writeManifests('viewer', [serviceExport('prod', 'new')]);
    await set.hub.apply(namespace('prod'));
    await set.hub('create', 'rolebinding', 'jane', '--clusterrole=view', '--user=jane', '-n', 'prod');
    await eventually('the role to be in force', async () => {
      expect((await simulate('west', file, '--kubeconfig', kubeconfigOf('jane'))).code).toBe(3);
    });
    const elsewhere = await writeManifests('elsewhere', [serviceExport('infra', 'dns')]);
    expect((await simulate('west', elsewhere, '--kubeconfig', kubeconfigOf('jane'))).code).toBe(1);
  });

  it('is that of any client: kubectl create --raw', async () => {
    await hub.becomes('svcim', 'prod/shop', (object) => expect(clustersOf(object)).toEqual(['east']));
    const question = join(set.controlPlane.directory, 'question.json');
    await writeFile(
      question,
      JSON.stringify({ spec: { cluster: 'west', serviceExport: { object: serviceExport('prod', 'shop') } } }),
    );
    const path = '/apis/multicluster.x-k8s.io/v1beta1/namespaces/prod/serviceimports/shop/simulation';
    const answer = JSON.parse(await jane('create', '--raw', path, '-f', question)) as Record<string, unknown>;
    expect(answer).toMatchObject({
      apiVersion: 'clusterset-apiserver.dev/v1alpha1',
      kind: 'ServiceImportSimulation',
      metadata: { name: 'shop', namespace: 'prod' },
      status: { before: { winner: 'east' }, after: { winner: 'east' } },
    });
  });
});

describe('the worked example of the documentation', () => {
  let example: Child;
  let directory: string;

  beforeAll(async () => {
    directory = join(set.controlPlane.directory, 'example');
    await mkdir(directory);
    const [port] = await freePorts(1);
    example = startChild({
      name: 'example',
      command: process.execPath,
      args: [
        PROGRAM,
        'serve',
        '--embedded',
        '--embedded-changing=false',
        '--secure-port',
        String(port),
        '--durable-directory',
        directory,
      ],
      logFile: join(directory, 'example.log'),
    });
    await eventually('the example', () => expect(example.output()).toContain('Ctrl-C ends it.'));
  });

  afterAll(() => example.stop());

  it('prints what is written there', async () => {
    const text = await readFile(DOCUMENT, 'utf8');
    const [manifests = ''] = [...text.matchAll(/```yaml\n(# cart\.yaml\n[^]*?)```/g)].map(([, body]) => body ?? '');
    const file = join(directory, 'cart.yaml');
    await writeFile(file, manifests);
    const runs = [...text.matchAll(/\$ npx clusterset-apiserver (simulate .*)\n([^]*?)\n\$ echo \$\?\n(\d)\n/g)];
    expect(runs.length).toBeGreaterThan(1);
    for (const [, words = '', output = '', code = ''] of runs) {
      const args = words.split(' ').map((word) => (word === 'cart.yaml' ? file : word));
      const result = await runProgram(args, { KUBECONFIG: join(directory, 'kubeconfig') });
      expect(result.stdout.trimEnd()).toBe(output);
      expect(result.code).toBe(Number(code));
    }
  });
});
