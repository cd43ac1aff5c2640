import { writeFile } from 'node:fs/promises';
import { Agent, request } from 'node:https';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ControlPlane, Kubectl } from '../support/control-plane/index.ts';
import { freePorts, startControlPlane } from '../support/control-plane/index.ts';
import { eventually } from '../support/eventually.ts';
import type { TestClusterSet } from './support/clusterset.ts';
import { installHub, program } from './support/clusterset.ts';
import type { RunningWebhooks, WebhookClient } from './support/member-webhooks.ts';
import { issueWebhookClient, memberWebhooks } from './support/member-webhooks.ts';
import { namespace, service, serviceExport } from './support/objects.ts';
import { viewOf } from './support/views.ts';

const MEMBERS = ['east', 'west'];
/** The user of the member's MCS implementation. */
const CONTROLLER = 'mcs-controller';

let controlPlane: ControlPlane;
let set: TestClusterSet;
let client: WebhookClient;
let webhooks: RunningWebhooks;
let hubPort: number;
let rulesFile: string;
let east: Kubectl;
let west: Kubectl;

/** Lets a member ask the hub by url. */
function askTheHub(member: string): Promise<string> {
  return program(
    ...['install', '--member', member, '--webhooks', '--webhooks-url', `https://127.0.0.1:${hubPort}`],
    ...['--kubeconfig', kubeconfigOf(member), '--hub-kubeconfig', kubeconfigOf('hub')],
  );
}

const kubeconfigOf = (cluster: string): string => controlPlane.cluster(cluster).adminKubeconfig;

/** A rule of the installation: exports need the label team. */
async function writeRules(action: 'deny' | 'warn', message: string): Promise<void> {
  const rule = {
    name: 'team',
    match: { groups: ['multicluster.x-k8s.io'], resources: ['serviceexports'], operations: ['CREATE'] },
    expression: "has(object.metadata.labels) && 'team' in object.metadata.labels",
    ...{ message, action },
  };
  const document = { apiVersion: 'clusterset-apiserver.dev/v1alpha1', kind: 'AdmissionRules', rules: [rule] };
  await writeFile(rulesFile, JSON.stringify(document));
}

function property(name: string, value: string): object {
  return { apiVersion: 'about.k8s.io/v1beta1', kind: 'ClusterProperty', metadata: { name }, spec: { value } };
}

/** The code of a create by the administrator of a cluster, without the retries of a client. */
function create(cluster: string, object: object): Promise<number> {
  const { url, keys } = controlPlane.cluster(cluster);
  const agent = new Agent({ ca: keys.ca, cert: keys.admin.cert, key: keys.admin.key });
  return new Promise<number>((resolve, reject) => {
    const call = request(
      `${url}/apis/about.k8s.io/v1beta1/clusterproperties`,
      { agent, method: 'POST' },
      (response) => {
        response.resume().once('end', () => resolve(response.statusCode ?? 0));
      },
    );
    call.setHeader('content-type', 'application/json');
    call.once('error', reject);
    call.end(JSON.stringify(object));
  }).finally(() => agent.destroy());
}

function serviceImport(name: string): object {
  return {
    apiVersion: 'multicluster.x-k8s.io/v1beta1',
    kind: 'ServiceImport',
    metadata: { name, namespace: 'prod' },
    spec: { type: 'ClusterSetIP', ports: [{ port: 80, protocol: 'TCP' }] },
  };
}

interface Told {
  readonly code: number;
  readonly stderr: string;
}

function apply(member: Kubectl, manifest: object, ...args: string[]): Promise<Told> {
  return member.result(['apply', '-f', '-', ...args], JSON.stringify(manifest));
}

async function startServer(): Promise<void> {
  const config = join(controlPlane.directory, 'hub.yaml');
  await writeFile(
    config,
    ['serving:\n  rotationSettleSeconds: 1\n  rotationRetireSeconds: 1\n', 'members:\n  removalGraceSeconds: 1\n'].join(
      '',
    ),
  );
  const args = ['--webhooks', '--webhooks-port', String(hubPort), '--webhooks-client-ca-file', client.caFile];
  await set.startServer([...args, '--config', config]);
}

