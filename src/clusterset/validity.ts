import { type DroppedEntry, readExportedMetadata } from './exported-metadata.ts';
import type { Exporter } from './exporter.ts';
import { listSome, quote } from './message-text.ts';
import { serviceTypeOf } from './service-facts.ts';

/** The verdict of the Valid condition; an export counts only while it is True. */
export interface Validity {
  readonly status: 'True' | 'False' | 'Unknown';
  readonly reason: string;
  readonly message: string;
}

const EXPORTABLE_TYPES: ReadonlySet<string> = new Set(['ClusterIP', 'NodePort', 'LoadBalancer']);
const DROPPED_ENTRIES_SHOWN_MAX = 3;
const VALID_MESSAGE = 'Service can be exported.';

/**
 * Judges an export from its own member's objects alone (KEP-1645 §Exporting Services, §Service Types). An export or
 * Service that is being deleted no longer counts, finalizers do not prolong it.
 */
export function judgeValidity(exporter: Exporter, clusterSet: string | undefined): Validity {
  return judgeMember(exporter, clusterSet) ?? judgeService(exporter);
}

function judgeMember(exporter: Exporter, clusterSet: string | undefined): Validity | undefined {
  const { serviceExport, memberClusterSet } = exporter;
  if (isDeleting(serviceExport)) return invalid('Terminating', 'The ServiceExport is being deleted.');
  if (clusterSet !== undefined && memberClusterSet !== undefined && memberClusterSet !== clusterSet) {
    const sets = `belongs to the ClusterSet ${quote(memberClusterSet)}, not to ${quote(clusterSet)}`;
    return invalid('OtherClusterSet', `Cluster "${exporter.cluster}" ${sets}.`);
  }
  return exporter.unknownContent === undefined ? undefined : unknown(exporter);
}

function judgeService(exporter: Exporter): Validity {
  const { service, serviceExport, cluster } = exporter;
  if (service === undefined || isDeleting(service)) {
    const key = `${serviceExport.metadata.namespace ?? ''}/${serviceExport.metadata.name}`;
    return invalid('NoService', `No Service ${quote(key)} in cluster "${cluster}".`);
  }
  const type = serviceTypeOf(service);
  if (!isExportableType(type)) {
    const typeText = /^[A-Za-z]{1,63}$/.test(type) ? type : quote(type);
    return invalid('InvalidServiceType', `Service type ${typeText} cannot be exported.`);
  }
  return { status: 'True', reason: 'Valid', message: `${VALID_MESSAGE}${describeDropped(exporter)}` };
}

/** Only what has endpoints of its own can be exported (KEP-1645 §Service Types). */
export function isExportableType(type: string): boolean {
  return EXPORTABLE_TYPES.has(type);
}

function isDeleting(object: { readonly metadata: { readonly deletionTimestamp?: string | null } }): boolean {
  const { deletionTimestamp } = object.metadata;
  return deletionTimestamp !== undefined && deletionTimestamp !== null;
}

function invalid(reason: string, message: string): Validity {
  return { status: 'False', reason, message };
}

function unknown({ cluster, unknownContent }: Exporter): Validity {
  const content = unknownContent === 'services' ? 'Services' : 'ClusterProperties';
  return {
    status: 'Unknown',
    reason: 'Pending',
    message: `The ${content} of cluster "${cluster}" have not been read yet.`,
  };
}

/** A dropped entry never blocks an import, so it must be said where the exporter looks. */
function describeDropped({ serviceExport }: Exporter): string {
  const { dropped } = readExportedMetadata(serviceExport);
  if (dropped.length === 0) return '';
  return ` Not passed on: ${listSome(dropped.map(describeEntry), DROPPED_ENTRIES_SHOWN_MAX)}.`;
}

function describeEntry({ field, key, cause }: DroppedEntry): string {
  return `${field}[${quote(key)}] (${cause})`;
}
