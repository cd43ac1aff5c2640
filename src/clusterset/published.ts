import { deepEqual } from '../kube/deep-equal.ts';
import type { ObjectChange } from '../kube/object-change.ts';
import { keyString, type KubeObject, type ObjectKey } from '../kube/object.ts';
import type { Transition } from './condition-verdict.ts';
import type { Derived } from './service-import.ts';
import type { TransitionRecord, TransitionRecords, ViewResource } from './transitions.ts';

/** What the view has given out last, object by object. */
export interface Published {
  /** The changes that lead from what was given out for `address` to `derived`; remembers the latter. */
  readonly replace: (address: Address, derived: Derived | undefined) => readonly ObjectChange[];
  readonly current: (address: Address) => KubeObject | undefined;
  /** How the conditions of the object with this uid stood, here or before our restart; none for another uid. */
  readonly transitions: (address: Address, uid: string) => readonly Transition[];
  readonly records: () => TransitionRecords;
  readonly restore: (records: TransitionRecords) => void;
  readonly hasRestored: () => boolean;
  /** Gives up what was restored and never came back. */
  readonly forgetRestored: () => void;
}

export interface Address {
  readonly resource: ViewResource;
  readonly key: ObjectKey;
}

interface Entries {
  readonly published: Map<string, Derived>;
  readonly restored: Map<string, TransitionRecord>;
}

const NO_TRANSITIONS: readonly Transition[] = [];

export function createPublished(): Published {
  const resources: Readonly<Record<ViewResource, Entries>> = {
    serviceimports: { published: new Map(), restored: new Map() },
    serviceexports: { published: new Map(), restored: new Map() },
  };
  const recordsOf = ({ published, restored }: Entries): ReadonlyMap<string, TransitionRecord> => {
    const records = new Map(restored);
    for (const [key, { object, conditions }] of published)
      records.set(key, { uid: uidOf(object), transitions: conditions });
    return records;
  };
  return {
    replace: (address, derived) => {
      const { published, restored } = resources[address.resource];
      const text = keyString(address.key);
      const previous = published.get(text);
      if (derived !== undefined) {
        // The older object is kept while equal, so that equal content stays one object in memory.
        if (previous !== undefined && deepEqual(previous.object, derived.object)) return [];
        published.set(text, derived);
        restored.delete(text);
        return changesBetween(address, previous?.object, derived.object);
      }
      published.delete(text);
      return previous === undefined ? [] : [{ ...address, object: undefined }];
    },
    current: ({ resource, key }) => resources[resource].published.get(keyString(key))?.object,
    transitions: ({ resource, key }, uid) => {
      const { published, restored } = resources[resource];
      const text = keyString(key);
      const previous = published.get(text);
      if (previous !== undefined) return uidOf(previous.object) === uid ? previous.conditions : NO_TRANSITIONS;
      const record = restored.get(text);
      if (record === undefined) return NO_TRANSITIONS;
      return record.uid === uid ? record.transitions : NO_TRANSITIONS;
    },
    records: () => ({
      serviceimports: recordsOf(resources.serviceimports),
      serviceexports: recordsOf(resources.serviceexports),
    }),
    restore: (records) => {
      for (const resource of ['serviceimports', 'serviceexports'] as const) {
        for (const [key, record] of records[resource]) resources[resource].restored.set(key, record);
      }
    },
    hasRestored: () => resources.serviceimports.restored.size + resources.serviceexports.restored.size > 0,
    forgetRestored: () => {
      resources.serviceimports.restored.clear();
      resources.serviceexports.restored.clear();
    },
  };
}

/** An object with another uid is another object: clients must see the old one go. */
function changesBetween(address: Address, previous: KubeObject | undefined, next: KubeObject): readonly ObjectChange[] {
  const change = { ...address, object: next };
  const isAnother = previous !== undefined && uidOf(previous) !== uidOf(next);
  return isAnother ? [{ ...address, object: undefined }, change] : [change];
}

function uidOf({ metadata }: KubeObject): string {
  return metadata.uid ?? '';
}
