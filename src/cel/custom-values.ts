import { type CelList, celList, type CelMap, celMap, type CelValue } from '@bufbuild/cel';

/** A list whose items come from `get`, which gives undefined outside of it. */
export function customList(size: number, get: (index: number) => CelValue | undefined): CelList {
  function* values(): Generator<CelValue, void, undefined> {
    for (let index = 0; index < size; index += 1) yield get(index) ?? null;
  }
  // The library knows its lists by a symbol that only it can give: so one of its own is dressed anew.
  return Object.defineProperties(celList([]), {
    size: { value: size },
    get: { value: (index: number) => (Number.isInteger(index) && index >= 0 && index < size ? get(index) : undefined) },
    values: { value: values },
    [Symbol.iterator]: { value: values },
  });
}

export interface CustomMap {
  readonly names: ReadonlySet<string>;
  readonly get: (name: string) => CelValue;
  /** Called for each name that is looked at in turn. */
  readonly visit: () => void;
}

/** A map with text keys whose values come from `get`. Unlike the library's, it has keys whose value is null. */
export function customMap({ names, get, visit }: CustomMap): CelMap {
  function* keys(): Generator<string, undefined, undefined> {
    for (const name of names) {
      visit();
      yield name;
    }
    return undefined;
  }
  function* entries(): Generator<[string, CelValue], undefined, undefined> {
    for (const name of keys()) yield [name, get(name)];
    return undefined;
  }
  function* values(): Generator<CelValue, undefined, undefined> {
    for (const name of keys()) yield get(name);
    return undefined;
  }
  const has = (key: unknown): key is string => typeof key === 'string' && names.has(key);
  return Object.defineProperties(celMap(new Map()), {
    size: { value: names.size },
    get: { value: (key: unknown) => (has(key) ? get(key) : undefined) },
    has: { value: has },
    keys: { value: keys },
    entries: { value: entries },
    values: { value: values },
    [Symbol.iterator]: { value: entries },
  });
}
