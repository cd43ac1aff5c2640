import { describe, expect, it } from 'vitest';
import { admissionContext, createRequest, deleteRequest, updateRequest } from '../../../../test/support/admission.ts';
import { serviceExport } from '../../../../test/support/clusterset-objects.ts';
import type { AdmissionRequest, PredictConsequences } from '../../admission.ts';
import { predictedConsequences } from './predicted-consequences.ts';

describe('predicted-consequences', () => {
  it.each([
    createRequest(serviceExport()),
    updateRequest(serviceExport(), serviceExport()),
    deleteRequest(serviceExport()),
  ])('passes on what is predicted for a $operation', (request) => {
    const asked: AdmissionRequest[] = [];
    const predict: PredictConsequences = (given, { namesOthers }) => {
      asked.push(given);
      return ['first', `others: ${namesOthers}`];
    };
    expect(predictedConsequences.operations).toContain(request.operation);
    expect(predictedConsequences.evaluate(request, admissionContext({ predict }, { namesOthers: false }))).toEqual({
      type: 'allow',
      warnings: ['first', 'others: false'],
    });
    expect(asked).toEqual([request]);
  });

  it('does not predict for nobody', () => {
    const predict = (): never => {
      throw new Error('predicted');
    };
    const context = admissionContext({ predict }, { warnings: false });
    expect(predictedConsequences.evaluate(createRequest(serviceExport()), context)).toEqual({
      type: 'allow',
      warnings: [],
    });
  });
});
