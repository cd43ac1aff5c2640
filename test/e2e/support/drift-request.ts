import type { JsonObject } from '../../../src/kube/object.ts';

/** Answers that earlier requests kept, by name. */
export type Kept = Readonly<Record<string, JsonObject>>;

/** One request that a real kube-apiserver and an embedded member must answer alike. */
export interface DriftRequest {
  readonly title: string;
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  readonly path: string;
  readonly body?: unknown;
  /** Made of answers that were kept; wins over `body`. */
  readonly bodyFrom?: (kept: Kept) => unknown;
  readonly contentType?: string;
  readonly accept?: string;
  /** Only the status and the reason are compared: the words are kube-apiserver's own, or hold something random. */
  readonly textsDiffer?: boolean;
  /** Keeps the answer under this name. */
  readonly keep?: string;
}

export const SERVICES = '/api/v1/namespaces/drift/services';
export const NAMESPACES = '/api/v1/namespaces';
export const EXPORTS = '/apis/multicluster.x-k8s.io/v1beta1/namespaces/drift/serviceexports';
export const IMPORTS = '/apis/multicluster.x-k8s.io/v1beta1/namespaces/drift/serviceimports';
export const PROPERTIES = '/apis/about.k8s.io/v1beta1/clusterproperties';
export const LEASES = '/apis/coordination.k8s.io/v1/namespaces/drift/leases';
export const SLICES = '/apis/discovery.k8s.io/v1/namespaces/drift/endpointslices';
export const JSON_PATCH = 'application/json-patch+json';
export const MERGE = 'application/merge-patch+json';
export const STRATEGIC = 'application/strategic-merge-patch+json';

export function withSpec(object: JsonObject | undefined, spec: object, metadata: object = {}): unknown {
  const { metadata: before, spec: specBefore } = (object ?? {}) as { metadata?: object; spec?: object };
  return { ...object, metadata: { ...before, ...metadata }, spec: { ...specBefore, ...spec } };
}

export function service(name: string, spec: object = {}, metadata: object = {}): object {
  return {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name, ...metadata },
    spec: { selector: { app: name }, ports: [{ name: 'http', port: 80 }], ...spec },
  };
}

export function mcs(kind: string, name: string, more: object = {}): object {
  return { apiVersion: 'multicluster.x-k8s.io/v1beta1', kind, metadata: { name }, ...more };
}
