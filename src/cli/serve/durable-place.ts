import { hostname } from 'node:os';
import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import type { Config } from '../../config/index.ts';
import {
  acquireDirectoryLock,
  countStart,
  createDirectoryStore,
  createHubObjectStore,
  createRevisionMark,
  readRevisionMark,
} from '../../durable/index.ts';
import type { DurableStore } from '../../durable/types.ts';
import { createLease } from '../../hub/index.ts';
import type { Lease } from '../../hub/index.ts';
import type { Incarnation, Revision } from '../../kube/revision.ts';
import { formatRevision, parseRevision, toIncarnation, toRevision } from '../../kube/revision.ts';
import type { MembersLog } from '../../members/index.ts';
import { UsageError } from '../exit.ts';
import { monotonic, schedule } from './clockwork.ts';
import type { HubAccess } from './hub-access.ts';
import { createHubObjects } from './hub-objects.ts';

const VALUE_BYTES_MAX = 64 * 1024 * 1024;
const MARK_RENEWAL_MS = 10_000;
/** Revisions count microseconds; the mark of a Lease runs ahead by more than the Lease lasts without renewal. */
const LEASE_MARK_LEAD = 60_000 * 1000;
export const DEFAULT_DIRECTORY = '.clusterset';

/** Where things last, and the right to be the one process that serves. */
export interface DurablePlace {
  readonly store: DurableStore;
  /** Set when a directory is used (stand-alone, or by configuration). */
  readonly directory: string | undefined;
  readonly incarnation: Incarnation;
  readonly startRevision: Revision;
  /** Why this process may not serve any more or not yet, for readiness. */
  readonly problem: () => string | undefined;
  /** Begins to keep the revision mark ahead of the line. */
  readonly follow: (current: () => Revision) => Promise<void>;
  readonly release: () => Promise<void>;
}

export interface PlaceDeps {
  readonly config: Config;
  readonly hub: HubAccess | undefined;
  readonly log: MembersLog;
  /** This process must not serve any more. */
  readonly onLost: (reason: string) => void;
  /** Resolves when the process is asked to end. */
  readonly ended: Promise<unknown>;
}

/** Waits until this process is the one that may serve; undefined when it was asked to end before. */
export async function openDurablePlace(deps: PlaceDeps): Promise<DurablePlace | undefined> {
  return deps.hub === undefined ? openDirectory(deps) : openWithLease(deps, deps.hub);
}

/** On a hub the Lease is the fence: whoever holds it serves, and its transitions tell the incarnation. */
async function openWithLease(
  { config, log, onLost, ended }: PlaceDeps,
  hub: HubAccess,
): Promise<DurablePlace | undefined> {
  let current: (() => Revision) | undefined;
  const namespace = config['hub.namespace'];
  const lease = createLease({
    connection: hub.lease,
    namespace,
    name: config['serving.serviceName'],
    identity: `${hostname()}_${randomUUID()}`,
    clock: Date.now,
    monotonic,
    mark: () => (current === undefined ? undefined : formatRevision(toRevision(current() + LEASE_MARK_LEAD))),
    schedule,
    onLost,
  });
  const waiting = reportWaiting(lease, log);
  const acquiring = lease.acquire().finally(waiting);
  if ((await Promise.race([acquiring, ended.then(() => 'ended' as const)])) === 'ended') await lease.release();
  const grant = await acquiring;
  if (!grant.ok) return undefined;
  const directory = config['durable.directory'];
  const store =
    directory === undefined
      ? createHubObjectStore({ objects: createHubObjects(hub.connection, namespace), valueBytesMax: VALUE_BYTES_MAX })
      : createDirectoryStore({ directory, valueBytesMax: VALUE_BYTES_MAX });
  return {
    store,
    directory,
    incarnation: toIncarnation(grant.value.transitions),
    startRevision: parseRevision(grant.value.mark ?? '') ?? toRevision(0),
    problem: () => {
      const { state, problem } = lease.describe();
      return state === 'held' ? undefined : (problem ?? `the Lease is ${state}`);
    },
    follow: (revision) => {
      current = revision;
      return Promise.resolve();
    },
    release: () => lease.release(),
  };
}

/** Says once who holds the Lease while we wait for it. */
function reportWaiting(lease: Lease, log: MembersLog): () => void {
  return schedule(() => {
    const { holder, problem } = lease.describe();
    if (problem !== undefined) log.warn({ problem }, 'waiting for the Lease: the hub cannot be asked');
    else log.info({ holder }, 'waiting for the Lease: another process serves, or one that died held it');
  }, 2000);
}

/** Stand-alone: a lock file fences, a stored counter tells the incarnation. */
async function openDirectory({ config, log, onLost }: PlaceDeps): Promise<DurablePlace> {
  const directory = config['durable.directory'] ?? join(process.cwd(), DEFAULT_DIRECTORY);
  const lock = await acquireDirectoryLock(directory, { onLost: () => onLost('the lock file was taken over') });
  if (!lock.ok) {
    const { error } = lock;
    throw new UsageError(
      error.type === 'held'
        ? `${directory} is in use by process ${error.pid} on ${error.host}; give this one another --durable-directory`
        : `cannot use --durable-directory: ${error.message}`,
    );
  }
  const store = createDirectoryStore({ directory, valueBytesMax: VALUE_BYTES_MAX });
  const start = await countStart(store, Date.now);
  const mark = await readRevisionMark(store);
  for (const problem of [start.problem, mark.problem]) {
    if (problem !== undefined) log.warn({ err: problem, directory }, 'a durable record cannot be used');
  }
  let stop = (): void => undefined;
  return {
    store,
    directory,
    incarnation: start.incarnation,
    startRevision: mark.revision,
    problem: () => undefined,
    follow: async (current) => {
      const keeper = createRevisionMark({
        store,
        current,
        startMark: mark.revision,
        onProblem: (problem) =>
          problem === undefined
            ? log.info({ directory }, 'the revision mark is safe again')
            : log.error({ err: problem, directory }, 'the revision mark cannot be kept'),
      });
      await keeper.renew();
      const repeat = (): void => {
        stop = schedule(() => void keeper.renew().finally(repeat), MARK_RENEWAL_MS);
      };
      repeat();
    },
    release: async () => {
      stop();
      await lock.value.release();
    },
  };
}