beforeAll(async () => {
  controlPlane = await startControlPlane(['hub', 'east']);
  client = await issueWebhookClient(controlPlane.directory, 'clusterset-member:west');
  await controlPlane.add('west', client.admissionArgs);
  set = await installHub(controlPlane, 'hub');
  const [webhooksPort, freePort] = await freePorts(2);
  if (webhooksPort === undefined || freePort === undefined) throw new Error('no free ports');
  hubPort = freePort;
  [east, west] = [set.member('east'), set.member('west')];
  for (const name of MEMBERS) {
    await set.register(name, undefined, ['--with-write-rights']);
    await set.member(name).apply(namespace('prod'));
  }
  await startServer();
  const kubeconfig = join(controlPlane.directory, 'east-webhooks.kubeconfig');
  await program(
    ...['install', '--member', 'east', '--webhooks', '--external-address', `localhost:${webhooksPort}`],
    ...['--controllers', CONTROLLER],
    ...[
      '--kubeconfig',
      kubeconfigOf('east'),
      '--hub-kubeconfig',
      kubeconfigOf('hub'),
      '--write-kubeconfig',
      kubeconfig,
    ],
  );
  rulesFile = join(controlPlane.directory, 'rules.yaml');
  await writeRules('warn', 'exports should say whose they are');
  webhooks = memberWebhooks({
    ...{ controlPlane, member: 'east', port: webhooksPort, kubeconfig },
    extraArgs: ['--admission-rules', rulesFile, '--controllers', CONTROLLER],
    hubKubeconfig: kubeconfig.replace('.kubeconfig', '-hub.kubeconfig'),
  });
  await webhooks.start();
  await askTheHub('west');
}, 600_000);

afterAll(async () => {
  await webhooks.stop();
  await set.stop();
  await controlPlane.stop();
}, 60_000);

