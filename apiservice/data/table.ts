import { stringifyJson } from '../../src/kube/json.ts';
import type { KubeObject } from '../../src/kube/object.ts';
import { humanDuration, parseTimeSeconds, secondsOfSameDuration } from '../../src/kube/time.ts';
import type { Cell, Column } from '../../src/resources/definition.ts';
import type { AgeCells, Element } from './joined-text.ts';
import type { View } from './view.ts';
import { objectInView, partialMetadata } from './view.ts';

/** What a row shows for a timestamp that is missing or unreadable, as kube-apiserver does. */
const UNKNOWN_AGE = '<unknown>';
const INVALID_AGE = '<invalid>';

const HOLE_BYTES = 12;
const COUNT_BYTES = 4;
/** More than any age takes: two numbers, two units and the quotes. */
const AGE_CELL_BYTES_MAX = 32;

/** columnDefinitions of a table, as JSON. */
export function columnDefinitions(columns: readonly Omit<Column, 'cell'>[]): readonly Omit<Column, 'cell'>[] {
  return columns.map(({ name, type, format, description, priority }) => ({
    name,
    type,
    format,
    description,
    priority,
  }));
}

/**
 * A row as bytes in which ages are left open, so that it can be kept and shared. Behind the text stand, for each hole,
 * its place (4 bytes) and the timestamp in epoch seconds (8 bytes), then the number of holes (4 bytes).
 */
export function encodeRow(view: View, stored: KubeObject): Buffer {
  const pieces: Buffer[] = [];
  const holes: { readonly offset: number; readonly seconds: number }[] = [];
  let length = 0;
  const add = (text: string): void => {
    const piece = Buffer.from(text);
    pieces.push(piece);
    length += piece.length;
  };
  add('{"cells":[');
  for (const [index, column] of view.served.definition.columns.entries()) {
    if (index > 0) add(',');
    const cell = column.cell(stored);
    const seconds = isAge(cell) ? parseTimeSeconds(cell.age) : undefined;
    if (seconds === undefined) add(stringifyJson(fixedCell(cell)));
    else holes.push({ offset: length, seconds });
  }
  add(`],"object":${stringifyJson(rowObject(view, stored))}}`);
  const trailer = Buffer.alloc(holes.length * HOLE_BYTES + COUNT_BYTES);
  for (const [index, { offset, seconds }] of holes.entries()) {
    trailer.writeUInt32LE(offset, index * HOLE_BYTES);
    trailer.writeDoubleLE(seconds, index * HOLE_BYTES + 4);
  }
  trailer.writeUInt32LE(holes.length, trailer.length - COUNT_BYTES);
  return Buffer.concat([...pieces, trailer]);
}

/** The bytes of a row at a time. */
export function fillRow(row: Buffer, nowMs: number): Buffer {
  const filled = Buffer.allocUnsafe(filledBytesMax(row));
  return filled.subarray(0, fillRowInto(filled, 0, { row, nowMs }));
}

/** Room that `fillRowInto` may need. */
export function filledBytesMax(row: Buffer): number {
  return row.length + row.readUInt32LE(row.length - COUNT_BYTES) * AGE_CELL_BYTES_MAX;
}

/** Writes the bytes of a row at a time; returns where they end. What lies behind is overwritten. */
export function fillRowInto(target: Buffer, at: number, { row, nowMs }: { row: Buffer; nowMs: number }): number {
  const count = row.readUInt32LE(row.length - COUNT_BYTES);
  const trailer = row.length - COUNT_BYTES - count * HOLE_BYTES;
  // One copy of everything and moves within it: copying parts of a Buffer makes an object for each part.
  row.copy(target, at);
  let end = at + trailer;
  for (let index = count - 1; index >= 0; index -= 1) {
    const hole = at + row.readUInt32LE(trailer + index * HOLE_BYTES);
    const age = ageCell(row.readDoubleLE(trailer + index * HOLE_BYTES + 4), nowMs);
    target.copyWithin(hole + age.length, hole, end);
    target.write(age, hole, 'latin1');
    end += age.length;
  }
  return end;
}

/** Until when a row reads as it does at `nowMs`. */
export function rowFreshMs(row: Buffer, nowMs: number): number {
  let freshMs = Infinity;
  const end = row.length - COUNT_BYTES;
  for (let at = end - row.readUInt32LE(end) * HOLE_BYTES; at < end; at += HOLE_BYTES) {
    freshMs = Math.min(freshMs, ageFreshMs(row.readDoubleLE(at + 4), nowMs));
  }
  return freshMs;
}

/** Ages as they stand in rows. */
export const AGE_CELLS: AgeCells = { cell: ageCell, freshMs: ageFreshMs };

/** A row as an element of a list, with the ages still open. */
export function openRow(row: Buffer): Element {
  const end = row.length - COUNT_BYTES;
  const to = end - row.readUInt32LE(end) * HOLE_BYTES;
  const ages = [];
  for (let at = to; at < end; at += HOLE_BYTES) {
    const hole = row.readUInt32LE(at);
    ages.push({ from: hole, to: hole, seconds: row.readDoubleLE(at + 4) });
  }
  return { bytes: row, from: 0, to, ages };
}

/** The row as a value, for indented JSON and YAML. */
export function rowValue(view: View, stored: KubeObject, nowMs: number): unknown {
  const cells = view.served.definition.columns.map((column) => cellValue(column.cell(stored), nowMs));
  return { cells, object: rowObject(view, stored) };
}

/** A cell as it reads at a time. */
export function cellValue(cell: Cell, nowMs: number): string | number | boolean | null {
  const seconds = isAge(cell) ? parseTimeSeconds(cell.age) : undefined;
  return seconds === undefined ? fixedCell(cell) : ageAt(seconds, nowMs);
}

/** The row of a bookmark: an object that has nothing but its resourceVersion. */
export function bookmarkRow(view: View, metadata: unknown): unknown {
  const cells = view.served.definition.columns.map(({ format }) => (format === 'name' ? '' : null));
  return { cells, object: metadata };
}

function rowObject(view: View, stored: KubeObject): unknown {
  if (view.includeObject === 'None') return null;
  const object = objectInView(view, stored);
  return view.includeObject === 'Object' ? object : partialMetadata(view, object);
}

function isAge(cell: Cell): cell is { readonly age: string | undefined } {
  return typeof cell === 'object' && cell !== null;
}

/** A cell whose text does not depend on the time. */
function fixedCell(cell: Cell): string | number | boolean | null {
  if (!isAge(cell)) return cell;
  return cell.age === undefined ? UNKNOWN_AGE : INVALID_AGE;
}

function ageAt(seconds: number, nowMs: number): string {
  return humanDuration(nowMs / 1000 - seconds);
}

function ageCell(seconds: number, nowMs: number): string {
  return `"${ageAt(seconds, nowMs)}"`;
}

function ageFreshMs(seconds: number, nowMs: number): number {
  return nowMs + secondsOfSameDuration(nowMs / 1000 - seconds) * 1000;
}
