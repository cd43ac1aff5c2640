import { ANNOTATIONS_BYTES_MAX } from '../../../clusterset/index.ts';
import { type FieldCause, fieldInvalid, fieldTooLong } from '../../../kube/api-errors.ts';
import { labelKeyFaults, labelValueFaults } from '../../../kube/label-syntax.ts';
import type { KubeObject } from '../../../kube/object.ts';
import { type AdmissionRule, denyFor, subjectOf } from '../../admission.ts';
import { exportedEntries } from './exported-entries.ts';

/**
 * What is exported becomes labels and annotations of a ServiceImport, so kube-apiserver must accept it there
 * (KEP-1645 §Exporting Services).
 */
export const exportedMetadata: AdmissionRule = {
  name: 'exported-metadata',
  operations: ['CREATE', 'UPDATE'],
  effects: ['deny'],
  evaluate: (request) => {
    const object = subjectOf(request);
    return denyFor([...labelCauses(object), ...annotationCauses(object)]);
  },
};

function labelCauses(object: KubeObject): readonly FieldCause[] {
  return exportedEntries(object, 'exportedLabels').flatMap(({ field, key, value }) => [
    ...labelKeyFaults(key).map((fault) => fieldInvalid(field, key, fault)),
    ...labelValueFaults(value).map((fault) => fieldInvalid(field, value, fault)),
  ]);
}

/** Keys are judged in lower case and sizes in UTF-8, as kube-apiserver does. */
function annotationCauses(object: KubeObject): readonly FieldCause[] {
  const causes: FieldCause[] = [];
  let bytes = 0;
  for (const { field, key, value } of exportedEntries(object, 'exportedAnnotations')) {
    bytes += Buffer.byteLength(key) + Buffer.byteLength(value);
    causes.push(...labelKeyFaults(key.toLowerCase()).map((fault) => fieldInvalid(field, key, fault)));
  }
  return bytes > ANNOTATIONS_BYTES_MAX
    ? [...causes, fieldTooLong('spec.exportedAnnotations', ANNOTATIONS_BYTES_MAX)]
    : causes;
}