describe('webhooks in the member', () => {
  it('deny and warn what kubectl applies there', async () => {
    const denied = await apply(east, serviceExport('kube-system', 'dns'));
    expect(denied.code).toBe(1);
    expect(denied.stderr).toContain(
      'exports from namespace kube-system are not allowed by the policy of this ClusterSet',
    );
    const warned = await apply(east, serviceExport('prod', 'lonely'), '--dry-run=server');
    expect(warned).toMatchObject({ code: 0 });
    expect(warned.stderr).toContain('Warning: No Service prod/lonely in cluster east');
  });

  it.each<[string, object, string]>([
    [
      'an export with a reserved key',
      serviceExport('prod', 'api', { exportedLabels: { 'service.kubernetes.io/headless': '' } }),
      'Forbidden: the key is reserved for Kubernetes and multi-cluster controllers',
    ],
    [
      'an import',
      serviceImport('ghost'),
      'ServiceImports are written by the MCS implementation only; create a ServiceExport instead',
    ],
    [
      'an imported slice',
      {
        apiVersion: 'discovery.k8s.io/v1',
        kind: 'EndpointSlice',
        metadata: { name: 'ghost', namespace: 'prod', labels: { 'multicluster.kubernetes.io/service-name': 'ghost' } },
        addressType: 'IPv4',
        endpoints: [],
      },
      'EndpointSlices with labels multicluster.kubernetes.io/ are written by the MCS implementation only',
    ],
    [
      'a namespace of two ClusterSets',
      {
        apiVersion: 'v1',
        kind: 'Namespace',
        metadata: {
          name: 'torn',
          labels: { 'clusterset.multicluster.x-k8s.io': 'a', 'multicluster.x-k8s.io/clusterset': 'b' },
        },
      },
      'name different ClusterSets',
    ],
    ['a reserved property', property('fingerprint.k8s.io', 'a'), 'suffix .k8s.io is reserved; use a domain you own'],
  ])('deny %s in the words of the documents', async (_what, manifest, text) => {
    const denied = await apply(east, manifest, '--dry-run=server');
    expect(denied.code).toBe(1);
    expect(denied.stderr).toContain(text);
  });

  it('let the MCS implementation write what is its own, with advice', async () => {
    await east('create', 'clusterrolebinding', 'mcs', '--clusterrole=cluster-admin', `--user=${CONTROLLER}`);
    const told = await apply(east, serviceImport('ghost'), '--dry-run=server', '--as', CONTROLLER);
    expect(told).toMatchObject({ code: 0 });
    expect(told.stderr).toContain('Warning: No cluster exports prod/ghost: this import will be removed');
  });

  it('tell of a conflict at once, with the name of the winner and both values', async () => {
    await west.apply(service('prod', 'api', { ports: [{ name: 'http', port: 80 }] }));
    await west.apply(serviceExport('prod', 'api'));
    await viewOf(set.hub).becomes('serviceexports', 'prod/west.api', () => undefined);
    await east.apply(service('prod', 'api', { ports: [{ name: 'http', port: 8080 }] }));
    const told = await eventually('the conflict to be told', async () => {
      const answer = await apply(east, serviceExport('prod', 'api'), '--dry-run=server');
      expect(answer.stderr).toContain('PortConflict');
      return answer;
    });
    expect(told.stderr).toContain('TCP/80 in west');
    expect(told.stderr).toContain('TCP/8080');
    expect(told.stderr).not.toContain('as of');
  });

  it('tell what a change of an exported Service would lead to, and its end', async () => {
    expect((await apply(east, serviceExport('prod', 'api'))).code).toBe(0);
    const moved = service('prod', 'api', { ports: [{ name: 'http', port: 9090 }] });
    await eventually('the change to be told', async () => {
      const told = await apply(east, moved, '--dry-run=server');
      expect(told).toMatchObject({ code: 0 });
      expect(told.stderr).toMatch(/Warning: .*9090/);
    });
    const gone = await east.result(['delete', 'service', 'api', '-n', 'prod', '--dry-run=server']);
    expect(gone.code).toBe(0);
    expect(gone.stderr).toMatch(/Warning: .*prod\/api/);
    await east('delete', 'serviceexport', 'api', '-n', 'prod');
  });

  it('ask the rules of the installation, and those that replace them', async () => {
    const warned = await apply(east, serviceExport('prod', 'lonely'), '--dry-run=server');
    expect(warned.stderr).toContain('Warning: exports should say whose they are');
    await writeRules('deny', 'exports must say whose they are');
    await eventually('the new rule to be in force', async () => {
      const denied = await apply(east, serviceExport('prod', 'lonely'), '--dry-run=server');
      expect(denied.code).toBe(1);
      expect(denied.stderr).toContain('exports must say whose they are');
    });
    await writeRules('warn', 'exports should say whose they are');
    await eventually('the old rule to be in force again', async () => {
      expect((await apply(east, serviceExport('prod', 'lonely'), '--dry-run=server')).code).toBe(0);
    });
  });

  it('let exactly one of two members with one id join, however many ask at once and wherever', async () => {
    for (const member of [east, west]) await member.apply(property('cluster.clusterset.k8s.io', 'same'));
    await eventually('both ids to be known', async () => {
      expect((await viewOf(set.hub).list('clusterproperties')).length).toBe(2);
    });
    const joins = Array.from({ length: 50 }, (_, index) => {
      const member = MEMBERS[index % 2] ?? '';
      const isThroughHub = index % 4 < 2;
      const name = isThroughHub ? `${member}.clusterset.k8s.io` : 'clusterset.k8s.io';
      return create(isThroughHub ? 'hub' : member, property(name, 'prod'));
    });
    const codes = await Promise.all(joins);
    expect(codes.filter((code) => code === 201)).toHaveLength(1);
    expect(codes.filter((code) => ![201, 409, 422, 503].includes(code))).toEqual([]);
    const members = await Promise.all(MEMBERS.map((name) => viewOf(set.member(name)).list('clusterproperties')));
    expect(members.flat().filter(({ metadata }) => metadata.name === 'clusterset.k8s.io')).toHaveLength(1);
  });

  it('refuse a second member of one id with what to do about it', async () => {
    const joined = (await east.result(['get', 'clusterproperty', 'clusterset.k8s.io'])).code === 0 ? east : west;
    const other = joined === east ? west : east;
    const denied = await eventually('the winner to be known', async () => {
      const answer = await apply(other, property('clusterset.k8s.io', 'prod'));
      expect(answer.stderr).toContain('is invalid');
      return answer;
    });
    expect(denied.stderr).toContain('same');
    await joined('delete', 'clusterproperty', 'clusterset.k8s.io');
  });

  it('tell what the hub tells, also of members that it lost or never read', async () => {
    await set.hub.apply(namespace('prod'));
    await registerUnreachable('cold');
    await controlPlane.cluster('west').stop();
    await eventually('the same advice, with what it rests on', async () => {
      const inMember = warningsOf(await apply(east, serviceExport('prod', 'api'), '--dry-run=server'));
      const onHub = warningsOf(await apply(set.hub, serviceExport('prod', 'east.api'), '--dry-run=server'));
      // The hub passes on what the member says, under its name.
      const ofHub = onHub.filter((warning) => !warning.startsWith('Warning: east: '));
      expect(inMember.join('\n')).toMatch(/PortConflict.*west last seen \d\d:\d\dZ/);
      expect(inMember.join('\n')).toContain('not read yet: cold');
      expect(inMember.filter((warning) => warning !== 'Warning: exports should say whose they are')).toEqual(ofHub);
    });
    const told = await apply(east, serviceImport('ghost'), '--dry-run=server', '--as', CONTROLLER);
    expect(told.stderr).not.toContain('No cluster exports');
    await controlPlane.cluster('west').start();
    await set.hub('delete', 'secret', 'cold', '-n', 'clusterset-system');
    await eventually('the members to be as before', async () => {
      const again = warningsOf(await apply(east, serviceExport('prod', 'api'), '--dry-run=server'));
      expect(again.join('\n')).toContain('PortConflict');
      expect(again.join('\n')).not.toMatch(/last seen|not read yet/);
    });
  });

  it('go on while the hub is away, and say so', async () => {
    await set.stopServer();
    const told = await eventually('advice to be marked', async () => {
      const answer = await apply(east, serviceExport('prod', 'api'), '--dry-run=server');
      expect(answer.stderr).toMatch(/the hub is away: other clusters are judged as of \d\d:\d\dZ/);
      return answer;
    });
    expect(told.code).toBe(0);
    expect(told.stderr).toMatch(/PortConflict.*west last seen \d\d:\d\dZ/);
    const join = await apply(east, property('clusterset.k8s.io', 'prod'));
    expect(join.stderr).toContain('can only be decided by the hub, which cannot be asked');
    await startServer();
    await eventually('the hub to be known again', async () => {
      const answer = await apply(east, serviceExport('prod', 'api'), '--dry-run=server');
      expect(answer.stderr).not.toContain('the hub is away');
    });
  });

  it('leave the member working as the failure policies say when they are killed', async () => {
    await webhooks.stop('SIGKILL');
    const failed = await apply(east, serviceExport('prod', 'other'));
    expect(failed.stderr).toContain('failed calling webhook "serviceexports.safety.clusterset-apiserver.dev"');
    await east.apply(service('prod', 'other'));
    await east.apply({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'other', namespace: 'prod' } });
    await webhooks.start();
    await eventually('exports to be taken again', async () => {
      const answer = await apply(east, serviceExport('prod', 'other'));
      expect(answer.code).toBe(0);
    });
  });
});

