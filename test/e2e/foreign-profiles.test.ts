import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ControlPlane, Kubectl } from '../support/control-plane/index.ts';
import { freePorts, startControlPlane } from '../support/control-plane/index.ts';
import { eventually } from '../support/eventually.ts';
import type { TestClusterSet } from './support/clusterset.ts';
import { installHub, program, runProgram } from './support/clusterset.ts';
import { memberWebhooks } from './support/member-webhooks.ts';
import { namespace } from './support/objects.ts';
import { upstreamCrd } from './support/upstream-crds.ts';

const UPSTREAM = 'multicluster.x-k8s.io';
const COEXISTENCE = 'multicluster.clusterset-apiserver.dev';
const GROUPS = ['--api-group', COEXISTENCE, '--about-api-group', 'about.clusterset-apiserver.dev'];
const CRD = `clusterprofiles.${UPSTREAM}`;
const INVENTORY = 'fleet';

let controlPlane: ControlPlane;
let kubeconfig: string;
let hub: Kubectl;
let set: TestClusterSet;

/** As another manager keeps it: in the hub's etcd. */
const theirs = {
  apiVersion: `${UPSTREAM}/v1alpha1`,
  kind: 'ClusterProfile',
  metadata: { name: 'theirs', namespace: INVENTORY, labels: { 'x-k8s.io/cluster-manager': 'other' } },
  spec: { displayName: 'theirs', clusterManager: { name: 'other' } },
};

function property(name: string, value: string): object {
  return { apiVersion: 'about.k8s.io/v1beta1', kind: 'ClusterProperty', metadata: { name }, spec: { value } };
}

async function names(resource: string): Promise<string> {
  return (await hub('get', resource, '-n', INVENTORY, '-o', 'name')).trim();
}

beforeAll(async () => {
  controlPlane = await startControlPlane(['hub', 'east']);
  kubeconfig = controlPlane.cluster('hub').adminKubeconfig;
  hub = controlPlane.kubectl('hub');
  await hub.apply(namespace(INVENTORY));
  const file = 'config/crd/bases/multicluster.x-k8s.io_clusterprofiles.yaml';
  await hub.apply(upstreamCrd('sigs.k8s.io/cluster-inventory-api', file));
  await eventually('the definition to be served', () => hub.apply(theirs));
});

afterAll(async () => {
  await (set as TestClusterSet | undefined)?.stopServer();
  await controlPlane.stop();
});

describe('a hub with the definition of ClusterProfiles of another manager', () => {
  it('is refused for the versions that would be hidden, with the way around it, and nothing is changed', async () => {
    for (const command of ['preflight', 'install']) {
      const { code, stdout } = await runProgram([command, '--kubeconfig', kubeconfig]);
      expect(code).toBe(2);
      expect(stdout).toMatch(
        new RegExp(`v1alpha1\\.${UPSTREAM}: .*hidden from everybody: ${CRD}; install with --api-group=${COEXISTENCE}`),
      );
      expect(stdout).toContain(`v1beta1.${UPSTREAM}: is free`);
    }
    expect(await hub('get', 'apiservice', '-l', 'app.kubernetes.io/managed-by=clusterset-apiserver-install')).toBe('');
    expect(await names(CRD)).toBe(`clusterprofile.${UPSTREAM}/theirs`);
  });

  it('is served beside it under the coexistence group, and both keep their own profiles', async () => {
    set = await installHub(controlPlane, 'hub', COEXISTENCE);
    await set.register('east');
    const config = join(controlPlane.directory, 'foreign-profiles.yaml');
    await writeFile(config, JSON.stringify({ profiles: { namespaces: [INVENTORY] } }));
    await set.startServer(['--config', config]);
    await eventually('the profile of the member', async () => {
      expect(await names(`clusterprofiles.${COEXISTENCE}`)).toBe(`clusterprofile.${COEXISTENCE}/east`);
    });
    const ours = [`clusterprofile.${COEXISTENCE}`, 'east', '-n', INVENTORY];
    await hub('wait', ...ours, '--for=condition=ControlPlaneHealthy');
    await hub('label', ...ours, 'env=prod');
    expect(await names(CRD)).toBe(`clusterprofile.${UPSTREAM}/theirs`);
    // Whoever asks without a group gets what was there before.
    expect(await names('clusterprofiles')).toBe(`clusterprofile.${UPSTREAM}/theirs`);
    await hub.apply({ ...theirs, spec: { ...theirs.spec, displayName: 'changed' } });
  });

  it('is asked under that group by the webhooks of a member, also for a join', async () => {
    const [port = 0] = await freePorts(1);
    const east = set.member('east');
    const made = join(controlPlane.directory, 'east-webhooks.kubeconfig');
    const member = ['--member', 'east', '--kubeconfig', controlPlane.cluster('east').adminKubeconfig, '--webhooks'];
    const where = ['--external-address', `localhost:${port}`, '--write-kubeconfig', made];
    const printed = await program('install', ...member, ...GROUPS, '--hub-kubeconfig', kubeconfig, ...where);
    const printedGroups = [`--api-group=${COEXISTENCE}`, '--about-api-group=about.clusterset-apiserver.dev'];
    expect(printed).toContain(printedGroups.join(' '));
    expect(await program('preflight', ...member, ...GROUPS)).toMatch(/\[ok\] +hub: the webhooks may do/);
    const webhooks = memberWebhooks({
      ...{ controlPlane, member: 'east', port, kubeconfig: made, extraArgs: printedGroups },
      hubKubeconfig: made.replace('.kubeconfig', '-hub.kubeconfig'),
    });
    await webhooks.start();
    await east.apply(property('cluster.clusterset.k8s.io', 'east'));
    await eventually('the hub to decide', () => east.apply(property('clusterset.k8s.io', 'prod')));
    await webhooks.stop();
    await program('uninstall', ...member, '--hub-kubeconfig', kubeconfig);
  });

  it('has nothing of theirs taken away when ours is removed', async () => {
    await set.stopServer();
    await hub('delete', 'secret', 'east', '-n', 'clusterset-system');
    await program('uninstall', '--kubeconfig', kubeconfig, ...GROUPS);
    expect(await names(CRD)).toBe(`clusterprofile.${UPSTREAM}/theirs`);
    expect(await hub('api-resources', '-o', 'name')).not.toContain('clusterset-apiserver.dev');
  });
});
