import type { ClusterId } from '../../kube/cluster-id.ts';
import type { MemberPhase, MemberStatus } from '../../kube/member-event.ts';
import { formatTime } from '../../kube/time.ts';
import { type Standing, standingOf } from '../conflict-message.ts';
import { comparePrecedence, createdTime, readCreatedSeconds } from '../constituent.ts';
import type { JudgedExporter } from '../key-derivation.ts';
import type { ServiceMerge } from '../merge.ts';
import { rowNameOf } from '../row-name.ts';
import type { ServiceImportType } from '../service-facts.ts';
import { describePort } from '../service-port.ts';
import type { Validity } from '../validity.ts';
import { omittedCount, PORTS_SHOWN_MAX, shownValue } from './limits.ts';

/** What is known of the health of a member, given in from outside. */
export type MemberContact = Pick<MemberStatus, 'phase' | 'lastContactMs' | 'reason' | 'message'>;

export interface MemberProvenance {
  readonly phase: MemberPhase;
  /** To the minute: nothing else in an explanation moves while nothing changes. */
  readonly lastContactTime: string | undefined;
  readonly reason: string | undefined;
  readonly message: string | undefined;
}

/** One export of the name, whether it counts or not. */
export interface ExportProvenance {
  readonly cluster: ClusterId;
  /** 1 is the winner; undefined while the export does not count. */
  readonly rank: number | undefined;
  readonly standing: Standing | 'NotCounted';
  readonly creationTimestamp: string | undefined;
  readonly valid: Validity['status'];
  readonly reason: string;
  readonly message: string;
  /** Name of the ServiceExport that shows it here; undefined when its name belongs to another one. */
  readonly serviceExport: string | undefined;
  readonly type: ServiceImportType | undefined;
  readonly ports: readonly string[] | undefined;
  readonly portsOmitted: number | undefined;
  /** The fields in which it differs, as in `values`. */
  readonly differsIn: readonly string[];
  readonly clockSkewSeconds: number | undefined;
  readonly member: MemberProvenance | undefined;
}

export interface ExportsContext {
  readonly name: string;
  readonly merge: ServiceMerge | undefined;
  readonly contactOf: (cluster: ClusterId) => MemberContact | undefined;
}

/** All exports in the order of precedence, those that do not count among them. */
export function explainExports(
  exporters: readonly JudgedExporter[],
  context: ExportsContext,
): readonly ExportProvenance[] {
  const aged = exporters.map((judged) => {
    const { cluster, serviceExport } = judged.exporter;
    return { judged, cluster, createdSeconds: readCreatedSeconds(serviceExport) };
  });
  return aged.sort(comparePrecedence).map(({ judged }) => explainExport(judged, context));
}

function explainExport({ exporter, validity }: JudgedExporter, context: ExportsContext): ExportProvenance {
  const { cluster, clockSkewSeconds, serviceExport, hasRow } = exporter;
  return {
    cluster,
    ...explainStanding(cluster, context.merge),
    creationTimestamp: createdTime({ createdSeconds: readCreatedSeconds(serviceExport) }),
    valid: validity.status,
    reason: validity.reason,
    message: validity.message,
    serviceExport: hasRow ? rowNameOf(cluster, context.name) : undefined,
    clockSkewSeconds: clockSkewSeconds === 0 ? undefined : clockSkewSeconds,
    member: explainContact(context.contactOf(cluster)),
  };
}

type CountedFields = Pick<ExportProvenance, 'rank' | 'standing' | 'type' | 'ports' | 'portsOmitted' | 'differsIn'>;

const NOT_COUNTED: CountedFields = {
  rank: undefined,
  standing: 'NotCounted',
  type: undefined,
  ports: undefined,
  portsOmitted: undefined,
  differsIn: [],
};

/** What only an export that counts has. */
function explainStanding(cluster: ClusterId, merge: ServiceMerge | undefined): CountedFields {
  const index = merge?.constituents.findIndex((one) => one.cluster === cluster) ?? -1;
  const constituent = merge?.constituents[index];
  if (merge === undefined || constituent === undefined) return NOT_COUNTED;
  const { type, ports } = constituent.service;
  return {
    rank: index + 1,
    standing: standingOf(merge, cluster),
    type,
    ports: ports.slice(0, PORTS_SHOWN_MAX).map((port) => shownValue(describePort(port))),
    portsOmitted: omittedCount(ports, PORTS_SHOWN_MAX),
    differsIn: fieldsOfDifference(merge, cluster),
  };
}

function fieldsOfDifference({ conflicts }: ServiceMerge, cluster: ClusterId): readonly string[] {
  return conflicts.filter(({ differing }) => differing.includes(cluster)).map(({ field }) => field);
}

/** In milliseconds. */
const MINUTE = 60_000;

function explainContact(contact: MemberContact | undefined): MemberProvenance | undefined {
  if (contact === undefined) return undefined;
  const { phase, lastContactMs, reason, message } = contact;
  return {
    phase,
    lastContactTime: lastContactMs === undefined ? undefined : formatTime(Math.floor(lastContactMs / MINUTE) * MINUTE),
    reason,
    message: message === undefined ? undefined : shownValue(message),
  };
}
