import { badRequest } from '../../src/kube/api-errors.ts';
import { matchesFields, requiredName } from '../../src/kube/field-selector.ts';
import { matchesLabels, requiredLabel } from '../../src/kube/label-selector.ts';
import { compareKeys, compareText } from '../../src/kube/object.ts';
import type { ObjectKey } from '../../src/kube/object.ts';
import type { Revision } from '../../src/kube/revision.ts';
import type { Scope, Snapshot, StoredObject } from '../../src/store/types.ts';
import type { ContinueToken } from './continue-token.ts';
import { decodeContinue, encodeContinue } from './continue-token.ts';
import type { DataDeps } from './deps.ts';
import type { ListOptions, Selection } from './query.ts';
import { continueExpired, listExpired, tooLarge, waitUntilNotOlder } from './request.ts';

/** What one LIST answers with. */
export interface Page {
  /** The revision all pages of one list show. */
  readonly revision: Revision;
  readonly items: readonly StoredObject[];
  /** '' on the last page. */
  readonly continueToken: string;
  /** Only when more follow and nothing is selected by. */
  readonly remaining: number | undefined;
  /** True if these are all objects of the scope at that revision. */
  readonly whole: boolean;
  /** True if nothing is left out between the first and the last of them. */
  readonly gapless: boolean;
}

/** Answers every combination of resourceVersion, resourceVersionMatch, limit and continue. */
export async function readPage(deps: DataDeps, scope: Scope, options: ListOptions): Promise<Page> {
  if (options.continueToken !== '') return nextPage(deps, scope, options);
  const exact = wantsExact(options);
  const snapshot = exact === undefined ? await latest(deps, scope, options) : await exactly(deps, scope, exact);
  // A list from "any" state is complete: kube-apiserver's cache ignores the limit there, and clients rely on neither.
  const limit = options.revision.type === 'any' ? 0 : options.limit;
  return cut(scope, snapshot, { selection: options.selection, limit, after: undefined });
}

export function isSelected(selection: Selection, object: StoredObject): boolean {
  return matchesFields(selection.fields, object.key) && matchesLabels(selection.labels, object.object.metadata.labels);
}

export function selectsEverything(selection: Selection): boolean {
  return selection.labels.length === 0 && selection.fields.length === 0;
}

type At = Extract<ListOptions['revision'], { type: 'at' }>;

/** `Exact`, or the old rule that a limit without a match means exactly that state. */
function wantsExact({ match, limit, revision }: ListOptions): At | undefined {
  if (revision.type !== 'at') return undefined;
  return match === 'Exact' || (match === undefined && limit > 0) ? revision : undefined;
}

async function latest(deps: DataDeps, scope: Scope, options: ListOptions): Promise<Snapshot> {
  await waitUntilNotOlder(deps, options.revision);
  return deps.store.list(scope);
}

async function exactly(deps: DataDeps, scope: Scope, requested: At): Promise<Snapshot> {
  await waitUntilNotOlder(deps, requested);
  const snapshot = deps.store.listAt(scope, requested.revision);
  if (snapshot.ok) return snapshot.value;
  throw snapshot.error.type === 'future' ? tooLarge(deps, requested.text) : listExpired();
}

function nextPage(deps: DataDeps, scope: Scope, options: ListOptions): Page {
  const token = decodeContinue(options.continueToken, scope);
  if (!token.ok) throw badRequest(`invalid continue token: ${token.error}`);
  if (options.revision.type === 'at') {
    throw badRequest('specifying resource version is not allowed when using continue');
  }
  const { selection, limit } = options;
  return cut(scope, snapshotOf(deps, token.value), { selection, limit, after: token.value.after });
}

function snapshotOf(deps: DataDeps, token: ContinueToken): Snapshot {
  if (token.revision === undefined) return deps.store.list(token.scope);
  const snapshot = deps.store.listAt(token.scope, token.revision);
  if (!snapshot.ok) throw continueExpired(encodeContinue({ ...token, revision: undefined }));
  return snapshot.value;
}

interface Cut {
  readonly selection: Selection;
  /** 0 means no limit. */
  readonly limit: number;
  readonly after: ObjectKey | undefined;
}

function cut(scope: Scope, snapshot: Snapshot, { selection, limit, after }: Cut): Page {
  const { revision } = snapshot;
  const items = candidates(snapshot, selection);
  const everything = selectsEverything(selection);
  const start = after === undefined ? 0 : firstFrom(items, (key) => compareKeys(key, after) <= 0);
  const countMax = limit === 0 ? Infinity : limit;
  const lastPage = { revision, continueToken: '', remaining: undefined, gapless: everything };
  if (everything && start === 0 && items.length <= countMax) return { ...lastPage, items, whole: true };
  // One more than asked for tells whether another page follows.
  const found = everything
    ? items.slice(start, start + countMax + 1)
    : selectFrom(items, selection, { start, countMax: countMax + 1 });
  const shown = found.slice(0, countMax);
  const last = shown.at(-1);
  if (found.length === shown.length || last === undefined) return { ...lastPage, items: shown, whole: false };
  return {
    revision,
    items: shown,
    continueToken: encodeContinue({ scope, revision, after: last.key }),
    remaining: everything ? items.length - start - shown.length : undefined,
    whole: false,
    gapless: everything,
  };
}

/** Objects in key order among which is every selected one: found without looking at all objects, where that can be. */
export function candidates({ items, withLabel }: Snapshot, { fields, labels }: Selection): readonly StoredObject[] {
  const name = requiredName(fields);
  if (name !== undefined) return namedObjects(items, name);
  const label = requiredLabel(labels);
  return (label && withLabel?.(label.key, label.value)) ?? items;
}

/** One search for each namespace. */
function namedObjects(items: readonly StoredObject[], name: string): readonly StoredObject[] {
  const found: StoredObject[] = [];
  for (let index = 0; index < items.length;) {
    const namespace = items[index]?.key.namespace ?? '';
    const item = items[firstFrom(items, (key) => compareKeys(key, { namespace, name }) < 0)];
    if (item?.key.namespace === namespace && item.key.name === name) found.push(item);
    index = firstFrom(items, (key) => compareText(key.namespace, namespace) <= 0);
  }
  return found;
}

function selectFrom(
  items: readonly StoredObject[],
  selection: Selection,
  { start, countMax }: { start: number; countMax: number },
): readonly StoredObject[] {
  const selected: StoredObject[] = [];
  for (let index = start; index < items.length && selected.length < countMax; index += 1) {
    const item = items[index];
    if (item !== undefined && isSelected(selection, item)) selected.push(item);
  }
  return selected;
}

/** Binary search in key order: the first index that is not before the wanted place. */
function firstFrom(items: readonly StoredObject[], isBefore: (key: ObjectKey) => boolean): number {
  let low = 0;
  let high = items.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    const item = items[middle];
    if (item !== undefined && isBefore(item.key)) low = middle + 1;
    else high = middle;
  }
  return low;
}
