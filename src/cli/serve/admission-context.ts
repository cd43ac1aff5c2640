import type { MemberFacts } from '../../clusterset/index.ts';
import type { Config } from '../../config/index.ts';
import type { AdmissionContext, PredictConsequences } from '../../resources/index.ts';

/** What admission rules may look at, and what was decided about them. */
export function createAdmissionContext(
  config: Config,
  facts: MemberFacts,
  predict: PredictConsequences,
): AdmissionContext {
  return {
    lookup: { ...facts, predict },
    policy: {
      forbiddenNamespaces: config['admission.forbiddenNamespaces'],
      warnedNamespaces: config['admission.warnedNamespaces'],
      warnings: config['admission.warnings'],
      namesOthers: true,
      controllers: config['admission.controllers'],
      administrators: config['admission.administrators'],
    },
  };
}
