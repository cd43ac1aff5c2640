import type { Registry } from 'prom-client';
import { Counter, Gauge, Histogram } from 'prom-client';
import type { DataMetrics } from '../data/deps.ts';

const GROUP_VERSION_RESOURCE = ['group', 'version', 'resource'] as const;
const WATCH_LIST_SECONDS = [0.05, 0.1, 0.2, 0.4, 0.6, 0.8, 1, 2, 4, 6, 8, 10, 15, 20, 30, 45, 60];
const EVENT_BYTES = [1024, 2048, 4096, 8192, 16384, 32768, 65536, 131072];

/** Counters of lists and watches: kube-apiserver's names where it has them, otherwise our own prefix. */
export function createDataMetrics(registry: Registry): DataMetrics {
  const registers = [registry];
  const counter = <L extends string>(name: string, help: string, labelNames: readonly L[]): Counter<L> =>
    new Counter({ name, help, labelNames, registers });
  const watchers = new Gauge({
    name: 'clusterset_apiserver_watchers',
    help: 'Watch clients by resource.',
    labelNames: [...GROUP_VERSION_RESOURCE],
    registers,
  });
  const bytes = new Gauge({
    name: 'clusterset_apiserver_list_bytes_in_flight',
    help: 'Bytes of list bodies that are being sent.',
    registers,
  });
  const cut = counter('clusterset_apiserver_watches_cut_total', 'Watches that the server ended, by why.', [
    ...GROUP_VERSION_RESOURCE,
    'reason',
  ]);
  const refused = counter(
    'clusterset_apiserver_lists_refused_total',
    'Lists refused because too many bytes were being sent.',
    GROUP_VERSION_RESOURCE,
  );
  const watchLists = new Histogram({
    name: 'apiserver_watch_list_duration_seconds',
    help: 'Time until the initial events of a streaming list were sent.',
    labelNames: [...GROUP_VERSION_RESOURCE, 'scope'],
    buckets: WATCH_LIST_SECONDS,
    registers,
  });
  return {
    watchEvents: createEventCounter(registry),
    watchersChanged: (of, by) => watchers.inc({ ...of }, by),
    watchCut: (of, reason) => cut.inc({ ...of, reason }),
    listBytesInFlight: (current) => bytes.set(current),
    watchListTook: (of, scope, seconds) => watchLists.observe({ ...of, scope }, seconds),
    listRefused: (of) => refused.inc({ ...of }),
  };
}

/**
 * apiserver_watch_events_sizes is kept as the three counters that a histogram is on the wire, because the library's
 * histogram cannot add one observation for many watchers at once.
 */
function createEventCounter(registry: Registry): DataMetrics['watchEvents'] {
  const registers = [registry];
  const counter = <L extends string>(name: string, help: string, labelNames: readonly L[]): Counter<L> =>
    new Counter({ name, help, labelNames, registers });
  const total = counter('apiserver_watch_events_total', 'Events sent to watch clients.', GROUP_VERSION_RESOURCE);
  const buckets = counter('apiserver_watch_events_sizes_bucket', 'Events sent, by size in bytes.', [
    ...GROUP_VERSION_RESOURCE,
    'le',
  ]);
  const sum = counter('apiserver_watch_events_sizes_sum', 'Bytes of events sent.', GROUP_VERSION_RESOURCE);
  const count = counter('apiserver_watch_events_sizes_count', 'Events sent.', GROUP_VERSION_RESOURCE);
  return (of, sizesBytes, watchers) => {
    if (watchers === 0 || sizesBytes.length === 0) return;
    const sent = sizesBytes.length * watchers;
    total.inc({ ...of }, sent);
    count.inc({ ...of }, sent);
    sum.inc({ ...of }, watchers * sizesBytes.reduce((all, one) => all + one, 0));
    for (const bound of EVENT_BYTES) {
      buckets.inc({ ...of, le: String(bound) }, watchers * sizesBytes.filter((size) => size <= bound).length);
    }
    buckets.inc({ ...of, le: '+Inf' }, sent);
  };
}
