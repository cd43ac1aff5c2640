import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ControlPlane, Kubectl } from '../support/control-plane/index.ts';
import { startControlPlane } from '../support/control-plane/index.ts';
import { eventually } from '../support/eventually.ts';
import type { CommandResult } from './support/clusterset.ts';
import { NAMESPACE, program, runProgram } from './support/clusterset.ts';
import { memberDefinitions } from './support/crds.ts';
import type { MemberPod } from './support/member-pod.ts';
import { ENDPOINT_ROUTING, memberPod } from './support/member-pod.ts';

const GROUP = 'multicluster.x-k8s.io';
const IMPORTS = `serviceimports.${GROUP}`;
const CRDS = [`serviceexports.${GROUP}`, IMPORTS];

let controlPlane: ControlPlane;
let solo: Kubectl;
let pod: MemberPod;

const place = (): readonly string[] => [
  ...['--member', 'solo', '--kubeconfig', controlPlane.cluster('solo').adminKubeconfig, '--webhooks'],
];
const toInstall = (...words: readonly string[]): readonly string[] => ['install', ...place(), ...words];

beforeAll(async () => {
  controlPlane = await startControlPlane([]);
  await controlPlane.add('solo', ENDPOINT_ROUTING);
  solo = controlPlane.kubectl('solo');
  pod = memberPod({ controlPlane, member: 'solo' });
  // Somebody else's definitions, and an object in them.
  for (const crd of memberDefinitions()) await solo.apply(crd);
  await solo('wait', '--for=condition=Established', 'crd', ...CRDS, '--timeout=30s');
  await eventually('an import to be stored', () =>
    solo.apply({
      apiVersion: `${GROUP}/v1beta1`,
      kind: 'ServiceImport',
      metadata: { name: 'db', namespace: 'default' },
      spec: { type: 'ClusterSetIP', ips: ['10.0.0.1'], ports: [{ name: 'sql', port: 5432 }] },
    }),
  );
});

afterAll(async () => {
  await pod.stop();
  await controlPlane.stop();
});

interface Conversion {
  readonly strategy: string;
  readonly versions: readonly string[];
}

async function conversionOf(crd: string): Promise<Conversion> {
  const { spec } = await solo.json<{ spec: { conversion: { strategy: string }; versions: { name: string }[] } }>(
    ...['get', 'crd', crd],
  );
  return { strategy: spec.conversion.strategy, versions: spec.versions.map(({ name }) => name).sort() };
}

const ALONE: Conversion = { strategy: 'None', versions: ['v1alpha1', 'v1beta1'] };
const CONVERTED: Conversion = { strategy: 'Webhook', versions: ['v1alpha1', 'v1alpha2', 'v1beta1'] };

/**
 * Reads the stored object in another version again and again until the command has ended; the answers that were none.
 * A GET is no use: the kube-apiserver may answer it from what it converted before. A dry run is encoded as stored.
 */
async function whileReading(command: Promise<CommandResult>): Promise<{ result: CommandResult; failures: string[] }> {
  const failures: string[] = [];
  let isRunning = true;
  const ended = command.finally(() => {
    isRunning = false;
  });
  const isGoing = (): boolean => isRunning;
  while (isGoing()) {
    const patch = ['--type=merge', '--dry-run=server', '-p', '{"metadata":{"labels":{"a":"b"}}}'];
    const answer = await solo.result(['patch', `serviceimports.v1alpha1.${GROUP}`, 'db', ...patch]);
    if (answer.code !== 0) failures.push(answer.stderr);
  }
  return { result: await ended, failures };
}

/** Tells that both pods are there, of whatever template, until the command has ended. */
async function withPods(command: Promise<CommandResult>): Promise<CommandResult> {
  let isRunning = true;
  const ended = command.finally(() => {
    isRunning = false;
  });
  const isGoing = (): boolean => isRunning;
  while (isGoing()) await pod.tellAvailable(2);
  return ended;
}

