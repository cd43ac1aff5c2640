import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { customResourceDefinition, definitions } from '../../src/resources/index.ts';
import type { ControlPlane, Kubectl } from '../support/control-plane/index.ts';
import { freePorts, startChild, startControlPlane } from '../support/control-plane/index.ts';
import { eventually } from '../support/eventually.ts';
import { PROGRAM, program, runProgram } from './support/clusterset.ts';

const LABEL = 'app.kubernetes.io/managed-by=clusterset-apiserver-install';
const KINDS = [
  ...['validatingwebhookconfiguration', 'validatingadmissionpolicy', 'validatingadmissionpolicybinding'],
  ...['clusterrole', 'clusterrolebinding', 'role', 'rolebinding', 'serviceaccount', 'service', 'deployment'],
  ...['networkpolicy', 'poddisruptionbudget', 'secret', 'configmap', 'lease'],
];
const CRDS = ['serviceexports', 'serviceimports'].map((resource) => `${resource}.multicluster.x-k8s.io`);
const [EXPORTS = '', IMPORTS = ''] = CRDS;

let controlPlane: ControlPlane;
let east: Kubectl;
let west: Kubectl;
let hub: Kubectl;

const kubeconfigOf = (name: string): string => controlPlane.cluster(name).adminKubeconfig;
const member = (name: string): readonly string[] => [
  '--member',
  name,
  '--kubeconfig',
  kubeconfigOf(name),
  '--webhooks',
];

/** Everything in a cluster that carries our label, but for definitions. */
async function installed(kubectl: Kubectl): Promise<readonly string[]> {
  const list = await kubectl('get', KINDS.join(','), '-A', '-l', LABEL, '-o', 'name');
  return list.split('\n').filter((line) => line !== '');
}

function changes(printed: string): readonly string[] {
  return [...printed.matchAll(/^[A-Z]\w+ \S+ (?:created|configured|removed).*$/gm)].map(([line]) => line);
}

async function conversionOf(kubectl: Kubectl, crd: string): Promise<{ strategy: string; versions: readonly string[] }> {
  const { spec } = await kubectl.json<{ spec: { conversion: { strategy: string }; versions: { name: string }[] } }>(
    ...['get', 'crd', crd],
  );
  return { strategy: spec.conversion.strategy, versions: spec.versions.map(({ name }) => name) };
}

/** A definition as a later release of upstream would be labelled. */
function labelled(resource: string, version: string): object {
  const definition = definitions.find((one) => one.resource === resource);
  if (definition === undefined) throw new Error(`no kind ${resource}`);
  const crd = customResourceDefinition(definition, { conversion: { type: 'None' } });
  const labels = {
    'multicluster.x-k8s.io/release-version': version,
    'multicluster.x-k8s.io/crd-schema-revision': '0',
  };
  return { ...crd, metadata: { ...crd.metadata, labels } };
}

beforeAll(async () => {
  controlPlane = await startControlPlane(['hub', 'east', 'west']);
  hub = controlPlane.kubectl('hub');
  east = controlPlane.kubectl('east');
  west = controlPlane.kubectl('west');
  await program('install', '--kubeconfig', kubeconfigOf('hub'), '--external-address', 'localhost:1', ...written('hub'));
});

afterAll(() => controlPlane.stop());

function written(name: string): readonly string[] {
  return ['--write-kubeconfig', join(controlPlane.directory, `${name}-made.kubeconfig`)];
}

