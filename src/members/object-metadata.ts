import type { JsonObject, ObjectKey, ObjectMeta } from '../kube/object.ts';
import { isJsonObject } from '../kube/object.ts';
import type { Outcome } from '../kube/outcome.ts';
import { failed, succeeded } from '../kube/outcome.ts';
import { isResourceVersion } from './resource-version.ts';

const LABEL = /^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/;
const SUBDOMAIN = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/;
const QUALIFIED_NAME = /^[A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?$/;
const LABEL_VALUE = /^([A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?)?$/;

const SUBDOMAIN_CHARS_MAX = 253;
const UID_CHARS_MAX = 128;

/** As kube-apiserver limits the annotations of one object. */
const ANNOTATIONS_CHARS_MAX = 256 * 1024;

export type Scope = 'Namespaced' | 'Cluster';

/** Where the object lives, if its names are safe to use in paths and rows. */
export function parseKey(metadata: JsonObject, scope: Scope): ObjectKey | undefined {
  const { name, namespace } = metadata;
  if (!isDnsSubdomain(name)) return undefined;
  if (scope === 'Cluster') return namespace === undefined || namespace === '' ? { namespace: '', name } : undefined;
  return isDnsLabel(namespace) ? { namespace, name } : undefined;
}

export function isDnsLabel(value: unknown): value is string {
  return typeof value === 'string' && LABEL.test(value);
}

export function isDnsSubdomain(value: unknown): value is string {
  return typeof value === 'string' && value.length <= SUBDOMAIN_CHARS_MAX && SUBDOMAIN.test(value);
}

/** An optional DNS prefix and a name: the syntax of label and annotation keys. */
export function isQualifiedName(value: unknown): value is string {
  if (typeof value !== 'string') return false;
  const slash = value.indexOf('/');
  if (slash < 0) return QUALIFIED_NAME.test(value);
  return isDnsSubdomain(value.slice(0, slash)) && QUALIFIED_NAME.test(value.slice(slash + 1));
}

/**
 * Metadata whose every field has the type that ObjectMeta promises, with labels, annotations and names that
 * kube-apiserver would accept; unknown fields stay. Otherwise one sentence that says what is wrong.
 */
export function parseMetadata(metadata: JsonObject, scope: Scope): Outcome<ObjectMeta, string> {
  if (parseKey(metadata, scope) === undefined) return failed('metadata.name or metadata.namespace is not a DNS name');
  for (const [field, isLegal] of Object.entries(FIELDS)) {
    const value = metadata[field];
    if (value !== undefined && value !== null && !isLegal(value)) return failed(`metadata.${field} is malformed`);
  }
  if (!isUid(metadata['uid'])) return failed('metadata.uid is missing or malformed');
  if (!isResourceVersion(metadata['resourceVersion']))
    return failed('metadata.resourceVersion is not a decimal integer');
  return succeeded(withoutNulls(metadata) as unknown as ObjectMeta);
}

const FIELDS: Readonly<Record<string, (value: unknown) => boolean>> = {
  generation: (value) => typeof value === 'number' && Number.isInteger(value),
  creationTimestamp: isTime,
  deletionTimestamp: isTime,
  deletionGracePeriodSeconds: (value) => typeof value === 'number' && Number.isInteger(value),
  labels: (value) => isTextMap(value) && Object.entries(value).every(([k, v]) => isQualifiedName(k) && isLabelValue(v)),
  annotations: isAnnotations,
  finalizers: (value) => isListOf(value, isQualifiedName),
  ownerReferences: (value) => isListOf(value, isOwnerReference),
  managedFields: (value) => isListOf(value, isJsonObject),
};

export function isLabelValue(value: string): boolean {
  return LABEL_VALUE.test(value);
}

export function isTextMap(value: unknown): value is Readonly<Record<string, string>> {
  return isJsonObject(value) && Object.values(value).every((item) => typeof item === 'string');
}

function isListOf(value: unknown, isItem: (item: unknown) => boolean): boolean {
  return Array.isArray(value) && value.every(isItem);
}

function isAnnotations(value: unknown): boolean {
  if (!isTextMap(value)) return false;
  const entries = Object.entries(value);
  // Keys of annotations may be upper case in their prefix: kube-apiserver compares them in lower case.
  if (!entries.every(([key]) => isQualifiedName(key.toLowerCase()))) return false;
  return entries.reduce((chars, [key, text]) => chars + key.length + text.length, 0) <= ANNOTATIONS_CHARS_MAX;
}

function isOwnerReference(value: unknown): boolean {
  if (!isJsonObject(value)) return false;
  return [value['apiVersion'], value['kind'], value['name'], value['uid']].every((item) => typeof item === 'string');
}

function isUid(value: unknown): value is string {
  return typeof value === 'string' && value !== '' && value.length <= UID_CHARS_MAX && /^[\x21-\x7e]+$/.test(value);
}

function isTime(value: unknown): boolean {
  return typeof value === 'string' && value.length <= 64 && !Number.isNaN(Date.parse(value));
}

/** Absent and null mean the same in metadata; creationTimestamp: null is common in objects that were printed. */
function withoutNulls(metadata: JsonObject): JsonObject {
  const entries = Object.entries(metadata);
  return entries.some(([, value]) => value === null)
    ? Object.fromEntries(entries.filter(([, value]) => value !== null))
    : metadata;
}
