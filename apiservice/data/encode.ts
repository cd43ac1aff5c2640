import { stringifyJson } from '../../src/kube/json.ts';
import type { StoredObject } from '../../src/store/types.ts';
import { encodeRow, fillRow, rowFreshMs } from './table.ts';
import type { View } from './view.ts';
import { objectInView, partialMetadata } from './view.ts';

/** The bodies everybody shares: `make` runs only when the cache does not have this object in this form. */
export interface EncodedBodies {
  encode(stored: StoredObject, form: string, make: () => Buffer): Buffer;
}

/** Compact JSON of one object in a view; rows of tables still have holes for ages. */
export function encodeItem(view: View, stored: StoredObject): Buffer {
  if (view.form.type === 'table') return encodeRow(view, stored.object);
  const object = objectInView(view, stored.object);
  return Buffer.from(stringifyJson(view.form.type === 'metadata' ? partialMetadata(view, object) : object));
}

/** What goes out at a time: ages filled in. */
export function finishItem(view: View, item: Buffer, nowMs: number): Buffer {
  return view.form.type === 'table' ? fillRow(item, nowMs) : item;
}

/** Until when `finishItem` gives the same bytes as at `nowMs`. */
export function itemFreshMs(view: View, item: Buffer, nowMs: number): number {
  return view.form.type === 'table' ? rowFreshMs(item, nowMs) : Infinity;
}
