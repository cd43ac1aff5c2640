import { describe, expect, it } from 'vitest';
import { admissionContext, createRequest, warningsOf } from '../../../../test/support/admission.ts';
import { serviceExport } from '../../../../test/support/clusterset-objects.ts';
import { supersededVersion } from './superseded-version.ts';

describe('superseded-version', () => {
  it.each([
    ['v1alpha1', ['ServiceExport v1alpha1 is superseded by v1beta1']],
    ['v1alpha2', ['ServiceExport v1alpha2 is superseded by v1beta1']],
    ['v1beta1', []],
  ])('%s: %j', (requestVersion, warnings) => {
    const request = createRequest(serviceExport(), { requestVersion });
    expect(warningsOf(supersededVersion.evaluate(request, admissionContext()))).toEqual(warnings);
  });
});
