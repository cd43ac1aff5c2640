import { type AdmissionRule, denyFor, subjectOf } from '../../admission.ts';
import { schemaFaults } from '../../structural-schema.ts';
import { v1alpha1 } from '../v1alpha1.ts';

/** Lengths, patterns and keys of the status, also where the definition of whoever keeps the object has none. */
export const schemaLimits: AdmissionRule = {
  name: 'schema-limits',
  operations: ['CREATE', 'UPDATE'],
  subresources: ['', 'status'],
  effects: ['deny'],
  evaluate: (request) => {
    const { apiVersion, kind, metadata, status } = subjectOf(request);
    if (status === undefined) return denyFor([]);
    return denyFor(schemaFaults({ apiVersion, kind, metadata, status }, v1alpha1.schema));
  },
};
