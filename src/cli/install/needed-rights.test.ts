import { expect, test } from 'vitest';
import { isJsonObject } from '../../kube/object.ts';
import type { JsonObject } from '../../kube/object.ts';
import { definitions, UPSTREAM_GROUPS } from '../../resources/index.ts';
import type { ClusterClient } from './cluster-client.ts';
import { hubManifests } from './hub-manifests.ts';
import type { Manifest } from './manifest.ts';
import { manifest, resourceOf } from './manifest.ts';
import { freshCrds } from './member-crds.ts';
import { rightsFinding, rightsToRemove } from './needed-rights.ts';
import { ANY_RULES } from './operator-rules.ts';
import { everyWebhooksManifest } from './webhooks-plan.ts';

const unused = (): never => {
  throw new Error('not used');
};

/** A cluster that grants what `allows` says, and keeps count of what it was asked. */
function cluster(allows: (right: JsonObject) => boolean): ClusterClient {
  return {
    server: 'https://east',
    create: (_, { spec }) => {
      const { resourceAttributes, nonResourceAttributes } = isJsonObject(spec) ? spec : {};
      const right = resourceAttributes ?? nonResourceAttributes;
      return Promise.resolve({ status: { allowed: isJsonObject(right) && allows(right) } });
    },
    ...{ get: unused, list: unused, listNames: unused, listMetadata: unused, merge: unused },
    ...{ attempt: unused, apply: unused, remove: unused, clockSkewSeconds: unused },
  };
}

async function told(manifests: readonly Manifest[], allows: (right: JsonObject) => boolean): Promise<string> {
  const { level, message } = await rightsFinding(cluster(allows), { manifests });
  return `${level}: ${message}`;
}

const MEMBER = [...everyWebhooksManifest('ours'), ...freshCrds({ conversion: undefined })];
const HUB = hubManifests({
  ...{ namespace: 'ours', apiGroups: UPSTREAM_GROUPS, definitions, aggregate: 'all', image: '', external: undefined },
  issuer: { name: 'corp', kind: 'Issuer' },
  operatorRules: ANY_RULES,
});

test.each([
  ['a member', MEMBER],
  ['a hub', HUB],
])('each right to apply what is installed in %s is looked at', async (_, manifests) => {
  expect(await told(manifests, () => true)).toBe('ok: everything that install applies is allowed');
  for (const object of manifests) {
    const { group, resource } = resourceOf(object);
    const title = group === '' ? resource : `${resource}.${group}`;
    for (const lacking of ['get', 'create', 'patch']) {
      const without = (right: JsonObject): boolean =>
        right['verb'] !== lacking || right['group'] !== group || right['resource'] !== resource;
      expect(await told(manifests, without)).toContain(`refused: you may not ${lacking} ${title}`);
    }
  }
});

test('what was forgotten once is among them', () => {
  const resources = MEMBER.map((object) => resourceOf(object).resource);
  for (const resource of ['rolebindings', 'poddisruptionbudgets', 'networkpolicies', 'certificates', 'configmaps']) {
    expect(resources).toContain(resource);
  }
});

test('what an earlier run may have left is only looked for, and each lacking right is told once', async () => {
  const object = manifest({ apiVersion: 'v1', kind: 'ConfigMap', name: 'a', namespace: 'ours' }, {});
  const nothing = cluster(() => false);
  const { message } = await rightsFinding(nothing, { manifests: [], leftovers: [object] });
  expect(message).toBe("you may not get configmaps in ours: use an administrator's kubeconfig");
  const both = await rightsFinding(nothing, { manifests: [object], leftovers: [object] });
  expect(both.message).toContain('you may not get configmaps in ours, create configmaps in ours, patch');
});

test('params of a policy must be readable, of whatever resource of their group', async () => {
  const policy = manifest(
    { apiVersion: 'admissionregistration.k8s.io/v1', kind: 'ValidatingAdmissionPolicy', name: 'a' },
    { spec: { paramKind: { apiVersion: 'about.k8s.io/v1beta1', kind: 'ClusterProperty' } } },
  );
  expect(await told([policy], ({ group }) => group !== 'about.k8s.io')).toContain('you may not get *.about.k8s.io:');
});

test('rights to the named objects alone are enough, but for creating', async () => {
  const object = manifest({ apiVersion: 'v1', kind: 'ConfigMap', name: 'a', namespace: 'ours' }, {});
  const named = ({ verb, name }: JsonObject): boolean => verb === 'create' || name === 'a';
  expect(await told([object], named)).toMatch(/^ok/);
  const other = manifest({ apiVersion: 'v1', kind: 'ConfigMap', name: 'b', namespace: 'ours' }, {});
  expect(await told([object, other], named)).toBe(
    "refused: you may not get configmaps in ours, patch configmaps in ours: use an administrator's kubeconfig",
  );
});

test('what is taken away is looked for before it is deleted, by its name', () => {
  const object = manifest({ apiVersion: 'v1', kind: 'ConfigMap', name: 'a', namespace: 'ours' }, {});
  const place = { group: '', resource: 'configmaps', namespace: 'ours', names: ['a'] };
  expect(rightsToRemove([object])).toEqual(['get', 'delete'].map((verb) => ({ verb, ...place })));
});

test('nobody grants by a role what they neither have nor may grant', async () => {
  const role = manifest(
    { apiVersion: 'rbac.authorization.k8s.io/v1', kind: 'ClusterRole', name: 'reader' },
    {
      rules: [
        { apiGroups: [''], resources: ['services', 'pods/log'], verbs: ['list'] },
        { nonResourceURLs: ['/readyz'], verbs: ['get'] },
      ],
    },
  );
  const mayApply = ({ resource }: JsonObject): boolean => resource === 'clusterroles';
  expect(await told([role], mayApply)).toMatch(/^ok/);
  const notGrant = (right: JsonObject): boolean => mayApply(right) && right['verb'] !== 'escalate';
  expect(await told([role], notGrant)).toBe(
    "refused: you may not list services, list pods/log, get /readyz: use an administrator's kubeconfig",
  );
  const hasAll = (right: JsonObject): boolean => right['verb'] !== 'escalate' && right['verb'] !== 'bind';
  expect(await told([role], hasAll)).toMatch(/^ok/);
});
