import type { FileHandle } from 'node:fs/promises';
import { mkdir, open, readdir, rename, rm } from 'node:fs/promises';

/** The calls that keeping files safe needs; they reject with the system's error (its `code` is read). */
export interface FileSystem {
  /** undefined if there is no such file; at most `bytesMax` + 1 bytes, so that a longer file is told from a fitting one. */
  readonly readFile: (path: string, bytesMax: number) => Promise<Uint8Array | undefined>;
  /** Creates the file (mode 0600) and resolves when its bytes are on the medium. Rejects if it exists. */
  readonly createFile: (path: string, bytes: Uint8Array) => Promise<void>;
  readonly rename: (from: string, to: string) => Promise<void>;
  /** Nothing happens if there is no such file. */
  readonly removeFile: (path: string) => Promise<void>;
  /** Names in a directory; none if it does not exist. */
  readonly listNames: (directory: string) => Promise<readonly string[]>;
  /** With mode 0700, parents included; nothing happens if it exists. */
  readonly createDirectory: (directory: string) => Promise<void>;
  /** Resolves when creations, renames and removals in the directory are on the medium. */
  readonly syncDirectory: (directory: string) => Promise<void>;
}

const DIRECTORY_MODE = 0o700;
const FILE_MODE = 0o600;

export function createNodeFileSystem(): FileSystem {
  return {
    readFile: (path, bytesMax) =>
      unlessAbsent(
        withFile(path, 'r', (file) => readAtMost(file, bytesMax + 1)),
        undefined,
      ),
    createFile: (path, bytes) =>
      withFile(path, 'wx', async (file) => {
        await file.writeFile(bytes);
        await file.sync();
      }),
    rename,
    removeFile: (path) => rm(path, { force: true }),
    listNames: (directory) => unlessAbsent(readdir(directory), []),
    createDirectory: async (directory) => {
      await mkdir(directory, { recursive: true, mode: DIRECTORY_MODE });
    },
    syncDirectory: (directory) => withFile(directory, 'r', (file) => file.sync()),
  };
}

/** The `code` of a system error: ENOENT, ENOSPC, …; undefined for anything else. */
export function errorCode(error: unknown): string | undefined {
  if (typeof error !== 'object' || error === null || !('code' in error)) return undefined;
  return typeof error.code === 'string' ? error.code : undefined;
}

async function withFile<T>(path: string, flags: string, use: (file: FileHandle) => Promise<T>): Promise<T> {
  const file = await open(path, flags, FILE_MODE);
  try {
    return await use(file);
  } finally {
    await file.close();
  }
}

async function readAtMost(file: FileHandle, bytesMax: number): Promise<Uint8Array> {
  const { size } = await file.stat();
  const buffer = Buffer.alloc(Math.min(size, bytesMax));
  let filled = 0;
  while (filled < buffer.length) {
    const { bytesRead } = await file.read(buffer, filled, buffer.length - filled, filled);
    if (bytesRead === 0) break;
    filled += bytesRead;
  }
  return buffer.subarray(0, filled);
}

async function unlessAbsent<T, U>(work: Promise<T>, otherwise: U): Promise<T | U> {
  try {
    return await work;
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return otherwise;
    throw error;
  }
}
