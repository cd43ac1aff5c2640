import { type FieldCause, fieldForbidden, fieldInvalid } from '../../kube/api-errors.ts';
import { deepEqual } from '../../kube/deep-equal.ts';
import { isJsonList, isJsonObject, type JsonObject, type JsonValue, textAt } from '../../kube/object.ts';
import { failed, type Outcome, succeeded } from '../../kube/outcome.ts';
import { type ProfileChange, readOverlayMetadata } from './overlay-metadata.ts';
import type { ProfileOverlay, ProfileRecord } from './profile-record.ts';
import { mirroredProviders, type ShownProperty } from './shown-state.ts';

/** Said wherever a client changes what this server computes. */
export const OWNED = 'is set by clusterset-apiserver and cannot be changed here';

/**
 * What a write of the object itself makes of a record: other writers have labels, annotations, finalizers, owners and the
 * display name. Its status is left out, as in every kind with a status of its own. The very same record if nothing is
 * different.
 */
export function changeObject(change: ProfileChange): Outcome<ProfileRecord, readonly FieldCause[]> {
  const { record, wanted } = change;
  const metadata = readOverlayMetadata(change);
  const causes = [...(metadata.ok ? [] : metadata.error), ...specFaults(change)];
  if (!metadata.ok || causes.length > 0) return failed(causes);
  const displayName = textAt(wanted.spec, 'displayName');
  const isRenamed = displayName !== record.displayName;
  const generation = isRenamed ? record.generation + 1 : record.generation;
  return succeeded(
    unlessSame(record, { ...record, displayName, generation, overlay: { ...record.overlay, ...metadata.value } }),
  );
}

/** What a write of the status makes of a record. Every entry that this server set must be there as it is. */
export function changeStatus({ record, shown, wanted }: ProfileChange): Outcome<ProfileRecord, readonly FieldCause[]> {
  const [status, before] = [fieldsOf(wanted.status), fieldsOf(shown.status)];
  const causes: FieldCause[] = [];
  const list = (
    name: ListName,
    key: 'type' | 'name',
    ours: readonly (JsonValue | undefined)[],
  ): readonly JsonObject[] => {
    const split = splitList({ wanted: status[name], shown: before[name], ours: new Set(ours) }, `status.${name}`, key);
    causes.push(...split.causes);
    // Entries that are hidden behind one of ours come back when ours goes.
    const hidden = record.overlay[name].filter((item) => ours.includes(item[key]));
    return [...split.theirs, ...hidden];
  };
  const { conditions, properties, accessProviders } = record.shown;
  const typesOf = conditions.map(({ type }) => type);
  const namesOf = (items: readonly (JsonObject | ShownProperty)[]): readonly (JsonValue | undefined)[] =>
    items.map(({ name }) => name);
  const overlay: ProfileOverlay = {
    ...record.overlay,
    // A Go client without conditions sends null, which claims nothing about ours.
    conditions: status['conditions'] === null ? [] : list('conditions', 'type', typesOf),
    properties: list('properties', 'name', namesOf(properties)),
    accessProviders: list('accessProviders', 'name', namesOf(accessProviders)),
    credentialProviders: list('credentialProviders', 'name', namesOf(mirroredProviders(record.shown))),
  };
  if (!deepEqual(status['version'] ?? null, before['version'] ?? null)) {
    causes.push(fieldForbidden('status.version', OWNED));
  }
  return causes.length > 0 ? failed(causes) : succeeded(unlessSame(record, { ...record, overlay }));
}

type ListName = 'conditions' | 'properties' | 'accessProviders' | 'credentialProviders';

function specFaults({ shown, wanted }: ProfileChange): readonly FieldCause[] {
  const { clusterManager } = fieldsOf(wanted.spec);
  if (deepEqual(clusterManager, fieldsOf(shown.spec)['clusterManager'])) return [];
  return [fieldInvalid('spec.clusterManager', clusterManager, 'is immutable')];
}

interface Lists {
  readonly wanted: JsonValue | undefined;
  readonly shown: JsonValue | undefined;
  /** Keys of our entries. */
  readonly ours: ReadonlySet<JsonValue | undefined>;
}

function splitList(
  { wanted, shown, ours }: Lists,
  field: string,
  key: string,
): { readonly theirs: readonly JsonObject[]; readonly causes: readonly FieldCause[] } {
  const items = objectsIn(wanted);
  const known = new Map(objectsIn(shown).map((item) => [item[key], item]));
  const causes = items.flatMap((item, index) => {
    if (!ours.has(item[key]) || deepEqual(item, known.get(item[key]))) return [];
    return [fieldForbidden(`${field}[${index}]`, OWNED)];
  });
  const present = new Set(items.map((item) => item[key]));
  const missing = [...ours].filter((name) => !present.has(name)).map(String);
  return {
    theirs: items.filter((item) => !ours.has(item[key])),
    causes: [...causes, ...missing.map((name) => fieldForbidden(`${field}[${name}]`, OWNED))],
  };
}

function objectsIn(list: JsonValue | undefined): readonly JsonObject[] {
  return isJsonList(list) ? list.filter(isJsonObject) : [];
}

function fieldsOf(value: JsonValue | undefined): JsonObject {
  return isJsonObject(value) ? value : {};
}

function unlessSame(before: ProfileRecord, after: ProfileRecord): ProfileRecord {
  return deepEqual(before, after) ? before : after;
}
