import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { definitions } from '../../resources/index.ts';
import type { HubOptions } from './hub-manifests.ts';
import { hubManifests } from './hub-manifests.ts';
import type { Manifest } from './manifest.ts';
import { objectPath } from './manifest.ts';
import type { GivenRules } from './operator-rules.ts';
import { readGivenRules, rulesFindings } from './operator-rules.ts';
import { askedWrites } from './webhook-manifests.ts';
import type { WebhooksOptions } from './webhooks-plan.ts';
import { everyWebhooksManifest, planWebhooks } from './webhooks-plan.ts';

const HEAD = 'apiVersion: clusterset-apiserver.dev/v1alpha1\nkind: AdmissionRules\n';

function rule(name: string, match: string, action = 'deny'): string {
  return `- { name: ${name}, match: { ${match} }, expression: 'true', action: ${action} }\n`;
}

const EXPORTS = 'groups: [multicluster.x-k8s.io], resources: [serviceexports], operations: [CREATE]';
const GIVEN: GivenRules = { file: 'rules.yaml', data: { 'rules.yaml': 'text' }, rules: [] };
const MEMBER: WebhooksOptions = {
  ...{ namespace: 'ours', image: 'image', member: 'east', failurePolicy: 'Fail', withV1alpha2: false },
  ...{ controllers: [], administrators: [], webhooksUrl: undefined, externalAddress: undefined },
  ...{ certManagerIssuer: undefined, certManagerIssuerKind: 'Issuer' },
};

let directory: string;

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'given-rules-'));
});

afterEach(() => rm(directory, { recursive: true }));

async function given(body: string, files: Readonly<Record<string, string>> = {}): Promise<GivenRules | undefined> {
  const file = join(directory, 'mine.yaml');
  await writeFile(file, HEAD + body);
  for (const [name, text] of Object.entries(files)) await writeFile(join(directory, name), text);
  return readGivenRules(file);
}

describe('rules that installation is given', () => {
  test('are kept as they are written, with their params beside them', async () => {
    const body = `paramsFile: teams.yaml\nrules:\n${rule('one', EXPORTS)}`;
    const read = await given(body, { 'teams.yaml': 'teams: [a]\n' });
    expect(read?.data).toEqual({ 'rules.yaml': HEAD + body, 'teams.yaml': 'teams: [a]\n' });
    expect(await readGivenRules(undefined)).toBeUndefined();
  });

  test.each([
    ['an expression', `rules:\n${rule('one', EXPORTS).replace("'true'", "'ture'")}`, /mine\.yaml:4:.*undeclared/],
    ['a field', 'rules: []\nrulez: 1\n', /mine\.yaml:4:1: unknown field "rulez"/],
    ['params', 'paramsFile: teams.yaml\nrules: []\n', /teams\.yaml: must be a map/],
    ['a missing file', 'paramsFile: none.yaml\nrules: []\n', /none\.yaml cannot be read \(ENOENT\)/],
    [
      'a place',
      'paramsFile: ./rules.yaml\nrules: []\n',
      /paramsFile ".\/rules.yaml" must be the name of a file beside it/,
    ],
    ['a name', 'paramsFile: rules.yaml\nrules: []\n', /paramsFile "rules.yaml" must be the name of a file beside it/],
  ])('are refused with %s that is wrong', async (_, body, problem) => {
    await expect(given(body, { 'teams.yaml': '1', 'rules.yaml': 'a: 1' })).rejects.toThrow(problem);
  });

  test('are refused where no ConfigMap holds them', async () => {
    const files = { 'teams.yaml': `a: ${'b'.repeat(1_048_500)}` };
    await expect(given('paramsFile: teams.yaml\nrules: []\n', files)).rejects.toThrow('which no ConfigMap holds');
  });

  test('are told of as far as nobody will ask about what they match', async () => {
    const services = "groups: [''], resources: [services], operations:";
    const read = await given(
      `rules:\n${rule('good', EXPORTS)}${rule('pods', "groups: [''], resources: [pods], operations: [CREATE]")}` +
        rule('all', "groups: ['*'], resources: ['*'], operations: ['*']") +
        rule('denied-services', `${services} [DELETE]`) +
        rule('warned-services', `${services} [CREATE, DELETE]`, 'warn'),
    );
    const asked = askedWrites(planWebhooks(MEMBER, undefined).asking);
    expect(rulesFindings(read, asked).map(({ level, message }) => `${level} ${message}`)).toEqual([
      `ok ${join(directory, 'mine.yaml')} has 5 rule(s)`,
      'warning rule pods will never be asked: no webhook is about what it matches',
      'warning rule denied-services will never be asked: no webhook is about what it matches',
      'warning rule warned-services will not be asked about CREATE of services: no webhook is about that',
    ]);
    expect(rulesFindings(undefined, asked)).toEqual([]);
  });
});

interface Pod {
  readonly volumes: readonly object[];
  readonly containers: readonly [{ readonly args: readonly string[]; readonly volumeMounts: readonly object[] }];
}

function podOf(manifests: readonly Manifest[]): Pod {
  const deployment = manifests.find(({ kind }) => kind === 'Deployment');
  return (deployment?.['spec'] as unknown as { template: { spec: Pod } }).template.spec;
}

const HUB: HubOptions = {
  ...{ namespace: 'ours', definitions, aggregate: 'none', image: 'image', external: undefined, issuer: undefined },
  apiGroups: { multicluster: 'multicluster.x-k8s.io', about: 'about.k8s.io' },
};

describe.each([
  ['on a hub', 'clusterset-apiserver', hubManifests({ ...HUB, operatorRules: GIVEN })],
  ['in a member', 'clusterset-webhooks', planWebhooks({ ...MEMBER, operatorRules: GIVEN }, undefined).serving],
])('rules %s', (_, name, manifests) => {
  test('lie in a ConfigMap whose directory is mounted', () => {
    const maps = manifests.filter(({ kind }) => kind === 'ConfigMap');
    expect(maps).toMatchObject([{ metadata: { name: `${name}-rules`, namespace: 'ours' }, data: GIVEN.data }]);
    const { volumes, containers } = podOf(manifests);
    expect(volumes).toContainEqual({ name: 'rules', configMap: { name: `${name}-rules` } });
    const mount = { name: 'rules', mountPath: '/etc/clusterset-rules', readOnly: true };
    expect(containers[0].volumeMounts).toContainEqual(mount);
    expect(containers[0].args).toContain('--admission-rules=/etc/clusterset-rules/rules.yaml');
  });
});

test('without rules nothing is mounted, and taking away knows the ConfigMap', () => {
  for (const manifests of [hubManifests(HUB), planWebhooks(MEMBER, undefined).serving]) {
    expect(JSON.stringify(manifests)).not.toMatch(/clusterset-rules|admission-rules|ConfigMap/);
  }
  const known = new Set(everyWebhooksManifest('ours').map(objectPath));
  const { serving } = planWebhooks({ ...MEMBER, operatorRules: GIVEN }, undefined);
  expect(serving.map(objectPath).filter((path) => !known.has(path))).toEqual([]);
});

test('a member that asks the hub is judged by the rules of the hub', () => {
  const options = { ...MEMBER, webhooksUrl: 'https://hub.example:8443', operatorRules: GIVEN };
  expect(() => planWebhooks(options, undefined)).toThrow('--rules and --webhooks-url exclude each other');
});
