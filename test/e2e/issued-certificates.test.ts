import { join } from 'node:path';
import { connect } from 'node:tls';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { provideProgram } from '../support/control-plane/binaries.ts';
import type { Child, ControlPlane, Kubectl } from '../support/control-plane/index.ts';
import { startChild, startControlPlane } from '../support/control-plane/index.ts';
import { CERT_MANAGER } from '../support/control-plane/recipes.ts';
import { eventually } from '../support/eventually.ts';
import { NAMESPACE, program, runProgram } from './support/clusterset.ts';
import type { MemberPod } from './support/member-pod.ts';
import { ENDPOINT_ROUTING, memberPod } from './support/member-pod.ts';
import type { MountedSecret } from './support/mounted-secret.ts';
import { mountSecret } from './support/mounted-secret.ts';
import { upstreamCrd } from './support/upstream-crds.ts';

const BUILD_MS = 600_000;
const GO_MODULE = 'github.com/cert-manager/cert-manager';
const KINDS = ['certificaterequests', 'certificates', 'clusterissuers', 'issuers'];
const GROUP = 'multicluster.x-k8s.io';
const CRDS = [`serviceexports.${GROUP}`, `serviceimports.${GROUP}`];
const HUB_NAMESPACE = 'clusterset-hub';
const ISSUER = ['--cert-manager-issuer', 'corp'];
const MOUNT = '/var/run/clusterset-tls';

let controlPlane: ControlPlane;
let solo: Kubectl;
let certManager: Child | undefined;
let pod: MemberPod;
let mounted: MountedSecret;

const kubeconfig = (): readonly string[] => ['--kubeconfig', controlPlane.cluster('solo').adminKubeconfig];
const place = (): readonly string[] => ['--member', 'solo', ...kubeconfig(), '--webhooks'];

beforeAll(async () => {
  const command = await provideProgram(CERT_MANAGER, (line) => console.log(`[cert-manager] ${line}`));
  controlPlane = await startControlPlane([]);
  const { adminKubeconfig } = await controlPlane.add('solo', ENDPOINT_ROUTING);
  solo = controlPlane.kubectl('solo');
  pod = memberPod({
    ...{ controlPlane, member: 'solo' },
    mounts: { [MOUNT]: join(controlPlane.directory, 'clusterset-tls') },
  });
  const early = await runProgram(['install', ...place(), ...ISSUER]);
  expect(early).toMatchObject({ code: 2 });
  expect(early.stdout).toContain('does not serve cert-manager.io/v1: install cert-manager first');
  for (const kind of KINDS) {
    await solo.apply(upstreamCrd(GO_MODULE, `deploy/crds/cert-manager.io_${kind}.yaml`, CERT_MANAGER));
  }
  for (const kind of ['challenges', 'orders']) {
    await solo.apply(upstreamCrd(GO_MODULE, `deploy/crds/acme.cert-manager.io_${kind}.yaml`, CERT_MANAGER));
  }
  await solo('wait', '--for=condition=Established', 'crd', '--all', '--timeout=30s');
  for (const namespace of [NAMESPACE, HUB_NAMESPACE]) await applyIssuer(namespace);
  const logFile = join(controlPlane.directory, 'cert-manager.log');
  certManager = startChild({ name: 'cert-manager', command, args: [adminKubeconfig], logFile });
}, BUILD_MS);

afterAll(async () => {
  await pod.stop();
  await certManager?.stop();
  await controlPlane.stop();
});

/** A CA of its own, kept and used by cert-manager. */
async function applyIssuer(namespace: string): Promise<void> {
  const object = (kind: string, name: string, spec: object): object => ({
    ...{ apiVersion: 'cert-manager.io/v1', kind, metadata: { name, namespace } },
    spec,
  });
  const issuerRef = { group: 'cert-manager.io', kind: 'Issuer', name: 'self' };
  const key = { algorithm: 'ECDSA', size: 256 };
  await solo.apply({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace } });
  await solo.apply(object('Issuer', 'self', { selfSigned: {} }));
  const authority = { isCA: true, commonName: 'corp-ca', secretName: 'corp-ca', privateKey: key, issuerRef };
  await solo.apply(object('Certificate', 'corp-ca', authority));
  await solo.apply(object('Issuer', 'corp', { ca: { secretName: 'corp-ca' } }));
}

