import { type AdmissionRule, allow, subjectOf } from '../../admission.ts';
import { exportedEntries, type ExportedMap } from './exported-entries.ts';

const MAPS: readonly ExportedMap[] = ['exportedLabels', 'exportedAnnotations'];

/** Passing them on is optional for an implementation (KEP-1645 §Exporting Services), and nothing else tells. */
export const metadataSupport: AdmissionRule = {
  name: 'metadata-support',
  operations: ['CREATE', 'UPDATE'],
  effects: ['warn'],
  evaluate: (request, { policy }) => {
    if (policy.exportedMetadataSupported) return allow();
    const set = MAPS.filter((map) => exportedEntries(subjectOf(request), map).length > 0);
    return allow(
      set.length === 0
        ? undefined
        : `Ignored: ${set.join(' and ')}, the MCS implementation of this ClusterSet does not pass them on`,
    );
  },
};
