import { type CelValue, isCelList, isCelMap, isCelType, isCelUint } from '@bufbuild/cel';
import type { JsonValue } from '../kube/object.ts';

/** What an expression gave, as JSON; types are given by their name, and what JSON has no form for as null. */
export function unbindJson(value: CelValue): JsonValue {
  switch (typeof value) {
    case 'string':
    case 'boolean':
    case 'number':
      return value;
    case 'bigint':
      return exactNumber(value);
    default:
      break;
  }
  if (value === null) return null;
  if (isCelUint(value)) return exactNumber(value.value);
  if (isCelList(value)) return [...value].map(unbindJson);
  if (isCelMap(value)) return Object.fromEntries([...value].map(([key, item]) => [keyText(key), unbindJson(item)]));
  return isCelType(value) ? value.name : null;
}

function exactNumber(value: bigint): number | bigint {
  const number = Number(value);
  return Number.isSafeInteger(number) ? number : value;
}

function keyText(key: unknown): string {
  return isCelUint(key) ? String(key.value) : String(key);
}
