import type { ClusterId } from '../kube/cluster-id.ts';
import { CLUSTER_LABEL, CLUSTERSET_LABEL, OWNER_REFERENCES_ANNOTATION, SERVICE_ANNOTATION } from '../kube/domain.ts';
import { stringifyJson } from '../kube/json.ts';
import type { ObjectChange } from '../kube/object-change.ts';
import { isJsonObject, type JsonObject, type KubeObject, type ObjectMeta } from '../kube/object.ts';
import { isLabelValue } from './label-syntax.ts';

type StringMap = Readonly<Record<string, string>>;

/** The keys under which the rows of one projected kind tell the name of the member's object. */
export interface ProjectedKeys {
  readonly nameLabel: string;
  readonly nameAnnotation: string;
}

/** A garbage collector on the hub would act on these as if the row were its own. */
const GARBAGE_COLLECTOR_FINALIZERS: ReadonlySet<string> = new Set(['foregroundDeletion', 'orphan']);

export function isOwnLabel(key: string, keys: ProjectedKeys): boolean {
  return key === CLUSTER_LABEL || key === CLUSTERSET_LABEL || key === keys.nameLabel;
}

export function isOwnAnnotation(key: string, keys: ProjectedKeys): boolean {
  return isObservedAnnotation(key) || key === OWNER_REFERENCES_ANNOTATION || key === keys.nameAnnotation;
}

/**
 * What a row tells of other objects than its own, like a status: it changes while nobody writes the row, so a client may
 * bring back what it read before.
 */
export function isObservedAnnotation(key: string): boolean {
  return key === SERVICE_ANNOTATION;
}

/** True for finalizers that are neither shown nor taken from a client. */
export function isHiddenFinalizer(finalizer: string): boolean {
  return GARBAGE_COLLECTOR_FINALIZERS.has(finalizer);
}

/** What a row says beside what the member's object says. */
export interface RowIdentity {
  readonly cluster: ClusterId;
  readonly rowName: string;
  readonly uid: string;
  /** The set that the member belongs to. */
  readonly clusterSet: string | undefined;
  /** From `showService`. */
  readonly service?: string | undefined;
}

/**
 * Metadata of the hub's row for a member's object. Everything passes but the name, the uid, ownerReferences (their
 * owners are unknown on the hub, so a garbage collector would delete the row), the garbage collector's finalizers, and
 * what the member has under our own keys.
 */
export function projectMetadata(origin: ObjectMeta, identity: RowIdentity, keys: ProjectedKeys): ObjectMeta {
  // eslint-disable-next-line @typescript-eslint/no-unused-vars -- taken out only to leave the rest
  const { resourceVersion, ownerReferences, finalizers, labels, annotations, ...rest } = origin;
  const { cluster, clusterSet } = identity;
  const shownFinalizers = visibleFinalizers(finalizers);
  return {
    ...rest,
    name: identity.rowName,
    uid: identity.uid,
    labels: {
      ...without(labels, (key) => isOwnLabel(key, keys)),
      [CLUSTER_LABEL]: cluster,
      // A label value ends at 63 characters; longer names are found by the annotation alone.
      ...(isLabelValue(rest.name) ? { [keys.nameLabel]: rest.name } : {}),
      ...(clusterSet !== undefined && clusterSet !== '' && isLabelValue(clusterSet)
        ? { [CLUSTERSET_LABEL]: clusterSet }
        : {}),
    },
    annotations: {
      ...without(annotations, (key) => isOwnAnnotation(key, keys)),
      [keys.nameAnnotation]: rest.name,
      ...(identity.service === undefined ? {} : { [SERVICE_ANNOTATION]: identity.service }),
      ...(hasItems(ownerReferences) ? { [OWNER_REFERENCES_ANNOTATION]: stringifyJson(ownerReferences) } : {}),
    },
    ...(shownFinalizers.length === 0 ? {} : { finalizers: shownFinalizers }),
  };
}

export function visibleFinalizers(finalizers: unknown): readonly string[] {
  if (!Array.isArray(finalizers)) return [];
  return finalizers.filter(
    (finalizer): finalizer is string => typeof finalizer === 'string' && !isHiddenFinalizer(finalizer),
  );
}

/** The string entries of a map but for some keys; mostly that is the whole map. */
export function without(map: unknown, isLeftOut: (key: string) => boolean): StringMap {
  if (map === undefined || !isJsonObject(map)) return {};
  if (isStringMap(map) && !Object.keys(map).some(isLeftOut)) return map;
  const entries = Object.entries(map).filter(
    (entry): entry is [string, string] => typeof entry[1] === 'string' && !isLeftOut(entry[0]),
  );
  return Object.fromEntries(entries);
}

function isStringMap(map: JsonObject): map is StringMap {
  return Object.values(map).every((value) => typeof value === 'string');
}

function hasItems(value: unknown): boolean {
  return Array.isArray(value) && value.length > 0;
}

/** Names the state of the member's object that a row shows, and gives it. */
export function originOf(cluster: ClusterId, object: KubeObject): Required<Pick<ObjectChange, 'origin' | 'shows'>> {
  const { uid = '', resourceVersion = '' } = object.metadata;
  return { origin: `${uid} ${resourceVersion}`, shows: { cluster, object } };
}
