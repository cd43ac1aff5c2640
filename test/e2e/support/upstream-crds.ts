import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { parse } from 'yaml';
import { isJsonObject, textAt } from '../../../src/kube/object.ts';
import type { JsonObject, JsonValue } from '../../../src/kube/object.ts';
import { MODULES } from '../../support/control-plane/recipes.ts';

/** One place where a definition of ours is not as upstream's; a version's name is `*` where all compared ones agree. */
export interface CrdDifference {
  readonly path: string;
  readonly upstream: string;
  readonly ours: string;
}

/** A CustomResourceDefinition as a Go module of upstream carries it, in the version that our Go module in `folder` requires. */
export function upstreamCrd(goModule: string, file: string, folder = 'clients'): JsonObject {
  const answer = execFileSync('go', ['mod', 'download', '-json', goModule], {
    cwd: join(MODULES, folder),
    encoding: 'utf8',
    env: { ...process.env, GOTOOLCHAIN: 'local', GOFLAGS: '-mod=mod' },
  });
  const directory = textAt(JSON.parse(answer), 'Dir') ?? '';
  return parse(readFileSync(join(directory, file), 'utf8')) as JsonObject;
}

/** What means something else, or is not there; words for people and the order of lists without order do not count. */
export function crdDifferences(upstream: JsonObject, ours: JsonObject): readonly CrdDifference[] {
  const found = compare('', meaningOf(upstream), meaningOf(ours));
  const byPath = new Map(found.map((one) => [one.path, one]));
  return [...byPath.values()].map((one) => ({ ...one, path: one.path.slice(1) }));
}

/** Of the labels only the keys: the numbers are each installer's own. */
function meaningOf(crd: JsonObject): JsonObject {
  const metadata = objectOf(crd['metadata']);
  const { names, versions, conversion, ...spec } = objectOf(crd['spec']);
  return {
    labels: Object.fromEntries(Object.keys(objectOf(metadata['labels'])).map((key) => [key, true])),
    spec: {
      ...spec,
      names: { ...objectOf(names), listKind: undefined },
      conversion: conversion ?? { strategy: 'None' },
      versions: keyed(versions, 'name'),
    },
  };
}

function compare(path: string, upstream: unknown, ours: unknown): readonly CrdDifference[] {
  if (isDeepStrictEqual(upstream, ours)) return [];
  if (isJsonObject(upstream) && isJsonObject(ours)) {
    const keys = [...new Set([...Object.keys(upstream), ...Object.keys(ours)])].filter((key) => key !== 'description');
    return keys.flatMap((key) => compareAt(path, key, [child(key, upstream[key]), child(key, ours[key])]));
  }
  return [{ path, upstream: textOf(upstream), ours: textOf(ours) }];
}

function compareAt(path: string, key: string, [upstream, ours]: readonly [unknown, unknown]): readonly CrdDifference[] {
  // A difference within two versions is told once.
  const inVersion = path === '.spec.versions' && upstream !== undefined && ours !== undefined;
  return compare(`${path}.${inVersion ? '*' : key}`, upstream, ours);
}

/** Lists that are sets or maps by meaning. */
function child(key: string, value: JsonValue | undefined): JsonValue | undefined {
  if (key === 'required' && Array.isArray(value)) return (value as readonly JsonValue[]).toSorted();
  if (key === 'additionalPrinterColumns') return keyed(value, 'name');
  if (key === 'x-kubernetes-validations') return keyed(value, 'rule');
  return value;
}

function keyed(value: JsonValue | undefined, key: string): JsonObject {
  const items: readonly JsonValue[] = Array.isArray(value) ? value : [];
  return Object.fromEntries(items.flatMap((item) => [[textAt(item, key) ?? '', item]]));
}

function objectOf(value: JsonValue | undefined): JsonObject {
  return isJsonObject(value) ? value : {};
}

function textOf(value: unknown): string {
  return value === undefined ? 'absent' : typeof value === 'object' ? 'present' : JSON.stringify(value);
}
