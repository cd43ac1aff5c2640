import type { Registry } from 'prom-client';
import { Counter } from 'prom-client';
import type { DataMetrics } from '../data/deps.ts';

const GROUP_VERSION_RESOURCE = ['group', 'version', 'resource'] as const;
const EVENT_BYTES = [1024, 2048, 4096, 8192, 16384, 32768, 65536, 131072];

type GroupVersionResource = Parameters<DataMetrics['watchEvents']>[0];

/** What was sent of one resource in one version. */
interface Tally {
  readonly labels: Readonly<Record<(typeof GROUP_VERSION_RESOURCE)[number], string>>;
  events: number;
  bytes: number;
  /** Events by the first of `EVENT_BYTES` that they do not exceed; larger ones stand behind. */
  readonly byBound: number[];
}

/**
 * apiserver_watch_events_sizes is kept as the three counters that a histogram is on the wire, because the library's
 * histogram cannot add one observation for many watchers at once. Sums are kept here and only given to the library when
 * somebody scrapes: this is called for every write to a watcher.
 */
export function createWatchEventCounter(registry: Registry): DataMetrics['watchEvents'] {
  const tallies = new Map<string, Tally>();
  const counter = (name: string, help: string, value: (tally: Tally) => number): void => {
    collected(registry, { name, help, labelNames: GROUP_VERSION_RESOURCE }, (add) => {
      for (const tally of tallies.values()) add(tally.labels, value(tally));
    });
  };
  counter('apiserver_watch_events_total', 'Events sent to watch clients.', ({ events }) => events);
  counter('apiserver_watch_events_sizes_sum', 'Bytes of events sent.', ({ bytes }) => bytes);
  counter('apiserver_watch_events_sizes_count', 'Events sent.', ({ events }) => events);
  const name = 'apiserver_watch_events_sizes_bucket';
  const labelNames = [...GROUP_VERSION_RESOURCE, 'le'];
  collected(registry, { name, help: 'Events sent, by size in bytes.', labelNames }, (add) => {
    for (const { labels, events, byBound } of tallies.values()) {
      let upTo = 0;
      for (const [index, bound] of EVENT_BYTES.entries()) {
        upTo += byBound[index] ?? 0;
        add({ ...labels, le: String(bound) }, upTo);
      }
      add({ ...labels, le: '+Inf' }, events);
    }
  });
  return (of, sizesBytes, watchers) => {
    if (watchers === 0 || sizesBytes.length === 0) return;
    const tally = tallyOf(tallies, of);
    tally.events += sizesBytes.length * watchers;
    for (const size of sizesBytes) {
      tally.bytes += size * watchers;
      const index = boundOf(size);
      tally.byBound[index] = (tally.byBound[index] ?? 0) + watchers;
    }
  };
}

type Add = (labels: Readonly<Record<string, string>>, value: number) => void;

function collected(
  registry: Registry,
  options: { readonly name: string; readonly help: string; readonly labelNames: readonly string[] },
  tell: (add: Add) => void,
): void {
  const metric: Counter = new Counter({
    ...options,
    registers: [registry],
    collect: () => {
      metric.reset();
      tell((labels, value) => metric.inc({ ...labels }, value));
    },
  });
}

function tallyOf(tallies: Map<string, Tally>, of: GroupVersionResource): Tally {
  const key = `${of.group}/${of.version}/${of.resource}`;
  const known = tallies.get(key);
  if (known !== undefined) return known;
  const { group, version, resource } = of;
  const tally: Tally = { labels: { group, version, resource }, events: 0, bytes: 0, byBound: [] };
  tallies.set(key, tally);
  return tally;
}

function boundOf(bytes: number): number {
  let index = 0;
  while (index < EVENT_BYTES.length && bytes > (EVENT_BYTES[index] ?? 0)) index += 1;
  return index;
}
