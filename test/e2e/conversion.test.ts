import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { SAFETY_CONFIGURATION } from '../../src/cli/install/names.ts';
import { webhookManifests } from '../../src/cli/install/webhook-manifests.ts';
import type { WebhookAddress } from '../../src/resources/index.ts';
import { customResourceDefinition, definitions } from '../../src/resources/index.ts';
import { WEBHOOK_PATHS } from '../../webhooks/index.ts';
import type { Child, ControlPlane, Kubectl } from '../support/control-plane/index.ts';
import { freePorts, startChild, startControlPlane } from '../support/control-plane/index.ts';
import { eventually } from '../support/eventually.ts';
import { createAll } from './support/http.ts';
import { namespace } from './support/objects.ts';
import type { WebhookProcess } from './support/webhook-process.ts';
import {
  applyWebhookService,
  startWebhookProcess,
  WEBHOOKS_NAMESPACE,
  WEBHOOKS_SERVICE,
} from './support/webhook-process.ts';

const GROUP = 'multicluster.x-k8s.io';
const VERSIONS = ['v1alpha1', 'v1alpha2', 'v1beta1'] as const;
type Version = (typeof VERSIONS)[number];
const RESOURCES = ['serviceexports', 'serviceimports'];
const MANY = 1500;

let controlPlane: ControlPlane;
let kubectl: Kubectl;
let webhooks: WebhookProcess;
let informer: Child | undefined;

async function applyDefinitions(clientConfig: WebhookAddress): Promise<void> {
  for (const definition of definitions.filter(({ resource }) => RESOURCES.includes(resource))) {
    const conversion = {
      type: 'Webhook',
      clientConfig: { ...clientConfig, caBundle: webhooks.caBundle },
    } as const;
    await kubectl.apply(customResourceDefinition(definition, { conversion, versions: VERSIONS }));
  }
  await kubectl('wait', '--for=condition=Established', 'crd', '--all', '--timeout=60s');
}

async function read(resource: string, version: Version, name: string): Promise<Record<string, unknown>> {
  return kubectl.json('get', `${resource}.${version}.${GROUP}`, name, '-n', 'prod', '--show-managed-fields');
}

const spec = { type: 'ClusterSetIP', ports: [{ name: 'web', protocol: 'TCP', port: 80 }], ipFamilies: ['IPv4'] };

function serviceImport(
  version: Version,
  name: string,
  fields: object = version === 'v1alpha2' ? spec : { spec },
): object {
  return { apiVersion: `${GROUP}/${version}`, kind: 'ServiceImport', metadata: { name, namespace: 'prod' }, ...fields };
}

beforeAll(async () => {
  controlPlane = await startControlPlane(['member']);
  kubectl = controlPlane.kubectl('member');
  webhooks = await startWebhookProcess();
  await applyWebhookService(kubectl);
  await kubectl.apply(namespace('prod'));
  await applyDefinitions({ url: webhooks.url(WEBHOOK_PATHS.convert) });
});

afterAll(async () => {
  await informer?.stop();
  webhooks.kill();
  await controlPlane.stop();
});

