import { type AdmissionRule, allow } from '../../admission.ts';

/** A conflict, a loser's missing effect or a vanishing import is told to whoever causes it, before it is seen elsewhere. */
export const predictedConsequences: AdmissionRule = {
  name: 'predicted-consequences',
  operations: ['CREATE', 'UPDATE', 'DELETE'],
  effects: ['warn'],
  // A prediction merges everything twice: not for nobody.
  evaluate: (request, { lookup, policy }) => (policy.warnings ? allow(...lookup.predict(request, policy)) : allow()),
};
