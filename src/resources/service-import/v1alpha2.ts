import type { VersionDefinition } from '../definition.ts';
import { SPEC_FIELDS, SPEC_FIELDS_REQUIRED, SPEC_VALIDATIONS, STATUS_FIELDS, V1ALPHA2_CLUSTERS } from './fields.ts';
import { PROVENANCE } from './provenance/kind.ts';
import { toRootForm, toSpecForm } from './root-form.ts';
import { SIMULATION } from './simulation/kind.ts';

/**
 * The proposal of mcs-api pull request 85: all fields at the root and no status, hence no status subresource. Fields
 * that upstream added after the proposal have their home at the root, too.
 */
export const v1alpha2: VersionDefinition = {
  name: 'v1alpha2',
  schema: {
    description: 'ServiceImport is a service of the ClusterSet, made of the Services that member clusters export.',
    type: 'object',
    required: SPEC_FIELDS_REQUIRED,
    properties: { ...SPEC_FIELDS, ...STATUS_FIELDS, clusters: V1ALPHA2_CLUSTERS },
    ...SPEC_VALIDATIONS,
  },
  deprecationWarning: undefined,
  subresources: [PROVENANCE, SIMULATION],
  columnPath: (jsonPath) => jsonPath.replace(/^\.(spec|status)(?=\.)/, ''),
  toStorage: (object) => toSpecForm(object, 'v1beta1'),
  fromStorage: (object) => toRootForm(object, 'v1alpha2'),
};
