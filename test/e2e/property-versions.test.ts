import { execFile } from 'node:child_process';
import { readFile, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Child, Kubectl } from '../support/control-plane/index.ts';
import { eventually } from '../support/eventually.ts';
import type { Answer, Call } from './support/calls.ts';
import { call } from './support/calls.ts';
import type { TestClusterSet } from './support/clusterset.ts';
import { program, startClusterSet } from './support/clusterset.ts';
import { openDefinition } from './support/crds.ts';

/** Serves v1beta1 alone, as the definition that the About API's own kustomization installs. */
const NEW = 'east';
/** Serves v1alpha1 alone, and keeps every field. */
const OLD = 'west';
/** Has no definition. */
const BARE = 'north';
const OWN_VERSION = { east: 'v1beta1', west: 'v1alpha1' } as const;
const VERSIONS = ['v1alpha1', 'v1beta1'] as const;
/** No double holds this integer. */
const SERIAL = '9007199254740993';

let set: TestClusterSet;
let hub: Kubectl;

beforeAll(async () => {
  set = await startClusterSet([]);
  hub = set.hub;
  await Promise.all([NEW, OLD, BARE].map((name) => set.controlPlane.add(name)));
  const rights = ['--with-write-rights'];
  await set.member(OLD).apply(openDefinition('clusterproperties', ['v1alpha1']));
  await set.register(NEW, ['v1beta1'], rights);
  for (const name of [OLD, BARE]) await install(name, rights);
  await set.startServer();
  const rows = [row(`${NEW}.first.example.com`, 'n'), row(`${OLD}.first.example.com`, 'o')];
  await eventually('both members to take writes', async () => {
    for (const one of rows) expect([201, 409]).toContain((await send('POST', '', { body: one })).status);
  });
}, 300_000);
afterAll(() => set.stop());

/** Registers a member whose definitions stay as they are. */
async function install(name: string, more: readonly string[]): Promise<void> {
  const clusters = ['--kubeconfig', set.controlPlane.cluster(name).adminKubeconfig];
  const hubAt = ['--hub-kubeconfig', set.controlPlane.cluster('hub').adminKubeconfig];
  await program('install', '--member', name, ...clusters, ...hubAt, ...more);
}

interface Fields {
  readonly version?: string;
  readonly metadata?: object;
  readonly spec?: object;
}

function row(name: string, value: string, { version = 'v1beta1', metadata = {}, spec = {} }: Fields = {}): object {
  return {
    apiVersion: `about.k8s.io/${version}`,
    kind: 'ClusterProperty',
    metadata: { name, ...metadata },
    spec: { value, ...spec },
  };
}

interface Sent extends Partial<Pick<Call, 'body' | 'type'>> {
  readonly version?: string;
  readonly query?: string;
}

/** One request to the hub about a row, or about all. */
function send(method: Call['method'], name: string, sent: Sent = {}): Promise<Answer> {
  const { version = 'v1beta1', query = '', ...rest } = sent;
  const collection = `/apis/about.k8s.io/${version}/clusterproperties`;
  const path = `${collection}${name === '' ? '' : `/${name}`}${query}`;
  return call(set.controlPlane.cluster('hub'), { method, path, ...rest });
}

interface Property {
  readonly apiVersion: string;
  readonly metadata: Readonly<Record<string, unknown>> & { readonly managedFields: readonly Managed[] };
  readonly spec: Readonly<Record<string, unknown>>;
}

interface Managed {
  readonly manager: string;
  readonly operation: string;
  readonly apiVersion: string;
}

/** The member's own object. */
function own(member: string, name: string): Promise<Property> {
  return set.member(member).json<Property>('get', 'clusterproperty', name, '--show-managed-fields');
}

const without = (object: object, ...fields: readonly string[]): object =>
  Object.fromEntries(Object.entries(object).filter(([field]) => !fields.includes(field)));

