import { formatMicroTime } from '../kube/time.ts';
import type { JsonObject } from '../kube/object.ts';

/** What an Event is about; kubectl finds Events by all of it but the resourceVersion. */
export interface EventReference {
  readonly apiVersion: string;
  readonly kind: string;
  /** Absent for cluster-scoped objects, which may only be the related object of an Event. */
  readonly namespace?: string;
  readonly name: string;
  readonly uid?: string;
  readonly resourceVersion?: string;
}

/** Something worth telling, without the when and where of its Event. */
export interface HubEvent {
  readonly type: 'Normal' | 'Warning';
  /** UpperCamelCase: what happened. */
  readonly reason: string;
  /** UpperCamelCase: what we were doing. */
  readonly action: string;
  readonly note: string;
  readonly regarding: EventReference;
  readonly related?: EventReference;
}

/** Times are epoch milliseconds. */
export interface EventTimes {
  readonly firstMs: number;
  readonly lastMs: number;
  /** How often it was observed. */
  readonly count: number;
}

/** The hub refuses longer notes. */
const NOTE_BYTES_MAX = 1024;
/** The hub refuses longer reasons and actions. */
const WORD_CHARACTERS_MAX = 128;
/** The hub refuses longer names of reporters. */
const INSTANCE_CHARACTERS_MAX = 128;
/** A name is a DNS subdomain. */
const EVENT_NAME_CHARACTERS_MAX = 253;
const NANOSECONDS_PER_MS = 1_000_000n;
const CUT = '…';

export interface EventContent {
  readonly event: HubEvent;
  readonly times: EventTimes;
  readonly namespace: string;
  readonly name: string;
  /** A qualified name. */
  readonly reportingController: string;
  readonly reportingInstance: string;
}

/** The events.k8s.io/v1 object, cut to what the hub takes. */
export function eventObject(content: EventContent): JsonObject {
  const { event, times, namespace, name } = content;
  const { type, reason, action, note, regarding, related } = event;
  return {
    apiVersion: 'events.k8s.io/v1',
    kind: 'Event',
    metadata: { name, namespace },
    eventTime: formatMicroTime(times.firstMs),
    ...(times.count < 2 ? {} : { series: eventSeries(times) }),
    type,
    reason: reason.slice(0, WORD_CHARACTERS_MAX),
    action: action.slice(0, WORD_CHARACTERS_MAX),
    // Notes quote members and hubs; nobody's terminal shall obey them.
    note: cutToBytes(note.replaceAll(/\p{Cc}+/gu, ' '), NOTE_BYTES_MAX),
    reportingController: content.reportingController,
    reportingInstance: content.reportingInstance.slice(0, INSTANCE_CHARACTERS_MAX),
    regarding: { ...regarding },
    ...(related === undefined ? {} : { related: { ...related } }),
  };
}

/** The one part of an Event that may change later. */
export function eventSeries({ count, lastMs }: EventTimes): JsonObject {
  return { count, lastObservedTime: formatMicroTime(lastMs) };
}

/**
 * `<object>.<hexadecimal nanoseconds>` as client-go names Events; `sequence` keeps apart those of one millisecond. What is
 * no part of a legal name is left out.
 */
export function eventName(objectName: string, epochMs: number, sequence: number): string {
  const suffix = (BigInt(Math.floor(epochMs)) * NANOSECONDS_PER_MS + BigInt(sequence)).toString(16);
  const letters = objectName.toLowerCase().replaceAll(/[^a-z0-9.-]/g, '');
  const legal = letters.replaceAll(/[.-]*\.[.-]*/g, '.');
  const stem = legal.slice(0, EVENT_NAME_CHARACTERS_MAX - suffix.length - 1).replaceAll(/^[.-]+|[.-]+$/g, '');
  return stem === '' ? suffix : `${stem}.${suffix}`;
}

/** Equal for Events that are repetitions of one another: the resourceVersion of what they are about does not count. */
export function eventKey({ type, reason, action, note, regarding, related }: HubEvent): string {
  const about = [regarding, related].map((reference) => {
    if (reference === undefined) return [];
    const { apiVersion, kind, namespace, name, uid } = reference;
    return [apiVersion, kind, namespace, name, uid];
  });
  return JSON.stringify([type, reason, action, note, ...about]);
}

/** At most so many bytes of UTF-8, the last of which are then '…'; never half a code point. */
export function cutToBytes(text: string, bytesMax: number): string {
  if (Buffer.byteLength(text) <= bytesMax) return text;
  const bytes = Buffer.from(text);
  let end = bytesMax - Buffer.byteLength(CUT);
  while (end > 0 && isContinuation(bytes[end])) end -= 1;
  return `${bytes.subarray(0, end).toString('utf8')}${CUT}`;
}

function isContinuation(byte: number | undefined): boolean {
  return byte !== undefined && (byte & 0xc0) === 0x80;
}