describe('installing the webhooks of a member', () => {
  it('changes nothing in a dry run', async () => {
    const printed = await program('install', ...member('east'), '--hub-kubeconfig', kubeconfigOf('hub'), '--dry-run');
    expect(printed).toContain('ValidatingWebhookConfiguration clusterset-safety created (dry run)');
    expect(printed).toContain(`CustomResourceDefinition ${EXPORTS} created (dry run)`);
    expect(await installed(east)).toEqual([]);
    expect(await east('get', 'crd', '-o', 'name')).toBe('');
  });

  it('prints manifests that a stock kubectl accepts', async () => {
    const text = await program('install', '--member', 'east', '--webhooks', '-o', 'yaml');
    const result = await east.result(['create', '--dry-run=client', '-f', '-'], text);
    expect(result).toMatchObject({ code: 0, stderr: '' });
    expect(result.stdout).toContain('validatingwebhookconfiguration.admissionregistration.k8s.io/clusterset-safety');
  });

  it('applies everything, and a second run changes nothing', async () => {
    const args = ['install', ...member('east'), '--hub-kubeconfig', kubeconfigOf('hub')];
    await program(...args);
    const objects = await installed(east);
    expect(objects).toEqual(
      expect.arrayContaining(['deployment.apps/clusterset-webhooks', 'service/clusterset-webhooks']),
    );
    const again = changes(await program(...args));
    // A new token for the account on the hub each time.
    expect(again).toEqual(['Secret clusterset-system/clusterset-webhooks-hub configured']);
    expect(await installed(east)).toEqual(objects);
  });

  it('lets the member enforce by itself what it can judge alone', async () => {
    const refused = await east.result(['create', '-n', 'kube-system', '-f', '-'], inNamespace('kube-system'));
    expect(refused.stderr).toMatch(/ValidatingAdmissionPolicy '.*clusterset-apiserver\.dev'/);
    const kinds = 'validatingadmissionpolicy,validatingadmissionpolicybinding';
    expect(await west('get', kinds, '-l', LABEL, '-o', 'name')).toBe('');
  });

  it('makes definitions of upstream shape where there are none', async () => {
    await east('wait', '--for=condition=Established', 'crd', ...CRDS, '--timeout=30s');
    expect(await conversionOf(east, EXPORTS)).toEqual({ strategy: 'None', versions: ['v1alpha1', 'v1beta1'] });
  });

  it('gives the member an account on the hub that reads rows and may ask for its own join, no more', async () => {
    const text = await east('get', 'secret', '-n', 'clusterset-system', 'clusterset-webhooks-hub', '-o', 'json');
    const { data } = JSON.parse(text) as { data: { kubeconfig: string } };
    expect(Buffer.from(data.kubeconfig, 'base64').toString()).toContain(controlPlane.cluster('hub').url);
    const account = 'system:serviceaccount:clusterset-system:clusterset-webhooks-east';
    const may = async (attributes: object): Promise<unknown> => {
      const review = { user: account, resourceAttributes: attributes };
      const body = { apiVersion: 'authorization.k8s.io/v1', kind: 'SubjectAccessReview', spec: review };
      const answer = await hub.result(['create', '-o', 'json', '-f', '-'], JSON.stringify(body));
      return (JSON.parse(answer.stdout) as { status: { allowed: boolean } }).status.allowed;
    };
    const exports = { group: 'multicluster.x-k8s.io', resource: 'serviceexports' };
    expect(await may({ ...exports, verb: 'list' })).toBe(true);
    expect(await may({ ...exports, verb: 'create' })).toBe(false);
    const toJoin = { group: 'about.k8s.io', resource: 'clusterproperties', subresource: 'join', verb: 'create' };
    expect(await may({ ...toJoin, name: 'east.clusterset.k8s.io' })).toBe(true);
    expect(await may({ ...toJoin, name: 'west.clusterset.k8s.io' })).toBe(false);
  });

  it('gives the webhooks rights to their own objects only', async () => {
    const account = 'system:serviceaccount:clusterset-system:clusterset-webhooks';
    const may = async (...words: readonly string[]): Promise<string> =>
      (await east.result(['auth', 'can-i', ...words, '--as', account])).stdout.trim();
    const configurations = 'validatingwebhookconfigurations.admissionregistration.k8s.io';
    expect(await may('patch', `${configurations}/clusterset-safety`)).toBe('yes');
    expect(await may('patch', `${configurations}/other`)).toBe('no');
    expect(await may('patch', `customresourcedefinitions.apiextensions.k8s.io/${EXPORTS}`)).toBe('no');
    expect(await may('get', 'secrets/clusterset-webhooks-certificates', '-n', 'clusterset-system')).toBe('yes');
    expect(await may('get', 'secrets/clusterset-webhooks-hub', '-n', 'clusterset-system')).toBe('no');
    expect(await may('list', 'services', '-A')).toBe('yes');
  });

  it('leaves the cluster alive while nobody answers: exports wait, the rest goes on', async () => {
    const made = exportNamed('api');
    const refused = await east.result(['create', '-f', '-'], made);
    expect(refused.stderr).toContain('failed calling webhook "serviceexports.safety.clusterset-apiserver.dev"');
    await east('create', 'service', 'clusterip', 'api', '--tcp=80');
    await east('create', 'configmap', 'ours', '-n', 'clusterset-system');
    await east('delete', 'service', 'api');
    await program('install', ...member('east'), '--failure-policy', 'Ignore');
    expect((await east.result(['create', '-f', '-'], made)).code).toBe(0);
  });

  it('takes back what another way of being reached needed', async () => {
    const printed = await program(
      ...['install', ...member('east'), '--external-address', '192.0.2.7:9443', ...written('east')],
    );
    expect(changes(printed)).toContain('Deployment clusterset-system/clusterset-webhooks removed');
    expect(printed).toContain('--webhooks-only --member-name=east');
    expect(await readFile(join(controlPlane.directory, 'east-made.kubeconfig'), 'utf8')).toContain('token:');
    const url = await program('install', ...member('east'), '--webhooks-url', 'https://hub.example.com:8443');
    expect(changes(url)).toContain('Service clusterset-system/clusterset-webhooks removed');
    const paths = '{.webhooks[*].clientConfig.url}';
    const urls = await east('get', 'validatingwebhookconfiguration', 'clusterset-advice', '-o', `jsonpath=${paths}`);
    expect(new Set(urls.split(' '))).toEqual(new Set(['https://hub.example.com:8443/members/east/validate/advice']));
    await program('install', ...member('east'));
    expect(await installed(east)).toContain('deployment.apps/clusterset-webhooks');
  });

  it('is made anew when the server owns a caBundle in a webhook that goes', async () => {
    const own = await east.json<{ webhooks: { name: string }[] }>(
      ...['get', 'validatingwebhookconfiguration', 'clusterset-safety'],
    );
    const bundle = Buffer.from('-----BEGIN CERTIFICATE-----').toString('base64');
    const patch = {
      apiVersion: 'admissionregistration.k8s.io/v1',
      kind: 'ValidatingWebhookConfiguration',
      metadata: { name: 'clusterset-safety' },
      webhooks: own.webhooks.map(({ name }) => ({ name, clientConfig: { caBundle: bundle } })),
    };
    await east.result(['apply', '--server-side', '--field-manager=server', '-f', '-'], JSON.stringify(patch));
    const again = await program('install', ...member('east'));
    expect(changes(again).filter((line) => line.includes('clusterset-safety'))).toEqual([]);
    await program('install', ...member('east'), '--webhooks-url', 'https://hub.example.com:8443');
    await program('install', ...member('east'));
  });
});

