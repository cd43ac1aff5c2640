import type { KubeConnection } from '../connection/index.ts';
import type { CaBundleEntry, CaBundleFact } from './ca-bundle-entry.ts';
import { createCaBundleEntry } from './ca-bundle-entry.ts';
import type { CaBundleTarget } from './ca-bundle-target.ts';
import { describeTarget, targetCollection } from './ca-bundle-target.ts';
import type { ObjectWatch } from './object-watch.ts';
import { watchObject } from './object-watch.ts';
import type { Repetition, Schedule } from './repeat.ts';
import { createRepetition } from './repeat.ts';

/** With a wrong bundle a kube-apiserver reaches nothing of us. Watches tell sooner; this finds what they miss. */
const INTERVAL_MS = 15_000;
/** The same where targets may not be there: of those that are not, nothing is watched, and there may be many. */
const OPTIONAL_INTERVAL_MS = 60_000;

export interface CaBundleKeeperDeps {
  readonly connection: KubeConnection;
  /** Names the cluster in states, such as `hub` or `member east`. */
  readonly cluster: string;
  readonly targets: readonly CaBundleTarget[];
  /** False: somebody else injects caBundle; it is only looked at, and may hold more than ours. Default true. */
  readonly writes?: boolean;
  /** True: the targets may not be there, or not be ours to read. They are watched only while they ask us. Default false. */
  readonly isOptional?: boolean;
  /** What the kube-apiserver should trust now, PEM; undefined: not known, then nothing is written or compared. */
  readonly caBundle: () => string | undefined;
  /**
   * The same, after a look at where the certificates are kept: a process that shares them with others must not put
   * back an older bundle. undefined: that cannot be told now, and nothing is written. Without it `caBundle` is asked.
   */
  readonly latestBundle?: () => Promise<string | undefined>;
  /** Called once for each change of what is known of a target. */
  readonly onChange?: (state: CaBundleState) => void;
  /** Called when something that was right had been changed by somebody, and is put right again. */
  readonly onRepaired?: (target: string) => void;
  readonly clock: () => number;
  readonly schedule: Schedule;
}

/** What is known of one target. */
export interface CaBundleState {
  readonly cluster: string;
  /** Such as `APIService v1.things.example.com`. */
  readonly target: string;
  readonly type: CaBundleFact['type'];
  /** Why it is not `confirmed`; undefined while it is or was not looked at. */
  readonly reason: string | undefined;
}

/** A target that is not known to hold a bundle. */
export type AwaitedTarget = Pick<CaBundleState, 'cluster' | 'target' | 'reason'>;

export interface CaBundleConfirmation {
  readonly awaited: readonly AwaitedTarget[];
  /** Since when nothing changed at any target. Epoch milliseconds; 0 without targets. */
  readonly sinceMs: number;
}

export interface CaBundleKeeper {
  /** Looks at every target now, repairs what may be repaired, and begins to watch them. */
  start(): Promise<void>;
  /** Looks once more, after the certificate has changed. */
  refresh(): Promise<void>;
  states(): readonly CaBundleState[];
  /** Which targets were not read back with exactly this bundle. Targets that do not verify our certificate were. */
  confirmation(bundle: string): CaBundleConfirmation;
  /** For /readyz: why a kube-apiserver may not trust our certificate, or undefined. */
  check(): string | undefined;
  close(): void;
}

/** Keeps caBundle of the targets equal to what our serving certificate needs. */
export function createCaBundleKeeper(deps: CaBundleKeeperDeps): CaBundleKeeper {
  const kept = deps.targets.map((target) => createKeptTarget(deps, target));
  const wanted = (): string | undefined => deps.caBundle();
  return {
    start: async () => {
      await Promise.all(kept.map((one) => one.look()));
      for (const one of kept) one.start();
    },
    refresh: async () => {
      await Promise.all(kept.map((one) => one.look()));
    },
    states: () => kept.map((one) => one.state(wanted())),
    confirmation: (bundle) => ({
      awaited: kept.map((one) => one.state(bundle)).filter(({ type }) => type === 'pending' || type === 'unconfirmed'),
      sinceMs: Math.max(0, ...kept.map((one) => one.sinceMs())),
    }),
    check: () => {
      const bundle = wanted();
      if (bundle === undefined) return undefined;
      const problems = kept.flatMap((one) => one.problem(bundle) ?? []);
      return problems.length === 0 ? undefined : problems.join('; ');
    },
    close: () => {
      for (const one of kept) one.stop();
    },
  };
}

