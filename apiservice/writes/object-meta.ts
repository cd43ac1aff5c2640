import type { JsonObject, JsonValue } from '../../src/kube/object.ts';
import { isJsonList, isJsonObject } from '../../src/kube/object.ts';
import type { GoStruct, GoType } from './go-struct.ts';
import { structFault, TEXT } from './go-struct.ts';

const UID: GoType = { type: 'text', go: 'types.UID' };
const TEXT_MAP: GoType = { type: 'map', go: 'map[string]string', values: TEXT };

const OWNER_REFERENCE: GoStruct = {
  type: 'struct',
  go: 'v1.OwnerReference',
  name: 'OwnerReference',
  fields: {
    apiVersion: TEXT,
    kind: TEXT,
    name: TEXT,
    uid: UID,
    controller: { type: 'boolean' },
    blockOwnerDeletion: { type: 'boolean' },
  },
};

const MANAGED_FIELDS_ENTRY: GoStruct = {
  type: 'struct',
  go: 'v1.ManagedFieldsEntry',
  name: 'ManagedFieldsEntry',
  fields: {
    manager: TEXT,
    operation: { type: 'text', go: 'v1.ManagedFieldsOperationType' },
    apiVersion: TEXT,
    time: { type: 'time' },
    fieldsType: TEXT,
    fieldsV1: { type: 'any' },
    subresource: TEXT,
  },
};

const OBJECT_META: GoStruct = {
  type: 'struct',
  go: 'v1.ObjectMeta',
  name: 'ObjectMeta',
  fields: {
    name: TEXT,
    generateName: TEXT,
    namespace: TEXT,
    selfLink: TEXT,
    uid: UID,
    resourceVersion: TEXT,
    generation: { type: 'integer' },
    creationTimestamp: { type: 'time' },
    deletionTimestamp: { type: 'time' },
    deletionGracePeriodSeconds: { type: 'integer' },
    labels: TEXT_MAP,
    annotations: TEXT_MAP,
    ownerReferences: { type: 'list', go: '[]v1.OwnerReference', items: OWNER_REFERENCE },
    finalizers: { type: 'list', go: '[]string', items: TEXT },
    managedFields: { type: 'list', go: '[]v1.ManagedFieldsEntry', items: MANAGED_FIELDS_ENTRY },
  },
};

/** What Go says of metadata that is not of the right types; undefined when it is. */
export function metadataFault(metadata: JsonValue | undefined): string | undefined {
  return structFault(metadata, OBJECT_META, true);
}

/**
 * Metadata of the right types without the nulls that Go reads as nothing: fields go, values of labels and annotations
 * and finalizers become empty texts. Unknown fields stay, so that a member can tell of them.
 */
export function withoutNulls(metadata: JsonValue | undefined): JsonObject {
  if (!isJsonObject(metadata)) return {};
  const fields = Object.entries(metadata).filter(([, value]) => value !== null);
  return Object.fromEntries(fields.map(([name, value]) => [name, filled(name, value)]));
}

function filled(name: string, value: JsonValue | undefined): JsonValue | undefined {
  if ((name === 'labels' || name === 'annotations') && isJsonObject(value)) {
    return Object.fromEntries(Object.entries(value).map(([key, text]) => [key, text ?? '']));
  }
  return name === 'finalizers' && isJsonList(value) ? value.map((text) => text ?? '') : value;
}
