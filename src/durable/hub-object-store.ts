import { randomBytes } from 'node:crypto';
import { frame, unframe } from './checksum-frame.ts';
import { DurableError, toDurableError } from './durable-error.ts';
import type { Generation, HubObjects, Index } from './hub-objects.ts';
import {
  chunkNames,
  chunkOf,
  indexName,
  parseIndex,
  recordOfIndex,
  toChunkObject,
  toIndexObject,
} from './hub-objects.ts';
import type { HubSweeper } from './hub-sweeper.ts';
import { createHubSweeper } from './hub-sweeper.ts';
import { assertRecordName } from './record-name.ts';
import { createTurns } from './turns.ts';
import type { DurableStore } from './types.ts';

export interface HubObjectStoreDeps {
  readonly objects: HubObjects;
  readonly valueBytesMax: number;
  /** Bytes in one object; a ConfigMap may hold 1 MiB, and base64 makes them a third longer on the way. */
  readonly chunkBytesMax?: number;
  /** A new name part per write (lower case letters and digits); random unless given. */
  readonly createGeneration?: () => string;
}

export const HUB_CHUNK_BYTES_MAX = 700 * 1024;

const READ_ATTEMPTS_MAX = 2;

/** A record's index object as this process last saw it; undefined: there was none. */
type Base = (Generation & { readonly resourceVersion: string }) | undefined;

interface Hub {
  readonly objects: HubObjects;
  readonly sweeper: HubSweeper;
  readonly bases: Map<string, Base>;
  /** Writes whose outcome is open: the index may name their chunks, so these stay until the next write succeeds. */
  readonly open: Map<string, readonly Generation[]>;
}

/**
 * A record is an index object, which holds a small value itself or names the chunks of a large one. Chunks are written
 * first under new names, the index last: putting the index is the one moment in which the value changes.
 *
 * A write builds on the index as this process last read or wrote it. If somebody else changed it since, the write is
 * refused with `conflict` once, and the next one builds on the new state; a write of our own whose answer was lost is
 * recognised by its generation and is no conflict.
 */
export function createHubObjectStore(deps: HubObjectStoreDeps): DurableStore {
  const { objects, valueBytesMax, chunkBytesMax = HUB_CHUNK_BYTES_MAX } = deps;
  const createGeneration = deps.createGeneration ?? (() => randomBytes(8).toString('hex'));
  const hub: Hub = { objects, sweeper: createHubSweeper(objects), bases: new Map(), open: new Map() };
  const turns = createTurns();

  const inTurn = async <T>(name: string, what: string, work: () => Promise<T>): Promise<T> => {
    assertRecordName(name);
    try {
      return await turns.take(name, work);
    } catch (error) {
      throw toDurableError(error, `${what} record ${name}`);
    }
  };

  return {
    read: (name) => inTurn(name, 'read', () => read(hub, name)),
    write: (name, value) =>
      inTurn(name, 'write', async () => {
        if (value.length > valueBytesMax) {
          throw new DurableError('tooLarge', `record ${name} is larger than ${valueBytesMax} bytes`);
        }
        await write(hub, name, { generation: createGeneration(), pieces: split(frame(value), chunkBytesMax) });
      }),
    remove: (name) => inTurn(name, 'remove', () => remove(hub, name)),
    list: async (prefix) => {
      try {
        const records = (await objects.listNames()).map(recordOfIndex);
        return records
          .filter((name) => name !== undefined)
          .filter((name) => name.startsWith(prefix))
          .sort();
      } catch (error) {
        throw toDurableError(error, 'list records');
      }
    },
  };
}

async function readIndex(hub: Hub, name: string): Promise<Index | undefined> {
  const object = await hub.objects.get(indexName(name));
  const index = object === undefined ? undefined : parseIndex(object);
  hub.bases.set(name, index === undefined ? undefined : withoutValue(index));
  return index;
}

/** Bases are kept for long, values are not. */
function withoutValue({ generation, chunks, resourceVersion }: Index): Base {
  return { generation, chunks, resourceVersion };
}

