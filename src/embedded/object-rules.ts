import { conflict, fieldForbidden, fieldInvalid, invalid } from '../kube/api-errors.ts';
import type { ApiStatusError } from '../kube/api-status.ts';
import { deepEqual } from '../kube/deep-equal.ts';
import type { KubeObject, ObjectMeta } from '../kube/object.ts';
import { isJsonObject } from '../kube/object.ts';
import type { EmbeddedKind } from './kind.ts';
import { metadataFaults } from './written-object.ts';

export interface WriteOptions {
  /** Everything is checked and nothing is kept. */
  readonly dryRun?: boolean;
  /** Only the status is written. */
  readonly status?: boolean;
}

export interface Preconditions {
  readonly uid?: string;
  readonly resourceVersion?: string;
}

const MODIFIED = 'the object has been modified; please apply your changes to the latest version and try again';

export function assertCurrent(kind: EmbeddedKind, stored: KubeObject, { metadata }: KubeObject): void {
  const { name } = stored.metadata;
  if (metadata.uid !== undefined && metadata.uid !== stored.metadata.uid) {
    const uids = `UID in precondition: ${metadata.uid}, UID in object meta: ${stored.metadata.uid ?? ''}`;
    throw conflict(targetOf(kind), name, `Precondition failed: ${uids}`);
  }
  const isNamed = metadata.resourceVersion !== undefined && metadata.resourceVersion !== '0';
  if (!isNamed && kind.traits.needsResourceVersion) {
    const cause = fieldInvalid('metadata.resourceVersion', 0, 'must be specified for an update');
    throw invalid({ group: kind.served.group, kind: resourceOf(kind) }, name, [cause]);
  }
  if (isNamed && metadata.resourceVersion !== stored.metadata.resourceVersion) {
    throw conflict(targetOf(kind), name, MODIFIED);
  }
}

/** What the writer may change, on top of what is the server's own. */
export function merged(
  kind: EmbeddedKind,
  stored: KubeObject,
  { wanted, options }: { readonly wanted: KubeObject; readonly options: WriteOptions },
): KubeObject {
  if (options.status === true) return { ...stored, status: wanted.status ?? {} };
  const metadata = { ...wanted.metadata, ...serverFields(stored.metadata) };
  if (!kind.traits.hasStatus) return { ...wanted, metadata };
  return { ...withoutStatus(wanted), metadata, ...(stored.status === undefined ? {} : { status: stored.status }) };
}

const WRITERS_FIELDS = new Set(['labels', 'annotations', 'finalizers', 'ownerReferences', 'managedFields']);

function serverFields(metadata: ObjectMeta): ObjectMeta {
  const entries = Object.entries(metadata).filter(([field]) => !WRITERS_FIELDS.has(field));
  return { name: metadata.name, ...Object.fromEntries(entries) };
}

export function withoutStatus(object: KubeObject): KubeObject {
  const { apiVersion, kind, metadata } = object;
  const fields = Object.entries(object).filter(([field]) => field !== 'status');
  return { ...Object.fromEntries(fields), apiVersion, kind, metadata };
}

export function assertFinalizersShrink(kind: EmbeddedKind, stored: KubeObject, object: KubeObject): void {
  if (stored.metadata.deletionTimestamp === undefined) return;
  const known = new Set(stored.metadata.finalizers ?? []);
  const added = (object.metadata.finalizers ?? []).filter((one) => !known.has(one));
  if (added.length === 0) return;
  const list = added.map((one) => JSON.stringify(one)).join(', ');
  const text = `no new finalizers can be added if the object is being deleted, found new finalizers []string{${list}}`;
  throw invalid(kindOf(kind), object.metadata.name, [fieldForbidden('metadata.finalizers', text)]);
}

/** A generation counts what is wanted: not metadata, and not status where that is a part of its own. */
export function withGeneration(kind: EmbeddedKind, stored: KubeObject, object: KubeObject): KubeObject {
  const { metadata } = object;
  const wish = (of: KubeObject): KubeObject => ({ ...(kind.traits.hasStatus ? withoutStatus(of) : of), metadata });
  if (!kind.traits.hasGeneration || deepEqual(wish(stored), wish(object))) return object;
  return { ...object, metadata: { ...metadata, generation: (stored.metadata.generation ?? 1) + 1 } };
}

export function assertPreconditions(
  kind: EmbeddedKind,
  stored: KubeObject,
  { uid, resourceVersion }: Preconditions,
): void {
  const target = { group: kind.served.group, resource: kind.served.definition.kind };
  const refuse = (what: string, wanted: string, found: string | undefined): ApiStatusError =>
    conflict(
      target,
      stored.metadata.name,
      `the ${what} in the precondition (${wanted}) does not match the ${what} in record (${found ?? ''}). ` +
        `The object might have been ${what === 'UID' ? 'deleted and then recreated' : 'modified'}`,
    );
  if (uid !== undefined && uid !== stored.metadata.uid) throw refuse('UID', uid, stored.metadata.uid);
  if (resourceVersion !== undefined && resourceVersion !== stored.metadata.resourceVersion) {
    throw refuse('ResourceVersion', resourceVersion, stored.metadata.resourceVersion);
  }
}

/** Deleting twice changes nothing the second time. */
export function markLeaving(kind: EmbeddedKind, stored: KubeObject, now: string): KubeObject {
  if (stored.metadata.deletionTimestamp !== undefined) return stored;
  const { generation } = stored.metadata;
  const metadata: ObjectMeta = {
    ...stored.metadata,
    deletionTimestamp: now,
    ...(isNamespace(kind) ? {} : { deletionGracePeriodSeconds: 0 }),
    ...(generation === undefined ? {} : { generation: generation + 1 }),
  };
  const status = isJsonObject(stored.status) ? stored.status : {};
  return isNamespace(kind)
    ? { ...stored, metadata, status: { ...status, phase: 'Terminating' } }
    : { ...stored, metadata };
}

export function assertValid(kind: EmbeddedKind, object: KubeObject, before?: KubeObject): void {
  const causes = [...metadataFaults(object.metadata, kind.traits), ...kind.traits.faults(object, before)];
  if (causes.length > 0) throw invalid(kindOf(kind), object.metadata.name, causes);
}

/** Whether something must happen before a deleted object is gone. */
export function isHeld(kind: EmbeddedKind, object: KubeObject): boolean {
  return isNamespace(kind) || (object.metadata.finalizers ?? []).length > 0;
}

export function isNamespace(kind: EmbeddedKind): boolean {
  return resourceOf(kind) === 'namespaces';
}

export function resourceOf(kind: EmbeddedKind): string {
  return kind.served.definition.resource;
}

export function targetOf(kind: EmbeddedKind): { readonly group: string; readonly resource: string } {
  return { group: kind.served.group, resource: resourceOf(kind) };
}

export function kindOf(kind: EmbeddedKind): { readonly group: string; readonly kind: string } {
  return { group: kind.served.group, kind: kind.served.definition.kind };
}
