import { type ClusterId, parseClusterId } from '../kube/cluster-id.ts';
import type { ObjectChange } from '../kube/object-change.ts';
import { keyString, type KubeObject, type ObjectKey, parseKeyString } from '../kube/object.ts';
import type { Transition } from './condition-verdict.ts';
import { type DerivedRow, type KeyObjects, NO_OBJECTS } from './key-derivation.ts';
import { originOf } from './projected-metadata.ts';
import { cutName, rowNameOf, isOverlong, parseRowName } from './row-name.ts';
import type { Derived } from './service-import.ts';
import {
  type AddressedRecord,
  type TransitionRecord,
  type TransitionRecords,
  VIEW_RESOURCES,
  type ViewResource,
} from './transitions.ts';

/** What the view has given out last, by exported name in `keyString` form. */
export interface Published {
  readonly at: (key: string) => KeyObjects;
  /** The row of this name, and what it was made from. */
  readonly rowAt: (key: ObjectKey) => DerivedRow | undefined;
  /** Remembers what a name shows now; gives the changes that lead there. */
  readonly replace: (key: string, next: KeyObjects) => readonly ObjectChange[];
  /** How the conditions of an object with this uid stood before our restart. */
  readonly restored: (address: Address, uid: string) => readonly Transition[];
  /** Each as it stands when it is asked for: what is shown may change while the records are taken. */
  readonly records: () => Iterable<AddressedRecord>;
  readonly restore: (records: TransitionRecords) => void;
  readonly hasRestored: () => boolean;
  /** Gives up what was restored and never came back. */
  readonly forgetRestored: () => void;
}

export interface Address {
  readonly resource: ViewResource;
  readonly key: ObjectKey;
}

interface PublishedState {
  readonly keys: Map<string, KeyObjects>;
  /** Who shows a row under a cut name, by that row's key. */
  readonly cutRows: Map<string, string>;
  readonly restored: Readonly<Record<ViewResource, Map<string, TransitionRecord>>>;
}

/** More records of one resource than this are not taken back: their objects' conditions start anew. */
const RESTORED_RECORDS_MAX = 250_000;

const NO_TRANSITIONS: readonly Transition[] = [];

export function createPublished(): Published {
  const state: PublishedState = {
    keys: new Map(),
    cutRows: new Map(),
    restored: { serviceimports: new Map(), serviceexports: new Map() },
  };
  const { keys, restored } = state;
  return {
    at: (key) => keys.get(key) ?? NO_OBJECTS,
    rowAt: (key) => rowAt(state, key),
    replace: (key, next) => replaceKey(state, key, next),
    restored: ({ resource, key }, uid) => {
      if (restored[resource].size === 0) return NO_TRANSITIONS;
      const record = restored[resource].get(keyString(key));
      return record?.uid === uid ? record.transitions : NO_TRANSITIONS;
    },
    records: () => collectRecords(state),
    restore: (records) => {
      for (const resource of VIEW_RESOURCES) {
        const known = restored[resource];
        for (const [key, record] of records[resource]) {
          if (known.size < RESTORED_RECORDS_MAX) known.set(key, record);
        }
      }
    },
    hasRestored: () => restored.serviceimports.size + restored.serviceexports.size > 0,
    forgetRestored: () => {
      for (const resource of VIEW_RESOURCES) restored[resource].clear();
    },
  };
}

function rowAt({ keys, cutRows }: PublishedState, rowKey: ObjectKey): DerivedRow | undefined {
  const address = parseRowName(rowKey.name);
  const cluster = address.ok ? parseClusterId(address.value.cluster) : address;
  if (!address.ok || !cluster.ok) return undefined;
  const own = keyString({ namespace: rowKey.namespace, name: address.value.name });
  return keys.get(cutRows.get(keyString(rowKey)) ?? own)?.rows.get(cluster.value);
}

export function importAddress(key: ObjectKey): Address {
  return { resource: 'serviceimports', key };
}

export function rowAddress(cluster: ClusterId, { namespace, name }: ObjectKey): Address {
  return { resource: 'serviceexports', key: { namespace, name: rowNameOf(cluster, name) } };
}

