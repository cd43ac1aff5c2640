import { describe, expect, it } from 'vitest';
import { admissionContext, createRequest, warningsOf } from '../../../../test/support/admission.ts';
import { serviceExport } from '../../../../test/support/clusterset-objects.ts';
import type { JsonObject } from '../../../kube/object.ts';
import { metadataSupport } from './metadata-support.ts';

function judge(spec: JsonObject, exportedMetadataSupported = false): readonly string[] {
  const context = admissionContext({}, { exportedMetadataSupported });
  return warningsOf(metadataSupport.evaluate(createRequest(serviceExport({}, { spec })), context));
}

describe('metadata-support', () => {
  const rest = 'the MCS implementation of this ClusterSet does not pass them on';

  it('says what is ignored', () => {
    expect(judge({ exportedLabels: { a: '1' } })).toEqual([`Ignored: exportedLabels, ${rest}`]);
    expect(judge({ exportedLabels: { a: '1' }, exportedAnnotations: { b: '2' } })).toEqual([
      `Ignored: exportedLabels and exportedAnnotations, ${rest}`,
    ]);
  });

  it('has nothing to say where nothing is set, or all is passed on', () => {
    expect(judge({ exportedLabels: {} })).toEqual([]);
    expect(judge({ exportedLabels: { a: '1' } }, true)).toEqual([]);
  });
});