function inNamespace(namespace: string): string {
  const object = { apiVersion: 'multicluster.x-k8s.io/v1beta1', kind: 'ServiceExport' };
  return JSON.stringify({ ...object, metadata: { name: 'api', namespace } });
}

function exportNamed(name: string, version = 'v1beta1'): string {
  return JSON.stringify({
    apiVersion: `multicluster.x-k8s.io/${version}`,
    kind: 'ServiceExport',
    metadata: { name, namespace: 'default' },
  });
}

/** Exports need the label team, whose values are params. */
async function rulesFile(name: string, expression: string): Promise<string> {
  const file = join(controlPlane.directory, name);
  await writeFile(join(controlPlane.directory, 'teams.yaml'), 'teams: [web]\n');
  const head = 'apiVersion: clusterset-apiserver.dev/v1alpha1\nkind: AdmissionRules\nparamsFile: teams.yaml\nrules:\n';
  const match = 'groups: [multicluster.x-k8s.io], resources: [serviceexports], operations: [CREATE]';
  const rule = `- name: team\n  match: { ${match} }\n  expression: ${JSON.stringify(expression)}\n  action: deny\n`;
  await writeFile(file, head + rule);
  return file;
}

const TEAM_RULE = "has(object.metadata.labels) && object.metadata.labels['team'] in params.teams";

