import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  admissionContext,
  createRequest,
  deleteRequest,
  memberIdentity,
  updateRequest,
  userNamed,
} from '../../test/support/admission.ts';
import { EXPORT_CASES } from '../../test/support/rule-cases/export-cases.ts';
import { IMPORT_CASES, serviceImport } from '../../test/support/rule-cases/import-cases.ts';
import { SLICE_CASES } from '../../test/support/rule-cases/member-cases.ts';
import { PROFILE_CASES } from '../../test/support/rule-cases/profile-cases.ts';
import { PROPERTY_CASES, PROPERTY_VALUE_CASES } from '../../test/support/rule-cases/property-cases.ts';
import { RULE_CASE_SETTINGS, type RuleCase } from '../../test/support/rule-cases/rule-case.ts';
import type { MemberIdentity } from '../clusterset/index.ts';
import type { KubeObject } from '../kube/object.ts';
import type { AdmissionRequest } from './admission.ts';
import { ADMISSION_SUBJECTS } from './admission-subject.ts';
import { evaluateRules } from './evaluate-rules.ts';

/** Of the rules, which also warn. */
const SETTINGS = { ...RULE_CASE_SETTINGS, warnedNamespaces: ['default'] };

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

/** Any JSON where the rules look; no field has to be what it should be. */
const anything = fc
  .record(
    {
      metadata: fc.oneof(fc.jsonValue(), fc.record({ labels: fc.jsonValue(), namespace: fc.jsonValue() })),
      spec: fc.oneof(
        fc.jsonValue(),
        fc.dictionary(
          fc.constantFrom('type', 'ports', 'ips', 'ipFamilies', 'sessionAffinity', 'sessionAffinityConfig'),
          fc.oneof(
            fc.jsonValue(),
            fc.array(fc.dictionary(fc.constantFrom('name', 'port', 'protocol'), fc.jsonValue())),
          ),
        ),
      ),
      status: fc.oneof(fc.jsonValue(), fc.record({ clusters: fc.jsonValue(), endpointSliceObjects: fc.jsonValue() })),
    },
    { requiredKeys: [] },
  )
  .map((value) => JSON.parse(JSON.stringify(value)) as KubeObject);

it.each(['serviceimports', 'services', 'endpointslices'])('the rules of %s never throw', (resource) => {
  const rules = ADMISSION_SUBJECTS.find((subject) => subject.resource === resource)?.rules ?? [];
  const context = admissionContext({ exportState: () => 'none' }, SETTINGS);
  fc.assert(
    fc.property(anything, anything, fc.constantFrom('', 'status'), (oldObject, object, subresource) => {
      const requests = [
        createRequest(object, { subresource }),
        updateRequest(oldObject, object, { subresource }),
        deleteRequest(oldObject, { subresource }),
      ];
      for (const request of requests) {
        const decision = evaluateRules(rules, request, context);
        expect(decision.type).not.toBe('fail');
        if (decision.type === 'allow') expect(decision.failures).toEqual([]);
      }
    }),
    { numRuns: 300 },
  );
});

it('an import of what nobody exports is warned about, unless that is not known', () => {
  const rules = ADMISSION_SUBJECTS.find((subject) => subject.resource === 'serviceimports')?.rules ?? [];
  const warnings = (['none', 'unknown', 'exported'] as const).map((state) => {
    const decision = evaluateRules(
      rules,
      createRequest(serviceImport()),
      admissionContext({ exportState: () => state }),
    );
    return decision.type === 'allow' ? decision.warnings : undefined;
  });
  expect(warnings).toEqual([['No cluster exports prod/api: this import will be removed'], [], []]);
});

/** The same cases are shown to a real kube-apiserver that enforces the policies: `test/e2e/member-policies.test.ts`. */
describe.each([
  ['serviceexports', EXPORT_CASES],
  ['serviceimports', IMPORT_CASES],
  ['endpointslices', SLICE_CASES],
  ['clusterproperties', [...PROPERTY_CASES, ...PROPERTY_VALUE_CASES]],
  ['clusterprofiles', PROFILE_CASES],
])('the rules of %s', (resource, cases) => {
  const rules = ADMISSION_SUBJECTS.find((subject) => subject.resource === resource)?.rules ?? [];

  it.each(cases)('$name', ({ invalid, forbidden, warnings = [], identity = {}, ...rest }) => {
    const identityOf = (): MemberIdentity => memberIdentity('east', identity);
    const context = admissionContext({ identityOf }, SETTINGS);
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
