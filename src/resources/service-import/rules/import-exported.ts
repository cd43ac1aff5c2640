import { type AdmissionRule, allow, subjectKey } from '../../admission.ts';

/** An import that nobody exports is removed by the MCS implementation (KEP-1645 §Importing Services). */
export const importExported: AdmissionRule = {
  name: 'import-exported',
  operations: ['CREATE'],
  effects: ['warn'],
  evaluate: (request, { lookup }) => {
    const key = subjectKey(request);
    if (key.name === '' || lookup.exportState(key) !== 'none') return allow();
    return allow(`No cluster exports ${key.namespace}/${key.name}: this import will be removed`);
  },
};
