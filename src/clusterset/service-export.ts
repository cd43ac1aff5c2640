import type { ClusterId } from '../kube/cluster-id.ts';
import type { Condition } from '../kube/condition.ts';
import { EXPORT_LABEL, EXPORT_NAME_ANNOTATION, REPORTED_CONDITION_PREFIX } from '../kube/domain.ts';
import { isJsonObject, type JsonObject, type JsonValue, type KubeObject } from '../kube/object.ts';
import {
  type ConditionHistory,
  type ConditionVerdict,
  type ConflictVerdict,
  toCondition,
} from './condition-verdict.ts';
import { type ProjectedKeys, projectMetadata, type RowIdentity } from './projected-metadata.ts';
import { rowNameOf } from './row-name.ts';
import type { Derived } from './service-import.ts';
import type { Validity } from './validity.ts';

const UNREPORTED_MESSAGE = 'No controller of this cluster reports whether the export is ready.';

/** Where rows of ServiceExports tell the name that the export has in its member. */
export const SERVICE_EXPORT_KEYS: ProjectedKeys = {
  nameLabel: EXPORT_LABEL,
  nameAnnotation: EXPORT_NAME_ANNOTATION,
};

export interface ServiceExportInput {
  readonly cluster: ClusterId;
  /** The member's object, whole. */
  readonly serviceExport: KubeObject;
  /** From `rowUid`. */
  readonly uid: string;
  /** The set that the member belongs to. */
  readonly clusterSet: string | undefined;
  readonly validity: Validity;
  /** From `showService`. */
  readonly service: string | undefined;
  /** Undefined while the export is not valid: a stale verdict is worse than none. */
  readonly conflict: ConflictVerdict | undefined;
}

/** The hub's row for a member's ServiceExport: the whole object, but for its metadata and the conditions that we compute. */
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
      metadata: projectMetadata(serviceExport.metadata, rowIdentity(input), SERVICE_EXPORT_KEYS),
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

function rowIdentity({ cluster, serviceExport, uid, clusterSet, service }: ServiceExportInput): RowIdentity {
  return { cluster, rowName: rowNameOf(cluster, serviceExport.metadata.name), uid, clusterSet, service };
}
