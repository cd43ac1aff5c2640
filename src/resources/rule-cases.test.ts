import { describe, expect, it } from 'vitest';
import {
  admissionContext,
  createRequest,
  deleteRequest,
  updateRequest,
  userNamed,
} from '../../test/support/admission.ts';
import { EXPORT_CASES } from '../../test/support/rule-cases/export-cases.ts';
import { IMPORT_CASES } from '../../test/support/rule-cases/import-cases.ts';
import { SLICE_CASES } from '../../test/support/rule-cases/member-cases.ts';
import { RULE_CASE_SETTINGS, type RuleCase } from '../../test/support/rule-cases/rule-case.ts';
import type { AdmissionRequest } from './admission.ts';
import { ADMISSION_SUBJECTS } from './admission-subject.ts';
import { evaluateRules } from './evaluate-rules.ts';

function requestOf(one: RuleCase): AdmissionRequest {
  const { object, oldObject, version = 'v1beta1', user = 'jane' } = one;
  const circumstances = { subresource: one.subresource ?? '', requestVersion: version, user: userNamed(user) };
  if (oldObject === undefined) {
    if (object === undefined) throw new Error('a case without an object');
    return createRequest(object, circumstances);
  }
  return object === undefined
    ? deleteRequest(oldObject, circumstances)
    : updateRequest(oldObject, object, circumstances);
}

/** The same cases are shown to a real kube-apiserver that enforces the policies: `test/e2e/member-policies.test.ts`. */
describe.each([
  ['serviceexports', EXPORT_CASES],
  ['serviceimports', IMPORT_CASES],
  ['endpointslices', SLICE_CASES],
])('the rules of %s', (resource, cases) => {
  const rules = ADMISSION_SUBJECTS.find((subject) => subject.resource === resource)?.rules ?? [];
  const context = admissionContext({}, RULE_CASE_SETTINGS);

  it.each(cases)('$name', ({ invalid, forbidden, warnings = [], ...rest }) => {
    const decision = evaluateRules(rules, requestOf(rest), context);
    if (decision.type === 'fail') throw decision.failure.error;
    const [first] = decision.type === 'deny' ? decision.causes : [];
    expect({
      invalid: first === undefined ? undefined : `${first.field}: ${first.message}`,
      forbidden: decision.type === 'forbid' ? decision.because : undefined,
      warnings: decision.warnings,
    }).toEqual({ invalid, forbidden, warnings });
  });
});
