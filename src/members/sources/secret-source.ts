import type { KubeConnection, KubeconfigPolicy } from '../../connection/index.ts';
import type { Candidate } from './registration-book.ts';
import { createRegistrationBook } from './registration-book.ts';
import { scheduleTimer } from './schedule.ts';
import { secretCandidate } from './secret-candidate.ts';
import type { SecretHead } from './secret-list.ts';
import { listSecrets, SECRETS_MAX } from './secret-list.ts';
import type { SecretChange, SecretWatchEnd } from './secret-watch.ts';
import { watchSecrets } from './secret-watch.ts';
import type { RegistrationSource, RegistrationUpdate, Schedule } from './types.ts';
import { createUpdateGate } from './update-gate.ts';

export const SECRET_LABEL_SELECTOR_DEFAULT = 'sigs.k8s.io/multicluster-runtime-kubeconfig=true';
export const SECRET_KEY_DEFAULT = 'kubeconfig';
const REMOVAL_GRACE_MS_DEFAULT = 60_000;
const BACKOFF_MIN_MS = 800;
const BACKOFF_MAX_MS = 30_000;

export interface SecretSourceOptions {
  /** To the hub. */
  readonly connection: KubeConnection;
  readonly namespace: string;
  readonly policy: KubeconfigPolicy;
  readonly labelSelector?: string;
  readonly key?: string;
  /** A member whose Secret vanished is one for this long, so that a Secret can be created anew. */
  readonly removalGraceMs?: number;
}

export interface SecretSourceDeps {
  readonly clock?: () => number;
  readonly random?: () => number;
  readonly schedule?: Schedule;
}

/** The members of labelled Secrets in one namespace of the hub, followed while they come, rotate and go. */
export function createSecretSource(options: SecretSourceOptions, deps: SecretSourceDeps = {}): RegistrationSource {
  const { clock = Date.now, random = Math.random, schedule = scheduleTimer } = deps;
  const labelSelector = options.labelSelector ?? SECRET_LABEL_SELECTOR_DEFAULT;
  const name = `Secrets in namespace ${options.namespace}`;
  const stopping = new AbortController();
  let running: Promise<void> = Promise.resolve();

  const run = async (listener: (update: RegistrationUpdate) => void): Promise<void> => {
    const roll = createRoll(options, { clock, schedule, tell: createUpdateGate(listener) });
    const selection = { connection: options.connection, namespace: options.namespace, labelSelector };
    const { signal } = stopping;
    let progress: Progress = { resourceVersion: undefined, failures: 0 };
    while (!signal.aborted) {
      const end = await listOrWatch({
        selection,
        resourceVersion: progress.resourceVersion,
        roll,
        signal,
        random,
        schedule,
      });
      if (stopping.signal.aborted) break;
      const isListed = progress.resourceVersion === undefined && end.type === 'resume';
      progress = advance(progress, end);
      if (end.type !== 'resume' && end.message !== undefined) roll.fail(`${name} cannot be read: ${end.message}`);
      if (!isListed && progress.failures > 0) await pause(backoffMs(progress.failures, random), { schedule, signal });
    }
    roll.stop();
  };

  return {
    name,
    start: (listener) => {
      running = run(listener);
    },
    stop: async () => {
      stopping.abort();
      await running;
    },
  };
}

interface Progress {
  /** Undefined: list first. */
  readonly resourceVersion: string | undefined;
  readonly failures: number;
}

/** Only a watch that brings something ends a series of failures: a list may work beside a watch that is refused. */
function advance(before: Progress, end: SecretWatchEnd): Progress {
  if (end.type !== 'resume') return { resourceVersion: undefined, failures: before.failures + 1 };
  const { resourceVersion } = end;
  if (before.resourceVersion === undefined) return { resourceVersion, failures: before.failures };
  return { resourceVersion, failures: end.progressed ? 0 : before.failures + 1 };
}

