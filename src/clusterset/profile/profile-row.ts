import { type ClusterId, parseClusterId } from '../../kube/cluster-id.ts';
import { isJsonObject, type JsonObject, type KubeObject, textAt } from '../../kube/object.ts';
import { MEMBER_ID_LABEL } from '../../kube/domain.ts';
import { HEALTHY_CONDITION, JOINED_CONDITION, PROPERTIES_CONDITION } from './profile-verdicts.ts';

/** What a profile tells of its member. */
export interface ProfileRow {
  readonly cluster: ClusterId;
  /** '' without one. */
  readonly memberId: string;
  /** `none`: it is no member (any more). `unread`: whoever made the profile has not read all of it yet. */
  readonly membership: 'member' | 'unread' | 'none';
  /** Whoever made the profile cannot reach the member; undefined while it can. */
  readonly lost: { readonly lastContactMs: number | undefined } | undefined;
  /** Of two profiles of a member the one with the higher revision is the newer one. */
  readonly revision: number;
}

/** As JoinedState, and being deleted. */
const NO_MEMBER: ReadonlySet<string> = new Set(['DuplicateMember', 'IsHub', 'Leaving']);

/** A member whose health is not known for one of these may be reached all the same. */
const NOT_LOST: ReadonlySet<string> = new Set(['ProbeForbidden', 'ProbeThrottled']);

/** Reads a profile of ours, the inverse of `profileObject`; undefined for another one. */
export function readProfileRow({ metadata, status }: KubeObject): ProfileRow | undefined {
  const cluster = parseClusterId(metadata.name);
  const joined = conditionIn(status, JOINED_CONDITION);
  if (!cluster.ok || joined === undefined) return undefined;
  const reason = textAt(joined, 'reason') ?? '';
  const isRead = reason !== 'Pending' && conditionIn(status, PROPERTIES_CONDITION) !== undefined;
  return {
    cluster: cluster.value,
    memberId: metadata.labels?.[MEMBER_ID_LABEL] ?? '',
    membership: NO_MEMBER.has(reason) ? 'none' : isRead ? 'member' : 'unread',
    lost: lostIn(status),
    revision: Number(metadata.resourceVersion ?? 0),
  };
}

/** The object without what `readProfileRow` does not read: values of properties and certificates are large. */
export function cutProfileRow(profile: KubeObject): KubeObject {
  const { apiVersion, kind, metadata, status } = profile;
  const properties = itemsIn(status, 'properties').flatMap(({ lastObservedTime }): JsonObject[] =>
    lastObservedTime === undefined ? [] : [{ lastObservedTime }],
  );
  return {
    ...{ apiVersion, kind, metadata: { ...metadata, annotations: {} } },
    status: { conditions: itemsIn(status, 'conditions'), properties },
  };
}

function lostIn(status: unknown): ProfileRow['lost'] {
  const health = conditionIn(status, HEALTHY_CONDITION);
  if (health?.['status'] !== 'Unknown' || NOT_LOST.has(textAt(health, 'reason') ?? '')) return undefined;
  if (health['reason'] === 'NeverContacted') return { lastContactMs: undefined };
  const sinceMs = timeMs(health['lastTransitionTime']);
  // Properties are told with the contact that confirmed them last, the condition with the time at which it was noticed.
  const contactsMs = itemsIn(status, 'properties').map((property) => timeMs(property['lastObservedTime']));
  const before = contactsMs.filter((atMs) => atMs !== undefined && sinceMs !== undefined && atMs <= sinceMs);
  return { lastContactMs: before.reduce(later, undefined) ?? sinceMs };
}

function later(a: number | undefined, b: number | undefined): number | undefined {
  return a === undefined || b === undefined ? (a ?? b) : Math.max(a, b);
}

function timeMs(value: unknown): number | undefined {
  const atMs = typeof value === 'string' ? Date.parse(value) : NaN;
  return Number.isNaN(atMs) ? undefined : atMs;
}

function conditionIn(status: unknown, type: string): JsonObject | undefined {
  return itemsIn(status, 'conditions').find((condition) => condition['type'] === type);
}

function itemsIn(status: unknown, field: string): readonly JsonObject[] {
  const items: unknown = isJsonObject(status) ? status[field] : undefined;
  return Array.isArray(items) ? items.filter(isJsonObject) : [];
}
