import type { AdmissionRule } from '../admission.ts';
import { exportedService } from './rules/exported-service.ts';

/** Of the Services of members. They are never denied: other clusters are no reason to keep one from changing its own. */
export const rules: readonly AdmissionRule[] = [exportedService];
