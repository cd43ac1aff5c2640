import { DOMAIN } from '../../../kube/domain.ts';
import { type KubeObject, textAt } from '../../../kube/object.ts';
import { listAt } from '../../columns.ts';
import type { Cell, Column, Subresource, SubresourceKind } from '../../definition.ts';
import { SIMULATION_SCHEMA } from './schema.ts';

const COLUMNS: readonly Omit<Column, 'cell'>[] = [
  { name: 'Field', type: 'string', format: 'name', description: 'A field that differs.', priority: 0 },
  { name: 'Before', type: 'string', format: '', description: 'Its value now.', priority: 0 },
  { name: 'After', type: 'string', format: '', description: 'Its value after the change.', priority: 0 },
];

/** What a change of one member would make of a ServiceImport: computed when it is asked, never kept. */
export const SERVICE_IMPORT_SIMULATION: SubresourceKind = {
  group: DOMAIN,
  version: 'v1alpha1',
  kind: 'ServiceImportSimulation',
  schema: SIMULATION_SCHEMA,
  columns: COLUMNS,
  rows,
  isQuestion: true,
};

export const SIMULATION: Subresource = { name: 'simulation', verbs: ['create'], answer: SERVICE_IMPORT_SIMULATION };

/** One row for each field that differs. */
function rows(simulation: KubeObject): readonly (readonly Cell[])[] {
  return listAt(simulation, 'status', 'changes').map((change) => [
    textAt(change, 'field') ?? '',
    textAt(change, 'before') ?? null,
    textAt(change, 'after') ?? null,
  ]);
}
