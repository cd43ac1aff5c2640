import type { AdmissionRule } from '../admission.ts';
import { importedSlices } from './rules/imported-slices.ts';

/** Of the EndpointSlices of members. */
export const rules: readonly AdmissionRule[] = [importedSlices];
