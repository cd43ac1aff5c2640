import type { Form } from '../../apiservice/data/negotiation.ts';
import type { View } from '../../apiservice/data/view.ts';
import { createView } from '../../apiservice/data/view.ts';
import type { KubeObject } from '../../src/kube/object.ts';
import { toRevision } from '../../src/kube/revision.ts';
import type { StoredObject } from '../../src/store/types.ts';
import { GROUP, thing, THINGS } from './read-api.ts';

function viewOf(form: Form): View {
  const [version] = THINGS.versions;
  if (version === undefined) throw new Error('no version');
  return createView({ group: GROUP, definition: THINGS }, version, { form, includeObject: 'Metadata' });
}

export const OBJECTS = viewOf({ type: 'object' });
export const ROWS = viewOf({ type: 'table', metaVersion: 'v1' });

/** Makes a stored state of the object with this name. */
export type MakeState = (name: string, revision: number) => StoredObject;

/** A state whose label `filler` makes it as large as wanted. */
export function storedThing(name: string, revision: number, filler: string): StoredObject {
  const object: KubeObject = thing(name, { size: revision, labels: { filler } });
  return { key: { namespace: 'ns1', name }, revision: toRevision(revision), object };
}

/** So many objects in the order of a list, with revisions from 1. */
export function manyStates(count: number, make: MakeState): readonly StoredObject[] {
  return Array.from({ length: count }, (_, index) => make(`t${String(index).padStart(6, '0')}`, index + 1));
}

/** A list of which objects go and change; each change has a revision of its own, and by each third one an object goes. */
export function createChangingList(
  items: readonly StoredObject[],
  make: MakeState,
): (changed: readonly number[]) => readonly StoredObject[] {
  let current = items;
  let revision = 1000;
  return (changed) => {
    for (const index of changed) {
      revision += 1;
      const name = current[index % current.length]?.key.name ?? '';
      if (revision % 3 === 0) current = current.filter(({ key }) => key.name !== name);
      else current = current.map((item) => (item.key.name === name ? make(name, revision) : item));
    }
    return current;
  };
}
