import { setImmediate as turn } from 'node:timers/promises';
import { formatRevision } from '../../src/kube/revision.ts';
import type { StoredObject } from '../../src/store/types.ts';
import type { DataDeps } from './deps.ts';
import { encodeItem } from './encode.ts';
import type { SharedList } from './gzip-segments.ts';
import type { ListTexts } from './list-texts.ts';
import type { Page } from './page.ts';
import type { Agreed } from './request.ts';
import { columnDefinitions, filledBytesMax, fillRow, fillRowInto, rowValue } from './table.ts';
import type { Layout, ListText } from './text-body.ts';
import { layoutOf, listText, wholeText } from './text-body.ts';
import type { View } from './view.ts';
import { metaApiVersion, objectInView, objectType, partialMetadata } from './view.ts';

/** Objects encoded between two turns of the event loop: some milliseconds of work. */
const ENCODED_PER_TURN = 64;

/** A guess for bodies that are made while they are sent. */
const TEXT_BYTES_PER_OBJECT = 2048;

/** Rows of a table are filled into a buffer of this size. */
const ROW_BATCH_BYTES = 64 * 1024;

/** A list that can be written out, also more than once. */
export interface ListBody {
  readonly estimatedBytes: number;
  /** undefined when only sending tells. */
  readonly lengthBytes: number | undefined;
  /** Each piece is good until the next one is asked for. */
  readonly pieces: () => Iterable<Buffer>;
}

/** Prepares the body of a page; what is not encoded yet is encoded here, without holding up others. */
export async function createListBody(deps: DataDeps, agreed: Agreed, page: Page): Promise<ListBody> {
  const layout = layoutOf(agreed.encoding, agreed.pretty);
  const text = textAround(agreed.view, page, layout);
  if (page.items.length === 0) return emptyBody(Buffer.from(text.empty));
  return layout === 'compact'
    ? sharedBody(deps, { view: agreed.view, page, text })
    : textBody(deps, { view: agreed.view, page, text });
}

/** A list whose elements are bytes that everybody shares; undefined for one without elements, or made for people. */
export function sharedList(agreed: Agreed, page: Page, texts: ListTexts): SharedList | undefined {
  const layout = layoutOf(agreed.encoding, agreed.pretty);
  if (layout !== 'compact' || page.items.length === 0) return undefined;
  const { view } = agreed;
  const long = page.gapless ? texts.of(view, page.items) : undefined;
  return { view, items: page.items, text: textAround(view, page, layout), long };
}

/** Looks only as far as it must. */
export function isLarger(deps: DataDeps, { view, items, long }: SharedList, limitBytes: number): boolean {
  let bytes = 0;
  const addsUp = (item: StoredObject): boolean => {
    bytes += deps.cache.encode(item, view.key, () => encodeItem(view, item)).length;
    return bytes > limitBytes;
  };
  if (long === undefined) return items.some(addsUp);
  return long.segments.some((segment) => {
    const text = long.read(segment);
    if (text === undefined) return segment.items.some(addsUp);
    bytes += text.bytes.length;
    return bytes > limitBytes;
  });
}

interface Parts {
  readonly view: View;
  readonly page: Page;
  readonly text: ListText;
}

function emptyBody(bytes: Buffer): ListBody {
  return { estimatedBytes: bytes.length, lengthBytes: bytes.length, pieces: () => [bytes] };
}

async function sharedBody(deps: DataDeps, { view, page, text }: Parts): Promise<ListBody> {
  const { items } = page;
  const nowMs = deps.clock();
  let made = 0;
  const encode = (item: StoredObject): Buffer =>
    deps.cache.encode(item, view.key, () => {
      made += 1;
      return encodeItem(view, item);
    });
  const open = Buffer.from(text.open);
  const close = Buffer.from(text.close);
  let held: Buffer[] | undefined = [];
  let itemBytes = 0;
  for (const item of items) {
    const bytes = encode(item);
    itemBytes += bytes.length;
    held?.push(bytes);
    if (itemBytes > deps.limits.listHeldBytesMax) held = undefined;
    if (made < ENCODED_PER_TURN) continue;
    made = 0;
    await turn();
  }
  const estimatedBytes = open.length + close.length + itemBytes + Math.max(0, items.length - 1);
  const exact = held !== undefined && view.form.type !== 'table';
  return {
    estimatedBytes,
    lengthBytes: exact ? estimatedBytes : undefined,
    pieces: function* () {
      const bodies = held ?? encodeEach(items, encode);
      const separator = Buffer.from(text.separator);
      yield open;
      yield* view.form.type === 'table' ? rowPieces(bodies, separator, nowMs) : joined(bodies, separator);
      yield close;
    },
  };
}

