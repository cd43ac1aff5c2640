import { Counter, Gauge, Histogram } from 'prom-client';
import type { Registry } from 'prom-client';
import type { Members } from '../../members/index.ts';
import type { Store } from '../../store/index.ts';
import type { EncodedCache } from '../../store/index.ts';
import { pause } from './clockwork.ts';
import type { RegistrationFigures } from './registrations.ts';

const PHASES = ['pending', 'live', 'stale'] as const;
const DERIVE_SECONDS = [0.0001, 0.0005, 0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1];

export interface MemberMetrics {
  readonly derived: (keys: number, seconds: number) => void;
  /** Figures are read when they are asked for. */
  readonly follow: (members: Members) => void;
}

/** What is peculiar to us, beside the metrics that every kube-apiserver has. */
export function createMemberMetrics(registry: Registry): MemberMetrics {
  const registers = [registry];
  const derive = new Histogram({
    name: 'clusterset_derive_duration_seconds',
    help: 'Time of one turn of computing what changed.',
    buckets: DERIVE_SECONDS,
    registers,
  });
  const keys = new Counter({ name: 'clusterset_derived_names_total', help: 'Names computed anew.', registers });
  return {
    derived: (count, seconds) => {
      derive.observe(seconds);
      keys.inc(count);
    },
    follow: (members) => {
      followStates(registry, members);
      followProbes(registry, members);
      followReading(registry, members);
    },
  };
}

function followStates(registry: Registry, members: Members): void {
  new Gauge({
    name: 'clusterset_member_state',
    help: '1 for the state that a member is in; reason says why it is not live.',
    labelNames: ['member', 'state', 'reason'],
    registers: [registry],
    collect() {
      this.reset();
      for (const { cluster, phase, reason } of members.statuses()) {
        for (const state of PHASES) {
          const isCurrent = state === phase;
          this.set({ member: cluster, state, reason: isCurrent ? (reason ?? '') : '' }, isCurrent ? 1 : 0);
        }
      }
    },
  });
  new Gauge({
    name: 'clusterset_member_clock_skew_seconds',
    help: 'How far a member clock is ahead of ours.',
    labelNames: ['member'],
    registers: [registry],
    collect() {
      this.reset();
      for (const { cluster, clockSkewSeconds } of members.statuses()) {
        if (clockSkewSeconds !== undefined) this.set({ member: cluster }, clockSkewSeconds);
      }
    },
  });
  new Gauge({
    name: 'clusterset_member_lag_seconds',
    help: 'How long ago a member last proved that what we hold is current.',
    labelNames: ['member'],
    registers: [registry],
    collect() {
      this.reset();
      for (const { cluster, lagMs } of members.counters()) {
        if (lagMs !== undefined) this.set({ member: cluster }, lagMs / 1000);
      }
    },
  });
}

function followProbes(registry: Registry, members: Members): void {
  describe(
    registry,
    {
      type: 'counter',
      name: 'clusterset_member_probes_total',
      help: 'Probes of a member that came to an end.',
      labelNames: ['member'],
    },
    (set) => {
      for (const { cluster, probes } of members.counters()) set({ member: cluster }, probes);
    },
  );
}

/** Per resource of a member; what only grows begins again when a member is registered anew. */
function followReading(registry: Registry, members: Members): void {
  const turn = createTurns();
  const figure = (about: Described, read: (figures: Figures) => number): void =>
    describe(registry, { ...about, labelNames: ['member', 'resource'], turn }, (set) => {
      for (const { cluster, resources } of members.counters()) {
        for (const [resource, figures] of Object.entries(resources)) set({ member: cluster, resource }, read(figures));
      }
    });
  figure(
    { type: 'gauge', name: 'clusterset_member_objects', help: 'Objects of a member that we hold.' },
    ({ objects }) => objects,
  );
  figure(
    { type: 'counter', name: 'clusterset_member_relists_total', help: 'Complete lists after the first one.' },
    ({ relists }) => relists,
  );
  figure(
    { type: 'counter', name: 'clusterset_member_watch_events_total', help: 'Lines of watches that were read.' },
    ({ watchEvents }) => watchEvents,
  );
  figure(
    {
      type: 'counter',
      name: 'clusterset_member_own_objects_dropped_total',
      help: 'Objects of our own making left out.',
    },
    ({ ownDropped }) => ownDropped,
  );
  figure(
    { type: 'counter', name: 'clusterset_member_malformed_objects_total', help: 'Objects refused as malformed.' },
    ({ invalidDropped }) => invalidDropped,
  );
  figure(
    {
      type: 'gauge',
      name: 'clusterset_member_malformed_objects',
      help: 'Objects refused as malformed since the latest complete list.',
    },
    ({ invalidNow }) => invalidNow,
  );
}

type Figures = ReturnType<Members['counters']>[number]['resources']['services'];