describe('webhooks on the hub', () => {
  it('tell a member that proved itself of the others', async () => {
    await east.apply(serviceExport('prod', 'api'));
    await viewOf(set.hub).becomes('serviceexports', 'prod/east.api', () => undefined);
    const proven = await west.result(['delete', 'serviceexport', 'api', '-n', 'prod', '--dry-run=server']);
    expect(proven.code).toBe(0);
    expect(proven.stderr).toContain('east');
    const denied = await apply(west, serviceExport('kube-system', 'dns'));
    expect(denied.stderr).toContain(
      'exports from namespace kube-system are not allowed by the policy of this ClusterSet',
    );
  });

  it('tell any other caller only that there are others', async () => {
    await askTheHub('east');
    const told = await eventually('east to ask the hub', async () => {
      const answer = await east.result(['delete', 'serviceexport', 'api', '-n', 'prod', '--dry-run=server']);
      expect(answer.stderr).toContain('another cluster');
      return answer;
    });
    expect(told.stderr).not.toContain('west');
    const denied = await apply(east, serviceExport('kube-system', 'dns'));
    expect(denied.stderr).toContain(
      'exports from namespace kube-system are not allowed by the policy of this ClusterSet',
    );
  });

  it('are trusted without a failed call while the hub gets a new CA, in every member that asks', async () => {
    const watched = west.start(
      ['get', ...SAFETY, '--watch', '-o', `jsonpath=${BUNDLE}{"\\n"}`],
      join(controlPlane.directory, 'west-bundles.log'),
    );
    const before = await bundleIn(west);
    expect(certificatesIn(before)).toHaveLength(1);
    const load = startWrites(west);
    const rotated = await program('certs', 'rotate', '--kubeconfig', kubeconfigOf('hub'));
    const { calls, failures } = await load.stop();
    expect(rotated).toContain('done: CN=');
    expect(failures).toEqual([]);
    expect(calls).toBeGreaterThan(3);
    for (const member of [east, west]) {
      await eventually('the new CA alone', async () => {
        const after = certificatesIn(await bundleIn(member));
        expect(after).toHaveLength(1);
        expect(certificatesIn(before)).not.toContain(after[0]);
      });
    }
    const held = watched.output().split('\n').map(decoded);
    await watched.stop();
    expect(Math.max(...held.map((bundle) => certificatesIn(bundle).length))).toBe(2);
  });

  it('have their caBundle put right by the hub when somebody wipes it', async () => {
    const right = await bundleIn(west);
    const wipe = JSON.stringify([{ op: 'remove', path: '/webhooks/0/clientConfig/caBundle' }]);
    await west('patch', ...SAFETY, '--type=json', '-p', wipe);
    await eventually('the repair', async () => expect(await bundleIn(west)).toBe(right));
  });
});