describe('members that serve other versions than the hub, or none', () => {
  it('are one list in both versions, that differs in nothing but its version', async () => {
    const [old, current] = await Promise.all(
      VERSIONS.map(async (version) => {
        const { text, warnings } = await send('GET', '', { version });
        expect(warnings).toEqual([]);
        return JSON.parse(text) as { apiVersion: string; items: readonly Property[] };
      }),
    );
    expect(old?.items.map(({ metadata }) => metadata['name'])).toEqual([
      `${NEW}.first.example.com`,
      `${OLD}.first.example.com`,
    ]);
    expect(old?.items.map(({ apiVersion }) => apiVersion)).toEqual(Array(2).fill('about.k8s.io/v1alpha1'));
    expect(current?.items.map(({ apiVersion }) => apiVersion)).toEqual(Array(2).fill('about.k8s.io/v1beta1'));
    const plain = (items: readonly Property[] = []) => items.map((item) => without(item, 'apiVersion'));
    expect(plain(old?.items)).toEqual(plain(current?.items));
  });

  it('have profiles with all of their properties, and the one without the definition has none of them', async () => {
    const profiles = async (): Promise<string> =>
      hub(
        ...['get', 'clusterprofiles', '-n', 'clusterset-system', '-o'],
        'jsonpath={range .items[*]}{.metadata.name} {.status.properties[*].value} ' +
          '{.status.conditions[?(@.type=="clusterset-apiserver.dev/PropertiesComplete")].status}{"\\n"}{end}',
      );
    await eventually('the profiles', async () => {
      expect((await profiles()).trim().split('\n')).toEqual(['east n True', 'north  True', 'west o True']);
    });
  });

  const places = ([NEW, OLD] as const).flatMap((member) => VERSIONS.map((version) => [member, version] as const));

  it.each(places)('%s is written in %s by every verb, and stores its own version', async (...[member, version]) => {
    const property = `verbs.${version}.example.com`;
    const name = `${member}.${property}`;
    const expectStored = async (answer: Answer, value: string, more: object = {}): Promise<Property> => {
      expect([200, 201], answer.text).toContain(answer.status);
      expect(answer.object).toMatchObject({ apiVersion: `about.k8s.io/${version}`, spec: { value, ...more } });
      const stored = await own(member, property);
      expect(stored).toMatchObject({ apiVersion: `about.k8s.io/${OWN_VERSION[member]}`, spec: { value } });
      // What everybody reads in either version is what was answered.
      for (const other of VERSIONS) {
        const read = await send('GET', name, { version: other });
        expect(without(JSON.parse(read.text) as object, 'apiVersion')).toEqual(
          without(JSON.parse(answer.text) as object, 'apiVersion'),
        );
      }
      return stored;
    };
    const created = await send('POST', '', { body: row(name, 'a', { version }), version });
    await expectStored(created, 'a');
    const replaced = { ...JSON.parse(created.text), spec: { value: 'b' } } as object;
    await expectStored(await send('PUT', name, { body: replaced, version }), 'b');
    expect((await send('PUT', name, { body: replaced, version })).status).toBe(409);
    await expectStored(await send('PATCH', name, { body: { spec: { value: 'c' } }, version, type: 'merge' }), 'c');
    const operations = [
      { op: 'test', path: '/apiVersion', value: `about.k8s.io/${version}` },
      { op: 'replace', path: '/spec/value', value: 'd' },
    ];
    await expectStored(await send('PATCH', name, { body: operations, version, type: 'jsonPatch' }), 'd');
    const applied = row(name, 'e', { version });
    const query = '?fieldManager=tester&force=true';
    const stored = await expectStored(await send('PATCH', name, { body: applied, version, type: 'apply', query }), 'e');
    const isServed = version === OWN_VERSION[member];
    expect(stored.metadata.managedFields.map((one) => [one.manager, one.operation, one.apiVersion])).toContainEqual([
      'tester',
      'Apply',
      `about.k8s.io/${isServed ? version : OWN_VERSION[member]}`,
    ]);
    const strategic = await send('PATCH', name, { body: { spec: { value: 'f' } }, version, type: 'strategic' });
    expect([strategic.status, strategic.object.reason]).toEqual([415, 'UnsupportedMediaType']);
    const body = { kind: 'DeleteOptions', preconditions: { resourceVersion: '1' } };
    expect((await send('DELETE', name, { body, version })).status).toBe(409);
    expect((await send('DELETE', name, { version })).status).toBe(200);
    expect((await set.member(member).result(['get', 'clusterproperty', property])).stderr).toContain('NotFound');
    expect((await send('GET', name, { version })).status).toBe(404);
  });

  it.each(VERSIONS)('without the definition nothing is written, and %s says why', async (version) => {
    const name = `${BARE}.x.example.com`;
    const missing =
      'member cluster "north" does not have the resource clusterproperties.about.k8s.io: ' +
      'install its CustomResourceDefinition (ClusterProperty) there first';
    for (const answer of [
      await send('POST', '', { body: row(name, 'a', { version }), version }),
      await send('POST', '', { body: row(name, 'a', { version }), version, query: '?dryRun=All' }),
      await send('POST', '', { body: row(`${BARE}.clusterset.k8s.io`, 'prod', { version }), version }),
      await send('PATCH', name, {
        body: row(name, 'a', { version }),
        version,
        type: 'apply',
        query: '?fieldManager=x',
      }),
    ]) {
      expect([answer.status, answer.object.reason, answer.object.message]).toEqual([404, 'NotFound', missing]);
      expect(answer.headers['retry-after']).toBeUndefined();
    }
    const absent = `clusterproperties.about.k8s.io "${name}" not found`;
    for (const answer of [
      await send('GET', name, { version }),
      await send('PATCH', name, { body: { spec: { value: 'b' } }, version, type: 'merge' }),
      await send('DELETE', name, { version }),
    ]) {
      expect([answer.status, answer.object.message]).toEqual([404, absent]);
    }
    const applied = await hub.result(['apply', '-f', '-'], JSON.stringify(row(name, 'a', { version })));
    expect([applied.code, applied.stderr]).toEqual([1, expect.stringContaining(missing)]);
  });
});