describe('a kube-apiserver that converts by our webhook', () => {
  it.each(VERSIONS)('shows in every version what was written in %s', async (version) => {
    await kubectl.apply(serviceImport(version, `from-${version}`));
    for (const other of VERSIONS) {
      const shown = await read('serviceimports', other, `from-${version}`);
      expect(shown['apiVersion']).toBe(`${GROUP}/${other}`);
      expect(other === 'v1alpha2' ? shown : shown['spec']).toMatchObject(spec);
      expect(shown['spec'] === undefined).toBe(other === 'v1alpha2');
    }
    expect(webhooks.calls(WEBHOOK_PATHS.convert)).toBeGreaterThan(0);
  });

  it.each(VERSIONS)('shows in every version an export that was written in %s', async (version) => {
    const exported = { exportedLabels: { version } };
    await kubectl.apply({
      apiVersion: `${GROUP}/${version}`,
      kind: 'ServiceExport',
      metadata: { name: `from-${version}`, namespace: 'prod' },
      spec: exported,
    });
    for (const other of VERSIONS) {
      expect(await read('serviceexports', other, `from-${version}`)).toMatchObject({ spec: exported });
    }
  });

  it('keeps what v1alpha2 has no field for, through an edit in v1alpha2', async () => {
    await kubectl.apply(serviceImport('v1beta1', 'edited'));
    const status = { clusters: [{ cluster: 'east' }], conditions: [readyCondition()] };
    await kubectl(
      'patch',
      'serviceimport',
      'edited',
      '-n',
      'prod',
      '--subresource=status',
      '--type=merge',
      '-p',
      JSON.stringify({ status }),
    );
    const resource = `serviceimports.v1alpha2.${GROUP}`;
    await kubectl(
      'patch',
      resource,
      'edited',
      '-n',
      'prod',
      '--type=merge',
      '-p',
      JSON.stringify({ type: 'Headless' }),
    );
    expect(await read('serviceimports', 'v1beta1', 'edited')).toMatchObject({
      spec: { ...spec, type: 'Headless' },
      status,
    });
  });

  it('takes server-side apply from managers of different versions', async () => {
    for (const version of VERSIONS) {
      const fields = version === 'v1alpha2' ? { trafficDistribution: 'PreferClose', ...spec } : { spec };
      const applied = await kubectl.result(
        ['apply', '--server-side', '--force-conflicts', `--field-manager=${version}`, '-f', '-'],
        JSON.stringify(serviceImport(version, 'applied', fields)),
      );
      expect(applied).toMatchObject({ code: 0 });
    }
    expect(await read('serviceimports', 'v1alpha1', 'applied')).toMatchObject({
      spec: { ...spec, trafficDistribution: 'PreferClose' },
    });
  });
});

function readyCondition(): object {
  const lastTransitionTime = '2026-01-05T10:00:00Z';
  return { type: 'Ready', status: 'True', reason: 'Ready', message: '', lastTransitionTime };
}

interface Cache {
  readonly synced: boolean;
  readonly items: Readonly<Record<string, Record<string, unknown>>>;
}

describe('with many objects', () => {
  let address: string;

  const cache = async (): Promise<Cache> => {
    const dump = (await (await fetch(`http://${address}/dump`)).json()) as Record<string, Cache>;
    const [only] = Object.values(dump);
    if (only === undefined) throw new Error('no cache');
    return only;
  };

  beforeAll(async () => {
    const objects = Array.from({ length: MANY }, (_, index) => serviceImport('v1beta1', `many-${index}`));
    const member = controlPlane.cluster('member');
    const path = `/apis/${GROUP}/v1beta1/namespaces/prod/serviceimports`;
    const answers = await createAll(member, path, { objects, parallel: 16 });
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([201]));
    const [port] = await freePorts(1);
    address = `127.0.0.1:${port}`;
    informer = startChild({
      name: 'informer',
      command: controlPlane.binaries.path('informer'),
      args: [
        '-kubeconfig',
        member.adminKubeconfig,
        '-listen',
        address,
        '-resource',
        `serviceimports.v1alpha1.${GROUP}`,
      ],
      logFile: join(controlPlane.directory, 'informer.log'),
    });
  });

  it.each(VERSIONS)('lists all of them in %s', async (version) => {
    const { items } = await kubectl.json<{ items: readonly Record<string, unknown>[] }>(
      'get',
      `serviceimports.${version}.${GROUP}`,
      '-n',
      'prod',
    );
    expect(items.length).toBeGreaterThanOrEqual(MANY);
    expect(new Set(items.map(({ apiVersion }) => apiVersion))).toEqual(new Set([`${GROUP}/${version}`]));
  });

  it('an informer of client-go on v1alpha1 holds them, and follows changes made in v1alpha2', async () => {
    await eventually('the informer to hold all', async () => {
      expect(Object.keys((await cache()).items).length).toBeGreaterThanOrEqual(MANY);
    });
    const resource = `serviceimports.v1alpha2.${GROUP}`;
    await kubectl(
      'patch',
      resource,
      'many-7',
      '-n',
      'prod',
      '--type=merge',
      '-p',
      JSON.stringify({ type: 'Headless' }),
    );
    await eventually('the informer to see the change', async () => {
      expect((await cache()).items['prod/many-7']).toMatchObject({ spec: { type: 'Headless' } });
    });
  });
});

