import { type FieldCause, fieldForbidden, fieldInvalid } from '../kube/api-errors.ts';
import type { ClusterId } from '../kube/cluster-id.ts';
import { CLUSTER_LABEL, CLUSTERSET_LABEL } from '../kube/domain.ts';
import { isJsonObject, type JsonObject, type JsonValue, type ObjectMeta } from '../kube/object.ts';
import { failed, type Outcome, succeeded } from '../kube/outcome.ts';
import {
  isHiddenFinalizer,
  isObservedAnnotation,
  isOwnAnnotation,
  isOwnLabel,
  type ProjectedKeys,
  visibleFinalizers,
  without,
} from './projected-metadata.ts';

const OWNERS_TEXT =
  'owners of an object in a member cluster live in that cluster and cannot be set through this API; they stay as they are';
const FINALIZER_TEXT =
  "belongs to the garbage collector of the member cluster; use the delete option 'propagationPolicy'";
const ADDED_TEXT = 'is added by this API and cannot be changed';

/** A row as it is shown, and the member's object that it was made from. */
export interface ShownRow {
  readonly shown: ObjectMeta;
  readonly origin: ObjectMeta;
}

/**
 * Metadata for the member out of a row that a client wants, the inverse of `projectMetadata`. What a row never shows is
 * put back from the member's object, so that writing a whole row loses nothing. What the row only adds may be repeated or
 * left out by the client; changing it is a fault.
 */
export function unprojectMetadata(
  wanted: ObjectMeta,
  { shown, origin }: ShownRow,
  keys: ProjectedKeys,
): Outcome<ObjectMeta, readonly FieldCause[]> {
  const faults = [...changedAdditions(wanted, shown, keys), ...untakenFields(wanted)];
  if (faults.length > 0) return failed(faults);
  // eslint-disable-next-line @typescript-eslint/no-unused-vars -- taken out only to leave the rest
  const { labels, annotations, finalizers, ownerReferences, ...rest } = wanted;
  return succeeded({
    ...rest,
    name: origin.name,
    ...identityOf(origin),
    ...mapField('labels', {
      ...without(wanted.labels, (key) => isOwnLabel(key, keys)),
      ...without(origin.labels, (key) => !isOwnLabel(key, keys)),
    }),
    ...mapField('annotations', {
      ...without(wanted.annotations, (key) => isOwnAnnotation(key, keys)),
      ...without(origin.annotations, (key) => !isOwnAnnotation(key, keys)),
    }),
    ...finalizersFor(wanted, origin),
    ...(origin.ownerReferences === undefined ? {} : { ownerReferences: origin.ownerReferences }),
  });
}

/** What only the member's kube-apiserver decides, as it is there. */
function identityOf(origin: ObjectMeta): Omit<ObjectMeta, 'name'> {
  const { uid, resourceVersion, creationTimestamp, deletionTimestamp, deletionGracePeriodSeconds, generation } = origin;
  return Object.fromEntries(
    Object.entries({
      uid,
      resourceVersion,
      creationTimestamp,
      deletionTimestamp,
      deletionGracePeriodSeconds,
      generation,
    }).filter(([, value]) => value !== undefined),
  );
}

/** The member's own order while the visible ones are as they were, so that an unrelated write changes nothing here. */
function finalizersFor(wanted: ObjectMeta, origin: ObjectMeta): Pick<ObjectMeta, 'finalizers'> {
  const before = visibleFinalizers(origin.finalizers);
  const after = wanted.finalizers ?? [];
  const isUnchanged = before.length === after.length && before.every((finalizer, index) => finalizer === after[index]);
  if (isUnchanged) return origin.finalizers === undefined ? {} : { finalizers: origin.finalizers };
  const hidden = (origin.finalizers ?? []).filter(isHiddenFinalizer);
  return { finalizers: [...hidden, ...after] };
}

function changedAdditions(wanted: ObjectMeta, shown: ObjectMeta, keys: ProjectedKeys): readonly FieldCause[] {
  const labels = changedEntries('labels', [wanted.labels, shown.labels], (key) => isOwnLabel(key, keys));
  const annotations = changedEntries(
    'annotations',
    [wanted.annotations, shown.annotations],
    (key) => isOwnAnnotation(key, keys) && !isObservedAnnotation(key),
  );
  return [...labels, ...annotations];
}

function changedEntries(
  field: 'labels' | 'annotations',
  [wanted, shown]: readonly [wanted: unknown, shown: Readonly<Record<string, string>> | undefined],
  isAdded: (key: string) => boolean,
): readonly FieldCause[] {
  return Object.entries(isJsonObject(wanted) ? wanted : {})
    .filter(([key, value]) => isAdded(key) && value !== shown?.[key])
    .map(([key, value]) => fieldInvalid(`metadata.${field}[${key}]`, value, ADDED_TEXT));
}

