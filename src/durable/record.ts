import { promisify } from 'node:util';
import { constants, createGzip, gunzip, gzipSync } from 'node:zlib';
import { parseJson, stringifyJson } from '../kube/json.ts';
import { DurableError } from './durable-error.ts';
import { errorCode } from './file-system.ts';

/** What a record holds and in which format this version of the program writes it; the one before is read too. */
export interface RecordKind {
  readonly name: string;
  readonly format: number;
}

export interface DecodedRecord {
  /** The format that it was written in: `kind.format` or one less. */
  readonly format: number;
  readonly documents: readonly unknown[];
}

const MAGIC = 'clusterset-apiserver record';
const HEAD_BYTES_MAX = 200;
const BATCH_CHARACTERS = 64 * 1024;
const LEVEL = constants.Z_BEST_SPEED;
const TURN_CHARACTERS = 1024 * 1024;

/**
 * A record is one line of plain text (kind and format) and then JSON documents, one per line, gzipped. Documents are
 * taken from the iterable piece by piece and other work gets its turn in between. Rejects with DurableError `tooLarge`
 * when the JSON has more than `bytesMax` bytes.
 */
export async function encodeRecord(
  kind: RecordKind,
  documents: Iterable<unknown>,
  bytesMax: number,
): Promise<Uint8Array> {
  const head = Buffer.from(`${MAGIC} ${kind.name} ${kind.format}\n`);
  const batches = checkedBatches(documents, { kind, bytesMax });
  const first = batches.next().value ?? Buffer.alloc(0);
  // Most records: to set up a stream and another thread takes ten times as long as to compress so little.
  if (first.length < BATCH_CHARACTERS) return Buffer.concat([head, gzipSync(first, { level: LEVEL })]);
  return Buffer.concat([head, ...(await gzipStreamed(first, batches))]);
}

/** The first batch and then the others, on zlib's threads. */
async function gzipStreamed(first: Buffer, others: Iterable<Buffer>): Promise<readonly Buffer[]> {
  const gzip = createGzip({ level: LEVEL });
  const parts: Buffer[] = [];
  gzip.on('data', (part: Buffer) => parts.push(part));
  const ended = new Promise<void>((resolve, reject) => {
    gzip.once('end', resolve);
    gzip.once('error', reject);
  });
  try {
    await written(gzip, first);
    for (const batch of others) await written(gzip, batch);
    gzip.end();
    await ended;
  } finally {
    gzip.destroy();
  }
  return parts;
}

function written(gzip: NodeJS.WritableStream, batch: Buffer): Promise<void> {
  return new Promise((resolve, reject) => {
    gzip.write(batch, (error) => {
      if (error) reject(error);
      else resolve();
    });
  });
}

/** Rejects with DurableError: corrupt, newerFormat, or tooLarge beyond `bytesMax` bytes of JSON. */
export async function decodeRecord(kind: RecordKind, bytes: Uint8Array, bytesMax: number): Promise<DecodedRecord> {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const end = buffer.subarray(0, HEAD_BYTES_MAX).indexOf('\n');
  const format = parseHead(kind, end < 0 ? '' : buffer.toString('utf8', 0, end));
  const text = await inflate(kind, buffer.subarray(end + 1), bytesMax);
  return { format, documents: await parseLines(kind, text) };
}

interface Bounds {
  readonly kind: RecordKind;
  readonly bytesMax: number;
}

function* checkedBatches(
  documents: Iterable<unknown>,
  { kind, bytesMax }: Bounds,
): Generator<Buffer, undefined, undefined> {
  let bytes = 0;
  for (const batch of batchesOf(documents)) {
    const chunk = Buffer.from(batch);
    bytes += chunk.length;
    if (bytes > bytesMax) throw new DurableError('tooLarge', `a ${kind.name} has more than ${bytesMax} bytes of JSON`);
    yield chunk;
  }
}

function* batchesOf(documents: Iterable<unknown>): Iterable<string> {
  let batch = '';
  for (const document of documents) {
    batch += `${stringifyJson(document)}\n`;
    if (batch.length < BATCH_CHARACTERS) continue;
    yield batch;
    batch = '';
  }
  if (batch !== '') yield batch;
}

function parseHead(kind: RecordKind, head: string): number {
  const prefix = `${MAGIC} ${kind.name} `;
  const digits = head.slice(prefix.length);
  if (!head.startsWith(prefix) || !/^[0-9]{1,9}$/.test(digits)) throw corrupt(kind, 'the head is not ours');
  const format = Number(digits);
  if (format > kind.format) {
    throw new DurableError(
      'newerFormat',
      `a ${kind.name} in format ${format}, written by a newer version; this one reads up to ${kind.format}`,
    );
  }
  if (format < kind.format - 1) throw corrupt(kind, `format ${format} is not read any more`);
  return format;
}

const gunzipAsync = promisify(gunzip);

async function inflate(kind: RecordKind, body: Buffer, bytesMax: number): Promise<string> {
  try {
    const bytes = await gunzipAsync(body, { maxOutputLength: bytesMax });
    return bytes.toString('utf8');
  } catch (error) {
    if (errorCode(error) !== 'ERR_BUFFER_TOO_LARGE') throw corrupt(kind, 'the content cannot be inflated', error);
    throw new DurableError('tooLarge', `a ${kind.name} has more than ${bytesMax} bytes of JSON`, error);
  }
}

async function parseLines(kind: RecordKind, text: string): Promise<readonly unknown[]> {
  const documents: unknown[] = [];
  let turnEnd = TURN_CHARACTERS;
  let start = 0;
  for (let end = text.indexOf('\n'); end >= 0; end = text.indexOf('\n', start)) {
    documents.push(parseLine(kind, text.slice(start, end)));
    start = end + 1;
    if (start < turnEnd) continue;
    turnEnd = start + TURN_CHARACTERS;
    await new Promise(setImmediate);
  }
  if (start !== text.length) throw corrupt(kind, 'the last line is cut');
  return documents;
}

function parseLine(kind: RecordKind, line: string): unknown {
  try {
    return parseJson(line);
  } catch (error) {
    throw corrupt(kind, 'a line is not JSON', error);
  }
}

function corrupt(kind: RecordKind, reason: string, cause?: unknown): DurableError {
  return new DurableError('corrupt', `not a ${kind.name}: ${reason}`, cause);
}
