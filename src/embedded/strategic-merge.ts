import { deepEqual } from '../kube/deep-equal.ts';
import type { JsonObject, JsonValue } from '../kube/object.ts';
import { isJsonObject } from '../kube/object.ts';

/** Lists whose single values are merged as a set. */
const SETS = new Set(['finalizers']);
const DIRECTIVE = '$patch';
const RETAINED = '$retainKeys';
const REMOVED = '$deleteFromPrimitiveList/';
const ORDER = '$setElementOrder/';

/**
 * Strategic merge patch, as kubectl sends it for built-in kinds: lists named in `mergeKeys` are merged by the value of
 * their key, and the directives that kubectl writes are followed. New elements come in front of the old ones.
 */
export function strategicMerge(
  target: unknown,
  patch: JsonObject,
  mergeKeys: Readonly<Record<string, string>>,
): JsonObject {
  const { [DIRECTIVE]: directive, [RETAINED]: retained, ...changes } = patch;
  if (directive === 'delete') return {};
  const merged = isJsonObject(target) && directive !== 'replace' ? retain(target, retained) : {};
  const orders = Object.entries(changes).filter(([name]) => name.startsWith(ORDER));
  for (const [name, value] of Object.entries(changes)) {
    if (!name.startsWith(ORDER)) mergeField(merged, value, { name, mergeKeys });
  }
  for (const [name, order] of orders) {
    const list = name.slice(ORDER.length);
    if (Array.isArray(merged[list])) merged[list] = ordered(listOf(merged[list]), listOf(order), mergeKeys[list]);
  }
  return merged;
}

type Merged = Record<string, JsonValue | undefined>;

function mergeField(merged: Merged, value: JsonValue | undefined, field: Field): void {
  const { name } = field;
  if (name.startsWith(REMOVED)) {
    const list = name.slice(REMOVED.length);
    merged[list] = listOf(merged[list]).filter((item) => !listOf(value).includes(item));
  } else if (value === null) Reflect.deleteProperty(merged, name);
  else merged[name] = mergeValue(merged[name], value, field);
}

interface Field {
  readonly name: string;
  readonly mergeKeys: Readonly<Record<string, string>>;
}

function mergeValue(target: JsonValue | undefined, value: JsonValue | undefined, field: Field): JsonValue | undefined {
  if (isJsonObject(value)) return strategicMerge(target, value, field.mergeKeys);
  if (!Array.isArray(value)) return value;
  if (SETS.has(field.name)) return [...new Set([...listOf(target), ...listOf(value)])];
  const key = field.mergeKeys[field.name];
  return key === undefined ? value : mergeList(listOf(target), listOf(value), { key, mergeKeys: field.mergeKeys });
}

function mergeList(
  target: readonly JsonValue[],
  patch: readonly JsonValue[],
  { key, mergeKeys }: { readonly key: string; readonly mergeKeys: Readonly<Record<string, string>> },
): readonly JsonValue[] {
  const changes = patch.filter(isJsonObject);
  const replaces = changes.some((item) => item[DIRECTIVE] === 'replace' && item[key] === undefined);
  let merged: readonly JsonValue[] = replaces ? [] : target;
  const added: JsonValue[] = [];
  for (const change of changes) {
    if (change[key] === undefined) continue;
    const isSame = (item: JsonValue): boolean => isJsonObject(item) && item[key] === change[key];
    if (change[DIRECTIVE] === 'delete') merged = merged.filter((item) => !isSame(item));
    else if (merged.some(isSame)) {
      merged = merged.map((item) => (isSame(item) ? strategicMerge(item, change, mergeKeys) : item));
    } else added.push(strategicMerge(undefined, change, mergeKeys));
  }
  return [...added, ...merged];
}

/** Elements that `order` names come in its order, the others behind them as they were. */
function ordered(list: readonly JsonValue[], order: readonly JsonValue[], key: string | undefined): JsonValue {
  const identity = (item: JsonValue): JsonValue | undefined =>
    key !== undefined && isJsonObject(item) ? item[key] : item;
  const place = (item: JsonValue): number => {
    const at = order.findIndex((one) => deepEqual(identity(one), identity(item)));
    return at < 0 ? order.length : at;
  };
  return list.toSorted((a, b) => place(a) - place(b));
}

/** `$retainKeys` lists all fields that may be left. */
function retain(target: JsonObject, retained: JsonValue | undefined): Merged {
  if (!Array.isArray(retained)) return { ...target };
  return Object.fromEntries(Object.entries(target).filter(([name]) => retained.includes(name)));
}

function listOf(value: JsonValue | undefined): readonly JsonValue[] {
  return Array.isArray(value) ? value.map((item: JsonValue) => item) : [];
}
