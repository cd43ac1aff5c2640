import type { Registry } from 'prom-client';
import { Counter, Gauge, Histogram } from 'prom-client';
import type { DataMetrics } from '../data/deps.ts';
import { createWatchEventCounter } from './watch-event-counter.ts';

const GROUP_VERSION_RESOURCE = ['group', 'version', 'resource'] as const;
const WATCH_LIST_SECONDS = [0.05, 0.1, 0.2, 0.4, 0.6, 0.8, 1, 2, 4, 6, 8, 10, 15, 20, 30, 45, 60];

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
    watchEvents: createWatchEventCounter(registry),
    watchersChanged: (of, by) => watchers.inc({ ...of }, by),
    watchCut: (of, reason) => cut.inc({ ...of, reason }),
    listBytesInFlight: (current) => bytes.set(current),
    watchListTook: (of, scope, seconds) => watchLists.observe({ ...of, scope }, seconds),
    listRefused: (of) => refused.inc({ ...of }),
  };
}
