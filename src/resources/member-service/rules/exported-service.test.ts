import { describe, expect, it } from 'vitest';
import {
  admissionContext,
  createRequest,
  deleteRequest,
  updateRequest,
  warningsOf,
} from '../../../../test/support/admission.ts';
import { service } from '../../../../test/support/clusterset-objects.ts';
import type { AdmissionRequest } from '../../admission.ts';
import { evaluateRules } from '../../evaluate-rules.ts';
import { exportedService } from './exported-service.ts';

const CHANGED = service({ sessionAffinity: 'ClientIP' });

function judge(request: AdmissionRequest, { hasExport = true, warnings = true } = {}): readonly string[] {
  const predict = () => ['predicted'];
  const context = admissionContext({ hasExport: () => hasExport, predict }, { warnings });
  return warningsOf(exportedService.evaluate(request, context));
}

describe('exported-service', () => {
  it('tells what another spec and a deletion bring about', () => {
    expect(judge(updateRequest(service(), CHANGED))).toEqual(['predicted']);
    expect(judge(deleteRequest(service()))).toEqual(['predicted']);
  });

  it('predicts nothing for a Service that is not exported, for another label or for nobody', () => {
    expect(judge(updateRequest(service(), CHANGED), { hasExport: false })).toEqual([]);
    expect(judge(updateRequest(service(), service({}, { labels: { a: 'b' } })))).toEqual([]);
    expect(judge(deleteRequest(service()), { warnings: false })).toEqual([]);
  });

  it('does not look at new Services, which the export tells of', () => {
    const context = admissionContext({ predict: () => ['predicted'] });
    expect(evaluateRules([exportedService], createRequest(service()), context)).toMatchObject({ warnings: [] });
  });
});