interface Round {
  readonly selection: Parameters<typeof listSecrets>[0];
  /** Undefined asks for a list. */
  readonly resourceVersion: string | undefined;
  readonly roll: Roll;
  readonly signal: AbortSignal;
  readonly random: () => number;
  readonly schedule: Schedule;
}

async function listOrWatch(round: Round): Promise<SecretWatchEnd> {
  const { selection, resourceVersion, roll, signal, random, schedule } = round;
  if (resourceVersion === undefined) {
    const list = await listSecrets(selection, signal);
    if (!list.ok) return { type: 'failed', message: list.error };
    roll.replace(list.value.secrets);
    return { type: 'resume', resourceVersion: list.value.resourceVersion, progressed: false };
  }
  return watchSecrets(selection, resourceVersion, { random, schedule, signal, onChange: roll.change });
}

/** The Secrets as they are known, and what follows for the members. */
interface Roll {
  readonly replace: (secrets: readonly SecretHead[]) => void;
  readonly change: (change: SecretChange) => void;
  /** Until the next `replace` nobody leaves: a Secret may have been created anew without our hearing of it. */
  readonly fail: (message: string) => void;
  readonly stop: () => void;
}

interface RollDeps {
  readonly clock: () => number;
  readonly schedule: Schedule;
  readonly tell: (update: RegistrationUpdate) => void;
}

function createRoll(options: SecretSourceOptions, { clock, schedule, tell }: RollDeps): Roll {
  const reading = { namespace: options.namespace, key: options.key ?? SECRET_KEY_DEFAULT, policy: options.policy };
  const book = createRegistrationBook({ graceMs: options.removalGraceMs ?? REMOVAL_GRACE_MS_DEFAULT });
  let entries = new Map<string, { resourceVersion: string; candidate: Candidate }>();
  let cancel: (() => void) | undefined;

  const read = ({ name, resourceVersion, object }: SecretHead): { resourceVersion: string; candidate: Candidate } => {
    const known = entries.get(name);
    if (known?.resourceVersion === resourceVersion) return known;
    return { resourceVersion, candidate: secretCandidate(object, { name, ...reading }) };
  };
  const scheduleExpiry = (): void => {
    cancel?.();
    const expiryMs = book.nextExpiryMs();
    if (expiryMs === undefined) return;
    cancel = schedule(expiryMs - clock(), () => {
      tell(book.expire(clock()));
      scheduleExpiry();
    });
  };
  const publish = (): void => {
    tell(
      book.apply(
        [...entries.values()].map(({ candidate }) => candidate),
        clock(),
      ),
    );
    scheduleExpiry();
  };
  return {
    replace: (secrets) => {
      entries = new Map(secrets.map((secret) => [secret.name, read(secret)]));
      publish();
    },
    change: (change) => {
      if (change.type === 'delete') entries.delete(change.name);
      else if (entries.size < SECRETS_MAX || entries.has(change.secret.name)) {
        entries.set(change.secret.name, read(change.secret));
      }
      publish();
    },
    fail: (message) => {
      cancel?.();
      tell({ type: 'failed', message });
    },
    stop: () => cancel?.(),
  };
}

/** Doubles from 0.8 s to 30 s, each time between half of it and all of it. */
function backoffMs(failures: number, random: () => number): number {
  const fullMs = Math.min(BACKOFF_MIN_MS * 2 ** (failures - 1), BACKOFF_MAX_MS);
  return fullMs / 2 + (fullMs / 2) * random();
}

function pause(delayMs: number, { schedule, signal }: { schedule: Schedule; signal: AbortSignal }): Promise<void> {
  return new Promise((resolve) => {
    const cancel = schedule(delayMs, () => {
      signal.removeEventListener('abort', onAbort);
      resolve();
    });
    const onAbort = (): void => {
      cancel();
      resolve();
    };
    signal.addEventListener('abort', onAbort, { once: true });
  });
}
