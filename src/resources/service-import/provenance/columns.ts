import type { KubeObject } from '../../../kube/object.ts';
import { isJsonObject, textAt } from '../../../kube/object.ts';
import { joinBounded, listAt } from '../../columns.ts';
import type { Cell, Column } from '../../definition.ts';

/** Column Ports. */
const PORTS_CELL_CHARACTERS_MAX = 60;
/** Column Differs. */
const DIFFERS_CELL_CHARACTERS_MAX = 60;

type ExportColumn = Omit<Column, 'cell'> & { readonly cell: (one: unknown) => Cell };

/** One row per export, the oldest first. */
const EXPORT_COLUMNS: readonly ExportColumn[] = [
  {
    name: 'Cluster',
    type: 'string',
    format: 'name',
    description: 'The exporting cluster, the oldest export first.',
    priority: 0,
    cell: (one) => textAt(one, 'cluster') ?? '',
  },
  {
    name: 'Valid',
    type: 'string',
    format: '',
    description: 'Whether the export counts: True, False or Unknown.',
    priority: 0,
    cell: (one) => textAt(one, 'valid') ?? null,
  },
  {
    name: 'Standing',
    type: 'string',
    format: '',
    description: 'Winner, Agrees, Differs or NotCounted.',
    priority: 0,
    cell: (one) => textAt(one, 'standing') ?? null,
  },
  {
    name: 'Differs',
    type: 'string',
    format: '',
    description: 'The fields in which the export disagrees with the values in force.',
    priority: 0,
    cell: (one) => wordsCell(one, 'differsIn', DIFFERS_CELL_CHARACTERS_MAX),
  },
  {
    name: 'Type',
    type: 'string',
    format: '',
    description: 'What the Service would be alone: ClusterSetIP or Headless.',
    priority: 0,
    cell: (one) => textAt(one, 'type') ?? null,
  },
  {
    name: 'Ports',
    type: 'string',
    format: '',
    description: 'The ports that the Service declares.',
    priority: 0,
    cell: (one) => wordsCell(one, 'ports', PORTS_CELL_CHARACTERS_MAX),
  },
  {
    name: 'Member',
    type: 'string',
    format: '',
    description: 'State of the member cluster: live, stale or pending.',
    priority: 0,
    cell: (one) => textAt(one, 'member', 'phase') ?? null,
  },
  {
    name: 'Age',
    type: 'date',
    format: '',
    description: 'Time since the ServiceExport was created; the oldest one wins.',
    priority: 0,
    cell: (one) => ({ age: textAt(one, 'creationTimestamp') }),
  },
  {
    name: 'Reason',
    type: 'string',
    format: '',
    description: 'Why the export does not count; empty if it does.',
    priority: 1,
    cell: (one) => (textAt(one, 'valid') === 'True' ? '' : (textAt(one, 'reason') ?? '')),
  },
  {
    name: 'Last Contact',
    type: 'string',
    format: '',
    description: 'When the member was last reached, to the minute.',
    priority: 1,
    cell: (one) => textAt(one, 'member', 'lastContactTime') ?? null,
  },
];

export const columns: readonly Omit<Column, 'cell'>[] = EXPORT_COLUMNS.map(
  ({ name, type, format, description, priority }) => ({ name, type, format, description, priority }),
);

export function rows(provenance: KubeObject): readonly (readonly Cell[])[] {
  return listAt(provenance, 'exports').map((one) => EXPORT_COLUMNS.map(({ cell }) => cell(one)));
}

function wordsCell(one: unknown, field: string, charactersMax: number): string | null {
  const words: unknown = isJsonObject(one) ? one[field] : undefined;
  if (!Array.isArray(words)) return null;
  return joinBounded(
    words.filter((word) => typeof word === 'string'),
    charactersMax,
  );
}