/** Registers a member whose address nobody listens at. */
async function registerUnreachable(name: string): Promise<void> {
  const kubeconfig = JSON.stringify({
    ...{ apiVersion: 'v1', kind: 'Config', 'current-context': name },
    clusters: [{ name, cluster: { server: 'https://127.0.0.1:1' } }],
    users: [{ name, user: { token: 'none' } }],
    contexts: [{ name, context: { cluster: name, user: name } }],
  });
  await set.hub.apply({
    ...{ apiVersion: 'v1', kind: 'Secret', stringData: { kubeconfig } },
    metadata: {
      ...{ name, namespace: 'clusterset-system' },
      labels: { 'sigs.k8s.io/multicluster-runtime-kubeconfig': 'true' },
    },
  });
}

/** Each of them once. */
function warningsOf({ stderr }: Told): readonly string[] {
  const warnings = stderr.split('\n').filter((line) => line.startsWith('Warning: '));
  return [...new Set(warnings)].sort();
}

const SAFETY = ['validatingwebhookconfiguration', 'clusterset-safety'];
const BUNDLE = '{.webhooks[0].clientConfig.caBundle}';

async function bundleIn(member: Kubectl): Promise<string> {
  return decoded(await member('get', ...SAFETY, '-o', `jsonpath=${BUNDLE}`));
}

function decoded(base64: string): string {
  return Buffer.from(base64, 'base64').toString();
}

function certificatesIn(bundle: string): readonly string[] {
  return bundle.match(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g) ?? [];
}

/** Writes that the webhooks are asked about, one after the other, until it is stopped. */
function startWrites(member: Kubectl): { stop: () => Promise<{ calls: number; failures: readonly string[] }> } {
  const failures: string[] = [];
  let calls = 0;
  let isStopped = false;
  const isGoing = (): boolean => !isStopped;
  const write = async (): Promise<void> => {
    while (isGoing()) {
      const { code, stderr } = await apply(member, serviceExport('prod', 'api'), '--dry-run=server');
      calls += 1;
      if (code !== 0 || stderr.includes('failed calling webhook')) failures.push(stderr);
    }
  };
  const writing = write();
  return {
    stop: async () => {
      isStopped = true;
      await writing;
      return { calls, failures };
    },
  };
}