describe('while the webhook is away', () => {
  it('the stored version works, the others fail with the reason, and both work when it is back', async () => {
    webhooks.kill();
    expect((await read('serviceimports', 'v1beta1', 'edited'))['spec']).toMatchObject({ type: 'Headless' });
    const away = await kubectl.result(['get', `serviceimports.v1alpha1.${GROUP}`, 'edited', '-n', 'prod']);
    expect(away.code).toBe(1);
    expect(away.stderr).toContain(`conversion webhook for ${GROUP}/v1beta1, Kind=ServiceImport failed`);
    const before = await kubectl.result(['apply', '-f', '-'], JSON.stringify(serviceImport('v1alpha1', 'late')));
    expect(before.code).toBe(1);
    await webhooks.start();
    await kubectl.apply(serviceImport('v1alpha1', 'late'));
    expect((await read('serviceimports', 'v1alpha2', 'late'))['type']).toBe('ClusterSetIP');
  });
});

describe('a kube-apiserver that also asks about writes', () => {
  it('asks about what is being deleted in v1alpha2, too, unless nothing but metadata changes', async () => {
    await configureSafety();
    await kubectl.apply(heldImport('held'));
    await kubectl('delete', 'serviceimports', 'held', '-n', 'prod', '--wait=false');
    const patch = (change: object): Promise<{ readonly code: number | null; readonly stderr: string }> =>
      kubectl.result([
        ...['patch', `serviceimports.v1alpha2.${GROUP}`, 'held', '-n', 'prod', '--type=merge'],
        ...['-p', JSON.stringify(change)],
      ]);
    expect((await patch({ ports: TWICE })).stderr).toContain('spec.ports[1].name: Duplicate value: "web"');
    const calls = webhooks.calls(WEBHOOK_PATHS.safety);
    expect(await patch({ metadata: { finalizers: null } })).toMatchObject({ code: 0 });
    expect(webhooks.calls(WEBHOOK_PATHS.safety)).toBe(calls);
    await kubectl('delete', 'validatingwebhookconfigurations', SAFETY_CONFIGURATION);
  });

  const TWICE = [80, 81].map((port) => ({ name: 'web', protocol: 'TCP', port }));

  function heldImport(name: string): object {
    const metadata = { name, namespace: 'prod', finalizers: ['example.com/held'] };
    return { apiVersion: `${GROUP}/v1beta1`, kind: 'ServiceImport', metadata, spec };
  }

  async function configureSafety(): Promise<void> {
    const way = { type: 'service', port: 443 } as const;
    const options = { namespace: WEBHOOKS_NAMESPACE, way, failurePolicy: 'Fail', controllers: ['mcs'] } as const;
    const safety = webhookManifests(options).find(({ metadata }) => metadata.name === SAFETY_CONFIGURATION);
    const asked = safety?.['webhooks'] as readonly {
      readonly rules: readonly { readonly resources: readonly string[] }[];
    }[];
    const clientConfig = { url: webhooks.url(WEBHOOK_PATHS.safety), caBundle: webhooks.caBundle };
    const ours = asked.filter(({ rules }) => rules[0]?.resources[0] === 'serviceimports');
    await kubectl.apply({ ...safety, webhooks: ours.map((one) => ({ ...one, clientConfig })) });
    await eventually('it to be asked', async () => {
      const wrong = { ...serviceImport('v1beta1', 'wrong'), spec: { ...spec, ports: TWICE } };
      const refused = await kubectl.result(['create', '--dry-run=server', '-f', '-'], JSON.stringify(wrong));
      expect(refused.stderr).toContain('Duplicate value');
    });
  }
});

describe('by the form service', () => {
  it('is found by its Service, under the name of its certificate', async () => {
    const service = {
      namespace: WEBHOOKS_NAMESPACE,
      name: WEBHOOKS_SERVICE,
      path: WEBHOOK_PATHS.convert,
      port: webhooks.port,
    };
    await applyDefinitions({ service });
    const calls = webhooks.calls(WEBHOOK_PATHS.convert);
    await eventually('the new address to be used', async () => {
      await kubectl.apply(serviceImport('v1alpha2', 'by-service'));
      expect(await read('serviceimports', 'v1alpha1', 'by-service')).toMatchObject({ spec });
      expect(webhooks.calls(WEBHOOK_PATHS.convert)).toBeGreaterThan(calls);
    });
  });
});
