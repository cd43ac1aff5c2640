import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { KubeObject } from '../../src/kube/object.ts';
import {
  ADMISSION_SUBJECTS,
  customResourceDefinition,
  definitions,
  MEMBER_POLICIES,
  memberPolicyManifests,
  webhookMatchConditions,
} from '../../src/resources/index.ts';
import { type ControlPlane, startControlPlane } from '../support/control-plane/index.ts';
import { serviceExport } from '../support/clusterset-objects.ts';
import { eventually } from '../support/eventually.ts';
import { EXPORT_CASES } from '../support/rule-cases/export-cases.ts';
import { IMPORT_CASES, serviceImport } from '../support/rule-cases/import-cases.ts';
import { NAMESPACE_CASES, SLICE_CASES } from '../support/rule-cases/member-cases.ts';
import { clusterProfile, PROFILE_CASES } from '../support/rule-cases/profile-cases.ts';
import { clusterProperty, PROPERTY_CASES, PROPERTY_VALUE_CASES } from '../support/rule-cases/property-cases.ts';
import { RULE_CASE_SETTINGS, type RuleCase } from '../support/rule-cases/rule-case.ts';
import { type CaseCaller, createCaseCaller, ownWords, SEEDER } from './support/case-caller.ts';
import { withoutValidations } from './support/crds.ts';

const CASES: readonly RuleCase[] = [
  ...EXPORT_CASES,
  ...IMPORT_CASES,
  ...SLICE_CASES,
  ...NAMESPACE_CASES,
  ...PROPERTY_CASES,
  ...PROPERTY_VALUE_CASES,
  ...PROFILE_CASES,
];

let controlPlane: ControlPlane;
let caller: CaseCaller;

beforeAll(async () => {
  controlPlane = await startControlPlane(['member']);
  const kubectl = controlPlane.kubectl('member');
  caller = createCaseCaller(controlPlane.cluster('member'));
  // What our own definitions validate is looked at last; members may have others.
  const profiles = definitions
    .filter(({ resource }) => resource === 'clusterprofiles')
    .map((definition) => customResourceDefinition(definition, { conversion: { type: 'None' } }));
  for (const crd of [...storedDefinitions(), ...profiles]) await kubectl.apply(withoutValidations(crd));
  await kubectl('wait', '--for=condition=Established', 'crd', '--all', '--timeout=30s');
  await kubectl('create', 'namespace', 'prod');
  const users = ['jane', 'mcs', 'root', SEEDER].map((user) => `--user=${user}`);
  await kubectl('create', 'clusterrolebinding', 'writers', '--clusterrole=cluster-admin', ...users);
  for (const manifest of memberPolicyManifests(MEMBER_POLICIES, RULE_CASE_SETTINGS)) await kubectl.apply(manifest);
  await eventually('the policies to be enforced', arePoliciesEnforced);
});

afterAll(async () => {
  await controlPlane.stop();
});

/** One that is not loaded yet lets pass what it is to refuse. */
async function arePoliciesEnforced(): Promise<void> {
  const isNew = ({ oldObject }: RuleCase): boolean => oldObject === undefined;
  const first = (isWanted: (one: RuleCase) => boolean): RuleCase => {
    const found = CASES.find((one) => isNew(one) && isWanted(one));
    if (found === undefined) throw new Error('no such case');
    return found;
  };
  for (const resource of [
    'serviceexports',
    'serviceimports',
    'endpointslices',
    'namespaces',
    'clusterproperties',
    'clusterprofiles',
  ]) {
    const refused = first((one) => one.resource === resource && (one.invalid ?? one.forbidden) !== undefined);
    expect((await caller.perform(refused)).status, resource).toBeGreaterThanOrEqual(400);
  }
  expect((await caller.perform(first((one) => one.resource === 'serviceimports' && one.user === 'jane'))).status).toBe(
    403,
  );
}

/** Of what members store. */
function storedDefinitions(): readonly object[] {
  return definitions
    .filter(({ resource }) => resource !== 'clusterprofiles')
    .map((definition) => customResourceDefinition(definition, { conversion: { type: 'None' } }));
}

