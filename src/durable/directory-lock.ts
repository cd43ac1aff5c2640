import { randomBytes } from 'node:crypto';
import { link, mkdir, readFile, rename, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { parseJson, stringifyJson } from '../kube/json.ts';
import { isJsonObject } from '../kube/object.ts';
import type { Outcome } from '../kube/outcome.ts';
import { failed, succeeded } from '../kube/outcome.ts';
import { errorCode } from './file-system.ts';

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
}

/** How often the holder shows that it lives; only processes on other hosts (containers) have to go by it. */
export const LOCK_REFRESH_MS = 5_000;
/** A holder on another host that did not refresh its lock for this long is taken for dead. */
export const LOCK_STALE_MS = 30_000;

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
    const holder = await takeOrFind(path, own, deps.clock ?? Date.now);
    if (holder !== undefined) return failed({ type: 'held', pid: holder.pid, host: holder.host });
  } catch (error) {
    return failed({ type: 'unavailable', message: `lock ${path}: ${String(error)}` });
  }
  return succeeded(keepLock(path, own, deps.onLost ?? (() => undefined)));
}

/** undefined: the lock is ours; otherwise who holds it. */
async function takeOrFind(path: string, own: Holder, clock: () => number): Promise<Holder | undefined> {
  const temporary = `${path}.${own.token}`;
  await writeFile(temporary, stringifyJson(own), { mode: 0o600, flag: 'wx' });
  try {
    if (await linkIfAbsent(temporary, path)) return undefined;
    const holder = await readHolder(path);
    if (holder !== undefined && (await isAlive(path, holder, clock))) return holder;
    if (holder !== undefined) await removeStale(path, holder, own);
    // Of several that found the same dead holder, one links first; the others meet a holder that lives.
    if (await linkIfAbsent(temporary, path)) return undefined;
    return (await readHolder(path)) ?? own;
  } finally {
    await rm(temporary, { force: true });
  }
}

/** Moves the file aside and looks at what was moved: if it is a newer lock after all, it is put back. */
async function removeStale(path: string, stale: Holder, own: Holder): Promise<void> {
  const aside = `${path}.${own.token}.stale`;
  await renameIfPresent(path, aside);
  const moved = await readHolder(aside);
  if (moved !== undefined && moved.token !== stale.token) await linkIfAbsent(aside, path);
  await rm(aside, { force: true });
}

async function isAlive(path: string, holder: Holder, clock: () => number): Promise<boolean> {
  if (holder.host !== hostname()) {
    const { mtimeMs } = await stat(path);
    return clock() - mtimeMs < LOCK_STALE_MS;
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

function keepLock(path: string, own: Holder, onLost: () => void): DirectoryLock {
  const refresh = async (): Promise<void> => {
    const holder = await readHolder(path).catch(() => own);
    if (holder?.token === own.token) {
      const now = new Date();
      await utimes(path, now, now).catch(() => undefined);
      return;
    }
    clearInterval(timer);
    onLost();
  };
  const timer = setInterval(() => void refresh(), LOCK_REFRESH_MS);
  timer.unref();
  return {
    release: async () => {
      clearInterval(timer);
      const holder = await readHolder(path).catch(() => undefined);
      if (holder?.token === own.token) await rm(path, { force: true });
    },
  };
}

async function readHolder(path: string): Promise<Holder | undefined> {
  try {
    return parseHolder(await readFile(path, 'utf8'));
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return undefined;
    throw error;
  }
}

/** A lock file that is not ours to read is held by nobody: pid 0 of no host, stale once it is old enough. */
function parseHolder(text: string): Holder {
  const unknown: Holder = { pid: 0, host: '', started: '', token: text };
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

async function renameIfPresent(from: string, to: string): Promise<void> {
  try {
    await rename(from, to);
  } catch (error) {
    if (errorCode(error) !== 'ENOENT') throw error;
  }
}
