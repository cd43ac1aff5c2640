import type { KubeObject } from '../kube/object.ts';
import { isJsonObject } from '../kube/object.ts';
import type { Column } from './definition.ts';

const CONFLICT_CELL_CHARACTERS_MAX = 60;

/** The first column of every table. */
export const NAME_COLUMN: Column = {
  name: 'Name',
  type: 'string',
  format: 'name',
  description: 'Unique within the namespace.',
  priority: 0,
  cell: (object) => object.metadata.name,
};

export const AGE_COLUMN: Column = {
  name: 'Age',
  type: 'date',
  format: '',
  description: 'Time since metadata.creationTimestamp.',
  priority: 0,
  cell: (object) => ({ age: object.metadata.creationTimestamp ?? undefined }),
  jsonPath: '.metadata.creationTimestamp',
};

/** Follows object keys; undefined where the path leaves the object. */
export function valueAt(object: KubeObject, ...path: readonly string[]): unknown {
  let value: unknown = object;
  for (const key of path) {
    if (!isJsonObject(value)) return undefined;
    value = value[key];
  }
  return value;
}

export function textAt(object: KubeObject, ...path: readonly string[]): string | undefined {
  return textOf(valueAt(object, ...path));
}

/** The elements of the list at `path`; none when it is absent or no list. */
export function listAt(object: KubeObject, ...path: readonly string[]): readonly unknown[] {
  const value = valueAt(object, ...path);
  return Array.isArray(value) ? value : [];
}

export function textOf(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined;
}

/** What tables show of a condition. */
export interface ConditionTexts {
  readonly status: string | undefined;
  readonly reason: string | undefined;
  readonly message: string | undefined;
}

/** The texts of one condition; all undefined when the condition is absent. */
export function conditionAt(object: KubeObject, type: string): ConditionTexts {
  const found = listAt(object, 'status', 'conditions').find((item) => isJsonObject(item) && item['type'] === type);
  const condition = isJsonObject(found) ? found : {};
  return {
    status: textOf(condition['status']),
    reason: textOf(condition['reason']),
    message: textOf(condition['message']),
  };
}

/** The reasons of a conflict condition that holds, as many as fit; '' otherwise. */
export function conflictCell(object: KubeObject, conditionType: string): string {
  const { status, reason } = conditionAt(object, conditionType);
  return status === 'True' ? joinBounded((reason ?? '').split(','), CONFLICT_CELL_CHARACTERS_MAX) : '';
}

/**
 * Joins with commas up to `charactersMax`, then says how many are left out (`a,b,+3`). The first part always shows, cut
 * if it is longer than the limit itself.
 */
export function joinBounded(parts: readonly string[], charactersMax: number): string {
  let text = '';
  for (const [index, part] of parts.entries()) {
    const longer = index === 0 ? part : `${text},${part}`;
    if (longer.length > charactersMax) {
      return index === 0 ? cutWithRest(part, parts.length - 1, charactersMax) : `${text},+${parts.length - index}`;
    }
    text = longer;
  }
  return text;
}

function cutWithRest(part: string, rest: number, charactersMax: number): string {
  const cut = `${part.slice(0, charactersMax - 1)}…`;
  return rest === 0 ? cut : `${cut},+${rest}`;
}