describe('serving v1alpha2 in a member', () => {
  it('changes no definition while nobody could convert, and says what there is', async () => {
    const refused = await runProgram(toInstall('--with-v1alpha2', '--wait-timeout', '3'));
    expect(refused).toMatchObject({ code: 1 });
    expect(refused.stdout).toContain(`waiting: Deployment ${NAMESPACE}/clusterset-webhooks was not yet taken up`);
    expect(refused.stderr).toContain('v1alpha2 is not served: Deployment clusterset-system/clusterset-webhooks');
    expect(refused.stderr).toContain('Run install again');
    for (const crd of CRDS) expect(await conversionOf(crd)).toEqual(ALONE);
    expect(await solo('get', 'validatingwebhookconfigurations', '-o', 'name')).toBe('');
  });

  it('goes on where it was once pods answer, and nobody misses a read', async () => {
    await pod.start();
    const { result, failures } = await whileReading(withPods(runProgram(toInstall('--with-v1alpha2'))));
    expect(result).toMatchObject({ code: 0, stderr: '' });
    expect(result.stdout).toContain('every read of ServiceExports and ServiceImports in another version than v1beta1');
    expect(failures).toEqual([]);
    for (const crd of CRDS) expect(await conversionOf(crd)).toEqual(CONVERTED);
    const path = 'jsonpath={.ports[0].port}';
    expect(await solo('get', `serviceimports.v1alpha2.${GROUP}`, 'db', '-o', path)).toBe('5432');
    const account = `system:serviceaccount:${NAMESPACE}:clusterset-webhooks`;
    const answer = await solo.result(['auth', 'can-i', 'patch', `crd/${IMPORTS}`, '--as', account]);
    expect(answer.stdout.trim()).toBe('yes');
  });

  it('changes nothing when it is run again', async () => {
    const printed = await program(...toInstall('--with-v1alpha2'));
    expect(printed).not.toMatch(/ (?:created|configured|removed)$/m);
  });

  it('is taken away without a missed read, also when the server wrote its caBundle', async () => {
    const { result, failures } = await whileReading(runProgram(toInstall()));
    expect(result).toMatchObject({ code: 0, stderr: '' });
    expect(failures).toEqual([]);
    expect(await conversionOf(IMPORTS)).toEqual(ALONE);
  });

  it('is put back when the kube-apiserver does not reach the webhooks', async () => {
    await pod.stop('SIGKILL');
    const refused = await withPods(runProgram(toInstall('--with-v1alpha2')));
    expect(refused).toMatchObject({ code: 1 });
    expect(refused.stderr).toMatch(/v1alpha2 is not served: the kube-apiserver does not reach the webhooks: .*refused/);
    for (const crd of CRDS) expect(await conversionOf(crd)).toEqual(ALONE);
    await solo('get', `serviceimports.v1alpha1.${GROUP}`, 'db');
    await pod.start();
  });

  it('goes with the webhooks, the definitions first', async () => {
    expect(await withPods(runProgram(toInstall('--with-v1alpha2')))).toMatchObject({ code: 0 });
    expect(await conversionOf(IMPORTS)).toEqual(CONVERTED);
    const { result, failures } = await whileReading(runProgram(['uninstall', ...place()]));
    expect(result).toMatchObject({ code: 0, stderr: '' });
    expect(failures).toEqual([]);
    const lines = result.stdout.split('\n');
    const at = (text: string): number => lines.findIndex((line) => line.startsWith(text));
    expect(at(`CustomResourceDefinition ${IMPORTS} converts by itself again`)).toBeGreaterThan(-1);
    expect(at(`CustomResourceDefinition ${IMPORTS}`)).toBeLessThan(at('Deployment'));
    for (const crd of CRDS) expect(await conversionOf(crd)).toEqual(ALONE);
    await pod.stop('SIGKILL');
    await solo('get', `serviceimports.v1alpha1.${GROUP}`, 'db');
  });
});