describe('kubectl on rows of properties', () => {
  const property = 'edited.example.com';
  const name = `${OLD}.${property}`;
  let watch: Child;

  beforeAll(() => {
    const logFile = join(set.controlPlane.directory, 'watch-properties.log');
    watch = hub.start(['get', 'clusterproperties', '-w', '--output-watch-events', '--no-headers'], logFile);
  });
  afterAll(async () => {
    await watch.stop();
  });

  const seen = (event: string, value: string): Promise<void> =>
    eventually(`${event} ${value}`, () => {
      expect(watch.output()).toMatch(new RegExp(`^${event} +${name.replaceAll('.', '\\.')} +${value} `, 'm'));
    });

  /** What the member stores, as text: no parser between. */
  const text = (): Promise<string> =>
    set.member(OLD)('get', '--raw', `/apis/about.k8s.io/v1alpha1/clusterproperties/${property}`);

  it('edits, watches, waits, labels and annotates, and leaves what it does not know to the last digit', async () => {
    const spec = JSON.stringify(
      row(name, 'one', { metadata: { annotations: { 'example.com/huge': SERIAL } } }),
    ).replace('"value":', `"serial":${SERIAL},"value":`);
    expect((await hub.result(['create', '-f', '-'], spec)).stderr).not.toContain('Error');
    await seen('ADDED', 'one');
    const edit = (program: string): Promise<{ code: number; stdout: string; stderr: string }> =>
      hub.result(['edit', 'clusterproperty', name], { env: { EDITOR: `sed -i ${program}`, KUBE_EDITOR: '' } });
    const edited = await edit(`'s/value: one/value: two/'`);
    expect(edited).toMatchObject({ code: 0, stdout: expect.stringContaining(`${name} edited`) as string });
    await seen('MODIFIED', 'two');
    expect((await edit(`'s/nothing/something/'`)).stdout + (await edit(`'s/nothing/x/'`)).stderr).toContain(
      'no changes',
    );
    // kubectl shows the refusal in the file that it opens again, and keeps that file when nothing is changed then.
    const moved = await edit(`'s/dev.cluster: ${OLD}/dev\\/cluster: ${NEW}/'`);
    expect([moved.code, moved.stderr]).toEqual([1, expect.stringContaining('is invalid')]);
    const kept = /stored to "(\S+)"/.exec(moved.stderr)?.[1] ?? '';
    expect(await readFile(kept, 'utf8')).toMatch(/^# \* metadata\.labels\[clusterset-apiserver\.dev\/cluster\]: /m);
    await rm(kept);
    await hub('label', 'clusterproperty', name, 'tier=gold');
    await hub('annotate', 'clusterproperty', name, 'example.com/note=hello');
    await hub('label', 'clusterproperty', name, 'tier-');
    const ours = await hub.result([
      'label',
      'clusterproperty',
      name,
      'clusterset-apiserver.dev/cluster=x',
      '--overwrite',
    ]);
    expect([ours.code, ours.stderr]).toEqual([
      1,
      expect.stringContaining('metadata.labels[clusterset-apiserver.dev/cluster]'),
    ]);
    expect(await hub('wait', `clusterproperty/${name}`, '--for=jsonpath={.spec.value}=two', '--timeout=10s')).toContain(
      'condition met',
    );
    const stored = await text();
    expect(stored).toContain(`"serial":${SERIAL}`);
    expect(stored).not.toContain('clusterset-apiserver.dev');
    expect(JSON.parse(stored)).toMatchObject({
      metadata: { name: property, annotations: { 'example.com/huge': SERIAL, 'example.com/note': 'hello' } },
    });
  });

  it('applies on the server, finds conflicts, and shows the managers as the member has them', async () => {
    const apply = (value: string, ...more: readonly string[]) =>
      hub.result(['apply', '--server-side', '-f', '-', ...more], JSON.stringify(row(name, value)));
    const conflict = await apply('three', '--field-manager=deployer');
    expect(conflict.code).toBe(1);
    expect(conflict.stderr).toMatch(/Apply failed with 1 conflict: conflict with "kubectl-edit" [^:]*: \.spec\.value/);
    const forced = await apply('three', '--field-manager=deployer', '--force-conflicts');
    expect([forced.code, forced.stdout]).toEqual([0, `clusterproperty.about.k8s.io/${name} serverside-applied\n`]);
    await seen('MODIFIED', 'three');
    const shown = await hub.json<Property>('get', 'clusterproperty', name, '--show-managed-fields');
    const stored = await own(OLD, property);
    expect(shown.metadata.managedFields).toEqual(stored.metadata.managedFields);
    const managers = stored.metadata.managedFields.map(({ manager, operation }) => `${manager} ${operation}`);
    expect(managers).toEqual(expect.arrayContaining(['deployer Apply', 'kubectl-annotate Update']));
    expect(await text()).toContain(`"serial":${SERIAL}`);
  });

  it('carries values of 128000 characters, and deletes what it waits for', async () => {
    const value = 'é'.repeat(128_000);
    const patch = JSON.stringify([{ op: 'replace', path: '/spec/value', value }]);
    const answer = await send('PATCH', name, { body: patch, type: 'jsonPatch' });
    expect(answer.status, answer.text.slice(0, 500)).toBe(200);
    expect((JSON.parse(await text()) as Property).spec['value']).toBe(value);
    expect(await text()).toContain(`"serial":${SERIAL}`);
    const longer = await send('PATCH', name, { body: { spec: { value: `${value}e` } }, type: 'merge' });
    expect([longer.status, longer.object.message]).toEqual([422, expect.stringContaining('and has 128001')]);
    const [waited] = await Promise.all([
      hub.result(['wait', `clusterproperty/${name}`, '--for=delete', '--timeout=20s']),
      hub('delete', 'clusterproperty', name),
    ]);
    expect(waited).toMatchObject({ code: 0 });
    await eventually('DELETED', () => expect(watch.output()).toMatch(new RegExp(`^DELETED +${name}`, 'm')));
  });
});

describe('docs/properties.md', () => {
  /** Runs a block of the document in a shell whose kubectl talks to the hub. */
  const shell = (script: string): Promise<{ code: number; stdout: string; stderr: string }> =>
    new Promise((resolve) => {
      const path = `${dirname(set.controlPlane.binaries.path('kubectl'))}:${process.env['PATH'] ?? ''}`;
      const env = { ...process.env, PATH: path, KUBECONFIG: set.controlPlane.cluster('hub').adminKubeconfig };
      execFile('bash', ['-c', script], { env, timeout: 60_000 }, (error, stdout, stderr) => {
        resolve({ code: typeof error?.code === 'number' ? error.code : 0, stdout, stderr });
      });
    });

  it('has a join and a question about one that work as they are written', async () => {
    const document = await readFile(new URL('../../docs/properties.md', import.meta.url), 'utf8');
    const [, joining = ''] = /^So a cluster joins and leaves like this:\n\n```sh\n([^]*?)^```/m.exec(document) ?? [];
    const joined = await shell(joining);
    expect(joined).toMatchObject({ code: 0 });
    expect(joined.stdout).toContain(`clusterproperty.about.k8s.io/${NEW}.clusterset.k8s.io created`);
    expect(joined.stdout).toContain(`"${NEW}.clusterset.k8s.io" deleted`);
    const [, asking = '', answered = ''] = /^\$ (kubectl create --raw [^]*?'\{.*\}')\n(\{.*\})$/m.exec(document) ?? [];
    expect(asking).toContain('/join');
    const asked = await shell(asking);
    expect({ ...asked, stdout: asked.stdout.trim() }).toEqual({ code: 0, stdout: answered, stderr: '' });
  });
});
