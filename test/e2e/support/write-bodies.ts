import type { JsonObject, JsonValue } from '../../../src/kube/object.ts';
import type { RawWrite } from './write-decision.ts';

/** A write that a real kube-apiserver and our own functions must judge alike. */
export interface WriteCase extends RawWrite {
  readonly title: string;
  /** Set where we mean to differ: what we say instead, and why. */
  readonly deviation?: { readonly ours: string; readonly why: string };
}

export const JSON_TYPE = 'application/json';
export const YAML_TYPE = 'application/yaml';
const JSON_PATCH = 'application/json-patch+json';
const MERGE_PATCH = 'application/merge-patch+json';
const APPLY = 'application/apply-patch+yaml';

const DRY = 'dryRun=All';

/** The text of an object; the name comes first, so that metadata in a test is what differs. */
export function sent(metadata: JsonValue, more: JsonObject = {}): string {
  return JSON.stringify({ apiVersion: 'multicluster.x-k8s.io/v1beta1', kind: 'ServiceExport', metadata, ...more });
}

/** A YAML object with further lines inside of metadata. */
export function yaml(lines = ''): string {
  return `apiVersion: multicluster.x-k8s.io/v1beta1\nkind: ServiceExport\nmetadata:\n  name: fresh\n${lines}`;
}

type Options = Partial<WriteCase>;

export function create(title: string, body: string, options: Options = {}): WriteCase {
  return { title: `create: ${title}`, method: 'POST', query: DRY, contentType: JSON_TYPE, body, ...options };
}

export function update(title: string, body: string, options: Options = {}): WriteCase {
  return { title: `update: ${title}`, method: 'PUT', query: DRY, contentType: JSON_TYPE, body, ...options };
}

export function jsonPatch(title: string, operations: JsonValue, options: Options = {}): WriteCase {
  const body = JSON.stringify(operations);
  return { title: `JSON patch: ${title}`, method: 'PATCH', query: DRY, contentType: JSON_PATCH, body, ...options };
}

export function mergePatch(title: string, body: string, options: Options = {}): WriteCase {
  return { title: `merge patch: ${title}`, method: 'PATCH', query: DRY, contentType: MERGE_PATCH, body, ...options };
}

export function apply(title: string, body: string, options: Options = {}): WriteCase {
  const query = `${DRY}&fieldManager=m`;
  return { title: `apply: ${title}`, method: 'PATCH', query, contentType: APPLY, body, ...options };
}

export function remove(title: string, body: string, options: Options = {}): WriteCase {
  return { title: `delete: ${title}`, method: 'DELETE', query: '', contentType: JSON_TYPE, body, ...options };
}