/** What a kube-apiserver is served with. */
async function servedCertificate(): Promise<{ issuer: string; fingerprint: string }> {
  const { address, port } = pod.address();
  const socket = connect({ host: address, port, rejectUnauthorized: false });
  try {
    await new Promise<void>((resolve, reject) => socket.once('secureConnect', resolve).once('error', reject));
    const { issuer, fingerprint256 } = socket.getPeerCertificate();
    return { issuer: String(issuer.CN), fingerprint: fingerprint256 };
  } finally {
    socket.destroy();
  }
}

async function caBundlesOf(kind: string, name: string, path: string): Promise<ReadonlySet<string>> {
  return new Set((await solo('get', kind, name, '-o', `jsonpath=${path}`)).split(' '));
}

/** The CA that cert-manager put into the Secret, base64. */
function issuedCa(namespace: string, name: string): Promise<string> {
  return solo('get', 'secret', '-n', namespace, name, '-o', 'jsonpath={.data.ca\\.crt}');
}

function object(version: string, content: object): string {
  const head = { apiVersion: `${GROUP}/${version}`, kind: 'ServiceImport' };
  return JSON.stringify({ ...head, metadata: { name: 'db', namespace: 'default' }, ...content });
}

/** One write that has to be judged and converted. */
async function askBoth(): Promise<void> {
  const converted = object('v1alpha2', { type: 'ClusterSetIP', ports: [{ name: 'sql', port: 5432 }] });
  const { code, stderr } = await solo.result(['create', '--dry-run=server', '-f', '-'], converted);
  if (code !== 0) throw new Error(stderr);
}

