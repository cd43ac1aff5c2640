import { stringifyJson } from '../../src/kube/json.ts';
import type { StoredObject } from '../../src/store/types.ts';
import { encodeRow, fillRow, rowFreshMs } from './table.ts';
import type { View } from './view.ts';
import { objectInView, partialMetadata } from './view.ts';

/** The bodies everybody shares, of objects and of what stands for several of them. */
export interface EncodedBodies {
  /** `make` runs only when the cache does not have this object in this form. */
  encode(of: object, form: string, make: () => Buffer): Buffer;
  /** Only what is there. */
  find(of: object, form: string): Buffer | undefined;
  /** Nobody will ask for it again. */
  drop(of: object): void;
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