function* encodeEach(items: readonly StoredObject[], encode: (item: StoredObject) => Buffer): Generator<Buffer> {
  for (const item of items) yield encode(item);
}

function* joined(bodies: Iterable<Buffer>, separator: Buffer): Generator<Buffer> {
  let isFirst = true;
  for (const body of bodies) {
    if (!isFirst) yield separator;
    isFirst = false;
    yield body;
  }
}

/** Many rows at a time, filled into one buffer: buffers of their own would be more work than the rows. */
function* rowPieces(rows: Iterable<Buffer>, separator: Buffer, nowMs: number): Generator<Buffer> {
  const batch = Buffer.allocUnsafeSlow(ROW_BATCH_BYTES);
  let used = 0;
  let isFirst = true;
  for (const row of rows) {
    const roomBytes = separator.length + filledBytesMax(row);
    if (used + roomBytes > ROW_BATCH_BYTES) {
      yield batch.subarray(0, used);
      used = 0;
    }
    if (!isFirst) used += separator.copy(batch, used);
    isFirst = false;
    if (roomBytes <= ROW_BATCH_BYTES) used = fillRowInto(batch, used, { row, nowMs });
    else {
      yield batch.subarray(0, used);
      used = 0;
      yield fillRow(row, nowMs);
    }
  }
  yield batch.subarray(0, used);
}

/** For people: made while it is sent, and not kept. */
function textBody(deps: DataDeps, { view, page, text }: Parts): ListBody {
  const nowMs = deps.clock();
  return {
    estimatedBytes: text.open.length + page.items.length * TEXT_BYTES_PER_OBJECT,
    lengthBytes: undefined,
    pieces: function* () {
      yield Buffer.from(text.open);
      for (const [index, item] of page.items.entries()) {
        yield Buffer.from((index > 0 ? text.separator : '') + text.element(itemValue(view, item, nowMs)));
      }
      yield Buffer.from(text.close);
    },
  };
}

/** One element of a list, or the body of a GET, as a value. */
export function itemValue(view: View, item: StoredObject, nowMs: number): unknown {
  if (view.form.type === 'table') return rowValue(view, item.object, nowMs);
  const object = objectInView(view, item.object);
  return view.form.type === 'metadata' ? partialMetadata(view, object) : object;
}

/** The fields of a table beside its rows. */
export function tableFields(view: View, metadata: unknown): Readonly<Record<string, unknown>> {
  return {
    kind: 'Table',
    apiVersion: metaApiVersion(view.form),
    metadata,
    columnDefinitions: columnDefinitions(view.served.definition.columns),
  };
}

function textAround(view: View, page: Page, layout: Layout): ListText {
  const resourceVersion = formatRevision(page.revision);
  const remaining = page.remaining === undefined ? {} : { remainingItemCount: page.remaining };
  if (view.form.type === 'object') {
    const { apiVersion, kind } = objectType(view);
    // kube-apiserver writes an empty `continue` in lists of custom resources.
    const metadata = { continue: page.continueToken, ...remaining, resourceVersion };
    return listText({ apiVersion, kind: `${kind}List`, metadata }, 'items', layout);
  }
  const following = page.continueToken === '' ? {} : { continue: page.continueToken };
  const metadata = { resourceVersion, ...following, ...remaining };
  if (view.form.type === 'table') return listText(tableFields(view, metadata), 'rows', layout);
  const fields = { kind: 'PartialObjectMetadataList', apiVersion: metaApiVersion(view.form), metadata };
  // kube-apiserver makes this list from what it finds, and so has none without objects.
  return { ...listText(fields, 'items', layout), empty: wholeText({ ...fields, items: null }, layout) };
}
