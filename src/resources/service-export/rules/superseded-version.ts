import { type AdmissionRule, allow } from '../../admission.ts';
import { v1alpha1 } from '../v1alpha1.ts';
import { v1alpha2 } from '../v1alpha2.ts';
import { v1beta1 } from '../v1beta1.ts';

/** A version that is deprecated warns by itself, readers too. */
const SUPERSEDED = [v1alpha1, v1alpha2].filter(({ deprecationWarning }) => deprecationWarning === undefined);

/** What is kept in files should be in the version that stays. */
export const supersededVersion: AdmissionRule = {
  name: 'superseded-version',
  operations: ['CREATE', 'UPDATE'],
  effects: ['warn'],
  evaluate: ({ requestVersion }) =>
    allow(
      SUPERSEDED.some(({ name }) => name === requestVersion)
        ? `ServiceExport ${requestVersion} is superseded by ${v1beta1.name}`
        : undefined,
    ),
};
