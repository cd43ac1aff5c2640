import { afterAll, beforeAll, expect, it } from 'vitest';
import { CEL_DIFFERENCES, CEL_OBJECT, CEL_SAME, type CelOutcome, ourOutcome } from '../support/cel-cases.ts';
import { CEL_LIBRARY } from '../support/cel-library-cases.ts';
import type { ControlPlane } from '../support/control-plane/index.ts';
import { startControlPlane } from '../support/control-plane/index.ts';
import { eventually } from '../support/eventually.ts';

/** Their warnings fit into one answer without being cut. */
const POLICIES_PER_OBJECT = 6;
const GROUP = 'admissionregistration.k8s.io';

const expressions = [
  ...CEL_SAME,
  ...CEL_LIBRARY.map(([expression]) => expression),
  ...CEL_DIFFERENCES.map(({ expression }) => expression),
];

let controlPlane: ControlPlane;
beforeAll(async () => {
  controlPlane = await startControlPlane(['solo']);
});
afterAll(() => controlPlane.stop());

function policyName(index: number): string {
  return `case-${String(index)}`;
}

function objectName(index: number): string {
  return `object-${String(Math.floor(index / POLICIES_PER_OBJECT))}`;
}

/** One that warns of what its expression comes to, and always that it is in force. */
function policy(expression: string, index: number): readonly object[] {
  const name = policyName(index);
  const rule = {
    apiGroups: ['coordination.k8s.io'],
    apiVersions: ['v1'],
    operations: ['CREATE'],
    resources: ['leases'],
  };
  return [
    {
      apiVersion: `${GROUP}/v1`,
      kind: 'ValidatingAdmissionPolicy',
      metadata: { name },
      spec: {
        matchConstraints: { resourceRules: [rule] },
        matchConditions: [{ name: 'own', expression: `object.metadata.name == '${objectName(index)}'` }],
        validations: [
          { expression, message: 'is false' },
          { expression: 'false', message: 'in force' },
        ],
      },
    },
    {
      apiVersion: `${GROUP}/v1`,
      kind: 'ValidatingAdmissionPolicyBinding',
      metadata: { name },
      spec: { policyName: name, validationActions: ['Warn'] },
    },
  ];
}

async function theirOutcomes(): Promise<ReadonlyMap<string, CelOutcome>> {
  const kubectl = controlPlane.kubectl('solo');
  const items = expressions.flatMap(policy);
  await kubectl.result(['create', '-f', '-'], JSON.stringify({ apiVersion: 'v1', kind: 'List', items }));
  const made = new Set((await kubectl('get', 'validatingadmissionpolicies', '-o', 'name')).trim().split('\n'));
  const outcomes = new Map<string, CelOutcome>();
  for (const [index, expression] of expressions.entries()) {
    if (!made.has(`validatingadmissionpolicy.${GROUP}/${policyName(index)}`)) outcomes.set(expression, 'refused');
  }
  const names = [...new Set(expressions.map((_, index) => objectName(index)))];
  for (const name of names) {
    const wanted = [...expressions.keys()].filter(
      (index) => objectName(index) === name && !outcomes.has(expressions[index] ?? ''),
    );
    if (wanted.length === 0) continue;
    const said = await eventually('every policy to be in force', async () => {
      const object = { ...CEL_OBJECT, metadata: { ...CEL_OBJECT.metadata, name } };
      const { stderr } = await kubectl.result(['create', '--dry-run=server', '-f', '-'], JSON.stringify(object));
      for (const index of wanted) expect(stderr).toContain(warning(index, 'in force'));
      return stderr;
    });
    for (const index of wanted) outcomes.set(expressions[index] ?? '', outcomeIn(said, index));
  }
  return outcomes;
}

function warning(index: number, message: string): string {
  const name = policyName(index);
  return `Warning: Validation failed for ValidatingAdmissionPolicy '${name}' with binding '${name}': ${message}`;
}

function outcomeIn(said: string, index: number): CelOutcome {
  if (said.includes(warning(index, 'is false'))) return 'false';
  const error = said.split('\n').find((line) => line.startsWith(warning(index, "expression '")));
  return error === undefined ? 'true' : `error: ${/ resulted in error: (.*)$/.exec(error)?.[1] ?? ''}`;
}

it('expressions come to the same as in a ValidatingAdmissionPolicy, but for what docs/cel.md lists', async () => {
  const theirs = await theirOutcomes();
  const compared = expressions.map((expression) => ({
    ...{ expression, kubernetes: theirs.get(expression), ours: ourOutcome(expression) },
  }));
  expect(compared.filter(({ kubernetes, ours }) => kubernetes !== ours)).toEqual(CEL_DIFFERENCES);
});
