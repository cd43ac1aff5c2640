import type { KubeObject } from '../kube/object.ts';

/** True when two objects differ at most in metadata.resourceVersion; absent and undefined fields are the same. */
export function isSameContent(a: KubeObject, b: KubeObject): boolean {
  return a === b || isSameRecord(a, b, isSameField);
}

function isSameField(field: string, a: unknown, b: unknown): boolean {
  if (field !== 'metadata' || !isRecord(a) || !isRecord(b)) return isSameValue(a, b);
  return a === b || isSameRecord(a, b, (inner, x, y) => inner === 'resourceVersion' || isSameValue(x, y));
}

type SameField = (field: string, a: unknown, b: unknown) => boolean;
type UnknownRecord = Readonly<Record<string, unknown>>;

function isSameRecord(a: UnknownRecord, b: UnknownRecord, isSame: SameField): boolean {
  for (const field in a) {
    if (!isSame(field, a[field], b[field])) return false;
  }
  for (const field in b) {
    // What both have was compared above; what only b has must be nothing (or not count).
    if (a[field] === undefined && !isSame(field, undefined, b[field])) return false;
  }
  return true;
}

function isSameValue(a: unknown, b: unknown): boolean {
  if (a === b) return true;
  if (Array.isArray(a)) return Array.isArray(b) && isSameArray(a, b);
  return isRecord(a) && isRecord(b) && isSameRecord(a, b, isSameNested);
}

function isSameNested(_field: string, a: unknown, b: unknown): boolean {
  return isSameValue(a, b);
}

function isSameArray(a: readonly unknown[], b: readonly unknown[]): boolean {
  return a.length === b.length && a.every((item, index) => isSameValue(item, b[index]));
}

function isRecord(value: unknown): value is UnknownRecord {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