describe('somebody with few rights', () => {
  const ACCOUNT = { namespace: 'default', name: 'installer' };
  const APPLY = ['apply', '--server-side', '-f', '-'];
  const ROLE = { apiVersion: 'rbac.authorization.k8s.io/v1', kind: 'ClusterRole', metadata: { name: 'installer' } };

  /** By the rights that are said to be missing. */
  function roleOf(...refusals: readonly string[]): object {
    const lists = refusals.map((text) => / you may not (.*?)(?: on https:\S+)?: /.exec(text)?.[1] ?? '');
    const rules = lists
      .join(', ')
      .split(', ')
      .map((text) => {
        const [verb, what = ''] = text.split(' ');
        if (what.startsWith('/')) return { verbs: [verb], nonResourceURLs: [what] };
        const [resource = '', ...group] = what.split('.');
        return { verbs: [verb], resources: [resource], apiGroups: [group.join('.')] };
      });
    return { ...ROLE, rules };
  }

  /** An account without rights, but for those of the role. */
  async function makeAccount(cluster: string): Promise<string> {
    const kubectl = controlPlane.kubectl(cluster);
    await kubectl('create', 'serviceaccount', '-n', ACCOUNT.namespace, ACCOUNT.name);
    const binding = ['--clusterrole=installer', '--serviceaccount=default:installer'];
    await kubectl('create', 'clusterrolebinding', 'installer', ...binding);
    const token = (await kubectl('create', 'token', '-n', ACCOUNT.namespace, ACCOUNT.name)).trim();
    const admin = JSON.parse(await readFile(kubeconfigOf(cluster), 'utf8')) as { users: { name: string }[] };
    const users = admin.users.map(({ name }) => ({ name, user: { token } }));
    const kubeconfig = join(controlPlane.directory, `${cluster}-installer.kubeconfig`);
    await writeFile(kubeconfig, JSON.stringify({ ...admin, users }));
    return kubeconfig;
  }

  it('is told all that is missing, and with exactly that can install and uninstall', async () => {
    const kubeconfig = await makeAccount('west');
    const place = ['--member', 'west', '--kubeconfig', kubeconfig, '--webhooks', '--namespace', 'clusterset-few'];
    const rules = ['--rules', await rulesFile('rules.yaml', TEAM_RULE)];
    const words = [...place, '--failure-policy', 'Ignore', ...rules];
    const refused = await runProgram(['install', ...words]);
    expect(refused).toMatchObject({ code: 2 });
    expect(refused.stdout).toContain('patch rolebindings.rbac.authorization.k8s.io in clusterset-few');
    await west.result(APPLY, JSON.stringify(roleOf(refused.stdout)));
    await eventually('the rights to be known', () => program('preflight', ...place, ...rules));
    const printed = await program('install', ...words);
    const removal = /\[warning\] removal: you may not .*: install works without, uninstall does not/.exec(printed)?.[0];
    expect(removal).toContain('delete deployments.apps in clusterset-few');
    await west.result(APPLY, JSON.stringify(roleOf(refused.stdout, removal ?? '')));
    await eventually('the rights to remove to be known', async () => {
      const looked = await program('preflight', ...place, ...rules);
      expect(looked).toContain('[ok]      removal: everything that uninstall takes away may be deleted');
    });
    await program('uninstall', ...place);
    // What finishes the deletion of a namespace does not run here.
    const terminating = ['get', 'namespace', 'clusterset-few', '-o', 'jsonpath={.metadata.deletionTimestamp}'];
    expect(await west(...terminating)).not.toBe('');
    const admin = ['--member', 'west', '--kubeconfig', kubeconfigOf('west'), '--webhooks', '--delete-crds'];
    await program('uninstall', ...admin, ...place.slice(-2));
  });

  it('is told what is missing on the hub, and what does not work without', async () => {
    const few = await makeAccount('hub');
    const words = [...member('east'), '--hub-kubeconfig', few];
    const refused = await runProgram(['preflight', ...words]);
    expect(refused).toMatchObject({ code: 2 });
    expect(refused.stdout).toMatch(
      /\[refused\] hub: you may not .* on https:\S+: without their account there webhooks know this cluster only/,
    );
    const [missing = ''] = /\[refused\] hub: .*/.exec(refused.stdout) ?? [];
    await hub.result(APPLY, JSON.stringify(roleOf(missing)));
    const printed = await eventually('the rights to be known', () => program('install', ...words));
    expect(printed).toMatch(/\[warning\] hub: you may not delete .*: uninstall would leave the account/);
    expect(await program('preflight', ...member('east'))).toMatch(/\[ok\] +hub: the webhooks may do on https:\S+ what/);
    await hub('delete', 'clusterrolebinding', 'clusterset-webhooks-east');
    await eventually('the rights to be gone', async () => {
      const looked = await program('preflight', ...member('east'));
      expect(looked).toMatch(
        /\[warning\] hub: the webhooks may not list serviceexports\.\S+, .*, and joins are refused/,
      );
    });
    await program('install', ...member('east'), '--hub-kubeconfig', kubeconfigOf('hub'));
  });
});

