import { isReservedKey } from '../../../clusterset/index.ts';
import { type FieldCause, fieldForbidden } from '../../../kube/api-errors.ts';
import { type AdmissionRule, denyFor, subjectOf } from '../../admission.ts';
import { type ExportedEntry, exportedEntries } from './exported-entries.ts';

/** Such keys on a ServiceImport would steer kube-proxy, controllers or us, so the merge leaves them out. */
export const reservedKeys: AdmissionRule = {
  name: 'reserved-keys',
  operations: ['CREATE', 'UPDATE'],
  effects: ['deny'],
  evaluate: (request) => {
    const object = subjectOf(request);
    const labels = exportedEntries(object, 'exportedLabels').filter(({ key }) => isReservedKey(key));
    const annotations = exportedEntries(object, 'exportedAnnotations').filter(({ key }) =>
      isReservedKey(key.toLowerCase()),
    );
    return denyFor([...labels, ...annotations].map(toCause));
  },
};

function toCause({ field }: ExportedEntry): FieldCause {
  return fieldForbidden(field, 'the key is reserved for Kubernetes and multi-cluster controllers');
}