describe('the policies in a member', () => {
  it.each(CASES)('deny the same as the rules in this process, and warn of nothing: $resource, $name', async (one) => {
    const remove = await caller.seed(one);
    try {
      const { invalid, forbidden, inPolicy } = one;
      const expected = {
        ...(invalid === undefined ? {} : { invalid: inPolicy ?? invalid }),
        ...(forbidden === undefined ? {} : { forbidden: inPolicy ?? forbidden }),
        // The webhooks give these, once and in plain words.
        warnings: [],
      };
      if (one.identity === undefined) expect(ownWords(await caller.perform(one))).toEqual(expected);
      else
        await eventually('the parameters to be seen', async () => {
          expect(ownWords(await caller.perform(one))).toEqual(expected);
        });
    } finally {
      await remove();
    }
  });

  it.each([
    ['4,000 labels', { exportedLabels: entries(4_000, 20) }],
    ['3,000 annotations', { exportedAnnotations: entries(3_000, 40) }],
    ['1,000 of both', { exportedLabels: entries(1_000, 20), exportedAnnotations: entries(1_000, 200) }],
  ])('can afford an export with %s', async (_, spec) => {
    const answer = await caller.perform({ name: '', resource: 'serviceexports', object: serviceExport({}, { spec }) });
    expect(answer).toMatchObject({ status: 201, warnings: [] });
  });

  it.each([500, 5_000])('can afford an import with %d ports', async (count) => {
    const ports = Array.from({ length: count }, (_, index) => ({
      name: `port-${index}`,
      port: index + 1,
      protocol: 'TCP',
    }));
    const answer = await caller.perform({
      name: '',
      resource: 'serviceimports',
      user: 'mcs',
      object: serviceImport({ ports }),
    });
    expect(answer).toMatchObject({ status: 201, warnings: [] });
  });

  it.each([
    [1, 200],
    [1, 2_000],
    [64, 25],
  ])('can afford a profile with %d providers of %d extensions', async (providers, count) => {
    const extensions = Array.from({ length: count }, (_, index) => ({ name: `extension-${index}`, extension: {} }));
    const accessProviders = Array.from({ length: providers }, (_, index) => ({
      name: `provider-${index}`,
      cluster: { server: 'https://a.example.com', extensions },
    }));
    const one: RuleCase = {
      ...{ name: '', resource: 'clusterprofiles', subresource: 'status', oldObject: clusterProfile() },
      object: clusterProfile({ status: { accessProviders } }),
    };
    const remove = await caller.seed(one);
    expect(await caller.perform(one)).toMatchObject({ status: 200, message: '' });
    await remove();
  });

  it('tell a cluster without an id what to do before it joins', async () => {
    const object = clusterProperty('clusterset.k8s.io', 'prod');
    const { status, message } = await caller.perform({ name: '', resource: 'clusterproperties', object });
    expect(status).toBe(422);
    expect(message).toContain("with binding 'create-cluster.clusterset.k8s.io-first.clusterset-apiserver.dev' denied");
  });

  it('do not hinder the removal of finalizers of what is wrong', async () => {
    const name = 'a.b';
    const finalizers = ['example.com/a'];
    const old = { name, namespace: 'prod', finalizers };
    expect((await caller.write(SEEDER, { method: 'POST', object: exportNamed(old) })).status).toBe(201);
    expect((await caller.write('jane', { method: 'DELETE', object: exportNamed(old) })).status).toBe(200);
    const bad = { ...exportNamed({ ...old, finalizers: [] }), spec: { exportedLabels: { 'a b': '' } } };
    expect((await caller.write('jane', { method: 'PUT', object: bad })).status, 'more than a finalizer').toBe(422);
    expect(
      (await caller.write('jane', { method: 'PUT', object: exportNamed({ ...old, finalizers: [] }) })).status,
    ).toBe(200);
  });
});