function replaceKey(state: PublishedState, key: string, next: KeyObjects): readonly ObjectChange[] {
  const before = state.keys.get(key) ?? NO_OBJECTS;
  const objectKey = parseKeyString(key);
  const changes: ObjectChange[] = [];
  if (before.serviceImport !== next.serviceImport) {
    changes.push({ ...importAddress(objectKey), object: next.serviceImport?.object });
    if (next.serviceImport !== undefined) forgetRecord(state, importAddress(objectKey));
  }
  for (const [cluster, row] of next.rows) {
    changes.push(...replaceRow(state, { key, cluster, row, previous: before.rows.get(cluster) }));
  }
  for (const cluster of before.rows.keys()) {
    if (next.rows.has(cluster)) continue;
    const address = rowAddress(cluster, objectKey);
    state.cutRows.delete(keyString(address.key));
    changes.push({ ...address, object: undefined });
  }
  if (next.serviceImport === undefined && next.rows.size === 0) state.keys.delete(key);
  else state.keys.set(key, next);
  return changes;
}

interface RowReplacement {
  readonly key: string;
  readonly cluster: ClusterId;
  readonly row: DerivedRow;
  readonly previous: DerivedRow | undefined;
}

/** An object with another uid is another object: clients must see the old one go. */
function replaceRow(state: PublishedState, { key, cluster, row, previous }: RowReplacement): readonly ObjectChange[] {
  if (previous?.derived === row.derived) return [];
  const objectKey = parseKeyString(key);
  const address = rowAddress(cluster, objectKey);
  const { serviceExport } = row.input;
  const change = { ...address, object: row.derived.object, ...originOf(cluster, serviceExport) };
  forgetRecord(state, address);
  if (previous !== undefined) {
    return previous.input.uid === row.input.uid ? [change] : [{ ...address, object: undefined }, change];
  }
  const wasTaken = takeRowName(state, cluster, objectKey);
  return wasTaken ? [{ ...address, object: undefined }, change] : [change];
}

/** Frees the row name from the export that showed it until now; only cut names can be shared. */
function takeRowName({ keys, cutRows }: PublishedState, cluster: ClusterId, key: ObjectKey): boolean {
  const isCut = isOverlong(cluster, key.name);
  if (!isCut && cutRows.size === 0) return false;
  const rowKey = keyString(rowAddress(cluster, key).key);
  const realKey = keyString({ namespace: key.namespace, name: isCut ? cutName(cluster, key.name) : key.name });
  const holder = cutRows.get(rowKey) ?? realKey;
  if (isCut) cutRows.set(rowKey, keyString(key));
  else cutRows.delete(rowKey);
  const held = keys.get(holder);
  if (held === undefined || !held.rows.has(cluster) || holder === keyString(key)) return false;
  const rows = new Map(held.rows);
  rows.delete(cluster);
  keys.set(holder, { ...held, rows });
  return true;
}

function forgetRecord({ restored }: PublishedState, { resource, key }: Address): void {
  if (restored[resource].size > 0) restored[resource].delete(keyString(key));
}

/** Of all that is shown, and of what was restored and is not back yet. */
function* collectRecords({ keys, restored }: PublishedState): Iterable<AddressedRecord> {
  for (const resource of VIEW_RESOURCES) {
    for (const [key, record] of restored[resource]) yield { resource, key, record };
  }
  for (const [key, { serviceImport, rows }] of keys) {
    if (serviceImport !== undefined) yield { resource: 'serviceimports', key, record: recordOf(serviceImport) };
    const objectKey = parseKeyString(key);
    for (const [cluster, { derived }] of rows) {
      const rowKey = keyString(rowAddress(cluster, objectKey).key);
      yield { resource: 'serviceexports', key: rowKey, record: recordOf(derived) };
    }
  }
}

function recordOf({ object, conditions }: Derived): TransitionRecord {
  return { uid: uidOf(object), transitions: conditions };
}

function uidOf({ metadata }: KubeObject): string {
  return metadata.uid ?? '';
}
