import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { JsonObject, KubeObject } from '../../src/kube/object.ts';
import { customResourceDefinition, definitions } from '../../src/resources/index.ts';
import type { ControlPlane, Kubectl } from '../support/control-plane/index.ts';
import { freePorts, startControlPlane } from '../support/control-plane/index.ts';
import { eventually } from '../support/eventually.ts';
import { clusterProfile, PROFILE_CASES } from '../support/rule-cases/profile-cases.ts';
import type { RuleCase } from '../support/rule-cases/rule-case.ts';
import { type CaseCaller, createCaseCaller, type Said, SEEDER } from './support/case-caller.ts';
import type { TestClusterSet } from './support/clusterset.ts';
import { withoutValidations } from './support/crds.ts';
import { installHub, program } from './support/clusterset.ts';
import type { RunningWebhooks } from './support/member-webhooks.ts';
import { memberWebhooks } from './support/member-webhooks.ts';
import { namespace } from './support/objects.ts';
import { viewOf } from './support/views.ts';

const WEBHOOK = 'clusterprofiles.safety.clusterset-apiserver.dev';
const STATUS_WEBHOOK = 'clusterprofiles-status.safety.clusterset-apiserver.dev';
const KIND = 'ClusterProfile.multicluster.x-k8s.io';
const ID = 'multicluster.x-k8s.io/inventory-member-id';
const MANAGER = 'x-k8s.io/cluster-manager';
/** The inventory that the server on the hub computes. */
const FLEET = 'fleet';
const SECRET = 'c2VjcmV0LW9mLWphbmU';
const JWT = `eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJqYW5lIn0.${SECRET}`;

let controlPlane: ControlPlane;
let set: TestClusterSet;
let webhooks: RunningWebhooks;
let east: Kubectl;
let caller: CaseCaller;
/** The member id that the server gave east. */
let eastId: string;

beforeAll(async () => {
  controlPlane = await startControlPlane(['hub', 'east']);
  set = await installHub(controlPlane, 'hub');
  east = set.member('east');
  caller = createCaseCaller(controlPlane.cluster('east'));
  await set.register('east');
  const config = join(controlPlane.directory, 'hub.yaml');
  await writeFile(config, JSON.stringify({ profiles: { namespaces: [FLEET] } }));
  await set.hub.apply(namespace(FLEET));
  await set.startServer(['--config', config]);
  await keepProfiles();
  await installWebhooks();
  const profile = await viewOf(set.hub).becomes('clusterprofiles', `${FLEET}/east`, ({ metadata }) => {
    expect(metadata.labels?.[ID]).toBeDefined();
  });
  eastId = profile.metadata.labels?.[ID] ?? '';
}, 300_000);

afterAll(async () => {
  await (webhooks as RunningWebhooks | undefined)?.stop();
  await (set as TestClusterSet | undefined)?.stop();
  await controlPlane.stop();
});

/** Makes the member a cluster where another manager keeps profiles; what our definition validates is left to the webhooks. */
async function keepProfiles(): Promise<void> {
  for (const definition of definitions.filter(({ resource }) => resource === 'clusterprofiles')) {
    await east.apply(
      withoutValidations(
        customResourceDefinition(definition, { conversion: { type: 'None' }, versions: ['v1alpha1', 'v1alpha2'] }),
      ),
    );
  }
  for (const name of ['prod', FLEET]) await east.apply(namespace(name));
  await east.apply({
    apiVersion: 'about.k8s.io/v1beta1',
    kind: 'ClusterProperty',
    metadata: { name: 'location' },
    spec: { value: 'Basel' },
  });
  const users = ['jane', SEEDER].map((user) => `--user=${user}`);
  await east('create', 'clusterrolebinding', 'writers', '--clusterrole=cluster-admin', ...users);
}

async function installWebhooks(): Promise<void> {
  const [port] = await freePorts(1);
  if (port === undefined) throw new Error('no free port');
  const kubeconfig = join(controlPlane.directory, 'east-webhooks.kubeconfig');
  const kubeconfigOf = (cluster: string): string => controlPlane.cluster(cluster).adminKubeconfig;
  await program(
    ...['install', '--member', 'east', '--webhooks', '--external-address', `localhost:${port}`],
    ...['--kubeconfig', kubeconfigOf('east'), '--hub-kubeconfig', kubeconfigOf('hub')],
    ...['--write-kubeconfig', kubeconfig],
  );
  // They say most of it, too, and before the webhooks are asked.
  await east('delete', 'validatingadmissionpolicybindings,validatingadmissionpolicies', '--all');
  webhooks = memberWebhooks({
    ...{ controlPlane, member: 'east', port, kubeconfig },
    hubKubeconfig: kubeconfig.replace('.kubeconfig', '-hub.kubeconfig'),
  });
  await webhooks.start();
  await eventually('the webhooks to be asked, and nobody before', async () => {
    const { message } = await caller.perform(created(clusterProfile({ labels: {} })));
    expect(message).toContain(`admission webhook "${WEBHOOK}" denied the request`);
  });
}