/** The sources of registrations, and what in them cannot be used. */
export function createRegistrationMetrics(registry: Registry, figures: () => RegistrationFigures): void {
  describe(
    registry,
    {
      type: 'gauge',
      name: 'clusterset_registration_source_readable',
      help: '1 while a source of member registrations can be read, 0 while it cannot and its last members stay.',
      labelNames: ['source'],
    },
    (set) => {
      for (const { source, isReadable } of figures().sources) set({ source }, isReadable ? 1 : 0);
    },
  );
  describe(
    registry,
    {
      type: 'gauge',
      name: 'clusterset_registration_refused',
      help: '1 for each registration that cannot be used; the log says why.',
      labelNames: ['source', 'name'],
    },
    (set) => {
      for (const { source, name } of figures().refused) set({ source, name }, 1);
    },
  );
}

/** The store's revision, history and cache. */
export function createStoreMetrics(registry: Registry, store: Store, cache: EncodedCache): void {
  describe(
    registry,
    { type: 'gauge', name: 'clusterset_store_revision', help: 'The latest revision.', labelNames: [] },
    (set) => set({}, store.figures().revision),
  );
  const ofResource = (about: Described, read: (figures: ResourceFigures) => number): void =>
    describe(registry, { ...about, labelNames: ['resource'] }, (set) => {
      for (const figures of store.figures().resources) set({ resource: figures.resource }, read(figures));
    });
  ofResource(
    { type: 'gauge', name: 'clusterset_store_objects', help: 'Objects that are served.' },
    ({ objects }) => objects,
  );
  ofResource(
    { type: 'gauge', name: 'clusterset_store_history_events', help: 'Changes kept for watches that resume.' },
    ({ historyEvents }) => historyEvents,
  );
  ofResource(
    { type: 'gauge', name: 'clusterset_store_history_bytes', help: 'Estimated size of the kept changes.' },
    ({ historyBytes }) => historyBytes,
  );
  ofResource(
    {
      type: 'counter',
      name: 'clusterset_store_history_trimmed_early_total',
      help: 'Changes that went before their time because the history was full.',
    },
    ({ historyTrimmedEarly }) => historyTrimmedEarly,
  );
  ofResource(
    { type: 'gauge', name: 'clusterset_store_subscriptions', help: 'Readers that follow the store.' },
    ({ subscriptions }) => subscriptions,
  );
  cacheMetrics(registry, cache);
}

type ResourceFigures = ReturnType<Store['figures']>['resources'][number];

function cacheMetrics(registry: Registry, cache: EncodedCache): void {
  const figure = (about: Described, key: keyof ReturnType<EncodedCache['figures']>): void =>
    describe(registry, { ...about, labelNames: [] }, (set) => set({}, cache.figures()[key]));
  figure({ type: 'gauge', name: 'clusterset_encoded_cache_entries', help: 'Encoded bodies kept.' }, 'entries');
  figure({ type: 'gauge', name: 'clusterset_encoded_cache_bytes', help: 'Their size.' }, 'bytes');
  figure({ type: 'counter', name: 'clusterset_encoded_cache_hits_total', help: 'Bodies found encoded.' }, 'hits');
  figure(
    { type: 'counter', name: 'clusterset_encoded_cache_misses_total', help: 'Bodies that were encoded.' },
    'misses',
  );
  figure(
    { type: 'counter', name: 'clusterset_encoded_cache_evictions_total', help: 'Bodies that made room for others.' },
    'evictions',
  );
}

interface Described {
  readonly type: 'counter' | 'gauge';
  readonly name: string;
  readonly help: string;
}

/** Gives each caller a turn of the event loop of its own, one after another. */
function createTurns(): () => Promise<void> {
  let last = Promise.resolve();
  return () => (last = last.then(pause));
}

interface DescribedValues extends Described {
  readonly labelNames: readonly string[];
  /** Waited for before the values are read; for metrics with so many that they must not all be read in one turn. */
  readonly turn?: () => Promise<void>;
}

type SetValue = (labels: Readonly<Record<string, string>>, value: number) => void;

/** A metric whose values are read when it is asked for; labels that are no longer told are gone. */
function describe(
  registry: Registry,
  { type, name, help, labelNames, turn }: DescribedValues,
  tell: (set: SetValue) => void,
): void {
  const options = { name, help, labelNames: [...labelNames], registers: [registry] };
  // All at once, so that scrapes at the same time do not see each other's work half done.
  const collectBy = (fill: () => void) => (): void | Promise<void> => (turn === undefined ? fill() : turn().then(fill));
  if (type === 'gauge') {
    const gauge: Gauge = new Gauge({
      ...options,
      collect: collectBy(() => {
        gauge.reset();
        tell((labels, value) => gauge.set({ ...labels }, value));
      }),
    });
    return;
  }
  const counter: Counter = new Counter({
    ...options,
    collect: collectBy(() => {
      counter.reset();
      tell((labels, value) => counter.inc({ ...labels }, value));
    }),
  });
}
