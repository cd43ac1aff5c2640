import { createHash } from 'node:crypto';
import type { Entry } from './etcd-writer.ts';
import { managedFields } from './managed-fields.ts';

const GROUP = 'multicluster.x-k8s.io';
const NAMESPACES = 50;
/** Every fifth name is exported by a second member too. */
const OVERLAP_EVERY = 5;
/** Every tenth name is headless. */
const HEADLESS_EVERY = 10;
/** The annotation that measured changes carry: who reads an event finds in it when the change was made. */
export const MARK_ANNOTATION = 'bench.example.com/sent';

/** An exported name and the members that export it, the oldest export first. */
export interface ExportedName {
  readonly index: number;
  readonly namespace: string;
  readonly name: string;
  readonly members: readonly number[];
}

export function exportedNames(imports: number, members: number): readonly ExportedName[] {
  return Array.from({ length: imports }, (_, index) => ({
    index,
    namespace: `team-${String(index % NAMESPACES).padStart(2, '0')}`,
    name: `service-${String(index).padStart(5, '0')}`,
    members: index % OVERLAP_EVERY === 0 ? [index % members, (index + 1) % members] : [index % members],
  }));
}

/** Everything one member holds, as etcd entries. */
export function memberEntries(names: readonly ExportedName[], member: string, position: number): readonly Entry[] {
  const own = names.filter(({ members }) => members.includes(position));
  const namespaces = [...new Set(own.map(({ namespace }) => namespace))];
  return [
    ...namespaces.map((name) => namespaceEntry(member, name)),
    ...own.flatMap((name, place) => serviceEntries(name, { member, position, place })),
    ...own.map((name) => exportEntry(name, { member, position })),
  ];
}

export function namespaceEntry(cluster: string, name: string): Entry {
  return {
    key: `/${cluster}/namespaces/${name}`,
    value: {
      apiVersion: 'v1',
      kind: 'Namespace',
      metadata: { ...identity(`${cluster}/${name}`, 0), name, labels: { 'kubernetes.io/metadata.name': name } },
      spec: { finalizers: ['kubernetes'] },
      status: { phase: 'Active' },
    },
  };
}

interface At {
  readonly member: string;
  readonly position: number;
}

const PORTS = [
  { name: 'http', protocol: 'TCP', port: 80, appProtocol: 'http', targetPort: 8080 },
  { name: 'https', protocol: 'TCP', port: 443, appProtocol: 'https', targetPort: 8443 },
  { name: 'grpc', protocol: 'TCP', port: 9090, appProtocol: 'kubernetes.io/h2c', targetPort: 9090 },
  { name: 'metrics', protocol: 'TCP', port: 9100, targetPort: 9100 },
];

/** A Service, and the IPAddress that kube-apiserver would otherwise make for it while we measure. */
function serviceEntries(of: ExportedName, { member, position, place }: At & { place: number }): readonly Entry[] {
  const { index, namespace, name } = of;
  const headless = index % HEADLESS_EVERY === 0;
  const octet = 101 + position;
  const ip = `10.${octet}.${16 + Math.floor(place / 250)}.${1 + (place % 250)}`;
  const service: Entry = {
    key: `/${member}/services/specs/${namespace}/${name}`,
    value: {
      apiVersion: 'v1',
      kind: 'Service',
      metadata: {
        ...identity(`${member}/service/${namespace}/${name}`, 0),
        name,
        namespace,
        labels: { 'app.kubernetes.io/name': name, 'app.kubernetes.io/part-of': namespace },
      },
      spec: {
        type: 'ClusterIP',
        clusterIP: headless ? 'None' : ip,
        clusterIPs: [headless ? 'None' : ip],
        ipFamilies: ['IPv4'],
        ipFamilyPolicy: 'SingleStack',
        internalTrafficPolicy: 'Cluster',
        sessionAffinity: 'None',
        selector: { 'app.kubernetes.io/name': name },
        ports: index % 3 === 0 ? PORTS : PORTS.slice(0, 3),
      },
      status: { loadBalancer: {} },
    },
  };
  return headless ? [service] : [service, addressEntry(member, ip, of)];
}

