import type { FieldCause } from '../../src/kube/api-errors.ts';
import { badRequest, fieldForbidden, fieldNotSupported, invalid } from '../../src/kube/api-errors.ts';
import type { FieldSelector } from '../../src/kube/field-selector.ts';
import { parseFieldSelector, unsupportedField } from '../../src/kube/field-selector.ts';
import type { LabelSelector } from '../../src/kube/label-selector.ts';
import { parseLabelSelector } from '../../src/kube/label-selector.ts';
import type { Outcome } from '../../src/kube/outcome.ts';
import type { Revision } from '../../src/kube/revision.ts';
import { toRevision } from '../../src/kube/revision.ts';

/** A resourceVersion parameter: absent, zero ("any"), or a number to compare with. */
export type RequestedRevision =
  | { readonly type: 'unset' }
  | { readonly type: 'any' }
  | { readonly type: 'at'; readonly revision: Revision; readonly text: string };

const MATCHES = ['Exact', 'NotOlderThan'] as const;
export type RevisionMatch = (typeof MATCHES)[number] | undefined;

export interface Selection {
  readonly labels: LabelSelector;
  readonly fields: FieldSelector;
}

/** The query of LIST and WATCH, validated. */
export interface ListOptions {
  readonly selection: Selection;
  readonly revision: RequestedRevision;
  readonly match: RevisionMatch;
  readonly sendInitialEvents: boolean | undefined;
  readonly allowBookmarks: boolean;
  /** 0 means no limit. */
  readonly limit: number;
  /** '' on the first page. */
  readonly continueToken: string;
  /** undefined when the server chooses. */
  readonly timeoutSeconds: number | undefined;
}

export type IncludeObject = 'Metadata' | 'Object' | 'None';

const UINT64_MAX = 2n ** 64n - 1n;
const INT64_MAX = 2n ** 63n - 1n;

/** Absent, `false` (in any case) and `0` are false; everything else, the empty text too, is true. */
export function parseBoolean(query: URLSearchParams, name: string): boolean {
  const text = query.get(name);
  return text !== null && text !== '0' && text.toLowerCase() !== 'false';
}

/** Throws the 400 or 422 that kube-apiserver answers. `namespaced` decides which fields can be selected by. */
export function parseListOptions(query: URLSearchParams, watch: boolean, namespaced: boolean): ListOptions {
  const limit = parseInteger(query, 'limit');
  const timeoutSeconds = parseInteger(query, 'timeoutSeconds');
  const labels = valueOrBadRequest(parseLabelSelector(textOf(query, 'labelSelector')));
  const fields = valueOrBadRequest(parseFieldSelector(textOf(query, 'fieldSelector')));
  const raw = parseRaw(query);
  const causes = watch ? watchFaults(withWatchDefaults(raw)) : listFaults(raw);
  if (causes.length > 0) throw invalid({ group: 'meta.k8s.io', kind: 'ListOptions' }, '', causes);
  const field = unsupportedField(fields, namespaced);
  if (field !== undefined) throw badRequest(`field label not supported: ${field}`);
  return {
    selection: { labels, fields },
    revision: parseRequestedRevision(raw.resourceVersion),
    match: MATCHES.find((match) => match === raw.match),
    sendInitialEvents: raw.sendInitialEvents,
    allowBookmarks: parseBoolean(query, 'allowWatchBookmarks'),
    limit: Math.max(0, limit),
    continueToken: raw.continueToken,
    timeoutSeconds: timeoutSeconds > 0 ? timeoutSeconds : undefined,
  };
}

/** A resourceVersion of any verb; not a number in 64 bits: 400. Zeros in any number mean "any". */
export function parseRequestedRevision(text: string): RequestedRevision {
  if (text === '') return { type: 'unset' };
  if (!/^[0-9]+$/.test(text)) throw invalidRevision(text, 'invalid syntax');
  const value = text.length > 64 ? UINT64_MAX + 1n : BigInt(text);
  if (value > UINT64_MAX) throw invalidRevision(text, 'value out of range');
  if (value === 0n) return { type: 'any' };
  // Nothing here is ever as new as 2^53: clamping keeps "in the future" what it is.
  const revision = toRevision(Math.min(Number(value), Number.MAX_SAFE_INTEGER));
  return { type: 'at', revision, text: String(value) };
}

