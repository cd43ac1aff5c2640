import { fieldInvalid, fieldNotSupported } from '../../../kube/api-errors.ts';
import { dnsLabelFaults } from '../../../kube/label-syntax.ts';
import { isJsonObject } from '../../../kube/object.ts';
import { type AdmissionRule, denyFor, subjectOf } from '../../admission.ts';
import { itemsOf } from './import-fields.ts';

const PRESENCES = ['Absent', 'Present'];

/** The id of a cluster is a DNS label, because it stands in names of DNS and values of labels (KEP-1645 §DNS). */
export const importStatus: AdmissionRule = {
  name: 'import-status',
  operations: ['CREATE', 'UPDATE'],
  subresources: ['', 'status'],
  effects: ['deny'],
  evaluate: (request) => {
    const { status } = subjectOf(request);
    const names = itemsOf(status, 'clusters').map((item) => (isJsonObject(item) ? item['cluster'] : undefined));
    const causes = names.flatMap((name, index) =>
      typeof name !== 'string'
        ? []
        : dnsLabelFaults(name).map((fault) => fieldInvalid(`status.clusters[${index}].cluster`, name, fault)),
    );
    const presence = isJsonObject(status) ? status['endpointSliceObjects'] : undefined;
    return denyFor(
      typeof presence !== 'string' || PRESENCES.includes(presence)
        ? causes
        : [...causes, fieldNotSupported('status.endpointSliceObjects', presence, PRESENCES)],
    );
  },
};
