import type { LabelRequirement, LabelSelector } from '../kube/label-selector.ts';
import { labelKeyFaults, labelValueFaults } from '../kube/label-syntax.ts';
import { failed, type Outcome, succeeded } from '../kube/outcome.ts';
import type { WrittenSelector } from './document.ts';

type Term = NonNullable<WrittenSelector['matchExpressions']>[number];

/** A selector as it is written in objects, ready to be used; one that is absent selects everything. */
export function compileSelector(written: WrittenSelector | undefined): Outcome<LabelSelector, string> {
  const terms: readonly Term[] = [
    ...Object.entries(written?.matchLabels ?? {}).map(([key, value]): Term => ({
      key,
      operator: 'In',
      values: [value],
    })),
    ...(written?.matchExpressions ?? []),
  ];
  for (const term of terms) {
    const fault = faultOf(term);
    if (fault !== undefined) return failed(`${term.key}: ${fault}`);
  }
  return succeeded(terms.map(({ key, operator, values = [] }) => requirementOf(operator, key, values)));
}

function faultOf({ key, operator, values = [] }: Term): string | undefined {
  const [fault] = [...labelKeyFaults(key), ...values.flatMap(labelValueFaults)];
  if (fault !== undefined) return fault;
  const needsValues = operator === 'In' || operator === 'NotIn';
  if (needsValues === values.length > 0) return undefined;
  return `operator ${operator} ${needsValues ? 'needs values' : 'takes no values'}`;
}

function requirementOf(
  operator: 'In' | 'NotIn' | 'Exists' | 'DoesNotExist',
  key: string,
  values: readonly string[],
): LabelRequirement {
  switch (operator) {
    case 'In':
      return { type: 'in', key, values: new Set(values) };
    case 'NotIn':
      return { type: 'notIn', key, values: new Set(values) };
    case 'Exists':
      return { type: 'exists', key };
    case 'DoesNotExist':
      return { type: 'doesNotExist', key };
  }
}
