import type { ServerResponse } from 'node:http';
import { badRequest, requestTooLarge } from '../../src/kube/api-errors.ts';
import type { ApiStatusError } from '../../src/kube/api-status.ts';
import { isOver, sendJson, sendPieces } from '../http/answer.ts';
import type { BudgetShare } from '../http/budget.ts';
import { createBudget } from '../http/budget.ts';
import { reserve } from '../http/reservation.ts';
import type { WebhookLimits } from '../limits.ts';
import type { WebhookMetrics } from '../metrics.ts';
import type { ConvertibleKind, Edit, EditDeps } from './edits.ts';
import { editReview } from './edits.ts';
import type { ReviewScanLimits, ScanFault, ScannedReview, Span } from './review-scan.ts';
import { ReviewScanError, scanReview } from './review-scan.ts';
import type { SliceOptions } from '../json/slices.ts';
import { runInSlices } from '../json/slices.ts';
import { editedBytes, editedParts, inPieces } from './spliced.ts';

export const CONVERSION_API_VERSION = 'apiextensions.k8s.io/v1';
export const CONVERSION_KIND = 'ConversionReview';

export interface ConversionDeps {
  readonly kinds: readonly ConvertibleKind[];
  readonly limits: WebhookLimits;
  readonly metrics: WebhookMetrics;
}

export interface ConversionCall {
  readonly body: Buffer;
  /** Holds the bytes of the body, and grows with those of the answer. */
  readonly share: BudgetShare;
  readonly response: ServerResponse;
}

/** Answers one ConversionReview with another; throws ApiStatusError for a body that is none, and for want of room. */
export type ConversionHandler = (call: ConversionCall) => Promise<void>;

/**
 * Holds no state and asks nobody: the same bytes give the same answer. Objects keep their order; one that cannot be
 * converted makes the whole review fail, by name, with HTTP 200, as another code would hide the message.
 */
export function createConversionHandler({ kinds, limits, metrics }: ConversionDeps): ConversionHandler {
  const objectBudget = createBudget(limits.conversionObjectsInFlightMax, () => undefined);
  return async ({ body, share, response }) => {
    const slices: SliceOptions = { sliceMs: limits.sliceMs, isOver: () => isOver(response) };
    const objects = objectBudget.open();
    response.once('close', objects.release);
    const review = await scan(body, scanLimits(limits, objects), slices);
    if (review === undefined) return;
    const uid = checkEnvelope(review);
    const deps: EditDeps = { kinds, onText: (bytes) => reserve(share, bytes) };
    const edits = await runInSlices(editReview(body, review, deps), slices);
    if (edits === undefined || isOver(response)) return;
    metrics.converted(edits.ok ? 'success' : 'failure', review.objects.length);
    if (edits.ok) await sendSuccess(response, uid, { body, list: review.list, edits: edits.value });
    else sendJson(response, 200, failureText(uid, edits.error));
  };
}

function scanLimits(limits: WebhookLimits, objects: BudgetShare): ReviewScanLimits {
  const { conversionObjectsMax, conversionObjectBytesMax } = limits;
  return { conversionObjectsMax, conversionObjectBytesMax, onObject: () => reserve(objects, 1) };
}

async function scan(body: Buffer, limits: ReviewScanLimits, slices: SliceOptions): Promise<ScannedReview | undefined> {
  try {
    return await runInSlices(scanReview(body, limits), slices);
  } catch (error) {
    throw error instanceof ReviewScanError ? scanError(error.fault, limits) : error;
  }
}

function scanError(fault: ScanFault, limits: ReviewScanLimits): ApiStatusError {
  switch (fault.type) {
    case 'malformed':
      return badRequest(`the body is not JSON: invalid at byte ${fault.at}`);
    case 'tooMany':
      return requestTooLarge(`limit is ${limits.conversionObjectsMax} objects in one review`);
    case 'tooLarge': {
      const what = fault.object === undefined ? 'a field of the review' : `object ${fault.object} of the review`;
      return requestTooLarge(`${what} has more than ${limits.conversionObjectBytesMax} bytes`);
    }
  }
}

/** The uid, which the answer repeats. */
function checkEnvelope({ apiVersion, kind, uid }: ScannedReview): string {
  if (apiVersion !== CONVERSION_API_VERSION || kind !== CONVERSION_KIND) {
    const given = JSON.stringify(`${apiVersion ?? ''} ${kind ?? ''}`.trim().slice(0, 200));
    throw badRequest(`only ${CONVERSION_API_VERSION} ${CONVERSION_KIND} is answered here, not ${given}`);
  }
  if (uid === undefined || uid === '') throw badRequest('request.uid is missing');
  return uid;
}

interface Converted {
  readonly body: Buffer;
  readonly list: Span | undefined;
  readonly edits: readonly Edit[];
}

async function sendSuccess(response: ServerResponse, uid: string, { body, list, edits }: Converted): Promise<void> {
  const head = Buffer.from(`${BEFORE_UID}${JSON.stringify(uid)}${BEFORE_LIST}`);
  const bytes = head.length + (list === undefined ? EMPTY_LIST.length : editedBytes(list, edits)) + AFTER_LIST.length;
  const parts = list === undefined ? [EMPTY_LIST] : editedParts(body, list, edits);
  await sendPieces(response, { pieces: inPieces(around(head, parts), bytes), bytes });
}

function* around(head: Buffer, parts: Iterable<Buffer>): Generator<Buffer, void> {
  yield head;
  yield* parts;
  yield AFTER_LIST;
}

const EMPTY_LIST = Buffer.from('[]');

// A review that succeeded, around its uid and the list of converted objects.
const BEFORE_UID = `{"apiVersion":"${CONVERSION_API_VERSION}","kind":"${CONVERSION_KIND}","response":{"uid":`;
const BEFORE_LIST = ',"result":{"metadata":{},"status":"Success"},"convertedObjects":';
const AFTER_LIST = Buffer.from('}}');

function failureText(uid: string, message: string): string {
  const result = { metadata: {}, status: 'Failure', message, reason: 'Invalid', code: 422 };
  const response = { uid, result, convertedObjects: [] };
  return JSON.stringify({ apiVersion: CONVERSION_API_VERSION, kind: CONVERSION_KIND, response });
}
