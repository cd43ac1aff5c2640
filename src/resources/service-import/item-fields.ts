import type { JsonObject, JsonValue } from '../../kube/object.ts';
import { isJsonObject } from '../../kube/object.ts';
import { canonicalJson, isList, presentEntries } from '../canonical-json.ts';

/** What both forms of a list's items have in common. */
export interface ItemShape {
  /** The fields that identify an item; items with equal ones are told apart by their order. */
  readonly itemKey: readonly string[];
  /** The fields that both forms know; the others travel in the conversion data. */
  readonly itemFields: readonly string[];
}

/** The unknown fields of one item: the `n`th (from 0, then absent) of those with this key. */
interface ItemRest {
  readonly key: readonly JsonValue[];
  readonly n?: number;
  readonly rest: JsonObject;
}

/** Takes the unknown fields out of the items. `items` is undefined if the value is no list: then it is kept whole. */
export function splitItems(
  value: JsonValue | undefined,
  shape: ItemShape,
): { readonly items: readonly JsonValue[] | undefined; readonly rests: readonly JsonObject[] } {
  if (!isList(value)) return { items: undefined, rests: [] };
  if (value.every((item) => isPlain(item, shape))) return { items: value, rests: [] };
  const countOf = occurrenceCounter();
  const rests: JsonObject[] = [];
  const items = value.map((item) => {
    if (!isJsonObject(item)) return item;
    const key = keyOfItem(item, shape);
    const n = countOf(canonicalJson(key));
    const rest = fieldsOf(item, (field) => !shape.itemFields.includes(field));
    if (Object.keys(rest).length > 0) rests.push({ key, ...(n === 0 ? {} : { n }), rest });
    return fieldsOf(item, (field) => shape.itemFields.includes(field));
  });
  return { items, rests };
}

/** The inverse: items that were removed or renamed meanwhile lose their unknown fields. Items' own fields win. */
export function joinItems(value: JsonValue, rests: JsonValue | undefined, shape: ItemShape): JsonValue {
  if (!isList(value)) return value;
  if (rests === undefined && value.every((item) => isPlain(item, shape))) return value;
  const restByKey = new Map(parseRests(rests).map(({ key, n, rest }) => [`${n ?? 0} ${canonicalJson(key)}`, rest]));
  const countOf = occurrenceCounter();
  return value.map((item) => {
    if (!isJsonObject(item)) return item;
    const key = canonicalJson(keyOfItem(item, shape));
    const rest = restByKey.get(`${countOf(key)} ${key}`) ?? {};
    return {
      ...fieldsOf(rest, (field) => !shape.itemFields.includes(field)),
      ...fieldsOf(item, () => true),
    };
  });
}

function parseRests(rests: JsonValue | undefined): readonly ItemRest[] {
  if (!isList(rests)) return [];
  return rests.flatMap((entry): ItemRest[] => {
    if (!isJsonObject(entry)) return [];
    const { key, n, rest } = entry;
    if (!isList(key) || !isJsonObject(rest)) return [];
    return [{ key, ...(typeof n === 'number' ? { n } : {}), rest }];
  });
}

function keyOfItem(item: JsonObject, shape: ItemShape): readonly JsonValue[] {
  return shape.itemKey.map((field) => item[field] ?? null);
}

/** How often a key was asked for before. */
function occurrenceCounter(): (key: string) => number {
  const counts = new Map<string, number>();
  return (key) => {
    const count = counts.get(key) ?? 0;
    counts.set(key, count + 1);
    return count;
  };
}

function fieldsOf(object: JsonObject, isWanted: (field: string) => boolean): JsonObject {
  return Object.fromEntries(presentEntries(object).filter(([field]) => isWanted(field)));
}

/** True if nothing of the item needs a change: it is no object, or has present and known fields only. */
function isPlain(item: JsonValue, shape: ItemShape): boolean {
  return (
    !isJsonObject(item) ||
    Object.entries(item).every(
      ([field, value]) => value !== undefined && value !== null && shape.itemFields.includes(field),
    )
  );
}
