import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmod, mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { createDirectoryStore } from './directory-store.ts';
import { DurableError } from './durable-error.ts';
import type { FileSystem } from './file-system.ts';
import { createNodeFileSystem } from './file-system.ts';
import type { DurableStore } from './types.ts';

const cleanups: (() => Promise<void>)[] = [];

afterEach(async () => {
  for (const cleanup of cleanups.splice(0)) await cleanup();
});

async function newDirectory(): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), 'durable-'));
  cleanups.push(() => rm(directory, { recursive: true, force: true }));
  return directory;
}

function storeIn(directory: string, fileSystem: Partial<FileSystem> = {}): DurableStore {
  return createDirectoryStore({
    directory,
    valueBytesMax: 1_000_000,
    fileSystem: { ...createNodeFileSystem(), ...fileSystem },
  });
}

async function readText(store: DurableStore, name: string): Promise<string | undefined> {
  const value = await store.read(name);
  return value === undefined ? undefined : Buffer.from(value).toString();
}

async function problemOf(work: Promise<unknown>): Promise<string> {
  try {
    await work;
  } catch (error) {
    return error instanceof DurableError ? error.type : `not a DurableError: ${String(error)}`;
  }
  return 'none';
}

function systemError(code: string): Error {
  return Object.assign(new Error(`${code}: made up`), { code });
}

describe('a directory of records', () => {
  it('gives back what was written, in this process and the next', async () => {
    const directory = join(await newDirectory(), 'state', 'deep');
    const store = storeIn(directory);
    expect(await store.read('a')).toBeUndefined();
    expect(await store.list('')).toEqual([]);
    await store.write('a', Buffer.from('one'));
    await store.write('a', Buffer.from('two'));
    await store.write('b.c-1', new Uint8Array(0));
    expect(await readText(store, 'a')).toBe('two');
    expect(await readText(storeIn(directory), 'a')).toBe('two');
    expect(await readText(store, 'b.c-1')).toBe('');
    await store.remove('a');
    await store.remove('a');
    expect(await store.read('a')).toBeUndefined();
  });

  it('lists names by prefix, sorted, without what is not a record', async () => {
    const directory = await newDirectory();
    const store = storeIn(directory);
    for (const name of ['member-b', 'other', 'member-a']) await store.write(name, Buffer.from(name));
    await writeFile(join(directory, 'member-c~1.tmp'), 'x');
    await writeFile(join(directory, 'process~lock'), 'x');
    expect(await store.list('member-')).toEqual(['member-a', 'member-b']);
    expect(await store.list('')).toEqual(['member-a', 'member-b', 'other']);
  });

  it('removes what an interrupted write left, but no lock', async () => {
    const directory = await newDirectory();
    await writeFile(join(directory, 'a~7.tmp'), 'half');
    await writeFile(join(directory, 'process~lock'), 'x');
    await storeIn(directory).write('b', Buffer.from('x'));
    expect((await readdir(directory)).sort()).toEqual(['b', 'process~lock']);
  });

  it('is readable by its owner only', async () => {
    const directory = join(await newDirectory(), 'state');
    await storeIn(directory).write('a', Buffer.from('x'));
    expect((await stat(directory)).mode & 0o777).toBe(0o700);
    expect((await stat(join(directory, 'a'))).mode & 0o777).toBe(0o600);
  });

  it('accepts only names that are safe as file and object names', async () => {
    const store = storeIn(await newDirectory());
    const longest = 'a'.repeat(100);
    await store.write(longest, Buffer.from('x'));
    for (const name of ['', '.', '..', 'a/b', '../a', 'A', 'a~b', 'a..b', '-a', `${longest}a`]) {
      await expect(store.write(name, Buffer.from('x'))).rejects.toThrow('not a record name');
    }
  });

  it('refuses a value above the limit, in both directions', async () => {
    const directory = await newDirectory();
    const wide = createDirectoryStore({ directory, valueBytesMax: 11 });
    const narrow = createDirectoryStore({ directory, valueBytesMax: 10 });
    await narrow.write('fits', Buffer.alloc(10));
    expect(await problemOf(narrow.write('a', Buffer.alloc(11)))).toBe('tooLarge');
    await wide.write('a', Buffer.alloc(11));
    expect(await problemOf(narrow.read('a'))).toBe('tooLarge');
    expect(await narrow.read('fits')).toHaveLength(10);
  });

  it('lets the last of several writes win, in the order they were asked for', async () => {
    const store = storeIn(await newDirectory());
    await Promise.all(Array.from({ length: 20 }, (_, index) => store.write('a', Buffer.from(String(index)))));
    expect(await readText(store, 'a')).toBe('19');
  });
});

describe('a damaged file', () => {
  it('is told from a whole one wherever it is cut', async () => {
    const directory = await newDirectory();
    const store = storeIn(directory);
    await store.write('a', Buffer.from('a small record'));
    const whole = await readFile(join(directory, 'a'));
    for (let length = 0; length < whole.length; length += 1) {
      await writeFile(join(directory, 'a'), whole.subarray(0, length));
      expect(await problemOf(store.read('a')), `cut at ${length}`).toBe('corrupt');
    }
    await writeFile(join(directory, 'a'), whole);
    expect(await readText(store, 'a')).toBe('a small record');
  });

  it('is recognised whichever byte changed, and when something follows it', async () => {
    const directory = await newDirectory();
    const store = storeIn(directory);
    await store.write('a', Buffer.from('a small record'));
    const whole = await readFile(join(directory, 'a'));
    for (let at = 0; at < whole.length; at += 1) {
      const changed = Buffer.from(whole);
      changed[at] = (changed[at]! + 1) % 256;
      await writeFile(join(directory, 'a'), changed);
      expect(await problemOf(store.read('a')), `changed at ${at}`).toBe('corrupt');
    }
    await writeFile(join(directory, 'a'), Buffer.concat([whole, Buffer.from('x')]));
    expect(await problemOf(store.read('a'))).toBe('corrupt');
    await store.write('a', Buffer.from('mended'));
    expect(await readText(store, 'a')).toBe('mended');
  });
});