describe('rules of the operator', () => {
  const deployment = ['get', 'deployment', '-n', 'clusterset-system', 'clusterset-webhooks'];

  it('are refused with the place of what is wrong, before anything is changed', async () => {
    const before = await installed(east);
    const file = await rulesFile('broken.yaml', 'has(object.spec.exportedLabels) && objekt.spec == null');
    for (const args of [['preflight'], ['install'], ['install', '--dry-run'], ['install', '-o', 'yaml']]) {
      const refused = await runProgram([...args, ...member('east'), '--rules', file]);
      expect(refused).toMatchObject({ code: 2, stdout: '' });
      expect(refused.stderr).toContain(`${file}:7:15: rule team: expression: 1:36: undeclared reference to 'objekt'`);
    }
    expect(await installed(east)).toEqual(before);
  });

  it('lie in a ConfigMap that the Deployment mounts, and change without a new pod', async () => {
    const args = ['install', ...member('east'), '--rules'];
    const printed = await program(...args, await rulesFile('rules.yaml', TEAM_RULE));
    expect(printed).toMatch(/\[ok\] +rules: .*rules\.yaml has 1 rule/);
    const map = ['get', 'configmap', '-n', 'clusterset-system', 'clusterset-webhooks-rules', '-o'];
    expect(await east(...map, 'jsonpath={.data.teams\\.yaml}')).toBe('teams: [web]\n');
    const containers = await east(...deployment, '-o', 'jsonpath={.spec.template.spec.containers[0]}');
    expect(containers).toContain('"--admission-rules=/etc/clusterset-rules/rules.yaml"');
    const changed = await rulesFile('rules.yaml', `${TEAM_RULE} && true`);
    expect(changes(await program(...args, changed))).toEqual([
      'ConfigMap clusterset-system/clusterset-webhooks-rules configured',
    ]);
    expect(await east(...map, 'jsonpath={.data.rules\\.yaml}')).toBe(await readFile(changed, 'utf8'));
  });

  it('go when they are not given any more', async () => {
    expect(changes(await program('install', ...member('east')))).toEqual([
      'Deployment clusterset-system/clusterset-webhooks configured',
      'ConfigMap clusterset-system/clusterset-webhooks-rules removed',
    ]);
  });

  it('are read by webhooks outside the cluster with the command that is printed', async () => {
    const [port = 0] = await freePorts(1);
    const file = await rulesFile('rules.yaml', TEAM_RULE);
    const where = ['--external-address', `localhost:${String(port)}`, ...written('east')];
    const printed = await program('install', ...member('east'), ...where, '--rules', file);
    const [, words = ''] = /^ {2}clusterset-apiserver (.*)$/m.exec(printed) ?? [];
    expect(words).toContain(`--admission-rules=${file}`);
    // Edited since, and wrong: that stops nothing but these rules.
    await rulesFile('rules.yaml', 'objekt == null');
    const logFile = join(controlPlane.directory, 'webhooks-east.log');
    const child = startChild({
      ...{ name: 'webhooks-east', command: process.execPath, logFile },
      args: [PROGRAM, ...words.split(' ')],
    });
    await eventually('our own rules to judge', async () => {
      const warned = await east.result(['create', '--dry-run=server', '-f', '-'], exportNamed('ours'));
      expect(warned).toMatchObject({ code: 0 });
      expect(warned.stderr).toContain('not checked: the file with the rules of this installation is broken');
    });
    expect(child.output()).toContain('only our own rules are in force until it is mended');
    await rulesFile('rules.yaml', TEAM_RULE);
    await eventually('an export to be judged', async () => {
      const refused = await east.result(['create', '--dry-run=server', '-f', '-'], exportNamed('ours'));
      expect(refused.stderr).toContain(`failed expression: ${TEAM_RULE}`);
    });
    await child.stop('SIGTERM');
    await program('install', ...member('east'), '--failure-policy', 'Ignore');
  });
});

