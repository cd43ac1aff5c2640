import { once } from 'node:events';
import { createGzip } from 'node:zlib';

/** kube-apiserver's choice: most of the gain for a fraction of the time. */
const LEVEL = 1;
const INPUT_BYTES = 64 * 1024;

/** True if the client takes gzip. */
export function acceptsGzip(acceptEncoding: string | string[] | undefined): boolean {
  return [acceptEncoding ?? []].flat().some((line) => line.split(',').some(namesGzip));
}

function namesGzip(part: string): boolean {
  const [name = '', ...params] = part.split(';').map((text) => text.trim().toLowerCase());
  return name === 'gzip' && !params.some((param) => /^q=0(\.0*)?$/.test(param));
}

/** Compresses on zlib's threads, piece by piece: only the compressed bytes are held. */
export async function compress(pieces: Iterable<Buffer>): Promise<readonly Buffer[]> {
  const gzip = createGzip({ level: LEVEL, chunkSize: INPUT_BYTES });
  const out: Buffer[] = [];
  gzip.on('data', (bytes: Buffer) => out.push(bytes));
  const ended = once(gzip, 'end');
  // An error rejects whichever of the two is being awaited; the other one must not count as unhandled.
  ended.catch(() => undefined);
  let batch: Buffer[] = [];
  let bytes = 0;
  for (const piece of pieces) {
    batch.push(piece);
    bytes += piece.length;
    if (bytes < INPUT_BYTES) continue;
    if (!gzip.write(Buffer.concat(batch))) await once(gzip, 'drain');
    batch = [];
    bytes = 0;
  }
  gzip.end(Buffer.concat(batch));
  await ended;
  return out;
}

export interface GzipCache {
  /** The compressed body under this key, made at most once at a time however many ask. */
  get(key: string, make: () => Promise<readonly Buffer[]>): Promise<readonly Buffer[]>;
}

/** Least recently used first out, bounded in bytes. */
export function createGzipCache(bytesMax: number): GzipCache {
  const kept = new Map<string, readonly Buffer[]>();
  const making = new Map<string, Promise<readonly Buffer[]>>();
  let bytes = 0;

  const keep = (key: string, body: readonly Buffer[]): void => {
    if (sizeOf(body) > bytesMax) return;
    kept.set(key, body);
    bytes += sizeOf(body);
    for (const [oldest, dropped] of kept) {
      if (bytes <= bytesMax) break;
      kept.delete(oldest);
      bytes -= sizeOf(dropped);
    }
  };

  const start = async (key: string, make: () => Promise<readonly Buffer[]>): Promise<readonly Buffer[]> => {
    try {
      const body = await make();
      keep(key, body);
      return body;
    } finally {
      making.delete(key);
    }
  };

  return {
    get: async (key, make) => {
      const found = kept.get(key);
      if (found !== undefined) {
        kept.delete(key);
        kept.set(key, found);
        return found;
      }
      const promise = making.get(key) ?? start(key, make);
      // `start` is asynchronous: it cannot have finished before this line.
      making.set(key, promise);
      return promise;
    },
  };
}

export function sizeOf(body: readonly Buffer[]): number {
  return body.reduce((sum, part) => sum + part.length, 0);
}
