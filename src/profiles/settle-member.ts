import type { ProfileRecord } from '../clusterset/index.ts';
import { fullBudget, profileObject, takeUpdate } from '../clusterset/index.ts';
import type { DurableError } from '../durable/index.ts';
import { formatRevision } from '../kube/revision.ts';
import type { StoredObject } from '../store/types.ts';
import type { Held, ProfilesDeps } from './held-member.ts';
import { PROFILES } from './held-member.ts';
import type { ProfilePlan, Wanted } from './profile-plan.ts';
import { planProfile } from './profile-plan.ts';

/** One profile as it is served, and what it was made from. */
export interface HeldProfile {
  readonly stored: StoredObject;
  readonly record: ProfileRecord;
}

/**
 * Brings the profiles of one member to what they are to be. New objects, deletions and what clients write are safe before
 * anybody sees them; what can be computed anew is shown first. `again`: milliseconds until there is more to do.
 */
export async function settleMember(deps: ProfilesDeps, held: Held): Promise<{ readonly again: number | undefined }> {
  if (!held.isRead && !(await readAgain(deps, held))) return { again: undefined };
  let again: number | undefined;
  for (const namespace of new Set([...deps.namespaces, ...held.records.keys()])) {
    const waitMs = await settleProfile(deps, held, namespace);
    if (waitMs !== undefined) again = Math.min(again ?? Infinity, waitMs);
  }
  if (held.isUnsaved) await saveProfiles(deps, held);
  return { again };
}

/** Records that were hidden until now appear as they were, under new versions. */
async function readAgain(deps: ProfilesDeps, held: Held): Promise<boolean> {
  const read = await deps.records.read(held.cluster);
  if (!read.ok) {
    fail(deps, held, read.error);
    return false;
  }
  recover(deps, held);
  held.isRead = true;
  for (const record of read.value ?? []) held.records = new Map([...held.records, [record.namespace, record]]);
  for (const record of held.records.values()) show(deps, held, record);
  return true;
}

async function settleProfile(deps: ProfilesDeps, held: Held, namespace: string): Promise<number | undefined> {
  const record = held.records.get(namespace);
  const { manager, selection, newUid, clock } = deps;
  const plan = planProfile(record, wantedIn(deps, held, namespace), {
    ...{ namespace, manager, selection, newUid },
    nowMs: clock(),
  });
  // An object that was kept without a version, for it was about to change, is not shown yet.
  if (record !== undefined && plan.type !== 'remove' && !isShown(deps, held, record)) show(deps, held, record);
  return perform(deps, held, { namespace, plan });
}

async function perform(
  deps: ProfilesDeps,
  held: Held,
  { namespace, plan }: { readonly namespace: string; readonly plan: ProfilePlan },
): Promise<number | undefined> {
  switch (plan.type) {
    case 'nothing':
      return undefined;
    case 'update':
      return update(deps, held, plan.record);
    case 'create':
    case 'leave':
      if (await replace(deps, held, { namespace, record: plan.record })) show(deps, held, plan.record);
      return undefined;
    case 'remove':
      if (!(await replace(deps, held, { namespace, record: undefined }))) return undefined;
      hide(deps, held, namespace);
      held.budgets.delete(namespace);
      // The member may be registered: then its next profile is another object.
      return 0;
  }
}

function wantedIn(deps: ProfilesDeps, { cluster }: Held, namespace: string): Wanted {
  if (!deps.namespaces.includes(namespace)) return { type: 'no' };
  const facts = deps.factsOf(cluster);
  if (facts === undefined) return { type: deps.isComplete() ? 'no' : 'unknown' };
  const isThere = deps.hasNamespace(namespace);
  if (isThere === undefined) return { type: 'unknown' };
  return isThere ? { type: 'yes', facts } : { type: 'no' };
}

function update(deps: ProfilesDeps, held: Held, record: ProfileRecord): number | undefined {
  const { namespace } = record;
  const nowMs = deps.monotonic();
  const taken = takeUpdate(held.budgets.get(namespace) ?? fullBudget(nowMs), nowMs);
  if (taken.type === 'empty') return taken.waitMs;
  held.budgets.set(namespace, taken.budget);
  keep(held, record);
  show(deps, held, record);
  return undefined;
}

/** Makes a change safe first; false if it cannot be, and then it did not happen. */
async function replace(
  deps: ProfilesDeps,
  held: Held,
  { namespace, record }: { readonly namespace: string; readonly record: ProfileRecord | undefined },
): Promise<boolean> {
  const error = await writeAhead(deps, held, { namespace, record });
  if (error === undefined) return true;
  fail(deps, held, error);
  return false;
}

