import { describe, expect, it } from 'vitest';
import { ADMISSION_SUBJECTS, MEMBER_POLICIES, type RuleEffect } from '../../src/resources/index.ts';
import { policyName } from '../../src/resources/policy-manifest.ts';
import { readDocument, section, tableRows } from './generated-block.ts';

const DOCUMENT = 'docs/admission.md';

/** What the document says of one rule and one effect. */
interface Row {
  readonly rule: string;
  readonly operations: readonly string[];
  readonly effect: RuleEffect;
  readonly where: readonly string[];
}

function documented(kind: string): readonly Row[] {
  return tableRows(section(DOCUMENT, `Rules of ${kind}`)).map(([rule = '', on = '', verdict = '', , where = '']) => ({
    rule: rule.replaceAll('`', ''),
    operations: ['create', 'update', 'delete'].filter((operation) => on.includes(operation)).map(upper),
    effect: verdict === 'warning' ? 'warn' : 'deny',
    where: where.split(', ').filter((place) => place !== 'schema'),
  }));
}

function upper(text: string): string {
  return text.toUpperCase();
}

/** Whether a policy has this rule. Policies deny only. */
function inPolicy(resource: string, name: string, effect: RuleEffect): boolean {
  return (
    effect === 'deny' &&
    MEMBER_POLICIES.some((policy) => policy.resource === resource && policy.rules.some((rule) => rule.name === name))
  );
}

describe('the document about admission', () => {
  const kinds = ADMISSION_SUBJECTS.filter(({ kind }) =>
    ['ServiceExport', 'ServiceImport', 'Service', 'EndpointSlice'].includes(kind),
  );

  it.each(kinds)('lists the rules of $kind in their order, and who enforces them', ({ kind, resource, rules }) => {
    const expected = rules.flatMap(({ name, operations, effects }) =>
      effects.map((effect): Row => {
        const webhook = effect === 'deny' ? 'safety' : 'advice';
        const where = inPolicy(resource, name, effect) ? [webhook, 'policy'] : [webhook];
        return { rule: name, operations, effect, where };
      }),
    );
    expect(documented(kind)).toEqual(expected);
  });

  it('lists the rules of ClusterProperties in the order in which the denials and then the advice come', () => {
    const rules = ADMISSION_SUBJECTS.find(({ kind }) => kind === 'ClusterProperty')?.rules ?? [];
    const expected = rules.flatMap(({ name, operations, effects }) =>
      effects.map((effect) => ({ name, operations, effect })),
    );
    const listed = documented('ClusterProperty').map(({ rule: name, operations, effect }) => ({
      name,
      operations,
      effect,
    }));
    const byEffect = (effect: RuleEffect) => expected.filter((one) => one.effect === effect);
    expect(listed).toEqual([...byEffect('deny'), ...byEffect('warn')]);
  });

  it('lists every rule of ClusterProfiles once', () => {
    const rules = ADMISSION_SUBJECTS.find(({ kind }) => kind === 'ClusterProfile')?.rules ?? [];
    const listed = tableRows(section(DOCUMENT, 'ClusterProfiles')).flatMap(([names = '', answer = '']) =>
      names.split(', ').map((name) => [name.replaceAll('`', ''), answer.startsWith('Warning') ? 'warn' : 'deny']),
    );
    const expected = rules.flatMap(({ name, effects }) => effects.map((effect) => [name, effect]));
    expect(listed.toSorted()).toEqual(expected.toSorted());
  });

  it('lists no rule that a policy alone has, but those of Namespaces', () => {
    const [rule] = documented('Namespace');
    expect(rule).toEqual({
      rule: 'clusterset-labels',
      operations: ['CREATE', 'UPDATE'],
      effect: 'deny',
      where: ['policy'],
    });
    const judged = new Set(ADMISSION_SUBJECTS.flatMap(({ rules }) => rules.map(({ name }) => name)));
    const alone = MEMBER_POLICIES.flatMap(({ rules }) => rules.map(({ name }) => name)).filter(
      (name) => !judged.has(name),
    );
    expect(alone).toEqual(['clusterset-labels']);
  });

  it('lists every policy', () => {
    const text = readDocument(DOCUMENT);
    for (const policy of MEMBER_POLICIES) expect(text).toContain(policyName(policy));
  });
});
