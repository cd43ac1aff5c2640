import { isJsonObject, type JsonObject, type JsonValue } from '../kube/object.ts';
import { parseTimeSeconds } from '../kube/time.ts';
import type { Transition } from './condition-verdict.ts';

/** The resources that the view makes. */
export const VIEW_RESOURCES = ['serviceimports', 'serviceexports'] as const;

export type ViewResource = (typeof VIEW_RESOURCES)[number];

/** What must outlive a restart of one object, so that its conditions do not look as if they had just changed. */
export interface TransitionRecord {
  /** Of the object as shown; a record of another object of this name is worthless. */
  readonly uid: string;
  readonly transitions: readonly Transition[];
}

export type TransitionRecords = Readonly<Record<ViewResource, ReadonlyMap<string, TransitionRecord>>>;

/** One record and the object that it is about, by `keyString`. */
export interface AddressedRecord {
  readonly resource: ViewResource;
  readonly key: string;
  readonly record: TransitionRecord;
}

const FORMAT_VERSION = 1;

/** So many are encoded at once: all of them would hold up everything else for half a second. */
const RECORDS_PER_DOCUMENT_MAX = 200;

/**
 * Documents that are made one after another as they are asked for, each with a part of the records:
 * `{formatVersion, <resource>: {<namespace>/<name>: {uid, conditions: {<type>: [status, lastTransitionTime]}}}}`.
 */
export function* encodeTransitions(records: Iterable<AddressedRecord>): Iterable<JsonObject> {
  let part: AddressedRecord[] = [];
  for (const record of records) {
    part.push(record);
    if (part.length < RECORDS_PER_DOCUMENT_MAX) continue;
    yield encodePart(part);
    part = [];
  }
  if (part.length > 0) yield encodePart(part);
}

function encodePart(part: readonly AddressedRecord[]): JsonObject {
  const recordsOf = (wanted: ViewResource): JsonObject =>
    mapToObject(
      part.filter(({ resource }) => resource === wanted).map(({ key, record }) => [key, encodeRecord(record)]),
    );
  return {
    formatVersion: FORMAT_VERSION,
    serviceimports: recordsOf('serviceimports'),
    serviceexports: recordsOf('serviceexports'),
  };
}

function encodeRecord({ uid, transitions }: TransitionRecord): JsonObject {
  const conditions = mapToObject(
    transitions.map(({ type, status, lastTransitionTime }) => [type, [status, lastTransitionTime]]),
  );
  return { uid, conditions };
}

function mapToObject(entries: readonly (readonly [string, JsonValue])[]): JsonObject {
  return Object.fromEntries<JsonValue>(entries);
}

/** Reads one document that `encodeTransitions` made. Anything else is no error: what cannot be read is left out. */
export function decodeTransitions(value: unknown): TransitionRecords {
  const records = {
    serviceimports: new Map<string, TransitionRecord>(),
    serviceexports: new Map<string, TransitionRecord>(),
  };
  if (!isJsonObject(value) || value['formatVersion'] !== FORMAT_VERSION) return records;
  for (const resource of VIEW_RESOURCES) {
    const entries: unknown = value[resource];
    if (!isJsonObject(entries)) continue;
    for (const [key, entry] of Object.entries(entries)) {
      const record = decodeRecord(entry);
      if (record !== undefined) records[resource].set(key, record);
    }
  }
  return records;
}

function decodeRecord(value: unknown): TransitionRecord | undefined {
  if (!isJsonObject(value) || typeof value['uid'] !== 'string' || !isJsonObject(value['conditions'])) return undefined;
  const transitions = Object.entries(value['conditions']).map(([type, entry]) => decodeTransition(type, entry));
  return { uid: value['uid'], transitions: transitions.filter((transition) => transition !== undefined) };
}

function decodeTransition(type: string, value: unknown): Transition | undefined {
  const [status, lastTransitionTime] = listOf(value);
  if (status !== 'True' && status !== 'False' && status !== 'Unknown') return undefined;
  if (typeof lastTransitionTime !== 'string' || parseTimeSeconds(lastTransitionTime) === undefined) return undefined;
  return { type, status, lastTransitionTime };
}

function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}