async function read(hub: Hub, name: string): Promise<Uint8Array | undefined> {
  for (let attempt = 0; attempt < READ_ATTEMPTS_MAX; attempt += 1) {
    const index = await readIndex(hub, name);
    if (index === undefined) return undefined;
    const bytes = index.inline ?? (await readChunks(hub.objects, chunkNames(name, index)));
    // A chunk is missing: a newer generation may have taken its place while we read.
    if (bytes === undefined) continue;
    const value = unframe(bytes);
    if (!value.ok) throw new DurableError('corrupt', `record ${name}: ${value.error}`);
    return value.value;
  }
  throw new DurableError('corrupt', `record ${name}: a chunk is missing`);
}

async function readChunks(objects: HubObjects, names: readonly string[]): Promise<Uint8Array | undefined> {
  const pieces: Uint8Array[] = [];
  for (const name of names) {
    const object = await objects.get(name);
    const piece = object === undefined ? undefined : chunkOf(object);
    if (piece === undefined) return undefined;
    pieces.push(piece);
  }
  return Buffer.concat(pieces);
}

interface NewValue {
  readonly generation: string;
  readonly pieces: readonly Uint8Array[];
}

async function write(hub: Hub, name: string, { generation, pieces }: NewValue): Promise<void> {
  await hub.sweeper.sweepOnce();
  if (!hub.bases.has(name)) await readIndex(hub, name);
  const before = hub.bases.get(name);
  const isSmall = pieces.length === 1;
  const own: Generation = { generation, chunks: isSmall ? 0 : pieces.length };
  const attempts = [...(hub.open.get(name) ?? []), own];
  hub.open.set(name, attempts);
  if (!isSmall) await putChunks(hub.objects, chunkNames(name, own), pieces);

  const resourceVersion = await putIndex(hub, name, toIndexObject(name, own, isSmall ? pieces[0] : undefined));
  const replaced = [before, hub.bases.get(name), ...attempts].filter((old) => old?.generation !== generation);
  hub.bases.set(name, { ...own, resourceVersion });
  hub.open.delete(name);
  await hub.sweeper.remove(replaced.flatMap((old) => (old === undefined ? [] : chunkNames(name, old))));
}

async function putChunks(objects: HubObjects, names: readonly string[], pieces: readonly Uint8Array[]): Promise<void> {
  for (const [index, name] of names.entries()) {
    const put = await objects.put(toChunkObject(name, pieces[index] ?? Buffer.alloc(0)), undefined);
    if (!put.ok) throw new DurableError('unavailable', `chunk ${name} exists already`);
  }
}

/** The new resourceVersion of the index. A conflict with a lost write of our own is none. */
async function putIndex(hub: Hub, name: string, object: ReturnType<typeof toIndexObject>): Promise<string> {
  const first = await hub.objects.put(object, hub.bases.get(name)?.resourceVersion);
  if (first.ok) return first.value;
  const index = await readIndex(hub, name);
  const isOwn = (hub.open.get(name) ?? []).some((own) => own.generation === index?.generation);
  const second = isOwn ? await hub.objects.put(object, index?.resourceVersion) : first;
  if (second.ok) return second.value;
  throw new DurableError('conflict', `record ${name} was changed by somebody else`);
}

async function remove(hub: Hub, name: string): Promise<void> {
  const index = await readIndex(hub, name);
  if (index !== undefined) await hub.objects.remove(indexName(name));
  const left: readonly Generation[] = [...(index === undefined ? [] : [index]), ...(hub.open.get(name) ?? [])];
  hub.bases.delete(name);
  hub.open.delete(name);
  await hub.sweeper.remove(left.flatMap((old) => chunkNames(name, old)));
}

function split(bytes: Uint8Array, chunkBytesMax: number): readonly Uint8Array[] {
  const pieces: Uint8Array[] = [];
  for (let from = 0; from < bytes.length; from += chunkBytesMax) {
    pieces.push(bytes.subarray(from, from + chunkBytesMax));
  }
  return pieces;
}
