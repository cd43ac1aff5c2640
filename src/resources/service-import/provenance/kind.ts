import { DOMAIN } from '../../../kube/domain.ts';
import type { Subresource, SubresourceKind } from '../../definition.ts';
import { columns, rows } from './columns.ts';
import { EXPORTS } from './export-schema.ts';
import { count, list, omitted, record, text } from './field-schemas.ts';
import { DROPPED_METADATA, DROPPED_PORTS, IF_WINNER_LEFT, IP_FAMILIES, PORTS, VALUES, WINNER } from './merge-schema.ts';

/** Why a ServiceImport is as it is: computed from the members when it is asked for. */
export const SERVICE_IMPORT_PROVENANCE: SubresourceKind = {
  group: DOMAIN,
  version: 'v1alpha1',
  kind: 'ServiceImportProvenance',
  schema: record(
    'ServiceImportProvenance says why a ServiceImport is as it is, or why there is none although the name is exported.',
    ['exports', 'exportsCounted', 'exportsTotal'],
    {
      clusterSet: text('The ClusterSet that is served. Absent when every member counts.'),
      conflicts: list('The reasons of the Conflict condition.', text('What the exports disagree about.')),
      droppedMetadata: DROPPED_METADATA,
      droppedMetadataOmitted: omitted('entries'),
      droppedPorts: DROPPED_PORTS,
      droppedPortsOmitted: omitted('ports'),
      exports: EXPORTS,
      exportsCounted: count('How many exports count. There is a ServiceImport if this is not 0.'),
      exportsOmitted: omitted('exports'),
      exportsTotal: count('How many clusters export the name.'),
      ifWinnerLeft: IF_WINNER_LEFT,
      ipFamilies: IP_FAMILIES,
      ports: PORTS,
      portsOmitted: omitted('ports'),
      values: VALUES,
      winner: WINNER,
    },
  ),
  columns,
  rows,
  isQuestion: false,
};

export const PROVENANCE: Subresource = { name: 'provenance', verbs: ['get'], answer: SERVICE_IMPORT_PROVENANCE };
