import type { ClusterId } from '../kube/cluster-id.ts';
import { keyString, type ObjectKey } from '../kube/object.ts';
import { formatTime } from '../kube/time.ts';
import type { Exporter } from './exporter.ts';
import type { KeyVerdict } from './key-derivation.ts';
import type { MemberContent } from './member-content.ts';
import { createMemberFacts, type NamespaceState } from './member-facts.ts';
import { exporterOf, type MemberIndex } from './member-index.ts';
import { completeService, completeServiceExport, type SupposedObject, supposeObject } from './supposed-object.ts';

/** A change of one member's objects of one name, imagined. */
export interface Supposition {
  readonly cluster: ClusterId;
  readonly serviceExport: SupposedObject;
  readonly service: SupposedObject;
  /** When it would happen, in epoch milliseconds: the age of a new export. */
  readonly nowMs: number;
}

/** What is decided about a name now and what would be, and what limits how true that is. */
export interface Supposed {
  readonly cluster: ClusterId;
  readonly before: KeyVerdict;
  readonly after: KeyVerdict;
  /** How many members there are. */
  readonly clusters: number;
  /** Members that have no such namespace, or lose it: there no import is made. */
  readonly withoutNamespace: readonly ClusterId[];
  /** Members whose export of the name is not known, because they have not been read yet. */
  readonly unread: readonly ClusterId[];
}

/** The exports of the name as they would be, in the order in which they would be known. */
export function supposeExporters(
  index: MemberIndex,
  key: ObjectKey,
  { supposition, clusterSet }: { readonly supposition: Supposition; readonly clusterSet: string | undefined },
): readonly Exporter[] {
  const exporters = index.exportersAt(keyString(key));
  const member = index.members.get(supposition.cluster);
  if (member === undefined) return exporters;
  const supposed = supposeExporter(member, keyString(key), { supposition, clusterSet });
  const isKnown = exporters.some(({ cluster }) => cluster === supposition.cluster);
  const others = exporters.flatMap((exporter) =>
    exporter.cluster === supposition.cluster ? (supposed ?? []) : exporter,
  );
  return isKnown || supposed === undefined ? others : [...others, supposed];
}

function supposeExporter(
  member: MemberContent,
  key: string,
  { supposition, clusterSet }: { readonly supposition: Supposition; readonly clusterSet: string | undefined },
): Exporter | undefined {
  const { serviceexports, services } = member.resources;
  if (supposition.serviceExport.type === 'unchanged' && !serviceexports.usable) return undefined;
  const complete = completeServiceExport(formatTime(supposition.nowMs));
  const serviceExport = supposeObject(supposition.serviceExport, serviceexports.objects.get(key), complete);
  if (serviceExport === undefined) return undefined;
  const exporter = exporterOf(member, { key, serviceExport, clusterSet });
  if (supposition.service.type === 'unchanged') return exporter;
  const service = supposeObject(supposition.service, services.objects.get(key), completeService);
  const { unknownContent } = exporter;
  return { ...exporter, service, unknownContent: unknownContent === 'services' ? undefined : unknownContent };
}

/** Members of which it is known that no import of this namespace can be made there. */
export function findWithoutNamespace(index: MemberIndex, namespace: string): readonly ClusterId[] {
  const { namespaceIn } = createMemberFacts(index);
  const lacking: ReadonlySet<NamespaceState> = new Set(['absent', 'terminating']);
  const clusters = [...index.members.values()].map(({ cluster }) => cluster);
  return clusters.filter((cluster) => lacking.has(namespaceIn(cluster, namespace))).sort();
}
