import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Kubectl } from '../support/control-plane/index.ts';
import { kubeconfigText } from '../support/control-plane/index.ts';
import { eventually } from '../support/eventually.ts';
import type { TestClusterSet } from './support/clusterset.ts';
import { startClusterSet } from './support/clusterset.ts';

const MEMBER = 'east';
const PROPERTY = 'location.example.com';

interface Shown {
  readonly metadata: Readonly<Record<string, unknown>>;
}

let set: TestClusterSet;
let member: Kubectl;
let flags: readonly string[];

beforeAll(async () => {
  set = await startClusterSet([MEMBER], { memberArgs: ['--with-write-rights'] });
  member = set.member(MEMBER);
  await set.startServer();
  const bundle = await set.hub('get', 'apiservice', 'v1beta1.about.k8s.io', '-o', 'jsonpath={.spec.caBundle}');
  const file = join(set.controlPlane.directory, 'view.kubeconfig');
  writeFileSync(
    file,
    kubeconfigText({
      name: 'view',
      url: `https://localhost:${set.port}/clusters/${MEMBER}`,
      ca: Buffer.from(bundle, 'base64').toString(),
      ...set.controlPlane.cluster('hub').keys.admin,
    }),
  );
  flags = ['--kubeconfig', file];
  await member('create', 'namespace', 'prod');
}, 300_000);
afterAll(() => set.stop());

const view = (...args: readonly string[]): Promise<string> => set.hub(...args, ...flags);

async function apply(object: object, ...more: readonly string[]): Promise<void> {
  const { code, stderr } = await set.hub.result(['apply', '-f', '-', ...more, ...flags], JSON.stringify(object));
  expect({ code, stderr }).toMatchObject({ code: 0 });
}

/** The object in the view is the member's own, to the last field but the version. */
async function expectSame(...what: readonly string[]): Promise<void> {
  const args = ['get', ...what, '-o', 'json', '--show-managed-fields'];
  await eventually(`${what.join(' ')} as in the member`, async () => {
    const [own, shown] = [await member(...args), await view(...args)].map((text) => JSON.parse(text) as Shown);
    expect(withoutVersion(shown)).toEqual(withoutVersion(own));
    expect(shown?.metadata['resourceVersion']).not.toBe(own?.metadata['resourceVersion']);
  });
}

function withoutVersion(object: Shown | undefined): object {
  const fields = Object.entries(object?.metadata ?? {}).filter(([field]) => field !== 'resourceVersion');
  return { ...object, metadata: Object.fromEntries(fields) };
}

const property = (value: string): object => ({
  apiVersion: 'about.k8s.io/v1beta1',
  kind: 'ClusterProperty',
  metadata: { name: PROPERTY, labels: { 'clusterset-apiserver.dev/clusterset': 'mine' } },
  spec: { value },
});

const KINDS = [
  ['clusterproperty', PROPERTY, property('eu-1'), []],
  [
    'serviceexport',
    'api',
    { apiVersion: 'multicluster.x-k8s.io/v1beta1', kind: 'ServiceExport', metadata: { name: 'api' } },
    ['-n', 'prod'],
  ],
] as const;

describe.each(KINDS)('a %s, with kubectl on the view of its member', (...[kind, name, object, place]) => {
  it('is created, shown, watched, edited, applied and deleted as in the member itself', async () => {
    const logFile = join(set.controlPlane.directory, `watch-${kind}.log`);
    const watch = set.hub.start(['get', kind, ...place, '-w', '--output-watch-events', ...flags], logFile);
    try {
      await apply(object, ...place);
      await expectSame(kind, name, ...place);
      expect(await view('get', kind, ...place)).toMatch(new RegExp(`^${name} `, 'm'));
      await eventually('ADDED', () => expect(watch.output()).toMatch(new RegExp(`ADDED +${name}`)));
      const owners = '[{"apiVersion":"v1","kind":"Namespace","name":"x","uid":"0b7f6a4e-0000-4000-8000-000000000000"}]';
      await member('patch', kind, name, ...place, '--type=merge', '-p', `{"metadata":{"ownerReferences":${owners}}}`);
      await expectSame(kind, name, ...place);
      const edit = { env: { KUBE_EDITOR: `sed -i 's/^  annotations:/  annotations:\\n    edited: "yes"/'` } };
      const edited = await set.hub.result(['edit', kind, name, ...place, ...flags], edit);
      expect([edited.code, edited.stdout]).toEqual([0, expect.stringContaining('edited')]);
      await apply(object, '--server-side', '--force-conflicts', ...place);
      await view('label', kind, name, ...place, 'a=b');
      await expectSame(kind, name, ...place);
      const path = ['get', kind, name, ...place, '-o', 'jsonpath={.metadata.annotations.edited}{.metadata.labels.a}'];
      expect(await member(...path)).toBe('yesb');
      await view('delete', kind, name, ...place);
      await eventually('DELETED', () => expect(watch.output()).toMatch(new RegExp(`DELETED +${name}`)));
      expect((await member.result(['get', kind, name, ...place])).stderr).toContain('NotFound');
    } finally {
      await watch.stop();
    }
  });
});

it('says which member does not exist', async () => {
  const path = '/clusters/nobody/apis/about.k8s.io/v1beta1/clusterproperties';
  const { stderr } = await set.hub.result([
    'get',
    '--raw',
    path,
    ...flags,
    '--server',
    `https://localhost:${set.port}`,
  ]);
  expect(stderr).toContain('no member cluster "nobody" is registered');
  expect((await view('api-resources', '-o', 'name')).trim().split('\n').toSorted()).toEqual([
    'clusterproperties.about.k8s.io',
    'serviceexports.multicluster.x-k8s.io',
  ]);
});
