import { DOMAIN } from '../kube/domain.ts';
import type { JsonObject } from '../kube/object.ts';
import { integerAt, objectAt, textAt } from './hub-request.ts';

/** Where the high-water mark of the revision line is kept between processes. */
export const REVISION_MARK_ANNOTATION = `${DOMAIN}/revision-mark`;

/** What a Lease says about who holds it. */
export interface LeaseRecord {
  /** '' when it was released. */
  readonly holder: string;
  readonly durationMs: number;
  readonly transitions: number;
  readonly acquireTime: string | undefined;
  readonly renewTime: string | undefined;
}

/** A record and when it was first seen, on our own monotonic clock: nobody else's clock is compared with ours. */
export interface LeaseObservation {
  readonly record: LeaseRecord;
  readonly firstSeenMs: number;
}

export type LeaseStep =
  /** It is ours or free: write it with these transitions. */
  | { readonly type: 'write'; readonly transitions: number }
  /** Somebody else holds it, for this long at least. */
  | { readonly type: 'wait'; readonly forMs: number };

export function parseLease(lease: JsonObject): LeaseRecord {
  const spec = objectAt(lease, 'spec');
  return {
    holder: textAt(spec, 'holderIdentity') ?? '',
    durationMs: (integerAt(spec, 'leaseDurationSeconds') ?? 0) * 1000,
    transitions: integerAt(spec, 'leaseTransitions') ?? 0,
    acquireTime: textAt(spec, 'acquireTime'),
    renewTime: textAt(spec, 'renewTime'),
  };
}

/** Any change of the record is a sign of life of its holder and starts its time anew. */
export function observeLease(
  previous: LeaseObservation | undefined,
  record: LeaseRecord,
  nowMs: number,
): LeaseObservation {
  const isSame = previous !== undefined && JSON.stringify(previous.record) === JSON.stringify(record);
  return isSame ? previous : { record, firstSeenMs: nowMs };
}

/**
 * The rule of Kubernetes' leader election: a lease of somebody else may be taken only after its full duration has
 * passed without a change that we could see ourselves, or when it was released.
 */
export function decideLease(observation: LeaseObservation, identity: string, nowMs: number): LeaseStep {
  const { record, firstSeenMs } = observation;
  if (record.holder === identity) return { type: 'write', transitions: record.transitions };
  const remainingMs = firstSeenMs + record.durationMs - nowMs;
  if (record.holder !== '' && remainingMs > 0) return { type: 'wait', forMs: remainingMs };
  return { type: 'write', transitions: record.transitions + 1 };
}

export interface LeaseContent {
  readonly holder: string;
  readonly durationSeconds: number;
  readonly transitions: number;
  /** Epoch milliseconds. */
  readonly acquiredMs: number;
  readonly renewedMs: number;
  /** undefined: the annotation stays as it is. */
  readonly mark: string | undefined;
}

/** The lease with the content written into it; what others keep in it (labels, owners) stays. */
export function writeLease(lease: JsonObject, content: LeaseContent): JsonObject {
  const metadata = objectAt(lease, 'metadata');
  const mark = content.mark === undefined ? {} : { [REVISION_MARK_ANNOTATION]: content.mark };
  return {
    ...lease,
    metadata: { ...metadata, annotations: { ...objectAt(metadata, 'annotations'), ...mark } },
    spec: {
      ...objectAt(lease, 'spec'),
      holderIdentity: content.holder,
      leaseDurationSeconds: content.durationSeconds,
      leaseTransitions: content.transitions,
      acquireTime: formatMicroTime(content.acquiredMs),
      renewTime: formatMicroTime(content.renewedMs),
    },
  };
}

export function markOf(lease: JsonObject): string | undefined {
  return textAt(objectAt(objectAt(lease, 'metadata'), 'annotations'), REVISION_MARK_ANNOTATION);
}

/** metav1.MicroTime: always six digits after the point. */
function formatMicroTime(epochMs: number): string {
  return new Date(epochMs).toISOString().replace('Z', '000Z');
}