describe('a medium that fails', () => {
  it.each([
    ['ENOSPC', 'diskFull'],
    ['EDQUOT', 'diskFull'],
    ['EROFS', 'readOnly'],
    ['EACCES', 'readOnly'],
    ['EIO', 'unavailable'],
  ])('%s while writing is the state %s and keeps the old value', async (code, problem) => {
    const directory = await newDirectory();
    await storeIn(directory).write('a', Buffer.from('old'));
    for (const call of ['createFile', 'rename', 'createDirectory'] as const) {
      let broken = true;
      const node = createNodeFileSystem();
      const fail = (...parameters: [string, never]): Promise<void> =>
        broken ? Promise.reject(systemError(code)) : node[call](...parameters);
      const store = storeIn(directory, { [call]: fail });
      expect(await problemOf(store.write('a', Buffer.from('new')))).toBe(problem);
      expect(await readText(store, 'a')).toBe('old');
      expect(await readdir(directory)).toEqual(['a']);
      broken = false;
      await store.write('a', Buffer.from('old'));
    }
  });

  it('that cannot confirm the directory entry is a failure, though the new value may stand', async () => {
    const directory = await newDirectory();
    const store = storeIn(directory, { syncDirectory: () => Promise.reject(systemError('EIO')) });
    expect(await problemOf(store.write('a', Buffer.from('new')))).toBe('unavailable');
  });

  it('is unavailable when reading fails', async () => {
    const store = storeIn(await newDirectory(), {
      readFile: () => Promise.reject(systemError('EACCES')),
      listNames: () => Promise.reject(systemError('EIO')),
    });
    expect(await problemOf(store.read('a'))).toBe('unavailable');
    expect(await problemOf(store.list(''))).toBe('unavailable');
  });

  it('is a state too where the path is no directory', async () => {
    const file = join(await newDirectory(), 'file');
    await writeFile(file, 'x');
    expect(await problemOf(storeIn(join(file, 'state')).write('a', Buffer.from('x')))).toBe('unavailable');
  });
});

/** Somebody without rights. */
const NOBODY = 65_534;

/** Writes values of growing length over and over and says when the first one is safe; if asked not as root, whom no mode stops. */
const WRITER = `
  const { createDirectoryStore } = await import(process.argv[1]);
  if (process.argv[3] === 'unprivileged' && process.getuid() === 0) process.setuid(${NOBODY});
  const store = createDirectoryStore({ directory: process.argv[2], valueBytesMax: 10_000_000 });
  for (let round = 1; ; round += 1) {
    await store.write('a', Buffer.alloc(200_000 + round, round % 256));
    if (round === 1) process.stdout.write('ready');
  }
`;

describe('a process in the middle of writing', () => {
  const run = (directory: string, shellLimits = '', ...rights: 'unprivileged'[]): ReturnType<typeof spawn> => {
    const modulePath = new URL('directory-store.ts', import.meta.url).href;
    const options = ['--import', 'tsx', '--input-type=module'];
    const node = [process.execPath, ...options, '-e', WRITER, modulePath, directory, ...rights];
    const command = `${shellLimits} exec "$@"`;
    return spawn('sh', ['-c', command, 'sh', ...node], { stdio: ['ignore', 'pipe', 'pipe'] });
  };

  it('leaves a whole value when it is killed, at whatever moment', async () => {
    const directory = await newDirectory();
    for (let round = 0; round < 5; round += 1) {
      const child = run(directory);
      const ended = once(child, 'exit');
      await once(child.stdout!, 'data');
      // Some more work of our own, so that the moments differ.
      for (let reads = 0; reads < round * 3; reads += 1) await storeIn(directory).read('a');
      child.kill('SIGKILL');
      await ended;
      const store = storeIn(directory);
      const value = await store.read('a');
      const writes = value!.length - 200_000;
      expect(writes).toBeGreaterThanOrEqual(1);
      expect(value!.every((byte) => byte === writes % 256)).toBe(true);
      await store.write('b', Buffer.from('next life'));
      expect((await readdir(directory)).sort()).toEqual(['a', 'b']);
    }
  });

  it('gets diskFull from a real limit on file size and keeps the old value', async () => {
    const directory = await newDirectory();
    await storeIn(directory).write('a', Buffer.from('old'));
    // 512-byte blocks; the signal that goes with the limit is ignored, so that the call fails instead.
    const child = run(directory, "trap '' XFSZ; ulimit -f 100;");
    let errors = '';
    child.stderr!.on('data', (chunk: Buffer) => (errors += chunk.toString()));
    const [code] = (await once(child, 'exit')) as [number | null];
    expect(code).toBe(1);
    expect(errors).toContain("type: 'diskFull'");
    expect(await readText(storeIn(directory), 'a')).toBe('old');
  });

  it('gets readOnly from a real read-only directory', async () => {
    const directory = await newDirectory();
    await chmod(directory, 0o755);
    const state = join(directory, 'state');
    await mkdir(state);
    await chmod(state, 0o555);
    const child = run(state, '', 'unprivileged');
    let errors = '';
    child.stderr!.on('data', (chunk: Buffer) => (errors += chunk.toString()));
    const [code] = (await once(child, 'close')) as [number | null];
    expect(code).toBe(1);
    expect(errors).toContain("type: 'readOnly'");
    expect(await readdir(state)).toEqual([]);
  });
});
