import { type FieldCause, fieldForbidden, fieldInvalid } from '../../kube/api-errors.ts';
import { goQuoted } from '../../kube/go-quote.ts';
import { labelKeyFaults, labelValueFaults } from '../../kube/label-syntax.ts';
import { isJsonObject, type JsonObject, type KubeObject, type ObjectMeta } from '../../kube/object.ts';
import { failed, type Outcome, succeeded } from '../../kube/outcome.ts';
import { ANNOTATIONS_BYTES_MAX } from '../exported-metadata.ts';
import { ownerFaults } from './owner-references.ts';
import { HUB_LABELS } from './profile-object.ts';
import type { ProfileOverlay, ProfileRecord } from './profile-record.ts';

type StringMap = Readonly<Record<string, string>>;
type OverlayMetadata = Pick<ProfileOverlay, 'labels' | 'annotations' | 'finalizers' | 'ownerReferences'>;

/** A profile that somebody wants to change. */
export interface ProfileChange {
  readonly record: ProfileRecord;
  /** As it is served. */
  readonly shown: KubeObject;
  /** As it is to be, in the storage version. */
  readonly wanted: KubeObject;
}

/** What other writers want in the metadata of a profile, checked as kube-apiserver checks it. */
export function readOverlayMetadata({ shown, wanted }: ProfileChange): Outcome<OverlayMetadata, readonly FieldCause[]> {
  const { metadata } = wanted;
  const labels = textsOf(metadata.labels);
  const annotations = textsOf(metadata.annotations);
  const finalizers = [...new Set(metadata.finalizers ?? [])];
  const ownerReferences = (metadata.ownerReferences ?? []).map((reference): JsonObject => ({ ...reference }));
  const causes = [
    ...labelFaults(labels),
    ...hubLabelFaults(labels, shown.metadata),
    ...annotationFaults(annotations),
    ...finalizerFaults(finalizers, shown.metadata),
    ...ownerFaults(ownerReferences),
  ];
  if (causes.length > 0) return failed(causes);
  const theirs = Object.entries(labels).filter(([key]) => !HUB_LABELS.includes(key));
  return succeeded({ labels: Object.fromEntries(theirs), annotations, finalizers, ownerReferences });
}

function textsOf(map: unknown): StringMap {
  if (!isJsonObject(map)) return {};
  const entries = Object.entries(map).filter((entry): entry is [string, string] => typeof entry[1] === 'string');
  return Object.fromEntries(entries);
}

function labelFaults(labels: StringMap): readonly FieldCause[] {
  return Object.entries(labels).flatMap(([key, value]) => [
    ...labelKeyFaults(key).map((fault) => fieldInvalid('metadata.labels', key, fault)),
    ...labelValueFaults(value).map((fault) => fieldInvalid('metadata.labels', value, fault)),
  ]);
}

function hubLabelFaults(labels: StringMap, { labels: before = {} }: ObjectMeta): readonly FieldCause[] {
  return HUB_LABELS.filter((key) => labels[key] !== before[key]).map((key) =>
    fieldForbidden(
      `metadata.labels[${key}]`,
      before[key] === undefined ? 'is set by clusterset-apiserver' : `must stay ${goQuoted(before[key])}`,
    ),
  );
}

function annotationFaults(annotations: StringMap): readonly FieldCause[] {
  const keys = Object.keys(annotations).flatMap((key) =>
    labelKeyFaults(key.toLowerCase()).map((fault) => fieldInvalid('metadata.annotations', key, fault)),
  );
  const bytes = Object.entries(annotations).reduce(
    (sum, [key, value]) => sum + Buffer.byteLength(key) + Buffer.byteLength(value),
    0,
  );
  if (bytes <= ANNOTATIONS_BYTES_MAX) return keys;
  const text = `Too long: may not be more than ${ANNOTATIONS_BYTES_MAX} bytes`;
  return [...keys, { field: 'metadata.annotations', reason: 'FieldValueTooLong', message: text }];
}

function finalizerFaults(finalizers: readonly string[], before: ObjectMeta): readonly FieldCause[] {
  const names = finalizers.flatMap((finalizer) =>
    labelKeyFaults(finalizer).map((fault) => fieldInvalid('metadata.finalizers', finalizer, fault)),
  );
  const added = finalizers.filter((finalizer) => before.finalizers?.includes(finalizer) !== true);
  if (before.deletionTimestamp === undefined || added.length === 0) return names;
  const list = added.map(goQuoted).join(', ');
  const text = `no new finalizers can be added if the object is being deleted, found new finalizers []string{${list}}`;
  return [...names, fieldForbidden('metadata.finalizers', text)];
}