describe('the match conditions of webhooks', () => {
  it('let those pass that must never wait for us, while nobody answers', async () => {
    const kubectl = controlPlane.kubectl('member');
    await kubectl.apply(deafWebhooks());
    const plain = { name: 'plain', namespace: 'prod' };
    const held = { name: 'held', namespace: 'prod', finalizers: ['example.com/a'] };
    await eventually('the webhooks to be asked', async () => {
      const { status, message } = await caller.write('jane', {
        method: 'POST',
        object: exportNamed(plain),
        dryRun: true,
      });
      expect(status).toBe(500);
      expect(message).toContain('failed calling webhook');
    });
    expect(
      (await caller.write(SEEDER, { method: 'POST', object: exportNamed(held) })).status,
      'Kubernetes itself',
    ).toBe(201);
    expect(
      (await caller.write('jane', { method: 'DELETE', object: exportNamed(held) })).status,
      'a deletion by jane',
    ).toBe(500);
    expect(
      (await caller.write(SEEDER, { method: 'DELETE', object: exportNamed(held) })).status,
      'a deletion by Kubernetes',
    ).toBe(200);
    expect(
      (await caller.write('jane', { method: 'PUT', object: exportNamed({ ...held, finalizers: [] }) })).status,
      'finalizers',
    ).toBe(200);
    await kubectl('delete', 'validatingwebhookconfiguration', 'deaf');
  });
});

describe('the validations of our definitions', () => {
  const cases: readonly RuleCase[] = [...EXPORT_CASES, ...IMPORT_CASES, ...PROPERTY_CASES, ...PROPERTY_VALUE_CASES];
  const refused = cases.filter(({ refusedBySchema }) => refusedBySchema !== undefined);
  const accepted = cases.filter((one) => one.refusedBySchema === undefined && one.oldObject === undefined);

  beforeAll(async () => {
    const kubectl = controlPlane.kubectl('member');
    await kubectl('delete', 'validatingadmissionpolicybindings,validatingadmissionpolicies', '--all');
    for (const crd of storedDefinitions()) await kubectl.apply(crd);
    await eventually('the validations alone to be in force', async () => {
      for (const one of refused.filter(({ oldObject }) => oldObject === undefined)) {
        expect((await caller.perform(one)).message, one.name).toContain(one.refusedBySchema);
        expect((await caller.perform(one)).message, one.name).not.toContain('denied request');
      }
    });
  });

  // What the others had before is refused as well, so it cannot be put there.
  const seedable = refused.filter(
    ({ oldObject, resource }) => oldObject === undefined || resource === 'clusterproperties',
  );

  it.each(seedable)('refuse what they name: $resource, $name', async (one) => {
    const remove = await caller.seed(one);
    try {
      const { status, message } = await caller.perform(one);
      expect(status).toBe(422);
      expect(message).toContain(one.refusedBySchema);
    } finally {
      await remove();
    }
  });

  it.each(accepted)('leave the rest to the policies: $resource, $name', async (one) => {
    expect(await caller.perform(one)).toMatchObject({ status: one.object === undefined ? 200 : 201 });
  });
});

function exportNamed(
  metadata: { name: string; namespace: string; finalizers: readonly string[] } | { name: string; namespace: string },
): KubeObject {
  return { apiVersion: 'multicluster.x-k8s.io/v1beta1', kind: 'ServiceExport', metadata };
}

/** Keys of usual length with values of this one. */
function entries(count: number, characters: number): Record<string, string> {
  return Object.fromEntries(
    Array.from({ length: count }, (_, index) => [`example.com/some-usual-key-${index}`, 'x'.repeat(characters)]),
  );
}

/** One for every subject, all at an address where nobody listens. */
function deafWebhooks(): object {
  return {
    apiVersion: 'admissionregistration.k8s.io/v1',
    kind: 'ValidatingWebhookConfiguration',
    metadata: { name: 'deaf' },
    webhooks: ADMISSION_SUBJECTS.map(({ group, resource, versions }) => ({
      name: `${resource}.deaf.example.com`,
      clientConfig: { url: 'https://127.0.0.1:1/' },
      rules: [
        { apiGroups: [group], apiVersions: versions, operations: ['*'], resources: [resource, `${resource}/status`] },
      ],
      matchConditions: webhookMatchConditions(resource),
      failurePolicy: 'Fail',
      sideEffects: 'None',
      admissionReviewVersions: ['v1'],
      timeoutSeconds: 5,
    })),
  };
}