interface KeptTarget {
  /** Looks; a look that is under way is followed by another one. */
  readonly look: () => Promise<void>;
  readonly state: (bundle: string | undefined) => CaBundleState;
  readonly sinceMs: () => number;
  readonly problem: (bundle: string) => string | undefined;
  readonly start: () => void;
  readonly stop: () => void;
}

function createKeptTarget(deps: CaBundleKeeperDeps, target: CaBundleTarget): KeptTarget {
  const name = describeTarget(target);
  const isOptional = deps.isOptional ?? false;
  let isStarted = false;
  let fact: CaBundleFact = { type: 'pending' };
  let sinceMs = deps.clock();
  /** Looks that were asked for so far: one that was asked for during a look needs another one. */
  let asked = 0;

  const learn = (next: CaBundleFact): void => {
    const before = fact;
    fact = next;
    if (isSameFact(before, next)) return;
    sinceMs = deps.clock();
    if (before.type !== next.type || reasonOf(before) !== reasonOf(next)) deps.onChange?.(state(deps.caBundle()));
  };
  const state = (bundle: string | undefined): CaBundleState => {
    const isOutdated = fact.type === 'confirmed' && fact.bundle !== bundle;
    return { cluster: deps.cluster, target: name, type: isOutdated ? 'pending' : fact.type, reason: reasonOf(fact) };
  };
  const entry = entryOf(deps, target);
  const repetition: Repetition = createRepetition({
    intervalMs: isOptional ? OPTIONAL_INTERVAL_MS : INTERVAL_MS,
    schedule: deps.schedule,
    run: async () => {
      let answered: number;
      do {
        answered = asked;
        const bundle = deps.caBundle();
        if (bundle !== undefined) learn(await entry.look(bundle));
      } while (answered !== asked);
      keepWatching();
    },
  });
  const look = (): Promise<void> => {
    asked += 1;
    return repetition.now();
  };
  const watch: ObjectWatch = watchObject({
    connection: deps.connection,
    collection: targetCollection(target),
    name: target.name,
    schedule: deps.schedule,
    onEvent: (resourceVersion) => {
      if (resourceVersion === undefined || resourceVersion !== entry.seenVersion()) void look();
    },
  });
  const keepWatching = (): void => {
    if (isStarted && (!isOptional || fact.type !== 'elsewhere')) watch.start();
    else watch.stop();
  };
  return {
    look,
    state,
    sinceMs: () => sinceMs,
    problem: (bundle) => problemOf(target, state(bundle)),
    start: () => {
      isStarted = true;
      repetition.start();
      keepWatching();
    },
    stop: () => {
      isStarted = false;
      repetition.stop();
      watch.stop();
    },
  };
}

function entryOf(deps: CaBundleKeeperDeps, target: CaBundleTarget): CaBundleEntry {
  return createCaBundleEntry({
    connection: deps.connection,
    target,
    writes: deps.writes ?? true,
    mayBeForbidden: deps.isOptional ?? false,
    latestBundle: deps.latestBundle ?? (() => Promise.resolve(deps.caBundle())),
    clock: deps.clock,
    onRepaired: () => deps.onRepaired?.(describeTarget(target)),
  });
}

/** An APIService that leads elsewhere makes us useless; webhooks and conversions are there only where they are wanted. */
function problemOf(target: CaBundleTarget, { target: name, type, reason }: CaBundleState): string | undefined {
  if (type === 'pending') return `${name}: its caBundle was not yet compared`;
  const matters = type === 'unconfirmed' || (type === 'elsewhere' && target.type === 'APIService');
  return matters ? `${name}: ${reason ?? 'unknown'}` : undefined;
}

function reasonOf(fact: CaBundleFact): string | undefined {
  if (fact.type === 'elsewhere') return fact.reason;
  return fact.type === 'unconfirmed' ? fact.problem : undefined;
}

function isSameFact(a: CaBundleFact, b: CaBundleFact): boolean {
  if (a.type !== b.type || reasonOf(a) !== reasonOf(b)) return false;
  return a.type !== 'confirmed' || b.type !== 'confirmed' || a.bundle === b.bundle;
}
