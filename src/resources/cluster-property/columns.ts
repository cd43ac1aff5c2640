import { CLUSTER_LABEL, PROPERTY_NAME_ANNOTATION } from '../../kube/domain.ts';
import { AGE_COLUMN, NAME_COLUMN, textAt } from '../columns.ts';
import type { Column } from '../definition.ts';

/** As the upstream definition has them, then what rows add. */
export const columns: readonly Column[] = [
  NAME_COLUMN,
  {
    name: 'Value',
    type: 'string',
    format: '',
    description: 'What the property says.',
    priority: 0,
    cell: (object) => textAt(object, 'spec', 'value') ?? null,
    jsonPath: '.spec.value',
  },
  AGE_COLUMN,
  {
    name: 'Cluster',
    type: 'string',
    format: '',
    description: 'The member cluster that holds this property.',
    priority: 1,
    cell: (object) => textAt(object, 'metadata', 'labels', CLUSTER_LABEL) ?? null,
  },
  {
    name: 'Property',
    type: 'string',
    format: '',
    description: 'Name of the ClusterProperty in the member.',
    priority: 1,
    cell: (object) => textAt(object, 'metadata', 'annotations', PROPERTY_NAME_ANNOTATION) ?? null,
  },
];