describe('rules of the operator on a hub', () => {
  it('lie in a ConfigMap that the Deployment mounts', async () => {
    const file = await rulesFile('rules.yaml', TEAM_RULE);
    const hubArgs = ['--kubeconfig', kubeconfigOf('west'), '--namespace', 'clusterset-hub', '--rules'];
    const printed = await program('install', ...hubArgs, file, '--dry-run');
    expect(printed).toContain('ConfigMap clusterset-hub/clusterset-apiserver-rules created (dry run)');
    const text = await program('install', '--rules', file, '-o', 'yaml');
    const result = await west.result(['create', '--dry-run=client', '-f', '-'], text);
    expect(result).toMatchObject({ code: 0, stderr: '' });
    expect(text).toContain('--admission-rules=/etc/clusterset-rules/rules.yaml');
    const refused = await runProgram([
      'install',
      '--member',
      'east',
      '--kubeconfig',
      kubeconfigOf('east'),
      '--rules',
      file,
    ]);
    expect(refused.stderr).toContain('--rules with --member needs --webhooks');
  });
});

describe('definitions that are there already', () => {
  it('are left as they are when somebody else made them', async () => {
    for (const resource of ['serviceexports', 'serviceimports']) await west.apply(labelled(resource, 'v0.5.0'));
    const before = await west('get', 'crd', EXPORTS, '-o', 'jsonpath={.metadata.resourceVersion}');
    const printed = await program('install', ...member('west'));
    expect(printed).toContain(`${EXPORTS}: is there, v0.5.0 revision 0, not made by install: left as it is`);
    expect(await west('get', 'crd', EXPORTS, '-o', 'jsonpath={.metadata.resourceVersion}')).toBe(before);
  });

  it('are never replaced by an older one', async () => {
    await west(
      'apply',
      '--server-side',
      '--force-conflicts',
      '-f',
      await fileWith(labelled('serviceexports', 'v0.10.0')),
    );
    const kept = await program('install', ...member('west'));
    expect(kept).toContain(`${EXPORTS}: is v0.10.0 revision 0, newer than ours: left as it is`);
    const refused = await runProgram(['install', ...member('west'), '--with-v1alpha2']);
    expect(refused).toMatchObject({ code: 2 });
    expect(refused.stdout).toContain('v1alpha2 cannot be added without going back');
    await west(
      'apply',
      '--server-side',
      '--force-conflicts',
      '-f',
      await fileWith(labelled('serviceexports', 'v0.5.0')),
    );
  });
});

