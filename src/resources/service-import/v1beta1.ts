import { withVersion } from '../api-version.ts';
import type { VersionDefinition } from '../definition.ts';
import { SPEC_FIELDS, SPEC_FIELDS_REQUIRED, SPEC_VALIDATIONS, STATUS_FIELDS } from './fields.ts';
import { PROVENANCE } from './provenance/kind.ts';
import { SIMULATION } from './simulation/kind.ts';

export const v1beta1: VersionDefinition = {
  name: 'v1beta1',
  schema: {
    description: 'ServiceImport is a service of the ClusterSet, made of the Services that member clusters export.',
    type: 'object',
    properties: {
      spec: {
        description: 'The service as clients see it.',
        type: 'object',
        required: SPEC_FIELDS_REQUIRED,
        properties: SPEC_FIELDS,
        ...SPEC_VALIDATIONS,
      },
      status: {
        description: 'Where the service comes from.',
        type: 'object',
        properties: STATUS_FIELDS,
      },
    },
  },
  deprecationWarning: undefined,
  subresources: [{ name: 'status', verbs: ['get'] }, PROVENANCE, SIMULATION],
  toStorage: (object) => withVersion(object, 'v1beta1'),
  fromStorage: (object) => withVersion(object, 'v1beta1'),
};
