import { expect, it } from 'vitest';
import { admissionContext, createRequest, deleteRequest, updateRequest } from '../../../test/support/admission.ts';
import type { JsonValue, KubeObject } from '../../kube/object.ts';
import type { Admission } from '../../members/write/index.ts';
import { mergeDecisions, NO_OBJECTION } from '../../operator-rules/index.ts';
import type { AdmissionRequest } from '../../resources/index.ts';
import { definitionOf } from '../../resources/index.ts';
import { asAdmitted, createWriteJudge } from './write-judge.ts';

function judged(request: AdmissionRequest): Promise<Admission> {
  const unused = (): never => {
    throw new Error('not used');
  };
  const judge = createWriteJudge({
    admission: admissionContext(),
    operatorRules: {
      judge: ({ request: asked }, own) => Promise.resolve(mergeDecisions(own(asked), NO_OBJECTION)),
      ...{ checks: [], close: () => Promise.resolve() },
    },
    log: { info: unused, warn: unused, error: unused },
  });
  return judge(definitionOf('clusterproperties'), request);
}

const property = (spec: JsonValue): KubeObject => ({
  ...{ apiVersion: 'about.k8s.io/v1beta1', kind: 'ClusterProperty', metadata: { name: 'region.example.com' } },
  ...{ spec },
});

it.each([
  [{ value: 7 }, 'spec.value', 'Invalid value: "integer": spec.value in body must be of type string: "integer"'],
  ['eu', 'spec', 'Invalid value: "string": spec in body must be of type object: "string"'],
])('says of %j what kube-apiserver says, and asks no rule', async (spec, field, message) => {
  expect(await judged(createRequest(property(spec)))).toEqual({
    type: 'invalid',
    causes: [{ reason: 'FieldValueTypeInvalid', field, message }],
    warnings: [],
  });
});

it('leaves to the rules what has the right types, or is no value', async () => {
  expect(await judged(createRequest(property({ value: 'eu' })))).toMatchObject({ type: 'allow' });
  const empty = await judged(createRequest(property({ value: null })));
  expect(empty).toMatchObject({ type: 'invalid', causes: [{ reason: 'FieldValueForbidden' }] });
  expect(await judged(deleteRequest(property({ value: 7 })))).toMatchObject({ type: 'allow' });
});

it('shows rules no null that the schema does not allow, so that they say what they have to say', async () => {
  const definition = definitionOf('clusterproperties');
  const [before, hollow] = [property({ value: 'eu' }), property({ value: null, other: null })];
  expect(asAdmitted(definition, updateRequest(before, hollow))).toEqual(
    updateRequest(before, property({ other: null })),
  );
  const removal = deleteRequest(before);
  expect(asAdmitted(definition, removal)).toBe(removal);
  expect(await judged(asAdmitted(definition, createRequest(hollow)))).toMatchObject({
    causes: [{ field: 'spec.value', message: expect.stringContaining('must have 1 to 128000 characters') as string }],
  });
});