describe('certificates by cert-manager', () => {
  it('are issued for the webhooks, mounted, served and trusted', async () => {
    const words = [
      '--failure-policy',
      'Fail',
      '--with-v1alpha2',
      '--controllers',
      'system:admin,admin,kubernetes-admin',
    ];
    const installing = runProgram(['install', ...place(), ...ISSUER, ...words]);
    let isRunning = true;
    const ended = installing.finally(() => {
      isRunning = false;
    });
    const secret = { namespace: NAMESPACE, name: 'clusterset-webhooks-tls' };
    mounted = await eventually('cert-manager to issue', () =>
      mountSecret(solo, secret, join(controlPlane.directory, 'clusterset-tls')),
    );
    await pod.start();
    const isGoing = (): boolean => isRunning;
    while (isGoing()) await pod.tellAvailable(2);
    expect(await ended).toMatchObject({ code: 0, stderr: '' });
    expect((await servedCertificate()).issuer).toBe('corp-ca');
  });

  it('are trusted because its injector writes every caBundle', async () => {
    const issued = await issuedCa(NAMESPACE, 'clusterset-webhooks-tls');
    const bundle = new Set([issued]);
    for (const name of ['clusterset-safety', 'clusterset-advice']) {
      const path = '{.webhooks[*].clientConfig.caBundle}';
      expect(await caBundlesOf('validatingwebhookconfiguration', name, path)).toEqual(bundle);
    }
    for (const name of CRDS) {
      const path = '{.spec.conversion.webhook.clientConfig.caBundle}';
      expect(await caBundlesOf('crd', name, path)).toEqual(bundle);
      await solo('patch', 'crd', name, '--type=json', '-p', spoilt('/spec/conversion/webhook/clientConfig/caBundle'));
      // It keeps what others wrote there, and adds its own.
      await eventually('the injector to put it back', async () => {
        const [bundle = '', ...others] = [...(await caBundlesOf('crd', name, path))].map(decode);
        expect(others).toEqual([]);
        expect(bundle).toContain(decode(issued).trim());
      });
    }
  });

  it('let the webhooks judge and convert', async () => {
    // No policy of the member knows this, and with Fail nothing passes that nobody judged.
    const head = { apiVersion: `${GROUP}/v1beta1`, kind: 'ServiceExport' };
    const exported = JSON.stringify({ ...head, metadata: { name: 'db', namespace: 'default' } });
    await eventually('the webhooks to know the member', async () => {
      const { code, stderr } = await solo.result(['create', '--dry-run=server', '-f', '-'], exported);
      expect(code).toBe(0);
      expect(stderr).toContain('Warning: No Service default/db in cluster solo: Valid will be False (NoService)');
    });
    await askBoth();
  });

  it('are renewed without a failed call', async () => {
    const before = await servedCertificate();
    const failures: string[] = [];
    let calls = 0;
    let isStopped = false;
    const isGoing = (): boolean => !isStopped;
    const load = (async () => {
      while (isGoing()) {
        calls += 1;
        await askBoth().catch((error: unknown) => failures.push(String(error)));
      }
    })();
    await renew('clusterset-webhooks');
    await eventually('the new certificate to be served', async () => {
      await mounted.bring();
      expect((await servedCertificate()).fingerprint).not.toBe(before.fingerprint);
    });
    const callsBefore = calls;
    await eventually('calls under the new certificate', () => expect(calls).toBeGreaterThan(callsBefore + 2));
    isStopped = true;
    await load;
    expect(failures).toEqual([]);
  });

  it('are issued on a hub, too, where the injector writes the APIServices', async () => {
    const where = [...kubeconfig(), '--namespace', HUB_NAMESPACE];
    const groups = ['multicluster', 'about'].map((name) => `${name}.clusterset-apiserver.dev`);
    const [api = '', about = ''] = groups;
    const words = ['--api-group', api, '--about-api-group', about];
    await program('install', ...where, ...words, ...ISSUER);
    await eventually('the injector to write', async () => {
      const ca = await issuedCa(HUB_NAMESPACE, 'clusterset-apiserver-tls');
      expect(ca).not.toBe('');
      for (const group of groups) {
        expect(await caBundlesOf('apiservice', `v1beta1.${group}`, '{.spec.caBundle}')).toEqual(new Set([ca]));
      }
    });
    await program('uninstall', ...where, ...words);
    expect(await solo('get', 'certificates', '-n', HUB_NAMESPACE, '-o', 'name')).not.toContain('clusterset-apiserver');
  });

  it('go with the installation, and leave a cluster that converts by itself', async () => {
    await program('uninstall', ...place());
    const left = await solo('get', 'certificates', '-n', NAMESPACE, '-o', 'name', '--ignore-not-found');
    expect(left).not.toContain('clusterset-webhooks');
    for (const name of CRDS) {
      expect(await solo('get', 'crd', name, '-o', 'jsonpath={.spec.conversion.strategy}')).toBe('None');
    }
  });
});

function decode(base64: string): string {
  return Buffer.from(base64, 'base64').toString('utf8');
}

/** Somebody else's bundle. */
function spoilt(path: string): string {
  const value = Buffer.from(controlPlane.cluster('solo').keys.ca).toString('base64');
  return JSON.stringify([{ op: 'replace', path, value }]);
}

/** As its own command line tool does. */
async function renew(name: string): Promise<void> {
  const { status } = await solo.json<{ status: { conditions: readonly object[] } }>(
    ...['get', 'certificate', '-n', NAMESPACE, name],
  );
  const lastTransitionTime = new Date().toISOString().replace(/\.\d+Z$/, 'Z');
  const asked = { type: 'Issuing', status: 'True', reason: 'ManuallyTriggered', message: 'asked', lastTransitionTime };
  const patch = { status: { conditions: [...status.conditions, asked] } };
  const words = ['patch', 'certificate', '-n', NAMESPACE, name, '--subresource=status', '--type=merge'];
  await solo(...words, '-p', JSON.stringify(patch));
}
