import type { ClusterId } from '../kube/cluster-id.ts';
import type { Condition } from '../kube/condition.ts';
import {
  CLUSTER_LABEL,
  CLUSTERSET_LABEL,
  EXPORT_LABEL,
  EXPORT_NAME_ANNOTATION,
  OWNER_REFERENCES_ANNOTATION,
  REPORTED_CONDITION_PREFIX,
} from '../kube/domain.ts';
import { stringifyJson } from '../kube/json.ts';
import { isJsonObject, type JsonObject, type JsonValue, type KubeObject, type ObjectMeta } from '../kube/object.ts';
import {
  type ConditionHistory,
  type ConditionVerdict,
  type ConflictVerdict,
  toCondition,
} from './condition-verdict.ts';
import { isLabelValue } from './label-syntax.ts';
import { exportRowName } from './row-name.ts';
import type { Derived } from './service-import.ts';
import type { Validity } from './validity.ts';

const UNREPORTED_MESSAGE = 'No controller of this cluster reports whether the export is ready.';

/** A garbage collector on the hub would act on these as if the row were its own. */
const GARBAGE_COLLECTOR_FINALIZERS: ReadonlySet<string> = new Set(['foregroundDeletion', 'orphan']);

const OWN_LABELS: ReadonlySet<string> = new Set([CLUSTER_LABEL, EXPORT_LABEL, CLUSTERSET_LABEL]);
const OWN_ANNOTATIONS: ReadonlySet<string> = new Set([EXPORT_NAME_ANNOTATION, OWNER_REFERENCES_ANNOTATION]);

export interface ServiceExportInput {
  readonly cluster: ClusterId;
  /** The member's object, whole. */
  readonly serviceExport: KubeObject;
  /** From `exportRowUid`. */
  readonly uid: string;
  /** The set that the member belongs to. */
  readonly clusterSet: string | undefined;
  readonly validity: Validity;
  /** Undefined while the export is not valid: a stale verdict is worse than none. */
  readonly conflict: ConflictVerdict | undefined;
}

/**
 * The hub's row for a member's ServiceExport. Everything passes but: the name, the uid, ownerReferences (their owners
 * are unknown on the hub, so a garbage collector would delete the row), the garbage collector's finalizers, what the
 * member has under our own keys, and the conditions that we compute.
 */
export function projectServiceExport(input: ServiceExportInput, history: ConditionHistory): Derived {
  const { serviceExport, validity, conflict } = input;
  const generation: unknown = serviceExport.metadata.generation;
  const observedGeneration = typeof generation === 'number' ? generation : undefined;
  const status: JsonObject = isJsonObject(serviceExport.status) ? serviceExport.status : {};
  const reported = readReported(status['conditions']);
  const verdicts: readonly ConditionVerdict[] = [
    { type: 'Valid', ...validity, observedGeneration },
    ...(reported.has('Ready') ? [] : [unreportedReady(observedGeneration)]),
    ...(conflict === undefined ? [] : [{ type: 'Conflict', ...conflict, observedGeneration }]),
  ];
  const conditions = verdicts.map((verdict) => toCondition(verdict, history));
  return {
    object: {
      ...serviceExport,
      metadata: rowMetadata(input),
      status: { ...status, conditions: mergeConditions(conditions, reported) },
    },
    conditions,
  };
}

function unreportedReady(observedGeneration: number | undefined): ConditionVerdict {
  return { type: 'Ready', status: 'Unknown', reason: 'Pending', message: UNREPORTED_MESSAGE, observedGeneration };
}

/** The member's conditions by type; malformed items, repeated types and what looks like our own output are left out. */
function readReported(value: unknown): ReadonlyMap<string, JsonObject> {
  const reported = new Map<string, JsonObject>();
  if (!Array.isArray(value)) return reported;
  for (const item of value) {
    if (!isJsonObject(item)) continue;
    const type = item['type'];
    const isUsable = typeof type === 'string' && typeof item['status'] === 'string';
    if (isUsable && !reported.has(type) && !type.startsWith(REPORTED_CONDITION_PREFIX)) reported.set(type, item);
  }
  return reported;
}

/** Ours first; a member's condition of the same type stays visible under another type where its status differs. */
function mergeConditions(own: readonly Condition[], reported: ReadonlyMap<string, JsonObject>): readonly JsonValue[] {
  const merged: JsonObject[] = own.map((condition) => ({ ...condition }));
  const statuses = new Map(own.map(({ type, status }) => [type, status]));
  for (const [type, condition] of reported) {
    if (type !== 'Valid' && type !== 'Conflict') merged.push(condition);
    else if (condition['status'] !== statuses.get(type)) {
      merged.push({ ...condition, type: `${REPORTED_CONDITION_PREFIX}${type}` });
    }
  }
  return merged;
}

function rowMetadata({ cluster, serviceExport, uid, clusterSet }: ServiceExportInput): ObjectMeta {
  // eslint-disable-next-line @typescript-eslint/no-unused-vars -- taken out only to leave the rest
  const { resourceVersion, ownerReferences, finalizers, labels, annotations, ...rest } = serviceExport.metadata;
  const kept = keepFinalizers(finalizers);
  return {
    ...rest,
    name: exportRowName(cluster, rest.name),
    uid,
    labels: {
      ...without(labels, OWN_LABELS),
      [CLUSTER_LABEL]: cluster,
      // A label value ends at 63 characters; longer names are found by the annotation alone.
      ...(isLabelValue(rest.name) ? { [EXPORT_LABEL]: rest.name } : {}),
      ...(clusterSet !== undefined && clusterSet !== '' && isLabelValue(clusterSet)
        ? { [CLUSTERSET_LABEL]: clusterSet }
        : {}),
    },
    annotations: {
      ...without(annotations, OWN_ANNOTATIONS),
      [EXPORT_NAME_ANNOTATION]: rest.name,
      ...(hasItems(ownerReferences) ? { [OWNER_REFERENCES_ANNOTATION]: stringifyJson(ownerReferences) } : {}),
    },
    ...(kept.length === 0 ? {} : { finalizers: kept }),
  };
}

function keepFinalizers(finalizers: unknown): readonly string[] {
  if (!Array.isArray(finalizers)) return [];
  return finalizers.filter(
    (finalizer): finalizer is string => typeof finalizer === 'string' && !GARBAGE_COLLECTOR_FINALIZERS.has(finalizer),
  );
}

/** The string entries of a map but for some keys; mostly that is the whole map. */
function without(map: unknown, keys: ReadonlySet<string>): Readonly<Record<string, string>> {
  if (map === undefined || !isJsonObject(map)) return {};
  if (isStringMap(map) && !Object.keys(map).some((key) => keys.has(key))) return map;
  const entries = Object.entries(map).filter(
    (entry): entry is [string, string] => typeof entry[1] === 'string' && !keys.has(entry[0]),
  );
  return Object.fromEntries(entries);
}

function isStringMap(map: JsonObject): map is Readonly<Record<string, string>> {
  return Object.values(map).every((value) => typeof value === 'string');
}

function hasItems(value: unknown): boolean {
  return Array.isArray(value) && value.length > 0;
}
