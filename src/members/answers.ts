import { isUtf8 } from 'node:buffer';

import { parseJson } from '../kube/json.ts';
import type { JsonObject } from '../kube/object.ts';
import { isJsonObject, keyOf } from '../kube/object.ts';
import type { Outcome } from '../kube/outcome.ts';
import { failed, succeeded } from '../kube/outcome.ts';
import type { Cut } from './cut.ts';
import { parseStatusFailure } from './failure.ts';
import type { WatchLine } from './reflector-state.ts';
import { isResourceVersion } from './resource-version.ts';

/** Annotation of the bookmark that ends the initial events of a streaming list (KEP-3157). */
const INITIAL_END_ANNOTATION = 'k8s.io/initial-events-end';

export interface ListPage {
  readonly items: readonly unknown[];
  readonly revision: string;
  readonly continueToken: string | undefined;
}

/** A page of a Kubernetes list, or why the body is none. */
export function parseListPage(body: Buffer): Outcome<ListPage, string> {
  const list = parseObjectBody(body);
  if (list === undefined) return failed('the answer to a list is not a JSON object');
  const { kind, metadata } = list;
  if (typeof kind !== 'string' || !kind.endsWith('List') || !isJsonObject(metadata)) {
    return failed('the answer to a list is not a list');
  }
  const revision = metadata['resourceVersion'];
  if (!isResourceVersion(revision)) return failed('the list has no usable resourceVersion');
  // Go writes an empty slice as null.
  const items = list['items'] ?? [];
  if (!Array.isArray(items)) return failed('items is not an array');
  const token = metadata['continue'];
  return succeeded({ items, revision, continueToken: typeof token === 'string' && token !== '' ? token : undefined });
}

/** The JSON object in a body, or undefined when it holds something else. */
export function parseObjectBody(body: Buffer): JsonObject | undefined {
  const value = parseBody(body);
  return isJsonObject(value) ? value : undefined;
}

/**
 * One event of a watch. `cut` decides what of an object is taken; whatever cannot be understood is garbage, never
 * skipped: a lost event would be a lost change.
 */
export function parseWatchLine(text: string, cut: (object: unknown) => Cut): WatchLine {
  const event = parsedText(text);
  if (!isJsonObject(event) || !isJsonObject(event['object'])) return garbage('a line is not an event');
  const { type, object } = event;
  if (type === 'ERROR') return { type: 'error', failure: parseStatusFailure(object, 0) };
  const metadata = object['metadata'];
  const revision = isJsonObject(metadata) ? metadata['resourceVersion'] : undefined;
  if (!isResourceVersion(revision)) return garbage('an event has no usable resourceVersion');
  if (type === 'BOOKMARK') return { type: 'bookmark', revision, initialEnd: isInitialEnd(metadata) };
  if (type === 'ADDED' || type === 'MODIFIED') return changeLine(cut(object), revision, true);
  return type === 'DELETED' ? changeLine(cut(object), revision, false) : garbage('an event of unknown type');
}

function changeLine(cut: Cut, revision: string, exists: boolean): WatchLine {
  if (cut.type === 'kept') {
    return exists
      ? { type: 'applied', object: cut.object, revision }
      : { type: 'removed', key: keyOf(cut.object), revision };
  }
  // An object that is no longer accepted must not stay as it was.
  return cut.key === undefined ? { type: 'skipped', revision } : { type: 'removed', key: cut.key, revision };
}

function isInitialEnd(metadata: unknown): boolean {
  const annotations = isJsonObject(metadata) ? metadata['annotations'] : undefined;
  return isJsonObject(annotations) && annotations[INITIAL_END_ANNOTATION] === 'true';
}

function garbage(message: string): WatchLine {
  return { type: 'garbage', message };
}

function parseBody(body: Buffer): unknown {
  return isUtf8(body) ? parsedText(body.toString('utf8')) : undefined;
}

function parsedText(text: string): unknown {
  try {
    return parseJson(text);
  } catch {
    return undefined;
  }
}
