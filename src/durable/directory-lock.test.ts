import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { mkdtemp, readdir, readFile, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { acquireDirectoryLock, LOCK_STALE_MS } from './directory-lock.ts';

const cleanups: (() => Promise<void>)[] = [];

afterEach(async () => {
  for (const cleanup of cleanups.splice(0)) await cleanup();
});

async function newDirectory(): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), 'lock-'));
  cleanups.push(() => rm(directory, { recursive: true, force: true }));
  return directory;
}

async function acquire(directory: string, clock?: () => number): Promise<string> {
  const outcome = await acquireDirectoryLock(directory, clock === undefined ? {} : { clock });
  if (outcome.ok) cleanups.push(() => outcome.value.release());
  else return outcome.error.type === 'held' ? `held by ${outcome.error.pid}` : outcome.error.type;
  return 'acquired';
}

/** A process that has ended: its pid is free. */
async function deadPid(): Promise<number> {
  const child = spawn(process.execPath, ['-e', '']);
  await once(child, 'exit');
  return child.pid!;
}

function lockOf(holder: Record<string, unknown>): string {
  return JSON.stringify({ pid: 1, host: hostname(), started: '', token: 'earlier', ...holder });
}

/** The record of this process, as a lock of its own holds it. */
async function liveHolder(): Promise<string> {
  const directory = await newDirectory();
  await acquire(directory);
  return readFile(join(directory, 'process~lock'), 'utf8');
}

describe('the lock of a directory', () => {
  it('is held by one, names its holder, and can be taken after release', async () => {
    const directory = join(await newDirectory(), 'state');
    const first = await acquireDirectoryLock(directory);
    expect(first.ok).toBe(true);
    expect(await acquireDirectoryLock(directory)).toEqual({
      ok: false,
      error: { type: 'held', pid: process.pid, host: hostname() },
    });
    if (first.ok) await first.value.release();
    expect(await readdir(directory)).toEqual([]);
    expect(await acquire(directory)).toBe('acquired');
  });

  it('of a dead process is taken over at once', async () => {
    const directory = await newDirectory();
    await writeFile(join(directory, 'process~lock'), lockOf({ pid: await deadPid() }));
    expect(await acquire(directory)).toBe('acquired');
    expect(await readdir(directory)).toEqual(['process~lock']);
  });

  it.skipIf(process.platform !== 'linux')(
    'of an earlier process with a pid that is used again is taken over',
    async () => {
      const directory = await newDirectory();
      await writeFile(join(directory, 'process~lock'), lockOf({ pid: process.pid, started: 'another-boot/12' }));
      expect(await acquire(directory)).toBe('acquired');
    },
  );

  it('of another host is taken over only when it was not refreshed for long', async () => {
    const directory = await newDirectory();
    const path = join(directory, 'process~lock');
    const nowMs = 1_800_000_000_000;
    await writeFile(path, lockOf({ host: 'another-host', pid: 7 }));
    await utimes(path, nowMs / 1000, nowMs / 1000);
    expect(await acquire(directory, () => nowMs + LOCK_STALE_MS - 1)).toBe('held by 7');
    expect(await acquire(directory, () => nowMs + LOCK_STALE_MS)).toBe('acquired');
  });

  it('that cannot be read is treated like one of another host', async () => {
    const directory = await newDirectory();
    const path = join(directory, 'process~lock');
    await writeFile(path, 'rubbish');
    const nowMs = 1_800_000_000_000;
    await utimes(path, nowMs / 1000, nowMs / 1000);
    expect(await acquire(directory, () => nowMs)).toBe('held by 0');
    expect(await acquire(directory, () => nowMs + LOCK_STALE_MS)).toBe('acquired');
  });

  it('goes to exactly one of many that find a dead holder', async () => {
    const pid = await deadPid();
    for (let round = 0; round < 20; round += 1) {
      const directory = await newDirectory();
      await writeFile(join(directory, 'process~lock'), lockOf({ pid }));
      const outcomes = await Promise.all(Array.from({ length: 8 }, () => acquire(directory)));
      expect(outcomes.filter((outcome) => outcome === 'acquired')).toHaveLength(1);
      expect(await readdir(directory)).toEqual(['process~lock']);
    }
  });

  it('is taken over although somebody died while taking it over', async () => {
    const directory = await newDirectory();
    const pid = await deadPid();
    const path = join(directory, 'process~lock');
    const claim = `${path}.${createHash('sha256').update('earlier').digest('hex').slice(0, 24)}`;
    await writeFile(path, lockOf({ pid }));
    await writeFile(claim, lockOf({ pid, token: 'claimant' }));
    expect(await acquire(directory)).toBe('acquired');
    expect(await readdir(directory)).toEqual(['process~lock']);
  });

  it('is left alone while somebody alive is taking it over', async () => {
    const directory = await newDirectory();
    const path = join(directory, 'process~lock');
    const claim = `${path}.${createHash('sha256').update('earlier').digest('hex').slice(0, 24)}`;
    await writeFile(path, lockOf({ pid: await deadPid() }));
    await writeFile(claim, await liveHolder());
    expect(await acquire(directory)).toBe(`held by ${process.pid}`);
  });

  it('that somebody else took meanwhile is not removed by release', async () => {
    const directory = await newDirectory();
    const first = await acquireDirectoryLock(directory);
    const other = lockOf({ token: 'another' });
    await writeFile(join(directory, 'process~lock'), other);
    if (first.ok) await first.value.release();
    expect(await readFile(join(directory, 'process~lock'), 'utf8')).toBe(other);
  });

  it('is refreshed while it is held, and its loss is told once', async () => {
    const directory = await newDirectory();
    const path = join(directory, 'process~lock');
    const timers: (() => void)[] = [];
    let lost = 0;
    const outcome = await acquireDirectoryLock(directory, {
      onLost: () => (lost += 1),
      schedule: (callback) => {
        timers.push(callback);
        return () => undefined;
      },
    });
    await utimes(path, 1000, 1000);
    timers.pop()!();
    await vi.waitFor(() => expect(timers).toHaveLength(1));
    expect((await stat(path)).mtimeMs).toBeGreaterThan(1_000_000);
    expect(lost).toBe(0);
    await writeFile(path, lockOf({ token: 'another' }));
    timers.pop()!();
    await vi.waitFor(() => expect(lost).toBe(1));
    expect(timers).toEqual([]);
    if (outcome.ok) await outcome.value.release();
  });

  it('is unavailable where there can be no directory', async () => {
    const file = join(await newDirectory(), 'file');
    await writeFile(file, 'x');
    expect(await acquire(join(file, 'state'))).toBe('unavailable');
  });
});
