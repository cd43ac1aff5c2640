import { isIP } from 'node:net';
import type { ExternalAddress } from './external-address.ts';
import type { Manifest } from './manifest.ts';
import { manifest } from './manifest.ts';

/** The Service by which a kube-apiserver calls us. */
export interface ServicePlace {
  readonly namespace: string;
  readonly name: string;
}

/** The port of every Service of ours with pods behind it. */
export const SERVICE_PORT = 443;

export function inClusterService(
  place: ServicePlace,
  pods: { readonly selector: Readonly<Record<string, string>>; readonly port: number },
): Manifest {
  const ports = [{ name: 'https', port: SERVICE_PORT, protocol: 'TCP', targetPort: pods.port }];
  return manifest({ apiVersion: 'v1', kind: 'Service', ...place }, { spec: { selector: pods.selector, ports } });
}

/** A host name becomes an ExternalName; an address needs a Service without selector and its EndpointSlice. */
export function externalService(place: ServicePlace, { host, port }: ExternalAddress): readonly Manifest[] {
  const head = { apiVersion: 'v1', kind: 'Service', ...place };
  const ports = [{ name: 'https', port, protocol: 'TCP' }];
  const family = isIP(host);
  if (family === 0) return [manifest(head, { spec: { type: 'ExternalName', externalName: host, ports } })];
  const { name } = place;
  return [
    manifest(head, { spec: { ports: [{ name: 'https', port, protocol: 'TCP', targetPort: port }] } }),
    manifest(
      {
        ...{ apiVersion: 'discovery.k8s.io/v1', kind: 'EndpointSlice', ...place },
        labels: { 'kubernetes.io/service-name': name, 'endpointslice.kubernetes.io/managed-by': name },
      },
      {
        addressType: family === 4 ? 'IPv4' : 'IPv6',
        ports: [{ name: 'https', port, protocol: 'TCP' }],
        endpoints: [{ addresses: [host], conditions: { ready: true } }],
      },
    ),
  ];
}
