import type { ClusterSetView, NewRow, ProjectedKeys, ShownObject } from '../../clusterset/index.ts';
import {
  CLUSTER_PROPERTY_KEYS,
  parseRowName,
  SERVICE_EXPORT_KEYS,
  unprojectAppliedMetadata,
  unprojectMetadata,
  unprojectNewMetadata,
} from '../../clusterset/index.ts';
import { isJsonObject } from '../../kube/object.ts';
import type { JsonObject, KubeObject, ObjectKey } from '../../kube/object.ts';
import type { Outcome } from '../../kube/outcome.ts';
import { succeeded } from '../../kube/outcome.ts';
import type { ProjectedKind, ShownRow } from '../../members/write/index.ts';
import type { ResourceDefinition } from '../../resources/definition.ts';
import { withGroup } from '../../resources/index.ts';
import { RESOURCE_SOURCES } from '../../members/index.ts';
import type { StoreReader } from '../../store/types.ts';

export interface ProjectedKindDeps {
  readonly view: Pick<ClusterSetView, 'rowAt' | 'previewRow' | 'couldHold' | 'properties'>;
  readonly store: Pick<StoreReader, 'get'>;
  /** Epoch milliseconds. */
  readonly clock: () => number;
}

/** What differs between the kinds that are written through their rows. */
interface RowSource {
  readonly resource: 'serviceexports' | 'clusterproperties';
  readonly keys: ProjectedKeys;
  readonly rowAt: (key: ObjectKey) => ShownObject | undefined;
  readonly previewRow: ProjectedKind['previewRow'];
}

/** How the rows of a kind are written through; undefined for a kind that has no rows. */
export function projectedKind(definition: ResourceDefinition, deps: ProjectedKindDeps): ProjectedKind | undefined {
  const { view, clock } = deps;
  switch (definition.resource) {
    case 'serviceexports':
      return kindOf(definition, deps, {
        resource: 'serviceexports',
        keys: SERVICE_EXPORT_KEYS,
        rowAt: view.rowAt,
        previewRow: (cluster, object) => view.previewRow(cluster, object, clock()),
      });
    case 'clusterproperties':
      return kindOf(definition, deps, {
        resource: 'clusterproperties',
        keys: CLUSTER_PROPERTY_KEYS,
        rowAt: view.properties.rowAt,
        previewRow: view.properties.preview,
      });
    default:
      return undefined;
  }
}

function kindOf(definition: ResourceDefinition, deps: ProjectedKindDeps, source: RowSource): ProjectedKind {
  const { resource, keys } = source;
  const { group, kind } = RESOURCE_SOURCES[resource];
  return {
    ...{ resource, group, kind, parseRowName },
    row: (key) => findRow(deps.store, source, key),
    couldHold: (key) => deps.view.couldHold(resource, key),
    previewRow: source.previewRow,
    unproject: (wanted, { row, origin }) =>
      withMetadata(
        withStatusOf(wanted, origin),
        unprojectMetadata(wanted.metadata, { shown: row.metadata, origin: origin.metadata }, keys),
      ),
    unprojectNew: (row, address) => withMetadata(withoutStatus(row), unprojectNewMetadata(row.metadata, address, keys)),
    unprojectApplied: (applied, address) => unprojectApplied(applied, address, keys),
    inVersion: (object, version) => withGroup(convert(definition, object, version), group),
    toStorage: (object) => convert(definition, object, definition.storageVersion),
  };
}

/** The store and the view are asked in one turn, so that both tell of the same state. */
function findRow(
  store: ProjectedKindDeps['store'],
  { resource, rowAt }: RowSource,
  key: ObjectKey,
): ShownRow | undefined {
  const shown = rowAt(key);
  const stored = store.get(resource, key);
  if (shown === undefined || stored?.origin === undefined) return undefined;
  const { cluster, origin } = shown;
  return { cluster, row: stored.object, revision: stored.revision, originSince: stored.origin.since, origin };
}

/** The status of a row is ours in part; a member whose resource has no status of its own would take it all. */
function withStatusOf(object: KubeObject, origin: KubeObject): KubeObject {
  const rest = withoutStatus(object);
  return origin.status === undefined ? rest : { ...rest, status: origin.status };
}

function withMetadata<E>(object: KubeObject, metadata: Outcome<KubeObject['metadata'], E>): Outcome<KubeObject, E> {
  return metadata.ok ? succeeded({ ...object, metadata: metadata.value }) : metadata;
}

function withoutStatus(object: KubeObject): KubeObject {
  const { apiVersion, kind, metadata } = object;
  const rest = Object.entries(object).filter(([field]) => field !== 'status');
  return { ...Object.fromEntries(rest), apiVersion, kind, metadata };
}

function unprojectApplied(
  applied: JsonObject,
  address: NewRow,
  keys: ProjectedKeys,
): ReturnType<ProjectedKind['unprojectApplied']> {
  const metadata = unprojectAppliedMetadata(
    isJsonObject(applied['metadata']) ? applied['metadata'] : {},
    address,
    keys,
  );
  if (!metadata.ok) return metadata;
  const rest = Object.entries(applied).filter(([field]) => field !== 'status');
  return succeeded({ ...Object.fromEntries(rest), metadata: metadata.value });
}

function convert(definition: ResourceDefinition, object: KubeObject, to: string): KubeObject {
  const from = object.apiVersion.slice(object.apiVersion.indexOf('/') + 1);
  const storage = versionNamed(definition, from)?.toStorage(object) ?? object;
  return versionNamed(definition, to)?.fromStorage(storage) ?? storage;
}

function versionNamed(
  { versions }: ResourceDefinition,
  name: string,
): ResourceDefinition['versions'][number] | undefined {
  return versions.find((version) => version.name === name);
}
