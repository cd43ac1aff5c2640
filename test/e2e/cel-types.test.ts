import { afterAll, beforeAll, expect, it } from 'vitest';
import { customResourceDefinition, definitionOf } from '../../src/resources/index.ts';
import type { CelTypeCase } from '../support/cel-type-cases.ts';
import { CEL_TYPE_DIFFERENCES, CEL_TYPES } from '../support/cel-type-cases.ts';
import type { Child, ControlPlane } from '../support/control-plane/index.ts';
import { startControlPlane } from '../support/control-plane/index.ts';
import { eventually } from '../support/eventually.ts';
import { refusesTypedRule } from '../support/typed-rule.ts';
import { startControllers } from './support/controllers.ts';

const GROUP = 'multicluster.x-k8s.io';
const POLICIES = 'admissionregistration.k8s.io';

let controlPlane: ControlPlane;
let checker: Child | undefined;
beforeAll(async () => {
  controlPlane = await startControlPlane(['solo']);
  const kubectl = controlPlane.kubectl('solo');
  const resources = [...new Set(CEL_TYPES.map(({ resource }) => resource))];
  const items = resources.map((resource) =>
    customResourceDefinition(definitionOf(resource), { conversion: { type: 'None' } }),
  );
  await kubectl.result(['create', '-f', '-'], list(items));
  const crds = resources.map((resource) => `crd/${resource}.${GROUP}`);
  await kubectl('wait', '--for=condition=Established', '--timeout=60s', ...crds);
  // It checks types by the schemas that it finds when it starts, and by those that are published later.
  checker = startControllers(controlPlane, 'solo', ['validatingadmissionpolicy-status-controller']);
});
afterAll(async () => {
  await checker?.stop();
  await controlPlane.stop();
});

function list(items: readonly object[]): string {
  return JSON.stringify({ apiVersion: 'v1', kind: 'List', items });
}

function policy({ resource, expression }: CelTypeCase, index: number): object {
  const rule = { apiGroups: [GROUP], apiVersions: ['v1beta1'], operations: ['*'], resources: [resource] };
  return {
    apiVersion: `${POLICIES}/v1`,
    kind: 'ValidatingAdmissionPolicy',
    metadata: { name: `case-${String(index)}` },
    spec: { matchConstraints: { resourceRules: [rule] }, validations: [{ expression, message: 'no' }] },
  };
}

interface CheckedPolicy {
  readonly metadata: { readonly name: string; readonly generation: number };
  readonly status?: {
    readonly observedGeneration?: number;
    readonly typeChecking?: { readonly expressionWarnings?: readonly { readonly warning: string }[] };
  };
}

/** By the name of the policy: what its type checking warns of, '' for nothing. One that is missing was not created. */
async function theirWarnings(): Promise<ReadonlyMap<string, string>> {
  const kubectl = controlPlane.kubectl('solo');
  await kubectl.result(['create', '-f', '-'], list(CEL_TYPES.map(policy)));
  return eventually('every policy to be checked', async () => {
    const { items } = JSON.parse(await kubectl('get', 'validatingadmissionpolicies', '-o', 'json')) as {
      readonly items: readonly CheckedPolicy[];
    };
    for (const { metadata, status } of items) expect(status?.observedGeneration).toBe(metadata.generation);
    return new Map(
      items.map(({ metadata, status }) => {
        const warnings = status?.typeChecking?.expressionWarnings ?? [];
        return [metadata.name, warnings.map(({ warning }) => warning).join('\n')];
      }),
    );
  });
}

it('rules about one kind are refused where the type checking of a policy warns, but for what docs/cel.md lists', async () => {
  const warnings = await theirWarnings();
  // The checker knows the schemas: it does not say nothing of everything.
  expect([...warnings.values()].filter((warning) => warning.includes("undefined field 'exportedLables'"))).toHaveLength(
    1,
  );
  const verdict = (refused: boolean): 'refused' | 'accepted' => (refused ? 'refused' : 'accepted');
  const compared = CEL_TYPES.map((typed, index) => ({
    ...typed,
    kubernetes: verdict(warnings.get(`case-${String(index)}`) !== ''),
    ours: verdict(refusesTypedRule(typed)),
  }));
  expect(compared.filter(({ kubernetes, ours }) => kubernetes !== ours)).toEqual(CEL_TYPE_DIFFERENCES);
});
