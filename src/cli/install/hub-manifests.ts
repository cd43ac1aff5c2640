import { isIP } from 'node:net';
import type { ResourceDefinition } from '../../resources/definition.ts';
import type { ApiGroups } from '../../resources/index.ts';
import { groupName } from '../../resources/index.ts';
import type { Aggregation } from './hub-access.ts';
import { accessManifests } from './hub-access.ts';
import { workloadManifests } from './hub-workload.ts';
import type { Manifest } from './manifest.ts';
import { manifest } from './manifest.ts';
import { COEXISTENCE_GROUP, NAME, POD_LABELS, SECURE_PORT } from './names.ts';

/** A server outside the cluster, as the hub's kube-apiserver reaches it. */
export interface ExternalAddress {
  readonly host: string;
  readonly port: number;
}

export interface HubOptions {
  readonly namespace: string;
  readonly apiGroups: ApiGroups;
  readonly definitions: readonly ResourceDefinition[];
  readonly aggregate: Aggregation;
  readonly image: string;
  readonly external: ExternalAddress | undefined;
}

/** One group and version to register, from the definitions. */
export interface ServedVersion {
  readonly group: string;
  readonly version: string;
  /** 1..1000, the preferred version highest. */
  readonly priority: number;
}

const SERVICE_PORT = 443;
/** Above what CRDs get (1000), so that short names of the upstream group mean ours; coexistence stays below. */
const GROUP_PRIORITY = 1100;
const COEXISTENCE_GROUP_PRIORITY = 100;

/** The versions of each served group, the first of a definition being the preferred one. */
export function servedVersions(definitions: readonly ResourceDefinition[], apiGroups: ApiGroups): ServedVersion[] {
  const seen = new Map<string, ServedVersion>();
  for (const definition of definitions) {
    const group = groupName(definition.groupRole, apiGroups);
    definition.versions.forEach(({ name: version }, index) => {
      const key = `${version}.${group}`;
      if (!seen.has(key)) seen.set(key, { group, version, priority: 100 - 10 * index });
    });
  }
  return [...seen.values()];
}

/** Everything that is installed on a hub, in the order in which it is applied; the APIServices come last. */
export function hubManifests(options: HubOptions): readonly Manifest[] {
  const versions = servedVersions(options.definitions, options.apiGroups);
  const { namespace, external } = options;
  return [
    manifest({ apiVersion: 'v1', kind: 'Namespace', name: namespace }, {}),
    manifest({ apiVersion: 'v1', kind: 'ServiceAccount', name: NAME, namespace }, {}),
    ...accessManifests({ ...options, apiServiceNames: versions.map(({ group, version }) => `${version}.${group}`) }),
    ...(external === undefined
      ? [inClusterService(namespace), ...workloadManifests({ ...options, apiGroup: options.apiGroups.multicluster })]
      : externalService(namespace, external)),
    ...versions.map((served) => apiService(served, namespace, external?.port ?? SERVICE_PORT)),
  ];
}

function inClusterService(namespace: string): Manifest {
  const ports = [{ name: 'https', port: SERVICE_PORT, protocol: 'TCP', targetPort: SECURE_PORT }];
  return manifest(
    { apiVersion: 'v1', kind: 'Service', name: NAME, namespace },
    { spec: { selector: POD_LABELS, ports } },
  );
}

/** A host name becomes an ExternalName; an address needs a Service without selector and its EndpointSlice. */
function externalService(namespace: string, { host, port }: ExternalAddress): readonly Manifest[] {
  const head = { apiVersion: 'v1', kind: 'Service', name: NAME, namespace };
  const ports = [{ name: 'https', port, protocol: 'TCP' }];
  const family = isIP(host);
  if (family === 0) return [manifest(head, { spec: { type: 'ExternalName', externalName: host, ports } })];
  return [
    manifest(head, { spec: { ports: [{ name: 'https', port, protocol: 'TCP', targetPort: port }] } }),
    manifest(
      {
        apiVersion: 'discovery.k8s.io/v1',
        kind: 'EndpointSlice',
        name: NAME,
        namespace,
        labels: { 'kubernetes.io/service-name': NAME, 'endpointslice.kubernetes.io/managed-by': NAME },
      },
      {
        addressType: family === 4 ? 'IPv4' : 'IPv6',
        ports: [{ name: 'https', port, protocol: 'TCP' }],
        endpoints: [{ addresses: [host], conditions: { ready: true } }],
      },
    ),
  ];
}

/** Without caBundle: the server keeps that field itself, so that a GitOps tool that applies this does not fight it. */
function apiService(served: ServedVersion, namespace: string, port: number): Manifest {
  return manifest(
    {
      apiVersion: 'apiregistration.k8s.io/v1',
      kind: 'APIService',
      name: `${served.version}.${served.group}`,
    },
    {
      spec: {
        group: served.group,
        version: served.version,
        groupPriorityMinimum: served.group === COEXISTENCE_GROUP ? COEXISTENCE_GROUP_PRIORITY : GROUP_PRIORITY,
        versionPriority: served.priority,
        service: { name: NAME, namespace, port },
      },
    },
  );
}
