import type { FieldCause } from '../../kube/api-errors.ts';
import { exhausted } from '../../kube/outcome.ts';
import type { MembersLog } from '../../members/index.ts';
import type { Admission } from '../../members/write/index.ts';
import type { AdmissionContext, AdmissionDecision, AdmissionRequest } from '../../resources/index.ts';
import { evaluateRules, schemaFaults, UPSTREAM_GROUPS, withoutNullFields } from '../../resources/index.ts';
import type { ResourceDefinition } from '../../resources/definition.ts';
import type { OperatorJudge } from './operator-rules.ts';

export interface WriteJudgeDeps {
  readonly admission: AdmissionContext;
  readonly operatorRules: OperatorJudge;
  readonly log: MembersLog;
}

/** What the rules of a kind say to a write, and what goes on with their answer in the very same turn. */
export type FinishDecision = (decision: AdmissionDecision, request: AdmissionRequest) => AdmissionDecision;

/** What the rules of the kind and of this installation say to a write that came in through our API. */
export type JudgeWrite = (
  definition: ResourceDefinition,
  request: AdmissionRequest,
  finish?: FinishDecision,
) => Promise<Admission>;

export function createWriteJudge({ admission, operatorRules, log }: WriteJudgeDeps): JudgeWrite {
  return async (definition, request, finish = unchanged) => {
    const causes = typeFaults(definition, request);
    if (causes.length > 0) return { type: 'invalid', causes, warnings: [] };
    const { groupRole, storageVersion: version, resource, kind } = definition;
    const subject = { group: UPSTREAM_GROUPS[groupRole], version, resource, kind };
    const decision = await operatorRules.judge({ request, context: admission, subject, effect: undefined }, (judged) =>
      finish(evaluateRules(definition.rules, judged, admission), judged),
    );
    if (decision.type === 'allow') {
      for (const { rule, error } of decision.failures) log.error({ rule, err: error }, 'an admission rule failed');
    }
    const { auditAnnotations } = decision;
    return { ...toAdmission(decision), ...(auditAnnotations === undefined ? {} : { auditAnnotations }) };
  };
}

/** As kube-apiserver, which judges nothing whose fields have another type than the schema says. */
function typeFaults(
  { versions, storageVersion }: ResourceDefinition,
  { object }: AdmissionRequest,
): readonly FieldCause[] {
  const schema = versions.find(({ name }) => name === storageVersion)?.schema;
  if (object === undefined || schema === undefined) return [];
  const faults = schemaFaults(withoutNullFields(object, schema), schema);
  return faults.filter(({ reason }) => reason === 'FieldValueTypeInvalid');
}

/**
 * A write of a custom object as a kube-apiserver shows it to admission: without nulls that the schema does not allow. The
 * object is in the storage version.
 */
export function asAdmitted(definition: ResourceDefinition, request: AdmissionRequest): AdmissionRequest {
  const stored = definition.versions.find(({ name }) => name === definition.storageVersion);
  if (request.operation === 'DELETE' || stored === undefined) return request;
  return { ...request, object: withoutNullFields(request.object, stored.schema) };
}

const unchanged: FinishDecision = (decision) => decision;

function toAdmission(decision: AdmissionDecision): Admission {
  switch (decision.type) {
    case 'allow':
      return { type: 'allow', warnings: decision.warnings };
    case 'deny':
      return { type: 'invalid', causes: decision.causes, warnings: decision.warnings };
    case 'forbid':
      return { type: 'forbidden', because: decision.because, warnings: decision.warnings };
    case 'unavailable':
      return decision;
    case 'fail':
      return { type: 'failed', rule: decision.failure.rule, cause: decision.failure.error, warnings: [] };
    default:
      return exhausted(decision);
  }
}