/** How much of an object a table row carries. */
export function parseIncludeObject(query: URLSearchParams): IncludeObject {
  const text = textOf(query, 'includeObject');
  switch (text) {
    case '':
    case 'Metadata':
      return 'Metadata';
    case 'Object':
    case 'None':
      return text;
    default:
      throw badRequest(
        'Unable to convert to Table as requested: includeObject: ' +
          `Invalid value: ${JSON.stringify(text)}: must be 'Metadata', 'Object', 'None', or empty`,
      );
  }
}

interface RawOptions {
  readonly resourceVersion: string;
  readonly match: string;
  readonly continueToken: string;
  readonly sendInitialEvents: boolean | undefined;
}

function parseRaw(query: URLSearchParams): RawOptions {
  return {
    resourceVersion: textOf(query, 'resourceVersion'),
    match: textOf(query, 'resourceVersionMatch'),
    continueToken: textOf(query, 'continue'),
    sendInitialEvents: query.has('sendInitialEvents') ? parseBoolean(query, 'sendInitialEvents') : undefined,
  };
}

/** kube-apiserver turns a watch from "now" or "any" into one with initial events before it validates. */
function withWatchDefaults(raw: RawOptions): RawOptions {
  const legacy = raw.resourceVersion === '' || raw.resourceVersion === '0';
  if (raw.sendInitialEvents !== undefined || raw.match !== '' || !legacy) return raw;
  return { ...raw, sendInitialEvents: true, match: 'NotOlderThan' };
}

const FORBIDDEN_WITH_CONTINUE = 'resourceVersionMatch is forbidden when continue is provided';

function listFaults(raw: RawOptions): readonly FieldCause[] {
  const causes: FieldCause[] = [];
  const forbid = (detail: string): number => causes.push(fieldForbidden('resourceVersionMatch', detail));
  if (raw.match !== '') {
    if (raw.resourceVersion === '') forbid('resourceVersionMatch is forbidden unless resourceVersion is provided');
    if (raw.continueToken !== '') forbid(FORBIDDEN_WITH_CONTINUE);
    if (raw.match !== 'Exact' && raw.match !== 'NotOlderThan') {
      causes.push(fieldNotSupported('resourceVersionMatch', raw.match, ['Exact', 'NotOlderThan', '']));
    }
    if (raw.match === 'Exact' && raw.resourceVersion === '0') {
      forbid('resourceVersionMatch "exact" is forbidden for resourceVersion "0"');
    }
  }
  if (raw.sendInitialEvents !== undefined) {
    causes.push(fieldForbidden('sendInitialEvents', 'sendInitialEvents is forbidden for list'));
  }
  return causes;
}

function watchFaults(raw: RawOptions): readonly FieldCause[] {
  const causes: FieldCause[] = [];
  const forbid = (detail: string): number => causes.push(fieldForbidden('resourceVersionMatch', detail));
  if (raw.sendInitialEvents !== undefined && raw.match !== 'NotOlderThan') {
    forbid('sendInitialEvents requires setting resourceVersionMatch to NotOlderThan');
  }
  if (raw.match === '') return causes;
  if (raw.sendInitialEvents === undefined) {
    forbid('resourceVersionMatch is forbidden for watch unless sendInitialEvents is provided');
  }
  if (raw.match !== 'NotOlderThan') {
    causes.push(fieldNotSupported('resourceVersionMatch', raw.match, ['NotOlderThan']));
  }
  if (raw.continueToken !== '') forbid(FORBIDDEN_WITH_CONTINUE);
  return causes;
}

function textOf(query: URLSearchParams, name: string): string {
  return query.get(name) ?? '';
}

/** A signed 64-bit integer, as near as a double comes to it; 0 when absent. Throws 400. */
export function parseInteger(query: URLSearchParams, name: string): number {
  const text = query.get(name);
  if (text === null) return 0;
  if (!/^[+-]?[0-9]+$/.test(text)) throw badInteger(text, 'invalid syntax');
  const digits = text.replace(/^[+-]?0*(?=.)/, '');
  const tooLong = digits.length > 19 || BigInt(digits) > INT64_MAX;
  if (tooLong) throw badInteger(text, 'value out of range');
  return Number(text);
}

function badInteger(text: string, why: string): Error {
  return badRequest(`strconv.ParseInt: parsing ${JSON.stringify(text)}: ${why}`);
}

function invalidRevision(text: string, why: string): Error {
  const shown = JSON.stringify(text);
  return badRequest(
    `invalid resource version: resourceVersion: Invalid value: ${shown}: strconv.ParseUint: parsing ${shown}: ${why}`,
  );
}

function valueOrBadRequest<T>(parsed: Outcome<T, string>): T {
  if (!parsed.ok) throw badRequest(parsed.error);
  return parsed.value;
}
