import { describe, expect, it } from 'vitest';
import {
  admissionContext,
  createRequest,
  deleteRequest,
  updateRequest,
  userNamed,
} from '../../../../test/support/admission.ts';
import { endpointSlice } from '../../../../test/support/clusterset-objects.ts';
import type { KubeObject } from '../../../kube/object.ts';
import type { AdmissionRequest } from '../../admission.ts';
import { evaluateRules } from '../../evaluate-rules.ts';
import { importedSlices } from './imported-slices.ts';

const PLAIN = endpointSlice('a', 'api', 'IPv4');
const IMPORTED = labelled({ 'multicluster.kubernetes.io/service-name': 'api' });

function labelled(labels: Record<string, string>): KubeObject {
  return { ...PLAIN, metadata: { ...PLAIN.metadata, labels } };
}

function judge(request: AdmissionRequest, controllers: readonly string[] = ['mcs']): string {
  return evaluateRules([importedSlices], request, admissionContext({}, { controllers })).type;
}

describe('imported-slices', () => {
  it.each([
    ['a new one', createRequest(IMPORTED)],
    ['one that becomes imported', updateRequest(PLAIN, IMPORTED)],
    ['one that is imported no longer', updateRequest(IMPORTED, PLAIN)],
    ['one that stays imported', updateRequest(IMPORTED, IMPORTED)],
    ['the deletion of one', deleteRequest(IMPORTED)],
    ['any label of the group', createRequest(labelled({ 'multicluster.kubernetes.io/other': '' }))],
  ])('keeps others from %s', (_, request) => {
    expect(judge(request)).toBe('forbid');
    expect(judge(request, []), 'while no controller is named').toBe('allow');
  });

  it('lets the controllers write them', () => {
    expect(judge(createRequest(IMPORTED, { user: userNamed('mcs') }))).toBe('allow');
  });

  it('leaves all other slices alone', () => {
    expect(judge(createRequest(PLAIN))).toBe('allow');
    expect(judge(createRequest(labelled({ 'multicluster.kubernetes.iox/a': '' })))).toBe('allow');
    expect(judge(deleteRequest(PLAIN))).toBe('allow');
  });
});