function addressEntry(member: string, ip: string, { namespace, name }: ExportedName): Entry {
  return {
    key: `/${member}/ipaddresses/${ip}`,
    value: {
      apiVersion: 'networking.k8s.io/v1',
      kind: 'IPAddress',
      metadata: {
        ...identity(`${member}/ip/${ip}`, 0),
        name: ip,
        labels: {
          'ipaddress.kubernetes.io/ip-family': 'IPv4',
          'ipaddress.kubernetes.io/managed-by': 'ipallocator.k8s.io',
        },
      },
      spec: { parentRef: { group: '', resource: 'services', namespace, name } },
    },
  };
}

/** The export of a name in one member; `mark` makes another content of it. */
export function exportEntry(of: ExportedName, { member, position }: At, mark?: string): Entry {
  const { namespace, name, index, members } = of;
  const isFirst = members[0] === position;
  const age = isFirst ? 0 : 60;
  return {
    key: `/${member}/${GROUP}/serviceexports/${namespace}/${name}`,
    value: {
      apiVersion: `${GROUP}/v1beta1`,
      kind: 'ServiceExport',
      metadata: {
        ...identity(`${member}/export/${namespace}/${name}`, age),
        name,
        namespace,
        labels: { 'app.kubernetes.io/name': name, 'app.kubernetes.io/managed-by': 'Helm' },
        generation: 1,
      },
      spec: {
        exportedLabels: {
          'app.kubernetes.io/name': name,
          'app.kubernetes.io/part-of': namespace,
          'app.kubernetes.io/version': `1.${index % 40}.${index % 7}`,
          'example.com/cost-center': `cc-${1000 + (index % 90)}`,
        },
        exportedAnnotations: {
          'example.com/owner': `${namespace}@example.com`,
          'example.com/runbook': `https://runbooks.example.com/${namespace}/${name}`,
          'example.com/description': describe(index),
          ...(mark === undefined ? {} : { [MARK_ANNOTATION]: mark }),
        },
      },
    },
  };
}

const WORDS =
  'accepts answers batches carts catalogue checks customers errors events files forwards images invoices keeps lists orders payments prices queues reads records reports requests routes sends stock stores tokens users writes'.split(
    ' ',
  );

/** Some 220 characters that differ from name to name, as people's texts do: objects must not compress too well. */
function describe(index: number): string {
  const digest = createHash('sha256').update(`description ${index}`).digest();
  return `${[...digest].map((byte) => WORDS[byte % WORDS.length]).join(' ')}.`;
}

/** The CRD object of a cluster for an import as our API lists it. */
export function importEntry(cluster: string, listed: ListedImport, mark?: string): Entry {
  // etcd's own revision takes its place.
  const metadata = { ...listed.metadata, resourceVersion: undefined };
  const marked = mark === undefined ? {} : { annotations: { ...metadata.annotations, [MARK_ANNOTATION]: mark } };
  return {
    key: `/${cluster}/${GROUP}/serviceimports/${metadata.namespace}/${metadata.name}`,
    value: {
      ...listed,
      apiVersion: `${GROUP}/v1beta1`,
      kind: 'ServiceImport',
      metadata: { ...metadata, ...marked, generation: 1, managedFields: managedFields(listed) },
    },
  };
}

export interface ListedImport {
  readonly metadata: {
    readonly name: string;
    readonly namespace: string;
    readonly resourceVersion: string;
    readonly labels?: Readonly<Record<string, string>>;
    readonly annotations?: Readonly<Record<string, string>>;
  };
  readonly spec: object;
  readonly status: {
    readonly clusters: readonly Readonly<Record<string, string>>[];
    readonly conditions: readonly Readonly<Record<string, string>>[];
  };
}

function identity(text: string, ageSeconds: number): { uid: string; creationTimestamp: string } {
  const hex = createHash('sha256').update(text).digest('hex');
  const uid = [8, 4, 4, 4, 12].reduce<{ parts: string[]; from: number }>(
    ({ parts, from }, length) => ({ parts: [...parts, hex.slice(from, from + length)], from: from + length }),
    { parts: [], from: 0 },
  );
  const created = new Date(Date.UTC(2026, 0, 1, 12, 0, ageSeconds)).toISOString().replace('.000Z', 'Z');
  return { uid: uid.parts.join('-'), creationTimestamp: created };
}
