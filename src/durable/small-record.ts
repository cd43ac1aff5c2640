import type { Outcome } from '../kube/outcome.ts';
import { failed, succeeded } from '../kube/outcome.ts';
import { DurableError, toDurableError } from './durable-error.ts';
import type { RecordKind } from './record.ts';
import { decodeRecord, encodeRecord } from './record.ts';
import type { DurableStore } from './types.ts';

/** A record that holds one JSON value. */
export interface SmallRecord<T> {
  readonly name: string;
  readonly kind: RecordKind;
  /** undefined if the value is not one of ours; `format` tells how it was written (the present one or one less). */
  readonly parse: (value: unknown, format: number) => T | undefined;
  /** Bytes of JSON. */
  readonly bytesMax: number;
}

/** The documents of a record of any number of them; none if it was never written. */
export async function readDocuments(
  store: DurableStore,
  { name, kind, bytesMax }: Omit<SmallRecord<unknown>, 'parse'>,
): Promise<Outcome<readonly unknown[], DurableError>> {
  try {
    const bytes = await store.read(name);
    if (bytes === undefined) return succeeded([]);
    const { documents } = await decodeRecord(kind, bytes, bytesMax);
    return succeeded(documents);
  } catch (error) {
    return failed(toDurableError(error, `read record ${name}`));
  }
}

/** undefined: never written. */
export async function readSmallRecord<T>(
  store: DurableStore,
  record: SmallRecord<T>,
): Promise<Outcome<T | undefined, DurableError>> {
  try {
    const bytes = await store.read(record.name);
    if (bytes === undefined) return succeeded(undefined);
    const { format, documents } = await decodeRecord(record.kind, bytes, record.bytesMax);
    const value = documents.length === 1 ? record.parse(documents[0], format) : undefined;
    if (value !== undefined) return succeeded(value);
    return failed(new DurableError('corrupt', `record ${record.name}: not a valid ${record.kind.name}`));
  } catch (error) {
    return failed(toDurableError(error, `read record ${record.name}`));
  }
}

export async function writeSmallRecord<T>(
  store: DurableStore,
  record: SmallRecord<T>,
  value: T,
): Promise<Outcome<undefined, DurableError>> {
  try {
    await store.write(record.name, await encodeRecord(record.kind, [value], record.bytesMax));
    return succeeded(undefined);
  } catch (error) {
    return failed(toDurableError(error, `write record ${record.name}`));
  }
}
