import { goJsonType } from '../../src/kube/go-json.ts';
import { goQuoted } from '../../src/kube/go-quote.ts';
import type { JsonObject, JsonValue } from '../../src/kube/object.ts';
import { isJsonList, isJsonObject } from '../../src/kube/object.ts';
import { ownValue } from '../../src/kube/own-property.ts';

/** A Go type that JSON is decoded into; `go` is its name in error messages. */
export type GoType =
  | { readonly type: 'any' }
  | { readonly type: 'text'; readonly go: string }
  | { readonly type: 'integer' }
  | { readonly type: 'boolean' }
  | { readonly type: 'time' }
  | { readonly type: 'list'; readonly go: string; readonly items: GoType }
  | { readonly type: 'map'; readonly go: string; readonly values: GoType }
  | GoStruct;

export interface GoStruct {
  readonly type: 'struct';
  readonly go: string;
  /** Its name in front of a field. */
  readonly name: string;
  readonly fields: Readonly<Record<string, GoType>>;
}

export const TEXT: GoType = { type: 'text', go: 'string' };

/**
 * What Go's decoder says of a value that does not fit a struct, or undefined when it fits: the first fault, but a
 * malformed timestamp before all others. null fits everything; unknown fields are not its business. `isSorted` when Go
 * sees the keys in their sorted order because it encoded the value itself.
 */
export function structFault(value: JsonValue | undefined, struct: GoStruct, isSorted: boolean): string | undefined {
  const faults: Faults = { first: undefined, time: undefined, isSorted };
  look(faults, value, { type: struct, struct: undefined, path: [] });
  return faults.time ?? faults.first;
}

interface Faults {
  first: string | undefined;
  time: string | undefined;
  readonly isSorted: boolean;
}

interface Place {
  readonly type: GoType;
  /** The innermost struct around the value, by its name without the package. */
  readonly struct: string | undefined;
  readonly path: readonly string[];
}

function look(faults: Faults, value: JsonValue | undefined, place: Place): void {
  if (value === undefined || value === null || faults.time !== undefined) return;
  const { type } = place;
  switch (type.type) {
    case 'any':
      return;
    case 'time':
      lookAtTime(faults, value, place);
      return;
    case 'text':
    case 'boolean':
    case 'integer':
      if (!IS_OF[type.type](value)) note(faults, value, { place, go: goNameOf(type) });
      return;
    default:
      lookInside(faults, value, { ...place, type });
  }
}

const IS_OF = {
  text: (value: JsonValue) => typeof value === 'string',
  boolean: (value: JsonValue) => typeof value === 'boolean',
  integer: (value: JsonValue) => typeof value === 'bigint' || Number.isInteger(value),
} as const;

function goNameOf(type: Extract<GoType, { type: keyof typeof IS_OF }>): string {
  if (type.type === 'text') return type.go;
  return type.type === 'boolean' ? 'bool' : 'int64';
}

function lookInside(
  faults: Faults,
  value: JsonValue,
  place: Place & { readonly type: Extract<GoType, { type: 'list' | 'map' | 'struct' }> },
): void {
  const { type } = place;
  if (type.type === 'list') {
    if (!isJsonList(value)) note(faults, value, { place, go: type.go });
    else for (const item of value) look(faults, item, { ...place, type: type.items });
    return;
  }
  if (!isJsonObject(value)) {
    note(faults, value, { place, go: type.go });
    return;
  }
  for (const [key, member] of entriesOf(value, faults.isSorted)) {
    if (type.type === 'map') look(faults, member, { ...place, type: type.values });
    else lookAtField(faults, member, { place, struct: type, key });
  }
}

function lookAtField(
  faults: Faults,
  member: JsonValue | undefined,
  { place, struct, key }: { readonly place: Place; readonly struct: GoStruct; readonly key: string },
): void {
  const type = ownValue(struct.fields, key);
  if (type === undefined) return;
  look(faults, member, { type, struct: struct.name, path: [...place.path, key] });
}

function entriesOf(value: JsonObject, isSorted: boolean): [string, JsonValue | undefined][] {
  const entries = Object.entries(value);
  return isSorted ? entries.sort(([a], [b]) => (a < b ? -1 : 1)) : entries;
}

function note(faults: Faults, value: JsonValue, { place, go }: { readonly place: Place; readonly go: string }): void {
  faults.first ??= mismatch(value, place, go);
}

function lookAtTime(faults: Faults, value: JsonValue, place: Place): void {
  faults.time = typeof value === 'string' ? timeFault(value) : mismatch(value, place, 'string');
}

function mismatch(value: JsonValue, { struct, path }: Place, go: string): string {
  const number = go === 'int64' && typeof value === 'number' ? ` ${value}` : '';
  const target = struct === undefined ? 'value' : `struct field ${struct}.${path.join('.')}`;
  return `json: cannot unmarshal ${goJsonType(value)}${number} into Go ${target} of type ${go}`;
}

const LAYOUT = '2006-01-02T15:04:05Z07:00';
/** The parts of an RFC 3339 timestamp, each with how Go names it. */
const TIME_PARTS: readonly (readonly [form: RegExp, layout: string])[] = [
  [/^\d{4}/, '2006'],
  [/^-/, '-'],
  [/^\d{2}/, '01'],
  [/^-/, '-'],
  [/^\d{2}/, '02'],
  [/^T/, 'T'],
  [/^\d{1,2}/, '15'],
  [/^:/, ':'],
  [/^\d{2}/, '04'],
  [/^:/, ':'],
  [/^\d{2}([.,]\d+)?/, '05'],
  [/^(Z|[+-]\d{2}:\d{2})/, 'Z07:00'],
];

/** Why Go's time.Parse refuses a timestamp; undefined when it takes it. */
function timeFault(text: string): string | undefined {
  let rest = text;
  for (const [form, layout] of TIME_PARTS) {
    const [part] = form.exec(rest) ?? [];
    if (part === undefined) {
      return `parsing time ${goQuoted(text)} as "${LAYOUT}": cannot parse ${goQuoted(rest)} as "${layout}"`;
    }
    rest = rest.slice(part.length);
  }
  if (rest !== '') return `parsing time ${goQuoted(text)}: extra text: ${goQuoted(rest)}`;
  const range = rangeFault(text);
  return range === undefined ? undefined : `parsing time ${goQuoted(text)}: ${range} out of range`;
}

/** The first part that no calendar or clock has. */
function rangeFault(text: string): string | undefined {
  const [year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0] = (text.match(/\d+/g) ?? []).map(Number);
  const parts: readonly (readonly [name: string, value: number, least: number, most: number])[] = [
    ['month', month, 1, 12],
    ['hour', hour, 0, 23],
    ['minute', minute, 0, 59],
    ['second', second, 0, 59],
    ['day', day, 1, new Date(Date.UTC(year, month, 0)).getUTCDate()],
  ];
  return parts.find(([, value, least, most]) => value < least || value > most)?.[0];
}