async function writeAhead(
  deps: ProfilesDeps,
  held: Held,
  { namespace, record }: { readonly namespace: string; readonly record: ProfileRecord | undefined },
): Promise<DurableError | undefined> {
  const next = new Map(held.records);
  if (record === undefined) next.delete(namespace);
  else next.set(namespace, { ...record, resourceVersion: undefined });
  const written = await deps.records.write(held.cluster, [...next.values()]);
  if (!written.ok) {
    // Nobody knows what is kept now: what is served is written again.
    held.isUnsaved = held.records.size > 0;
    return written.error;
  }
  held.records = next;
  return undefined;
}

/** Writes what is served, with the versions under which it is. */
export async function saveProfiles(deps: ProfilesDeps, held: Held): Promise<void> {
  const written = await deps.records.write(held.cluster, [...held.records.values()]);
  held.isUnsaved = !written.ok;
  if (written.ok) recover(deps, held);
  else fail(deps, held, written.error);
}

/** Makes another record of one; the very same one for no change. */
export type EditRecord = (profile: HeldProfile) => ProfileRecord | Promise<ProfileRecord>;

export interface ProfileEdit {
  readonly namespace: string;
  readonly edit: EditRecord;
}

export interface Edited {
  /** Undefined: there is no such profile. */
  readonly held: HeldProfile | undefined;
  /** Resolves when the version of the change was tried to be kept too; never rejects. */
  readonly saved: Promise<void>;
}

/** Rejects with DurableError if the change cannot be kept; then it did not happen. */
export async function editProfile(deps: ProfilesDeps, held: Held, { namespace, edit }: ProfileEdit): Promise<Edited> {
  const before = profileIn(deps, held, namespace);
  if (before === undefined) return { held: undefined, saved: Promise.resolve() };
  const record = await edit(before);
  if (record === before.record) return { held: before, saved: Promise.resolve() };
  const isGone = record.deletionTimestamp !== undefined && record.overlay.finalizers.length === 0;
  const error = await writeAhead(deps, held, { namespace, record: isGone ? undefined : record });
  if (error !== undefined) {
    fail(deps, held, error);
    throw error;
  }
  if (!isGone) {
    show(deps, held, record);
    return { held: profileIn(deps, held, namespace), saved: saveProfiles(deps, held) };
  }
  hide(deps, held, namespace);
  held.budgets.delete(namespace);
  const { stored } = before;
  return {
    held: { record, stored: { ...stored, object: profileObject(held.cluster, record) } },
    saved: Promise.resolve(),
  };
}

function profileIn(deps: ProfilesDeps, held: Held, namespace: string): HeldProfile | undefined {
  const record = held.records.get(namespace);
  const stored = deps.store.get(PROFILES, { namespace, name: held.cluster });
  return record === undefined || stored === undefined ? undefined : { record, stored };
}

function isShown(deps: ProfilesDeps, held: Held, record: ProfileRecord): boolean {
  return profileIn(deps, held, record.namespace) !== undefined;
}

/** Puts the object into the store, and the version that it got there into what is to be kept. */
function show(deps: ProfilesDeps, held: Held, record: ProfileRecord): void {
  const key = { namespace: record.namespace, name: held.cluster };
  deps.writer.commit([{ resource: PROFILES, key, object: profileObject(held.cluster, record) }]);
  const stored = deps.store.get(PROFILES, key);
  const resourceVersion = stored === undefined ? undefined : formatRevision(stored.revision);
  keep(held, { ...record, resourceVersion });
}

function hide(deps: ProfilesDeps, held: Held, namespace: string): void {
  deps.writer.commit([{ resource: PROFILES, key: { namespace, name: held.cluster }, object: undefined }]);
}

function keep(held: Held, record: ProfileRecord): void {
  held.records = new Map([...held.records, [record.namespace, record]]);
  held.isUnsaved = true;
}

/** Told once; the same trouble again is no news. */
function fail(deps: ProfilesDeps, held: Held, err: DurableError): void {
  held.failures += 1;
  if (held.failures > 1) return;
  const verb = held.isRead ? 'written' : 'read: it is not served';
  deps.log.warn({ memberCluster: held.cluster, err }, `the record of a profile cannot be ${verb}`);
}

function recover(deps: ProfilesDeps, held: Held): void {
  if (held.failures > 0) deps.log.info({ memberCluster: held.cluster }, 'the record of a profile is safe again');
  held.failures = 0;
}
