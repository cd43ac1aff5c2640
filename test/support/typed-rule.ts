import { compileRules } from '../../src/operator-rules/index.ts';
import type { CelTypeCase } from './cel-type-cases.ts';

/** Whether a rule with this expression, about this kind alone, is refused when it is loaded. */
export function refusesTypedRule({ resource, expression }: CelTypeCase): boolean {
  const match = { groups: ['multicluster.x-k8s.io'], resources: [resource], operations: ['*'] };
  const rules = JSON.stringify({
    apiVersion: 'clusterset-apiserver.dev/v1alpha1',
    kind: 'AdmissionRules',
    rules: [{ name: 'typed', match, expression, message: 'no', action: 'deny' }],
  });
  return !compileRules({ rules, params: undefined }).ok;
}
