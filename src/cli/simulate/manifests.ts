import { isMap, isSeq, LineCounter, type Node, parseAllDocuments } from 'yaml';
import { isJsonObject, type JsonObject } from '../../kube/object.ts';
import { UsageError } from '../exit.ts';
import type { ManifestFile } from './manifest-files.ts';

/** An object of a file, and where it begins. */
export interface AppliedObject {
  readonly object: JsonObject;
  readonly file: string;
  /** From 1. */
  readonly line: number;
}

/** Objects of one run; a set this large is asked for in parts. */
export const OBJECTS_MAX = 100_000;

/** Lists of lists of objects are legal; deeper ones are not meant. */
const LIST_DEPTH_MAX = 8;

/** The objects of YAML documents or JSON (which YAML contains), those of Lists one by one. */
export function parseManifests({ name, text }: ManifestFile): readonly AppliedObject[] {
  const lineCounter = new LineCounter();
  const documents = parseAllDocuments(text, { lineCounter });
  const objects: AppliedObject[] = [];
  // Without a single document the library gives an empty value of another type.
  for (const document of Array.isArray(documents) ? documents : []) {
    const [error] = document.errors;
    if (error !== undefined) {
      throw fault({ name, line: lineCounter.linePos(error.pos[0]).line }, firstLine(error.message));
    }
    const { contents } = document;
    if (contents === null) continue;
    const lineOf = (node: Node): number => lineCounter.linePos(node.range?.[0] ?? 0).line;
    const place = { name, line: lineOf(contents) };
    const value = convert(() => document.toJS({ maxAliasCount: ALIASES_MAX }), place);
    if (value === null) continue;
    objects.push(...collect({ value, node: contents, depth: 0 }, { name, lineOf }));
    if (objects.length > OBJECTS_MAX) throw new UsageError(`${name}: more than ${OBJECTS_MAX} objects`);
  }
  return objects;
}

/** How often the aliases of one document may be followed. */
const ALIASES_MAX = 100;

interface Found {
  readonly value: unknown;
  readonly node: Node | undefined;
  readonly depth: number;
}

interface Source {
  readonly name: string;
  readonly lineOf: (node: Node) => number;
}

function collect({ value, node, depth }: Found, source: Source): readonly AppliedObject[] {
  const line = node === undefined ? 1 : source.lineOf(node);
  const place = { name: source.name, line };
  if (!isJsonObject(value)) throw fault(place, 'not a Kubernetes object');
  const { apiVersion, kind, items } = value;
  if (typeof apiVersion !== 'string' || typeof kind !== 'string') throw fault(place, 'apiVersion or kind is missing');
  if (!Array.isArray(items) || !kind.endsWith('List')) return [{ object: value, file: source.name, line }];
  if (depth >= LIST_DEPTH_MAX) throw fault(place, `lists are nested more than ${LIST_DEPTH_MAX} deep`);
  const nodes = isMap(node) ? node.get('items', true) : undefined;
  return items.flatMap((item: unknown, index) => {
    const below: unknown = isSeq(nodes) ? nodes.items[index] : undefined;
    return collect({ value: item, node: isNode(below) ? below : node, depth: depth + 1 }, source);
  });
}

function isNode(value: unknown): value is Node {
  return typeof value === 'object' && value !== null && 'range' in value && Array.isArray(value.range);
}

function convert(read: () => unknown, place: { readonly name: string; readonly line: number }): unknown {
  try {
    return read();
  } catch (error) {
    throw fault(place, error instanceof Error ? firstLine(error.message) : 'unreadable');
  }
}

function fault({ name, line }: { readonly name: string; readonly line: number }, problem: string): UsageError {
  return new UsageError(`${name}:${line}: ${problem}`);
}

function firstLine(text: string): string {
  return (text.split('\n', 1)[0] ?? '').replace(/ at line \d+, column \d+:?$/, '');
}
