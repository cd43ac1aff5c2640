import type { KubeObject } from '../../src/kube/object.ts';
import { keyString } from '../../src/kube/object.ts';
import type { Revision } from '../../src/kube/revision.ts';
import type { Scope, StoreReader } from '../../src/store/types.ts';

/** What a client has in its hands: objects by `keyString`. */
export type Held = ReadonlyMap<string, KubeObject>;

/** A list as a client keeps it, to watch from later. */
export interface Listed {
  readonly revision: Revision;
  readonly held: Held;
}

export function listedNow(store: StoreReader, scope: Scope): Listed {
  const { revision, items } = store.list(scope);
  return { revision, held: new Map(items.map(({ key, object }) => [keyString(key), object])) };
}

/** What a client holds that listed before, and now watches from there on; throws where an event does not fit. */
export function replayed(store: StoreReader, scope: Scope, { revision, held }: Listed): Held {
  const objects = new Map(held);
  const outcome = store.subscribe(scope, revision, (events) => {
    for (const { type, current } of events) {
      const key = keyString(current.key);
      if (objects.has(key) !== (type !== 'ADDED')) throw new Error(`${type} does not fit ${key}`);
      if (type === 'DELETED') objects.delete(key);
      else objects.set(key, current.object);
    }
  });
  if (!outcome.ok) throw new Error(`no watch from ${revision}: ${JSON.stringify(outcome.error)}`);
  outcome.value.close();
  return objects;
}
