import { join } from 'node:path';
import { FRAME_BYTES, frame, unframe } from './checksum-frame.ts';
import type { DurableProblem } from './durable-error.ts';
import { DurableError, toDurableError } from './durable-error.ts';
import type { FileSystem } from './file-system.ts';
import { createNodeFileSystem, errorCode } from './file-system.ts';
import { assertRecordName } from './record-name.ts';
import { createTurns } from './turns.ts';
import type { DurableStore } from './types.ts';

export interface DirectoryStoreDeps {
  readonly directory: string;
  readonly fileSystem?: FileSystem;
  /** A longer value is refused (write) or not read (read). */
  readonly valueBytesMax: number;
}

/** No record name holds it, so files on the way and lock files are never taken for records. */
const TEMPORARY_MARK = '~';
const TEMPORARY_END = '.tmp';

/**
 * One file per record. A value is written beside its place, synced, and renamed over it: whatever happens in between,
 * the old or the new value stands there whole. One process at a time (`acquireDirectoryLock`).
 */
export function createDirectoryStore(deps: DirectoryStoreDeps): DurableStore {
  const { directory, valueBytesMax, fileSystem = createNodeFileSystem() } = deps;
  const turns = createTurns();
  let sequence = 0;
  let prepared: Promise<void> | undefined;

  /** Before the first write; tried again by the next write if it fails. */
  const prepare = (): Promise<void> => {
    prepared ??= removeLeftovers(fileSystem, directory).catch((error: unknown) => {
      prepared = undefined;
      throw error;
    });
    return prepared;
  };

  const replace = async (name: string, value: Uint8Array): Promise<void> => {
    await prepare();
    sequence += 1;
    const temporary = join(directory, `${name}${TEMPORARY_MARK}${sequence}${TEMPORARY_END}`);
    try {
      await fileSystem.createFile(temporary, frame(value));
      await fileSystem.rename(temporary, join(directory, name));
    } catch (error) {
      // What stays is removed at the next start; the first failure is the one to tell.
      await fileSystem.removeFile(temporary).catch(() => undefined);
      throw error;
    }
    await fileSystem.syncDirectory(directory);
  };

  const read = async (name: string): Promise<Uint8Array | undefined> => {
    const bytes = await fileSystem.readFile(join(directory, name), valueBytesMax + FRAME_BYTES);
    if (bytes === undefined) return undefined;
    if (bytes.length > valueBytesMax + FRAME_BYTES) throw tooLarge(name, valueBytesMax);
    const value = unframe(bytes);
    if (!value.ok) throw new DurableError('corrupt', `record ${name}: ${value.error}`);
    return value.value;
  };

  const remove = async (name: string): Promise<void> => {
    const names = await fileSystem.listNames(directory);
    if (!names.includes(name)) return;
    await fileSystem.removeFile(join(directory, name));
    await fileSystem.syncDirectory(directory);
  };

  return {
    read: (name) => {
      assertRecordName(name);
      return read(name).catch((error: unknown) => {
        throw toDurableError(error, `read record ${name}`);
      });
    },
    write: async (name, value) => {
      assertRecordName(name);
      if (value.length > valueBytesMax) throw tooLarge(name, valueBytesMax);
      await turns.take(name, () => explained(`write record ${name}`, () => replace(name, value)));
    },
    remove: async (name) => {
      assertRecordName(name);
      await turns.take(name, () => explained(`remove record ${name}`, () => remove(name)));
    },
    list: async (prefix) => {
      const names = await explained('list records', () => fileSystem.listNames(directory));
      return names.filter((name) => name.startsWith(prefix) && !name.includes(TEMPORARY_MARK)).sort();
    },
  };
}

async function removeLeftovers(fileSystem: FileSystem, directory: string): Promise<void> {
  await fileSystem.createDirectory(directory);
  for (const name of await fileSystem.listNames(directory)) {
    if (!name.includes(TEMPORARY_MARK) || !name.endsWith(TEMPORARY_END)) continue;
    await fileSystem.removeFile(join(directory, name));
  }
}

function tooLarge(name: string, valueBytesMax: number): DurableError {
  return new DurableError('tooLarge', `record ${name} is larger than ${valueBytesMax} bytes`);
}

const PROBLEM_OF_CODE: Readonly<Record<string, DurableProblem>> = {
  ENOSPC: 'diskFull',
  EDQUOT: 'diskFull',
  EFBIG: 'diskFull',
  EROFS: 'readOnly',
  EACCES: 'readOnly',
  EPERM: 'readOnly',
};

async function explained<T>(what: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    const problem = PROBLEM_OF_CODE[errorCode(error) ?? ''];
    if (problem === undefined) throw toDurableError(error, what);
    throw new DurableError(problem, `${what}: ${String(errorCode(error))}`, error);
  }
}
