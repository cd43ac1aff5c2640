import { isJsonObject } from '../../kube/object.ts';
import type { KubeObject } from '../../kube/object.ts';
import { AGE_COLUMN, NAME_COLUMN, conditionAt, joinBounded, listAt, textAt, textOf } from '../columns.ts';
import type { Column } from '../definition.ts';

/** The property that names the ClusterSet of a cluster (KEP-2149). */
const SET_PROPERTY = 'clusterset.k8s.io';
/** Of the servers that one cell of a table shows. */
const SERVER_CELL_CHARACTERS_MAX = 60;

export const columns: readonly Column[] = [
  NAME_COLUMN,
  {
    name: 'Healthy',
    type: 'string',
    format: '',
    description: 'Whether the control plane of the cluster is healthy; Unknown while it cannot be asked.',
    priority: 0,
    cell: (object) => conditionAt(object, 'ControlPlaneHealthy').status ?? null,
  },
  {
    name: 'Joined',
    type: 'string',
    format: '',
    description: 'Whether the cluster that was registered answers.',
    priority: 0,
    cell: (object) => conditionAt(object, 'Joined').status ?? null,
  },
  {
    name: 'Version',
    type: 'string',
    format: '',
    description: 'Kubernetes version of the cluster.',
    priority: 0,
    cell: (object) => textAt(object, 'status', 'version', 'kubernetes') ?? null,
  },
  {
    name: 'Set',
    type: 'string',
    format: '',
    description: 'The ClusterSet that the cluster says it belongs to.',
    priority: 0,
    cell: (object) => propertyValue(object, SET_PROPERTY) ?? null,
  },
  AGE_COLUMN,
  {
    name: 'Server',
    type: 'string',
    format: '',
    description: 'Where the cluster is reached: the servers of its access providers.',
    priority: 1,
    cell: serverCell,
  },
  {
    name: 'Properties',
    type: 'integer',
    format: '',
    description: 'How many properties are shown.',
    priority: 1,
    cell: (object) => listAt(object, 'status', 'properties').length,
  },
  {
    name: 'Reason',
    type: 'string',
    format: '',
    description: 'Why the cluster is not healthy; empty if it is.',
    priority: 1,
    cell: unhealthyReason,
  },
];

function propertyValue(object: KubeObject, name: string): string | undefined {
  const found = listAt(object, 'status', 'properties').find((item) => isJsonObject(item) && item['name'] === name);
  return isJsonObject(found) ? textOf(found['value']) : undefined;
}

function serverCell(object: KubeObject): string | null {
  const servers = listAt(object, 'status', 'accessProviders').flatMap((provider) => {
    const cluster = isJsonObject(provider) ? provider['cluster'] : undefined;
    return isJsonObject(cluster) ? (textOf(cluster['server']) ?? []) : [];
  });
  const distinct = [...new Set(servers)];
  return distinct.length === 0 ? null : joinBounded(distinct, SERVER_CELL_CHARACTERS_MAX);
}

function unhealthyReason(object: KubeObject): string {
  const { status, reason } = conditionAt(object, 'ControlPlaneHealthy');
  return status === 'True' ? '' : (reason ?? '');
}
