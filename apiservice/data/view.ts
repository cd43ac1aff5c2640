import { isJsonObject } from '../../src/kube/object.ts';
import type { JsonObject, KubeObject } from '../../src/kube/object.ts';
import type { VersionDefinition } from '../../src/resources/definition.ts';
import type { ServedResource } from '../types.ts';
import type { Form } from './negotiation.ts';
import type { IncludeObject } from './query.ts';

/** One way of showing one kind: version, form, and what table rows carry. Equal keys make equal bytes. */
export interface View {
  readonly key: string;
  readonly served: ServedResource;
  readonly version: VersionDefinition;
  readonly form: Form;
  readonly includeObject: IncludeObject;
}

export interface GroupVersionResource {
  readonly group: string;
  readonly version: string;
  readonly resource: string;
}

export interface ApiType {
  readonly kind: string;
  readonly apiVersion: string;
}

export function createView(
  served: ServedResource,
  version: VersionDefinition,
  shown: { form: Form; includeObject: IncludeObject },
): View {
  const { form, includeObject } = shown;
  const meta = form.type === 'object' ? '' : form.metaVersion;
  const rows = form.type === 'table' ? includeObject : '';
  const key = [form.type, meta, rows, served.group, version.name, served.definition.resource].join(' ');
  return { key, served, version, form, includeObject };
}

export function resourceOfView({ served, version }: View): GroupVersionResource {
  return { group: served.group, version: version.name, resource: served.definition.resource };
}

/** The type of the objects themselves, under the group they are served as. */
export function objectType(view: View): ApiType {
  const { group, definition } = view.served;
  const apiVersion = group === '' ? view.version.name : `${group}/${view.version.name}`;
  return { apiVersion, kind: definition.kind };
}

export function metaApiVersion(form: Form): string {
  return `meta.k8s.io/${form.type === 'object' ? 'v1' : form.metaVersion}`;
}

/**
 * The object in the version and group of the view. The store holds the upstream group; under another name it is
 * replaced wherever the object itself is meant: apiVersion and managedFields.
 */
export function objectInView(view: View, stored: KubeObject): KubeObject {
  const { apiVersion } = objectType(view);
  const converted = view.version.fromStorage(stored);
  const storedGroup = groupOf(stored.apiVersion);
  const { managedFields } = converted.metadata;
  if (storedGroup === view.served.group || managedFields === undefined) {
    return converted.apiVersion === apiVersion ? converted : { ...converted, apiVersion };
  }
  const rewritten = managedFields.map((entry) => inGroup(entry, storedGroup, view.served.group));
  return { ...converted, apiVersion, metadata: { ...converted.metadata, managedFields: rewritten } };
}

/** PartialObjectMetadata of an object that is already in the view's version. */
export function partialMetadata(view: View, object: KubeObject): ApiType & { metadata: unknown } {
  return { kind: 'PartialObjectMetadata', apiVersion: metaApiVersion(view.form), metadata: object.metadata };
}

function inGroup(entry: JsonObject, from: string, to: string): JsonObject {
  const apiVersion = entry['apiVersion'];
  if (!isJsonObject(entry) || typeof apiVersion !== 'string' || groupOf(apiVersion) !== from) return entry;
  return { ...entry, apiVersion: `${to}${apiVersion.slice(from.length)}` };
}

function groupOf(apiVersion: string): string {
  return apiVersion.slice(0, Math.max(0, apiVersion.indexOf('/')));
}
