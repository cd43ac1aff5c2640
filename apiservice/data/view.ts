import type { KubeObject } from '../../src/kube/object.ts';
import type { VersionDefinition } from '../../src/resources/definition.ts';
import { withGroup } from '../../src/resources/index.ts';
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

/** The object in the version and group of the view; the store holds the upstream group. */
export function objectInView(view: View, stored: KubeObject): KubeObject {
  return withGroup(view.version.fromStorage(stored), view.served.group);
}

/** PartialObjectMetadata of an object that is already in the view's version. */
export function partialMetadata(view: View, object: KubeObject): ApiType & { metadata: unknown } {
  return { kind: 'PartialObjectMetadata', apiVersion: metaApiVersion(view.form), metadata: object.metadata };
}
