import { type ClusterId, parseClusterId } from '../../src/kube/cluster-id.ts';
import type { JsonObject, KubeObject, ObjectMeta } from '../../src/kube/object.ts';

/** A cluster id that is known to be legal. */
export function clusterId(name: string): ClusterId {
  const parsed = parseClusterId(name);
  if (!parsed.ok) throw new Error(parsed.error);
  return parsed.value;
}

export const DEFAULT_CREATED = '2026-01-05T10:00:00Z';

/** A ServiceExport prod/api with whatever differs from it. */
export function serviceExport(
  metadata: Partial<ObjectMeta> = {},
  more: { readonly spec?: JsonObject; readonly status?: JsonObject } = {},
): KubeObject {
  return {
    apiVersion: 'multicluster.x-k8s.io/v1beta1',
    kind: 'ServiceExport',
    metadata: {
      name: 'api',
      namespace: 'prod',
      uid: '11111111-1111-4111-8111-111111111111',
      creationTimestamp: DEFAULT_CREATED,
      generation: 1,
      ...metadata,
    },
    ...more,
  };
}

/** A ClusterIP Service prod/api, cut as members cut it. */
export function service(spec: JsonObject = {}, metadata: Partial<ObjectMeta> = {}): KubeObject {
  return {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name: 'api', namespace: 'prod', ...metadata },
    spec: { type: 'ClusterIP', clusterIP: '10.0.0.1', selector: { app: 'api' }, ...spec },
  };
}

/** Reads `http TCP/80` or `TCP/80`, with an appProtocol after a second space; '' gives no ports. */
export function ports(text: string): JsonObject[] {
  return text === '' ? [] : text.split(', ').map(port);
}

function port(text: string): JsonObject {
  const words = text.split(' ');
  const at = words.findIndex((word) => word.includes('/'));
  const [protocol, number] = (words[at] ?? '').split('/');
  const appProtocol = words[at + 1];
  return {
    ...(at === 0 ? {} : { name: words[0] }),
    protocol,
    ...(appProtocol === undefined ? {} : { appProtocol }),
    port: Number(number),
  };
}

/** A ClusterProperty `clusterset.k8s.io` (KEP-2149). */
export function clusterSetProperty(value: string): KubeObject {
  return {
    apiVersion: 'about.k8s.io/v1beta1',
    kind: 'ClusterProperty',
    metadata: { name: 'clusterset.k8s.io' },
    spec: { value },
  };
}

export function endpointSlice(name: string, serviceName: string, addressType: string): KubeObject {
  return {
    apiVersion: 'discovery.k8s.io/v1',
    kind: 'EndpointSlice',
    metadata: { name, namespace: 'prod', labels: { 'kubernetes.io/service-name': serviceName } },
    addressType,
  };
}
