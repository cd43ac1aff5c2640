import type { JsonScan } from '../json/json-scan.ts';
import {
  enterList,
  enterObject,
  hasNextItem,
  hasNextMember,
  isAtList,
  isAtObject,
  MalformedJson,
  readKey,
  readText,
  skipSpace,
  skipValue,
} from '../json/json-scan.ts';

/** From the first byte to behind the last. */
export interface Span {
  readonly start: number;
  readonly end: number;
}

/** One object of a review, where it lies in the body and what has to be known of it. */
export interface ScannedObject extends Span {
  readonly apiVersion: string | undefined;
  readonly kind: string | undefined;
  readonly hasMetadata: boolean;
  /** Every value of the key apiVersion at the top of the object: of keys given twice the last one counts. */
  readonly versionSpans: readonly Span[];
}

/** A ConversionReview; what is undefined was not there. */
export interface ScannedReview {
  readonly apiVersion: string | undefined;
  readonly kind: string | undefined;
  readonly uid: string | undefined;
  readonly desiredApiVersion: string | undefined;
  readonly objects: readonly ScannedObject[];
  /** The list with its brackets; undefined without one. */
  readonly list: Span | undefined;
}

export interface ReviewScanLimits {
  readonly conversionObjectsMax: number;
  readonly conversionObjectBytesMax: number;
  /** Called before each object is read; what it throws ends the scan. */
  readonly onObject: () => void;
}

/** Why a body is not taken; `tooLarge` and `malformed` speak of the object that was being read, from 1, or of none. */
export type ScanFault =
  | { readonly type: 'malformed'; readonly at: number }
  | { readonly type: 'tooLarge'; readonly object: number | undefined }
  | { readonly type: 'tooMany' };

export class ReviewScanError extends Error {
  readonly fault: ScanFault;

  constructor(fault: ScanFault) {
    super(`the review cannot be read: ${fault.type}`);
    this.fault = fault;
  }
}

type Mutable<T> = { -readonly [K in keyof T]: T[K] };

interface ReviewScan extends JsonScan {
  readonly body: Uint8Array;
  readonly limits: ReviewScanLimits;
  readonly found: Mutable<ScannedReview> & { objects: ScannedObject[] };
}

/**
 * Finds the parts of a ConversionReview, in one step per object. Throws ReviewScanError. Nothing is decoded but a few
 * short texts, so that a step takes about a millisecond per megabyte.
 */
export function* scanReview(body: Uint8Array, limits: ReviewScanLimits): Generator<void, ScannedReview> {
  const found: ReviewScan['found'] = {
    apiVersion: undefined,
    kind: undefined,
    uid: undefined,
    desiredApiVersion: undefined,
    objects: [],
    list: undefined,
  };
  const scan: ReviewScan = { body, bytes: body, at: 0, limits, found };
  try {
    yield* scanEnvelope(scan);
    skipSpace(scan);
    if (scan.at < body.length) throw new MalformedJson(scan.at);
  } catch (error) {
    throw error instanceof MalformedJson ? new ReviewScanError(faultOf(scan, error)) : error;
  }
  return found;
}

function faultOf({ body, bytes, found }: ReviewScan, { at }: MalformedJson): ScanFault {
  const isBounded = at >= bytes.length && bytes.length < body.length;
  if (!isBounded) return { type: 'malformed', at };
  return { type: 'tooLarge', object: found.list === undefined ? found.objects.length + 1 : undefined };
}

function* scanEnvelope(scan: ReviewScan): Generator<void, void> {
  for (let more = enterObject(bounded(scan)); more; more = hasNextMember(bounded(scan))) {
    const key = readKey(scan);
    if (key === 'request' && isAtObject(scan)) yield* scanRequest(scan);
    else if (key === 'apiVersion' || key === 'kind') scan.found[key] = readText(scan);
    else skipValue(scan);
  }
}

function* scanRequest(scan: ReviewScan): Generator<void, void> {
  for (let more = enterObject(bounded(scan)); more; more = hasNextMember(bounded(scan))) {
    const key = readKey(scan);
    if (key === 'objects' && isAtList(scan)) yield* scanObjects(scan);
    else if (key === 'uid') scan.found.uid = readText(scan);
    else if (key === 'desiredAPIVersion') scan.found.desiredApiVersion = readText(scan);
    else skipValue(scan);
  }
}

function* scanObjects(scan: ReviewScan): Generator<void, void> {
  const { found, limits } = scan;
  found.objects = [];
  found.list = undefined;
  const start = scan.at;
  for (let more = enterList(bounded(scan)); more; more = hasNextItem(bounded(scan))) {
    if (found.objects.length === limits.conversionObjectsMax) throw new ReviewScanError({ type: 'tooMany' });
    limits.onObject();
    found.objects.push(scanObject(bounded(scan)));
    yield;
  }
  found.list = { start, end: scan.at };
}

/** What comes next is read no further than an object may be long, so that no step takes long. */
function bounded(scan: ReviewScan): ReviewScan {
  scan.bytes = scan.body.subarray(0, scan.at + scan.limits.conversionObjectBytesMax);
  return scan;
}

/** Anything but an object has none of the fields. */
function scanObject(scan: ReviewScan): ScannedObject {
  const versionSpans: Span[] = [];
  let [apiVersion, kind, hasMetadata]: [string | undefined, string | undefined, boolean] = [
    undefined,
    undefined,
    false,
  ];
  const isObject = isAtObject(scan);
  const start = scan.at;
  if (!isObject) skipValue(scan);
  for (let more = isObject && enterObject(scan); more; more = hasNextMember(scan)) {
    const key = readKey(scan);
    skipSpace(scan);
    const valueStart = scan.at;
    if (key === 'apiVersion') {
      apiVersion = readText(scan);
      versionSpans.push({ start: valueStart, end: scan.at });
    } else if (key === 'kind') {
      kind = readText(scan);
    } else {
      if (key === 'metadata') hasMetadata = isAtObject(scan);
      skipValue(scan);
    }
  }
  return { start, end: scan.at, apiVersion, kind, hasMetadata, versionSpans };
}
