import { describe, expect, test } from 'vitest';
import {
  admissionContext,
  createRequest,
  deleteRequest,
  memberIdentity,
  updateRequest,
} from '../../test/support/admission.ts';
import type { KubeObject } from '../kube/object.ts';
import type { AdmissionContext, AdmissionRequest, AdmissionRule } from './admission.ts';
import { celRules } from './cel-rule.ts';
import type { CelRuleSource } from './cel-rule-source.ts';
import { definitions } from './registry.ts';

/** The members of a large ClusterSet, and the texts of a large object. */
const MEMBERS_MAX = 200;
const VALUE_CHARACTERS_MAX = 128_000;
const ITEMS_MAX = 100;

/** Counts how often items of lists in it are read, however deep. */
function counted<T extends object>(value: T, count: () => void): T {
  return new Proxy(value, {
    get: (target, key, receiver) => {
      const found: unknown = Reflect.get(target, key, receiver);
      if (Array.isArray(target) && typeof key === 'string' && /^[0-9]+$/.test(key)) count();
      return typeof found === 'object' && found !== null ? counted(found, count) : found;
    },
  });
}

/** An object with everything that rules of any kind go through, as large as it may be. */
function largeObject(items: number): KubeObject {
  const list = Array.from({ length: items }, (_, index) => `item-${String(index)}`);
  const labels = Object.fromEntries(list.map((name) => [name, name]));
  const extensions = list.map((name) => ({ name, extension: list }));
  return {
    apiVersion: 'example.com/v1',
    kind: 'Thing',
    metadata: { name: 'cluster.clusterset.k8s.io', namespace: 'prod', labels, annotations: labels, finalizers: list },
    spec: {
      ...{ value: 'a'.repeat(VALUE_CHARACTERS_MAX), exportedLabels: labels, exportedAnnotations: labels },
      ...{ displayName: 'a', clusterManager: { name: 'a' } },
    },
    status: {
      properties: list.map((name) => ({ name, value: name })),
      conditions: list.map((type) => ({ type, status: 'True', reason: 'A', message: '' })),
      accessProviders: [{ name: 'a', cluster: { server: 'https://a', extensions } }],
    },
  };
}

/** Items that the rule reads of the object and of what is known of other members. */
function itemsRead(rule: AdmissionRule, size: { readonly members: number; readonly items: number }): number {
  let reads = 0;
  const count = (): void => {
    reads += 1;
  };
  const object = counted(largeObject(size.items), count);
  const others = Array.from({ length: size.members }, (_, index) =>
    memberIdentity(`member-${String(index)}`, { clusterID: `id-${String(index)}`, clusterSet: 'prod' }),
  );
  const context: AdmissionContext = admissionContext({
    identityOf: () => memberIdentity('east', { clusterID: 'east', clusterSet: 'prod' }),
    otherIdentities: () => counted(others, count),
  });
  const requests: readonly AdmissionRequest[] = [
    createRequest(object),
    updateRequest(object, object),
    deleteRequest(object),
  ];
  for (const request of requests.filter(({ operation }) => rule.operations.includes(operation))) {
    for (const subresource of rule.subresources ?? ['']) {
      const said = JSON.stringify(rule.evaluate({ ...request, subresource }, context));
      expect(said).not.toContain('cost limit exceeded');
    }
  }
  return reads;
}

const EXAMPLE: CelRuleSource = {
  name: 'example',
  operations: ['CREATE'],
  subresources: [''],
  effect: 'deny',
  expression: 'true',
  field: 'spec',
  reason: 'FieldValueInvalid',
  message: 'no',
  messageExpression: undefined,
};
const OPTIONS = {
  subject: { group: 'example.com', version: 'v1', resource: 'things', kind: 'Thing' },
  schema: { 'x-kubernetes-preserve-unknown-fields': true, properties: {} },
};

function exampleRule(expression: string): AdmissionRule {
  const [rule] = celRules({ variables: [], rules: [{ ...EXAMPLE, expression }] }, OPTIONS);
  if (rule === undefined) throw new Error('no rule');
  return rule;
}

describe('what is counted', () => {
  test('grows with the members for one loop over them', () => {
    const rule = exampleRule('!clusterset.others.exists(m, m.clusterID == "none")');
    expect(itemsRead(rule, { members: 200, items: 1 })).toBe(2 * itemsRead(rule, { members: 100, items: 1 }));
  });

  test('and by the square for loops in each other, up to the limit', () => {
    const names = 'object.status.properties.all(a, object.status.properties.exists_one(b, a.name == b.name))';
    const rule = exampleRule(names);
    expect(itemsRead(rule, { members: 1, items: 20 })).toBeGreaterThan(0);
    expect(() => itemsRead(exampleRule(names), { members: 1, items: 1_000 })).toThrow(/cost limit exceeded/);
  });
});

describe.each(definitions)('the rules of $resource', ({ rules }) => {
  test('read each thing a bounded number of times, on the largest objects and ClusterSets', () => {
    for (const rule of rules) {
      const small = itemsRead(rule, { members: MEMBERS_MAX / 2, items: ITEMS_MAX / 2 });
      const large = itemsRead(rule, { members: MEMBERS_MAX, items: ITEMS_MAX });
      // No worse than the square: such a rule compares the items of one list with each other.
      expect(large, rule.name).toBeLessThanOrEqual(4 * small + 100);
      expect(itemsRead(rule, { members: 2 * MEMBERS_MAX, items: ITEMS_MAX }), rule.name).toBeLessThanOrEqual(
        2 * large + 100,
      );
    }
  });
});
