import { createHash, randomBytes } from 'node:crypto';
import { link, mkdir, readFile, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { parseJson, stringifyJson } from '../kube/json.ts';
import { isJsonObject } from '../kube/object.ts';
import type { Outcome } from '../kube/outcome.ts';
import { failed, succeeded } from '../kube/outcome.ts';
import { errorCode } from './file-system.ts';
import type { Schedule } from './record-writer.ts';

export interface DirectoryLock {
  readonly release: () => Promise<void>;
}

export type LockFailure =
  | { readonly type: 'held'; readonly pid: number; readonly host: string }
  | { readonly type: 'unavailable'; readonly message: string };

export interface DirectoryLockDeps {
  /** Told once if somebody else took the lock or removed it: stop serving. */
  readonly onLost?: () => void;
  /** Epoch milliseconds. */
  readonly clock?: () => number;
  readonly schedule?: Schedule;
}

/** How often the holder shows that it lives; only processes on other hosts (containers) have to go by it. */
export const LOCK_REFRESH_MS = 5_000;
/** A holder on another host that did not refresh its lock for this long is taken for dead. */
export const LOCK_STALE_MS = 30_000;

const ATTEMPTS_MAX = 3;

/** Neither a record's name nor a temporary file's. */
const LOCK_FILE = 'process~lock';

interface Holder {
  readonly pid: number;
  readonly host: string;
  /** What tells a process from a later one with the same pid; '' where the system does not say. */
  readonly started: string;
  /** Different for every acquisition. */
  readonly token: string;
}

/** Who holds a lock file that names no process: stale once it was not refreshed for long. */
const NOBODY: Holder = { pid: 0, host: '', started: '', token: '' };

/**
 * Makes this process the only one that uses the directory. The lock of a process that has died is taken over: on the
 * same host at once, on another one after `LOCK_STALE_MS` without a sign of life.
 */
export async function acquireDirectoryLock(
  directory: string,
  deps: DirectoryLockDeps = {},
): Promise<Outcome<DirectoryLock, LockFailure>> {
  const path = join(directory, LOCK_FILE);
  const own: Holder = {
    pid: process.pid,
    host: hostname(),
    started: await readStarted(process.pid),
    token: randomBytes(12).toString('hex'),
  };
  try {
    await mkdir(directory, { recursive: true, mode: 0o700 });
    const holder = await contend(path, own, deps.clock ?? Date.now);
    if (holder !== undefined) return failed({ type: 'held', pid: holder.pid, host: holder.host });
  } catch (error) {
    return failed({ type: 'unavailable', message: `lock ${path}: ${String(error)}` });
  }
  return succeeded(keepLock(path, own, deps));
}

interface Contender {
  /** A file with our holder record, to be linked to the lock's name: a link is made whole or not at all. */
  readonly file: string;
  readonly clock: () => number;
}

async function contend(path: string, own: Holder, clock: () => number): Promise<Holder | undefined> {
  const file = `${path}.${own.token}`;
  await writeFile(file, stringifyJson(own), { mode: 0o600, flag: 'wx' });
  try {
    return await takeOrFind(path, { file, clock });
  } finally {
    await rm(file, { force: true });
  }
}

/** undefined: the lock is ours; otherwise who holds it. */
async function takeOrFind(path: string, contender: Contender): Promise<Holder | undefined> {
  let last = NOBODY;
  for (let attempt = 0; attempt < ATTEMPTS_MAX; attempt += 1) {
    if (await linkIfAbsent(contender.file, path)) return undefined;
    const holder = await readHolder(path);
    if (holder === undefined) continue;
    if (await isAlive(path, holder, contender.clock)) return holder;
    const claimant = await removeStale(path, holder, contender);
    if (claimant !== undefined) return claimant;
    last = holder;
  }
  return last;
}

/**
 * Only who holds the claim on this dead holder may remove its lock, so a lock that a faster contender has made since is
 * never removed. A claim is a lock of its own: that of a claimant who died is taken over the same way. Returns the
 * claimant if it is somebody else.
 */
async function removeStale(path: string, stale: Holder, contender: Contender): Promise<Holder | undefined> {
  const claim = `${path}.${createHash('sha256').update(stale.token).digest('hex').slice(0, 24)}`;
  const claimant = await takeOrFind(claim, contender);
  if (claimant !== undefined) return claimant;
  try {
    const present = await readHolder(path);
    if (present?.token === stale.token) await rm(path, { force: true });
  } finally {
    await rm(claim, { force: true });
  }
  return undefined;
}

async function isAlive(path: string, holder: Holder, clock: () => number): Promise<boolean> {
  if (holder.host !== hostname()) {
    const file = await stat(path).catch(() => undefined);
    return file !== undefined && clock() - file.mtimeMs < LOCK_STALE_MS;
  }
  return isRunning(holder.pid) && (await readStarted(holder.pid)) === holder.started;
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    // EPERM: it runs, as somebody else.
    return errorCode(error) === 'EPERM';
  }
}

/** Boot and start time of a process on Linux; pids are used again, in containers nearly always. */
async function readStarted(pid: number): Promise<string> {
  try {
    const boot = await readFile('/proc/sys/kernel/random/boot_id', 'utf8');
    const status = await readFile(`/proc/${pid}/stat`, 'utf8');
    // The command's name, in parentheses, may hold anything; the start time is the 20th field after it.
    const fields = status.slice(status.lastIndexOf(')') + 2).split(' ');
    return `${boot.trim()}/${fields[19] ?? ''}`;
  } catch {
    return '';
  }
}

function keepLock(path: string, own: Holder, { onLost, schedule = scheduleTimer }: DirectoryLockDeps): DirectoryLock {
  let cancel: () => void = () => undefined;
  let held = true;
  const arm = (): void => {
    if (held) cancel = schedule(() => void refresh(), LOCK_REFRESH_MS);
  };
  const refresh = async (): Promise<void> => {
    // A directory that cannot be read right now is no proof that somebody else is there.
    const holder = await readHolder(path).catch(() => own);
    if (!held) return;
    held = holder?.token === own.token;
    if (held) await touch(path);
    else onLost?.();
    arm();
  };
  arm();
  return {
    release: async () => {
      held = false;
      cancel();
      const holder = await readHolder(path).catch(() => undefined);
      if (holder?.token === own.token) await rm(path, { force: true });
    },
  };
}

async function touch(path: string): Promise<void> {
  const now = new Date();
  await utimes(path, now, now).catch(() => undefined);
}

function scheduleTimer(callback: () => void, delayMs: number): () => void {
  const timer = setTimeout(callback, delayMs).unref();
  return () => clearTimeout(timer);
}

async function readHolder(path: string): Promise<Holder | undefined> {
  try {
    return parseHolder(await readFile(path, 'utf8'));
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return undefined;
    throw error;
  }
}

function parseHolder(text: string): Holder {
  const unknown: Holder = { ...NOBODY, token: text };
  try {
    const value = parseJson(text);
    if (!isJsonObject(value)) return unknown;
    const { pid, host, started, token } = value;
    if (typeof pid !== 'number' || typeof host !== 'string') return unknown;
    if (typeof started !== 'string' || typeof token !== 'string') return unknown;
    return { pid, host, started, token };
  } catch {
    return unknown;
  }
}

async function linkIfAbsent(from: string, to: string): Promise<boolean> {
  try {
    await link(from, to);
    return true;
  } catch (error) {
    if (errorCode(error) === 'EEXIST') return false;
    throw error;
  }
}