function created(object: KubeObject): RuleCase {
  return { name: '', resource: 'clusterprofiles', object };
}

/** In the inventory of the hub, as the member's own manager or somebody else writes it. */
function inFleet(name: string, { labels, manager }: { labels: Record<string, string>; manager: string }): KubeObject {
  const profile = clusterProfile({ labels: { [MANAGER]: manager, ...labels }, manager });
  return { ...profile, metadata: { ...profile.metadata, name, namespace: FLEET } };
}

interface Refusal {
  readonly webhook: string;
  /** `<field>: <message>` of each cause. */
  readonly faults: readonly string[];
}

/** How kube-apiserver passes on what is wrong with a profile. */
function expectInvalid(said: Said, { webhook, faults }: Refusal): void {
  const text = faults.length === 1 ? faults.join('') : `[${faults.join(', ')}]`;
  const causes = said.causes.map((cause) => {
    const { field, message } = cause as { field: string; message: string };
    return `${field}: ${message}`;
  });
  expect({ ...said, causes }).toEqual({
    status: 422,
    reason: 'Invalid',
    message: `admission webhook "${webhook}" denied the request: ${KIND} "east" is invalid: ${text}`,
    causes: faults,
    warnings: said.warnings,
  });
}

describe('what other managers write', () => {
  it.each(PROFILE_CASES)('is judged as the rules say: $name', async (one) => {
    const remove = await caller.seed(one);
    const said = await caller.perform(one);
    await remove();
    expect(said.warnings).toEqual(one.warnings ?? []);
    if (one.invalid === undefined) expect(said).toMatchObject({ reason: '', message: '', causes: [] });
    else
      expectInvalid(said, { webhook: one.subresource === 'status' ? STATUS_WEBHOOK : WEBHOOK, faults: [one.invalid] });
  });

  it('is judged in the other version, too', async () => {
    const bad = clusterProfile({ labels: {} });
    const said = await caller.perform({ ...created(bad), version: 'v1alpha2' });
    expect(said).toMatchObject({ status: 422, reason: 'Invalid' });
    expect(said.message).toContain('must equal spec.clusterManager.name "mgr"');
  });
});

describe('kubectl', () => {
  /** Writes a status as a user does, without an effect. */
  const report = (status: JsonObject) =>
    east.result([
      ...['patch', 'clusterprofiles.v1alpha1.multicluster.x-k8s.io', 'east', '-n', 'prod', '--subresource=status'],
      ...['--type=merge', '--dry-run=server'],
      ...['-p', JSON.stringify({ status })],
    ]);
  const provider = (cluster: JsonObject, name = 'x'): JsonObject => ({
    accessProviders: [{ name, cluster: { server: 'https://a.example.com', ...cluster } }],
  });
  const property = (name: string, value: string): JsonObject => ({ properties: [{ name, value }] });
  const NO_CREDENTIAL = 'looks like a credential; publish a reference instead';
  const PROVIDER = 'status.accessProviders[0].cluster';
  const encoded = (text: string): string => Buffer.from(text).toString('base64');

  beforeAll(async () => {
    await east.apply(clusterProfile());
  });

  it.each<[string, JsonObject, readonly string[]]>([
    ['a token in a property', property('a', JWT), [`status.properties[0].value: Forbidden: ${NO_CREDENTIAL}`]],
    [
      'a private key',
      provider({ 'certificate-authority-data': encoded(`-----BEGIN PRIVATE KEY-----\n${SECRET}\n`) }),
      [`${PROVIDER}.certificate-authority-data: Forbidden: ${NO_CREDENTIAL}`],
    ],
    [
      'a password in a URL',
      provider({ 'proxy-url': `https://jane:${SECRET}@a.example.com` }),
      [`${PROVIDER}.proxy-url: Forbidden: ${NO_CREDENTIAL}`],
    ],
    [
      'a field with the name of a credential',
      provider({ extensions: [{ name: 'a', extension: { token: SECRET } }] }),
      [`${PROVIDER}.extensions[0].extension.token: Forbidden: ${NO_CREDENTIAL}`],
    ],
    [
      'a credential in the deprecated list',
      { credentialProviders: [{ name: 'x', cluster: { server: `https://${SECRET}@a.example.com` } }] },
      [`status.credentialProviders[0].cluster.server: Forbidden: ${NO_CREDENTIAL}`],
    ],
    [
      'a file',
      provider({ 'certificate-authority': '/etc/ca.crt' }),
      [`${PROVIDER}.certificate-authority: Forbidden: file paths have no meaning here; use certificate-authority-data`],
    ],
    [
      'a value that is too long',
      property('a', 'x'.repeat(1025)),
      ['status.properties[0].value: Too long: may not be more than 1024 bytes'],
    ],
    [
      'a condition without a reason',
      {
        conditions: [
          { type: 'Ready', status: 'True', reason: '', message: '', lastTransitionTime: '2026-01-01T00:00:00Z' },
        ],
      },
      ['status.conditions[0].reason: Invalid value: ""'],
    ],
    [
      'several faults at once',
      provider({ server: 'http://a.example.com', 'certificate-authority': '/etc/ca.crt' }),
      [
        `${PROVIDER}.certificate-authority: Forbidden: file paths have no meaning here`,
        'status.accessProviders: Invalid value: "array": cluster.server of x must be an https URL with a host',
      ],
    ],
  ])('is refused %s, and no secret is repeated', async (_title, status, faults) => {
    const { code, stderr } = await report(status);
    expect(code).toBe(1);
    expect(stderr).toContain('The ClusterProfile "east" is invalid');
    for (const fault of faults) expect(stderr).toContain(fault);
    expect(stderr).not.toContain(SECRET);
  });

  it('is warned of what is only unwise, and goes on', async () => {
    const { code, stderr } = await report({
      ...provider({ 'insecure-skip-tls-verify': true }),
      credentialProviders: [{ name: 'x' }],
    });
    expect(code).toBe(0);
    expect(stderr.trim().split('\n').sort()).toEqual([
      'Warning: access provider "x" disables TLS verification',
      'Warning: status.credentialProviders is deprecated and absent in v1alpha2',
    ]);
  });

  it('removes finalizers of what is wrong', async () => {
    const bad = clusterProfile({ labels: {} });
    const held = { ...bad, metadata: { ...bad.metadata, name: 'held', finalizers: ['example.com/a'] } };
    await east.result(
      ['create', '-f', '-', '--as', SEEDER, '--as-group=system:serviceaccounts:kube-system'],
      JSON.stringify(held),
    );
    await east('delete', 'clusterprofile', 'held', '-n', 'prod', '--wait=false');
    await east('patch', 'clusterprofile', 'held', '-n', 'prod', '--type=merge', '-p', '{"metadata":{"finalizers":[]}}');
    await eventually('it to be gone', async () => {
      expect((await east.result(['get', 'clusterprofile', 'held', '-n', 'prod'])).code).toBe(1);
    });
  });
});

