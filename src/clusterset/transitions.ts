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

/** More records than this are not taken back: their objects' conditions start anew. */
export const RESTORED_RECORDS_MAX = 250_000;

const FORMAT_VERSION = 1;

/** `{formatVersion, <resource>: {<namespace>/<name>: {uid, conditions: {<type>: [status, lastTransitionTime]}}}}`. */
export function encodeTransitions(records: TransitionRecords): JsonObject {
  return {
    formatVersion: FORMAT_VERSION,
    serviceimports: encodeRecords(records.serviceimports),
    serviceexports: encodeRecords(records.serviceexports),
  };
}

function encodeRecords(records: ReadonlyMap<string, TransitionRecord>): JsonObject {
  return mapToObject([...records].map(([key, record]) => [key, encodeRecord(record)]));
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

/** Reads what `encodeTransitions` made. Anything else is no error: what cannot be read is left out. */
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
      if (record !== undefined && records[resource].size < RESTORED_RECORDS_MAX) records[resource].set(key, record);
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
