import { Counter, Gauge, Histogram } from 'prom-client';
import type { Registry } from 'prom-client';
import type { Members } from '../../members/index.ts';
import type { Store } from '../../store/index.ts';
import type { EncodedCache } from '../../store/index.ts';

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

const READING_FIGURES = ['objects', 'relists', 'watchEvents', 'ownDropped', 'invalidDropped', 'invalidNow'] as const;

/** Figures of each reflector; those that only grow begin again when a member is registered anew. */
function followReading(registry: Registry, members: Members): void {
  const gauge = new Gauge({
    name: 'clusterset_member_reading',
    help: 'Per resource of a member: objects held, complete relists, watch events, objects of our own making left out, objects refused as malformed (ever, and in the latest list).',
    labelNames: ['member', 'resource', 'figure'],
    registers: [registry],
    collect() {
      gauge.reset();
      const readings = members
        .counters()
        .flatMap(({ cluster, resources }) =>
          Object.entries(resources).map(([resource, values]) => ({ cluster, resource, values })),
        );
      for (const { cluster, resource, values } of readings) {
        for (const figure of READING_FIGURES) gauge.set({ member: cluster, resource, figure }, values[figure]);
      }
    },
  });
}

/** The store's revision, history and cache. */
export function createStoreMetrics(registry: Registry, store: Store, cache: EncodedCache): void {
  const registers = [registry];
  new Gauge({
    name: 'clusterset_store_revision',
    help: 'The latest revision.',
    registers,
    collect() {
      this.set(store.figures().revision);
    },
  });
  new Gauge({
    name: 'clusterset_store_resource',
    help: 'Objects, history and subscriptions of one resource.',
    labelNames: ['resource', 'figure'],
    registers,
    collect() {
      for (const { resource, ...figures } of store.figures().resources) {
        for (const [figure, value] of Object.entries(figures)) this.set({ resource, figure }, value);
      }
    },
  });
  new Gauge({
    name: 'clusterset_encoded_cache',
    help: 'The cache of encoded bodies.',
    labelNames: ['figure'],
    registers,
    collect() {
      for (const [figure, value] of Object.entries(cache.figures())) this.set({ figure }, Number(value));
    },
  });
}
