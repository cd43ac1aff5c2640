import { predictConsequences } from '../../src/clusterset/index.ts';
import type { Consequence, ConsequenceContext, Exporter, IpFamilyMode } from '../../src/clusterset/index.ts';
import { judgeKey } from '../../src/clusterset/index.ts';
import type { MemberStatus } from '../../src/kube/member-event.ts';
import { clusterId } from './clusterset-objects.ts';
import { exporter, type ExporterShape, KEY } from './exporters.ts';

/** Exports by cluster; each is created a day after the one before unless it says otherwise. */
export type Shapes = Readonly<Record<string, ExporterShape & { readonly more?: Partial<Exporter> }>>;

export interface Change {
  readonly before: Shapes;
  readonly after: Shapes;
  /** Where the change is made; west unless it says otherwise. */
  readonly cluster?: string;
  readonly mode?: IpFamilyMode;
  readonly context?: Partial<ConsequenceContext>;
}

/** 2026-01-09T15:00:00Z. */
export const NOW_MS = Date.UTC(2026, 0, 9, 15);

export function predict({ before, after, cluster = 'west', mode = 'intersection', context = {} }: Change) {
  const judge = (shapes: Shapes) => judgeKey(KEY, exportersOf(shapes), { clusterSet: undefined, ipFamilyMode: mode });
  return predictConsequences(judge(before), judge(after), {
    cluster: clusterId(cluster),
    clusters: 7,
    withoutNamespace: [],
    unread: [],
    statusOf: () => undefined,
    nowMs: NOW_MS,
    ...context,
  });
}

/** As `type: message`. */
export function predicted(change: Change): readonly string[] {
  return predict(change).map(({ type, message }: Consequence) => `${type}: ${message}`);
}

const ORDER = ['east', 'north', 'south', 'west'];

/** east is the oldest, west the youngest. */
function exportersOf(shapes: Shapes): readonly Exporter[] {
  return Object.entries(shapes).map(([cluster, { more = {}, ...shape }]) => {
    const created = `2026-01-0${ORDER.indexOf(cluster) + 5}T10:00:00Z`;
    return exporter(cluster, { created, ...shape }, more);
  });
}

export function statusOf(cluster: string, more: Partial<MemberStatus>): MemberStatus {
  return {
    cluster: clusterId(cluster),
    phase: 'live',
    synced: true,
    lastContactMs: undefined,
    fingerprint: undefined,
    version: undefined,
    reason: undefined,
    message: undefined,
    clockSkewSeconds: undefined,
    ...more,
  };
}
