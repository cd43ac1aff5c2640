import { ABOUT_GROUP } from '../../kube/domain.ts';
import { BOOL, listOf, objectOf, STRING } from '../../cel/index.ts';
import { type AdmissionRule, forbid } from '../admission.ts';
import { type CelRuleOptions, celRules } from '../cel-rule.ts';
import { CEL_DELETION_RULES, CEL_RULES } from './cel-rules.ts';
import { unobservedMembers } from './rules/unobserved-members.ts';
import { CLUSTER_PROPERTY_SCHEMA } from './v1beta1.ts';

const OPTIONS: CelRuleOptions = {
  subject: { group: ABOUT_GROUP, version: 'v1beta1', resource: 'clusterproperties', kind: 'ClusterProperty' },
  schema: CLUSTER_PROPERTY_SCHEMA,
  params: {
    shape: objectOf({ standardProperties: listOf(STRING), strictClusterSetNames: BOOL, namesOthers: BOOL }),
    value: ({ policy: { standardProperties, strictClusterSetNames, namesOthers } }) => ({
      standardProperties,
      strictClusterSetNames,
      namesOthers,
    }),
  },
};

/** In the order of what they warn about: leaving first, advice about values last. */
export const rules: readonly AdmissionRule[] = [
  ...celRules(CEL_DELETION_RULES, OPTIONS).map(forbidding),
  ...celRules(CEL_RULES, OPTIONS),
  unobservedMembers,
];

/** What may not go at all is forbidden, whatever the object says. */
function forbidding(rule: AdmissionRule): AdmissionRule {
  return {
    ...rule,
    evaluate: (request, context) => {
      const verdict = rule.evaluate(request, context);
      if (verdict.type !== 'deny') return verdict;
      return forbid(verdict.causes.map(({ message }) => message.replace(/^Forbidden: /, '')).join('; '));
    },
  };
}
