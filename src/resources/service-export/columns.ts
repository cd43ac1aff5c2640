import { CLUSTER_LABEL, EXPORT_NAME_ANNOTATION } from '../../kube/domain.ts';
import type { KubeObject } from '../../kube/object.ts';
import { AGE_COLUMN, NAME_COLUMN, conditionAt, conflictCell, textAt } from '../columns.ts';
import type { Column } from '../definition.ts';

/** The last sentence of a Conflict message says how this export stands to the winner. */
const STANDINGS: readonly (readonly [sentence: string, cell: string])[] = [
  ['This export is the winner.', 'winner'],
  ['This export agrees.', 'agrees'],
  ['This export differs.', 'differs'],
];

export const columns: readonly Column[] = [
  NAME_COLUMN,
  {
    name: 'Cluster',
    type: 'string',
    format: '',
    description: 'The member cluster that holds this export.',
    priority: 0,
    cell: (object) => textAt(object, 'metadata', 'labels', CLUSTER_LABEL) ?? null,
  },
  {
    name: 'Valid',
    type: 'string',
    format: '',
    description: 'Whether a Service of that name exists in the member and can be exported.',
    priority: 0,
    cell: (object) => conditionAt(object, 'Valid').status ?? null,
  },
  {
    name: 'Conflict',
    type: 'string',
    format: '',
    description: 'Which properties differ between the exporting clusters; empty if none does.',
    priority: 0,
    cell: (object) => conflictCell(object, 'Conflict'),
  },
  {
    name: 'Ready',
    type: 'string',
    format: '',
    description: "Whether the member's own controller has handed the export on; Unknown if nobody reports.",
    priority: 0,
    cell: (object) => conditionAt(object, 'Ready').status ?? null,
  },
  AGE_COLUMN,
  {
    name: 'Export',
    type: 'string',
    format: '',
    description: 'Name of the ServiceExport in the member, which is also the name of its Service.',
    priority: 1,
    cell: (object) => textAt(object, 'metadata', 'annotations', EXPORT_NAME_ANNOTATION) ?? null,
  },
  {
    name: 'Reason',
    type: 'string',
    format: '',
    description: 'Why the export is not valid; empty if it is.',
    priority: 1,
    cell: invalidReason,
  },
  {
    name: 'Standing',
    type: 'string',
    format: '',
    description: 'In a conflict: whether this export is the winner, agrees with it or differs from it.',
    priority: 1,
    cell: standing,
  },
];

function invalidReason(object: KubeObject): string {
  const { status, reason } = conditionAt(object, 'Valid');
  return status === 'True' ? '' : (reason ?? '');
}

function standing(object: KubeObject): string {
  const { status, message } = conditionAt(object, 'Conflict');
  if (status !== 'True' || message === undefined) return '';
  return STANDINGS.find(([sentence]) => message.endsWith(sentence))?.[1] ?? '';
}
