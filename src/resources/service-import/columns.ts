import { CONFLICT_CONDITION } from '../../kube/domain.ts';
import { stringifyJson } from '../../kube/json.ts';
import type { KubeObject } from '../../kube/object.ts';
import { isJsonObject } from '../../kube/object.ts';
import { AGE_COLUMN, NAME_COLUMN, conflictCell, joinBounded, listAt, textAt, textOf, valueAt } from '../columns.ts';
import type { Column } from '../definition.ts';

const CLUSTERS_CELL_CHARACTERS_MAX = 40;
const PORTS_CELL_CHARACTERS_MAX = 60;

export const columns: readonly Column[] = [
  NAME_COLUMN,
  {
    name: 'Type',
    type: 'string',
    format: '',
    description: 'ClusterSetIP or Headless.',
    priority: 0,
    cell: (object) => textAt(object, 'spec', 'type') ?? null,
    jsonPath: '.spec.type',
  },
  {
    name: 'IP',
    type: 'string',
    format: '',
    description: 'The clusterset IPs as a JSON list; each importing cluster has its own.',
    priority: 0,
    cell: ipsCell,
    jsonPath: '.spec.ips',
  },
  {
    name: 'Clusters',
    type: 'string',
    format: '',
    description: 'The exporting clusters, the oldest export first.',
    priority: 0,
    cell: (object) => joinBounded(exportingClusters(object), CLUSTERS_CELL_CHARACTERS_MAX),
  },
  {
    name: 'Conflict',
    type: 'string',
    format: '',
    description: 'Which properties differ between the exporting clusters; empty if none does.',
    priority: 0,
    cell: (object) => conflictCell(object, CONFLICT_CONDITION),
  },
  AGE_COLUMN,
  {
    name: 'Ports',
    type: 'string',
    format: '',
    description: 'The merged ports as name:number/protocol.',
    priority: 1,
    cell: (object) => joinBounded(listAt(object, 'spec', 'ports').map(portText), PORTS_CELL_CHARACTERS_MAX),
  },
  {
    name: 'Winner',
    type: 'string',
    format: '',
    description: 'The cluster with the oldest export; its values are in force where clusters differ.',
    priority: 1,
    cell: (object) => exportingClusters(object)[0] ?? null,
  },
];

/** As the upstream column prints a list found by its JSON path. */
function ipsCell(object: KubeObject): string | null {
  const ips = valueAt(object, 'spec', 'ips');
  return ips === undefined || ips === null ? null : stringifyJson(ips);
}

function exportingClusters(object: KubeObject): readonly string[] {
  return listAt(object, 'status', 'clusters').flatMap((item) => {
    const cluster = isJsonObject(item) ? textOf(item['cluster']) : undefined;
    return cluster === undefined ? [] : [cluster];
  });
}

function portText(port: unknown): string {
  if (!isJsonObject(port)) return '?';
  const name = textOf(port['name']) ?? '';
  const number = typeof port['port'] === 'number' ? String(port['port']) : '?';
  return `${name === '' ? '' : `${name}:`}${number}/${textOf(port['protocol']) ?? 'TCP'}`;
}