/** What may not be written through a row at all. */
function untakenFields({ ownerReferences, finalizers }: ObjectMeta): readonly FieldCause[] {
  const owners = ownerReferences ?? [];
  return [
    ...(owners.length === 0 ? [] : [fieldForbidden('metadata.ownerReferences', OWNERS_TEXT)]),
    ...(finalizers ?? [])
      .filter(isHiddenFinalizer)
      .map((finalizer) => fieldInvalid('metadata.finalizers', finalizer, FINALIZER_TEXT)),
  ];
}

/** Where a new row belongs. */
export interface NewRow {
  readonly cluster: ClusterId;
  /** The object's own name in the member; '' when the member makes one. */
  readonly name: string;
}

/**
 * Metadata of an object that does not exist yet, for the member. A row that was saved and is created again brings what
 * rows add: it must name this cluster and this object, and is otherwise left out.
 */
export function unprojectNewMetadata(
  wanted: ObjectMeta,
  { cluster, name }: NewRow,
  keys: ProjectedKeys,
): Outcome<ObjectMeta, readonly FieldCause[]> {
  const faults = [...otherIdentity(wanted, { cluster, name }, keys), ...untakenFields(wanted)];
  if (faults.length > 0) return failed(faults);
  // eslint-disable-next-line @typescript-eslint/no-unused-vars -- taken out only to leave the rest
  const { uid, resourceVersion, labels, annotations, ownerReferences, ...rest } = wanted;
  return succeeded({
    ...rest,
    name,
    ...mapField(
      'labels',
      without(labels, (key) => isOwnLabel(key, keys)),
    ),
    ...mapField(
      'annotations',
      without(annotations, (key) => isOwnAnnotation(key, keys)),
    ),
  });
}

/** What a row says of where it belongs, where that is another cluster or object than the one it is written to. */
function otherIdentity(
  { labels, annotations }: { readonly labels?: unknown; readonly annotations?: unknown },
  { cluster, name }: NewRow,
  keys: ProjectedKeys,
): readonly FieldCause[] {
  const isIdentity = (key: string): boolean => key !== CLUSTERSET_LABEL && isOwnLabel(key, keys);
  return [
    ...changedEntries('labels', [labels, { [CLUSTER_LABEL]: cluster, [keys.nameLabel]: name }], isIdentity),
    ...changedEntries(
      'annotations',
      [annotations, { [keys.nameAnnotation]: name }],
      (key) => key === keys.nameAnnotation,
    ),
  ];
}

/**
 * The same for the partial metadata of a server-side apply: what rows add is left out of the applied set, so that nobody
 * comes to own it in the member.
 */
export function unprojectAppliedMetadata(
  applied: JsonObject,
  { cluster, name }: NewRow,
  keys: ProjectedKeys,
): Outcome<JsonObject, readonly FieldCause[]> {
  const faults = [...otherIdentity(applied, { cluster, name }, keys), ...appliedFaults(applied)];
  if (faults.length > 0) return failed(faults);
  const { labels, annotations, ...rest } = applied;
  return succeeded({
    ...rest,
    name,
    ...appliedMap('labels', labels, (key) => isOwnLabel(key, keys)),
    ...appliedMap('annotations', annotations, (key) => isOwnAnnotation(key, keys)),
  });
}

function appliedFaults({ ownerReferences, finalizers }: JsonObject): readonly FieldCause[] {
  const hidden = Array.isArray(finalizers) ? finalizers.map(String).filter(isHiddenFinalizer) : [];
  const hasOwners = Array.isArray(ownerReferences) && ownerReferences.length > 0;
  return [
    ...(hasOwners ? [fieldForbidden('metadata.ownerReferences', OWNERS_TEXT)] : []),
    ...hidden.map((finalizer) => fieldInvalid('metadata.finalizers', finalizer, FINALIZER_TEXT)),
  ];
}

/** A map that held nothing but what we add is left out whole: applying an empty map would mean something. */
function appliedMap(field: string, value: JsonValue | undefined, isLeftOut: (key: string) => boolean): JsonObject {
  if (value === undefined) return {};
  if (!isJsonObject(value)) return { [field]: value };
  const kept = Object.entries(value).filter(([key]) => !isLeftOut(key));
  const isEmptied = kept.length === 0 && Object.keys(value).length > 0;
  return isEmptied ? {} : { [field]: Object.fromEntries(kept) };
}

function mapField(field: 'labels' | 'annotations', map: Readonly<Record<string, string>>): JsonObject {
  return Object.keys(map).length === 0 ? {} : { [field]: map };
}