async function fileWith(object: object): Promise<string> {
  const file = join(controlPlane.directory, 'object.json');
  await writeFile(file, JSON.stringify(object));
  return file;
}

describe('an MCS implementation that runs in the member', () => {
  it('is looked for before its users are named, and stops it unless all are', async () => {
    const written = {
      apiVersion: 'multicluster.x-k8s.io/v1beta1',
      kind: 'ServiceImport',
      metadata: { name: 'db', namespace: 'default' },
      spec: { type: 'Headless', ports: [] },
    };
    await program('install', ...member('west'), '--failure-policy', 'Ignore');
    await west.result(
      ['apply', '--server-side', '--field-manager=cilium-operator', '-f', '-'],
      JSON.stringify(written),
    );
    const args = [...member('west'), '--controllers', 'system:serviceaccount:mcs:lighthouse-agent'];
    for (const command of ['preflight', 'install']) {
      const refused = await runProgram([command, ...args]);
      expect(refused).toMatchObject({ code: 2 });
      expect(refused.stdout).toContain('were written here by cilium-operator, which --controllers does not name');
    }
    const named = `${args.at(-1) ?? ''},system:serviceaccount:kube-system:cilium-operator`;
    await program('preflight', ...member('west'), '--controllers', named);
    await program('preflight', ...args, '--controller-managers', 'cilium-operator');
  });
});

describe('taking the webhooks away', () => {
  it('says in a dry run what would go', async () => {
    const before = await installed(west);
    const printed = await program('uninstall', ...member('west'), '--dry-run');
    expect(printed).toContain('ValidatingWebhookConfiguration clusterset-safety removed (dry run)');
    expect(await installed(west)).toEqual(before);
  });

  it('leaves definitions and objects, converted by renaming again, and nothing else of ours', async () => {
    await program('uninstall', ...member('west'));
    expect(await installed(west)).toEqual([]);
    expect(await conversionOf(west, IMPORTS)).toEqual({ strategy: 'None', versions: ['v1alpha1', 'v1beta1'] });
    expect(await west('get', 'serviceimports.v1alpha1.multicluster.x-k8s.io', 'db', '-o', 'name')).not.toBe('');
  });

  it('removes definitions only when asked, made by install and without an object', async () => {
    await program('install', ...member('east'), '--failure-policy', 'Ignore');
    const refused = await runProgram(['uninstall', ...member('east'), '--delete-crds']);
    expect(refused).toMatchObject({ code: 2 });
    expect(refused.stdout).toContain(`${EXPORTS}: there are objects of it`);
    expect(await installed(east)).not.toEqual([]);
    await east('delete', 'serviceexports', '--all');
    await program('uninstall', ...member('east'), '--delete-crds', '--hub-kubeconfig', kubeconfigOf('hub'));
    expect(await installed(east)).toEqual([]);
    expect(await east('get', 'crd', '-o', 'name')).toBe('');
    expect((await installed(hub)).filter((name) => name.includes('clusterset-webhooks'))).toEqual([]);
  });

  it('keeps the namespace for the account that the hub reads the member with', async () => {
    await program('uninstall', ...member('west'), '--delete-crds');
    await west('wait', '--for=delete', 'namespace/clusterset-system', '--timeout=1s').catch(() => undefined);
    const args = ['--namespace', 'clusterset-two'];
    await program('install', '--member', 'west', '--kubeconfig', kubeconfigOf('west'), ...args);
    await program('install', ...member('west'), ...args);
    const printed = await program('uninstall', ...member('west'), ...args);
    expect(printed).toContain('Namespace clusterset-two kept: account clusterset-apiserver-reader in it is still used');
  });

  it('needs a member', async () => {
    const refused = await runProgram(['install', '--webhooks', '--kubeconfig', kubeconfigOf('west')]);
    expect(refused).toMatchObject({ code: 2 });
    expect(refused.stderr).toContain('--webhooks needs --member NAME');
  });
});
