import type { CelList, CelMap, CelValue } from '@bufbuild/cel';
import { isJsonObject } from '../kube/object.ts';
import { customList, customMap } from './custom-values.ts';
import type { CelMeter } from './meter.ts';
import { type CelShape, DYN } from './shape.ts';

const INT_MAX = 2n ** 63n - 1n;
const INT_MIN = -(2n ** 63n);

/**
 * A JSON value as CEL sees it, converted no further than it is looked at. Without a shape an integer is an int and any
 * other number a double, as kube-apiserver reads JSON.
 */
export function bindJson(value: unknown, shape: CelShape, meter: CelMeter): CelValue {
  switch (typeof value) {
    case 'string':
    case 'boolean':
      return value;
    case 'number':
    case 'bigint':
      return bindNumber(value, shape);
    default:
      break;
  }
  if (Array.isArray(value)) return lazyList(value, elementShape(shape), meter);
  return isJsonObject(value) ? lazyMap(value, (key) => fieldShape(shape, key), meter) : null;
}

function bindNumber(value: number | bigint, shape: CelShape): CelValue {
  if (shape.type === 'simple' && shape.name === 'double') return Number(value);
  if (typeof value === 'number' && !Number.isInteger(value)) return value;
  const integer = BigInt(value);
  return integer >= INT_MIN && integer <= INT_MAX ? integer : Number(value);
}

function elementShape(shape: CelShape): CelShape {
  return shape.type === 'list' ? shape.element : DYN;
}

function fieldShape(shape: CelShape, key: string): CelShape {
  if (shape.type === 'map') return shape.value;
  return shape.type === 'object' ? (shape.fields.get(key) ?? DYN) : DYN;
}

function lazyList(items: readonly unknown[], shape: CelShape, meter: CelMeter): CelList {
  const bound: CelValue[] = [];
  return customList(items.length, (index) => {
    meter.step();
    return (bound[index] ??= bindJson(items[index], shape, meter));
  });
}

function lazyMap(
  fields: Readonly<Record<string, unknown>>,
  shapeOf: (key: string) => CelShape,
  meter: CelMeter,
): CelMap {
  const names = new Set(Object.keys(fields).filter((key) => fields[key] !== undefined));
  const bound = new Map<string, CelValue>();
  const get = (name: string): CelValue => {
    const known = bound.get(name);
    if (known !== undefined) return known;
    const value = bindJson(fields[name], shapeOf(name), meter);
    bound.set(name, value);
    return value;
  };
  return customMap({ names, get, visit: meter.step });
}