describe('profiles that the server on the hub serves', () => {
  const OURS = 'clusterset-apiserver';

  it('are neither made nor deleted by anybody else', async () => {
    const because =
      `admission webhook "${WEBHOOK}" denied the request: clusterprofiles.multicluster.x-k8s.io "east" is forbidden: ` +
      'clusterprofiles "east" is served for member east; register or unregister the member instead';
    const object = inFleet('east', { labels: {}, manager: OURS });
    await eventually('the profiles of the hub to be known', async () => {
      expect(await caller.perform(created(object))).toMatchObject({
        ...{ status: 403, reason: 'Forbidden', message: because, causes: [] },
      });
    });
    const { oldObject, ...rest } = { ...created(object), oldObject: object };
    const remove = await caller.seed({ ...rest, oldObject });
    const said = await caller.perform({ name: '', resource: 'clusterprofiles', oldObject });
    await remove();
    expect(said).toMatchObject({ status: 403, reason: 'Forbidden', message: because });
    expect(await caller.perform(created(inFleet('east', { labels: {}, manager: 'mgr' })))).toMatchObject({
      status: 201,
    });
  });

  it('are not represented a second time without a warning', async () => {
    const said = await caller.perform(created(inFleet('other', { labels: { [ID]: eastId }, manager: 'mgr' })));
    expect(said).toMatchObject({ status: 201, warnings: [`profile "east" already represents member "${eastId}"`] });
    const profile = clusterProfile({ labels: { [MANAGER]: 'mgr', [ID]: eastId } });
    const elsewhere = { ...profile, metadata: { ...profile.metadata, name: 'other' } };
    expect(await caller.perform(created(elsewhere))).toMatchObject({ status: 201, warnings: [] });
  });

  it('are not contradicted about the properties of their member without a warning', async () => {
    const about = (value: string): RuleCase => ({
      ...{ name: '', resource: 'clusterprofiles', subresource: 'status' },
      oldObject: clusterProfile({ labels: { [MANAGER]: 'mgr', [ID]: eastId } }),
      object: clusterProfile({
        labels: { [MANAGER]: 'mgr', [ID]: eastId },
        status: { properties: [{ name: 'location', value }] },
      }),
    });
    await east('delete', 'clusterprofile', 'east', '-n', 'prod', '--ignore-not-found');
    const remove = await caller.seed(about('Bern'));
    const [same, other] = [await caller.perform(about('Basel')), await caller.perform(about('Bern'))];
    await remove();
    expect(same).toMatchObject({ status: 200, warnings: [] });
    expect(other).toMatchObject({ status: 200, warnings: ['property "location" is defined by the member'] });
  });
});
