import { ABOUT_GROUP, MULTICLUSTER_GROUP } from '../kube/domain.ts';
import type { JsonObject, KubeObject } from '../kube/object.ts';
import { formatTime } from '../kube/time.ts';

const HOUR_MS = 3_600_000;

/** The members of the example, oldest first. */
export const EXAMPLE_MEMBERS = ['east', 'west', 'north'] as const;

export type ExampleMember = (typeof EXAMPLE_MEMBERS)[number];

export interface ExamplePort {
  readonly name: string;
  readonly port: number;
}

interface ExampleService {
  readonly namespace: string;
  readonly name: string;
  readonly ports: readonly ExamplePort[];
  readonly spec?: JsonObject;
  readonly exported?: JsonObject;
}

const HTTP: ExamplePort = { name: 'http', port: 80 };
const GRPC: ExamplePort = { name: 'grpc', port: 9090 };
const PROD = 'prod';

/** How long ago each member made its objects: the oldest export decides where members differ. */
const AGE_HOURS: Readonly<Record<ExampleMember, number>> = { east: 72, west: 48, north: 24 };

const LOCATION: Readonly<Record<ExampleMember, string>> = { east: 'eu-1', west: 'us-1', north: 'eu-2' };

const SHOP_TEAM = { exportedLabels: { team: 'shop' } };
const DATA_TEAM = { exportedLabels: { team: 'data' }, exportedAnnotations: { 'example.com/runbook': 'databases' } };

/**
 * prod/api is a merge (the ports differ), prod/cart a conflict (the session affinity differs), prod/db is headless,
 * infra/dns is the same everywhere.
 */
const SERVICES: Readonly<Record<ExampleMember, readonly ExampleService[]>> = {
  east: [
    { namespace: PROD, name: 'api', ports: [HTTP], exported: SHOP_TEAM },
    { namespace: PROD, name: 'cart', ports: [HTTP], exported: SHOP_TEAM },
    { namespace: 'infra', name: 'dns', ports: [{ name: 'dns-tcp', port: 53 }], exported: {} },
  ],
  west: [
    { namespace: PROD, name: 'api', ports: [HTTP, GRPC], exported: SHOP_TEAM },
    { namespace: PROD, name: 'cart', ports: [HTTP], spec: { sessionAffinity: 'ClientIP' }, exported: SHOP_TEAM },
    {
      namespace: PROD,
      name: 'db',
      ports: [{ name: 'sql', port: 5432 }],
      spec: { clusterIP: 'None' },
      exported: DATA_TEAM,
    },
    { namespace: 'infra', name: 'dns', ports: [{ name: 'dns-tcp', port: 53 }], exported: {} },
  ],
  north: [
    { namespace: PROD, name: 'api', ports: [HTTP] },
    {
      namespace: PROD,
      name: 'db',
      ports: [{ name: 'sql', port: 5432 }],
      spec: { clusterIP: 'None' },
      exported: DATA_TEAM,
    },
    { namespace: 'infra', name: 'dns', ports: [{ name: 'dns-tcp', port: 53 }], exported: {} },
  ],
};

/** Exports of Services that do not exist: a mistake that the API tells about. */
const ORPHANS: Readonly<Record<ExampleMember, readonly string[]>> = { east: [], west: [], north: ['reports'] };

export interface ExampleOptions {
  readonly clusterSet: string;
  readonly nowMs: number;
}

/** The objects that a member of the example has at the start. */
export function exampleObjects(member: ExampleMember, { clusterSet, nowMs }: ExampleOptions): readonly KubeObject[] {
  const creationTimestamp = formatTime(nowMs - AGE_HOURS[member] * HOUR_MS);
  const services = SERVICES[member];
  const namespaces = [
    ...new Set(['default', 'kube-public', 'kube-system', PROD, ...services.map(({ namespace }) => namespace)]),
  ];
  const objects = [
    ...namespaces.map((name) => ({ apiVersion: 'v1', kind: 'Namespace', metadata: { name } })),
    property('cluster.clusterset.k8s.io', member),
    property('clusterset.k8s.io', clusterSet),
    property('location.example.com', LOCATION[member]),
    ...services.map(serviceOf),
    ...services.flatMap(({ namespace, name, exported }) =>
      exported === undefined ? [] : [exampleExport(namespace, name, exported)],
    ),
    ...ORPHANS[member].map((name) => exampleExport(PROD, name, {})),
  ];
  return objects.map((object) => ({ ...object, metadata: { creationTimestamp, ...object.metadata } }));
}

function serviceOf({ namespace, name, ports, spec }: ExampleService): KubeObject {
  return {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name, namespace },
    spec: { selector: { app: name }, ports: ports.map((port) => ({ ...port, protocol: 'TCP' })), ...spec },
  };
}

export function exampleExport(namespace: string, name: string, spec: JsonObject): KubeObject {
  return {
    apiVersion: `${MULTICLUSTER_GROUP}/v1beta1`,
    kind: 'ServiceExport',
    metadata: { name, namespace },
    ...(Object.keys(spec).length === 0 ? {} : { spec }),
  };
}

function property(name: string, value: string): KubeObject {
  return { apiVersion: `${ABOUT_GROUP}/v1beta1`, kind: 'ClusterProperty', metadata: { name }, spec: { value } };
}
