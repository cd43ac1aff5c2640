import { DOMAIN } from '../kube/domain.ts';
import type { Outcome } from '../kube/outcome.ts';

/** An object like a ConfigMap, cut to what is used here. */
export interface HubObject {
  readonly name: string;
  readonly annotations: Readonly<Record<string, string>>;
  readonly binaryData: Readonly<Record<string, Uint8Array>>;
}

/**
 * Our objects in our own namespace on the hub. Every call may reject: with a DurableError when the reason is known
 * (quota exceeded: diskFull; forbidden: readOnly), else with anything, which becomes `unavailable`.
 */
export interface HubObjects {
  readonly get: (name: string) => Promise<(HubObject & { readonly resourceVersion: string }) | undefined>;
  /** Names of all objects that `put` made. */
  readonly listNames: () => Promise<readonly string[]>;
  /**
   * Creates the object (`resourceVersion` undefined) or replaces exactly that version of it; the new resourceVersion,
   * or `conflict` when the object exists, is gone, or has another version. Never retried below: a repeated PUT whose
   * first answer was lost would read as a conflict.
   */
  readonly put: (object: HubObject, resourceVersion: string | undefined) => Promise<Outcome<string, 'conflict'>>;
  /** Nothing happens if there is no such object. */
  readonly remove: (name: string) => Promise<void>;
}

/** Which chunks make up a value; no chunks: the value is in the index object itself. */
export interface Generation {
  readonly generation: string;
  readonly chunks: number;
}

/** What the index object said, and the version that said so. */
export interface Index extends Generation {
  readonly resourceVersion: string;
  readonly inline: Uint8Array | undefined;
}

const GENERATION_ANNOTATION = `${DOMAIN}/generation`;
const CHUNKS_ANNOTATION = `${DOMAIN}/chunks`;
const VALUE_KEY = 'value';

const INDEX_PREFIX = 'durable-index.';
const CHUNK_PREFIX = 'durable-chunk.';

export function indexName(record: string): string {
  return `${INDEX_PREFIX}${record}`;
}

/** The record that an index object is of; undefined for other objects. */
export function recordOfIndex(objectName: string): string | undefined {
  return objectName.startsWith(INDEX_PREFIX) ? objectName.slice(INDEX_PREFIX.length) : undefined;
}

export function chunkNames(record: string, { generation, chunks }: Generation): readonly string[] {
  return Array.from({ length: chunks }, (_, index) => `${CHUNK_PREFIX}${record}.${generation}.${index}`);
}

/** The record and generation that a chunk object is of; undefined for other objects. */
export function ownerOfChunk(objectName: string): { readonly record: string; readonly generation: string } | undefined {
  const match = /^durable-chunk\.(?<record>.+)\.(?<generation>[^.]+)\.[0-9]+$/.exec(objectName);
  const { record, generation } = match?.groups ?? {};
  return record === undefined || generation === undefined ? undefined : { record, generation };
}

export function toChunkObject(name: string, piece: Uint8Array): HubObject {
  return { name, annotations: {}, binaryData: { [VALUE_KEY]: piece } };
}

export function chunkOf(object: HubObject): Uint8Array | undefined {
  return object.binaryData[VALUE_KEY];
}

export function toIndexObject(
  record: string,
  { generation, chunks }: Generation,
  inline: Uint8Array | undefined,
): HubObject {
  return {
    name: indexName(record),
    annotations: { [GENERATION_ANNOTATION]: generation, [CHUNKS_ANNOTATION]: String(chunks) },
    binaryData: inline === undefined ? {} : { [VALUE_KEY]: inline },
  };
}

/** An index object that somebody changed beyond recognition has generation ''. */
export function parseIndex(object: HubObject & { readonly resourceVersion: string }): Index {
  const generation = object.annotations[GENERATION_ANNOTATION] ?? '';
  const chunks = object.annotations[CHUNKS_ANNOTATION] ?? '';
  const { resourceVersion } = object;
  if (!/^[0-9]{1,6}$/.test(chunks)) return { generation: '', chunks: 0, resourceVersion, inline: undefined };
  return { generation, chunks: Number(chunks), resourceVersion, inline: object.binaryData[VALUE_KEY] };
}
