import type { IncomingHttpHeaders } from 'node:http';

import type { ConnectionFailure } from '../connection/types.ts';
import { ConnectionError } from '../connection/types.ts';
import { parseJson } from '../kube/json.ts';
import { isJsonObject } from '../kube/object.ts';

/** Why a call to a member gave no usable answer. Messages never hold credentials. */
export type Failure =
  | HttpFailure
  | { readonly type: 'connection'; readonly failure: ConnectionFailure; readonly message: string }
  /** The answer is not what a kube-apiserver sends: undecodable, or not the kind that was asked for. */
  | { readonly type: 'malformed'; readonly message: string }
  /** A watch was silent for too long. */
  | { readonly type: 'stalled'; readonly message: string };

export interface HttpFailure {
  readonly type: 'http';
  readonly code: number;
  /** metav1.Status reason; undefined when a proxy answered instead of a kube-apiserver. */
  readonly reason: string | undefined;
  readonly message: string;
  readonly retryAfterSeconds: number | undefined;
  /** The resourceVersion that we asked for is above the member's own: its numbering went back. */
  readonly revisionTooLarge: boolean;
}

const MESSAGE_CHARS_MAX = 300;
const RETRY_AFTER_SECONDS_MAX = 300;

/** The failure that an answer with a status other than 200 means. */
export function parseHttpFailure(code: number, headers: IncomingHttpHeaders, body: Uint8Array): HttpFailure {
  const failure = parseStatusFailure(parsedOrUndefined(body), code);
  return { ...failure, code, retryAfterSeconds: retryAfterSeconds(headers) ?? failure.retryAfterSeconds };
}

/** The failure that a metav1.Status means, as a body or as the object of a watch's ERROR event. */
export function parseStatusFailure(status: unknown, fallbackCode: number): HttpFailure {
  const isStatus = isJsonObject(status) && status['kind'] === 'Status';
  const fields = isStatus ? status : {};
  const code = fields['code'];
  const reason = fields['reason'];
  const details = fields['details'];
  return {
    type: 'http',
    code: typeof code === 'number' ? code : fallbackCode,
    reason: typeof reason === 'string' ? reason : undefined,
    message: plainText(fields['message'], `HTTP status ${fallbackCode}`),
    retryAfterSeconds: isJsonObject(details) ? boundedSeconds(details['retryAfterSeconds']) : undefined,
    revisionTooLarge: hasCause(details, 'ResourceVersionTooLarge'),
  };
}

/** A rejected call as a value; anything but a ConnectionError is a bug and is thrown on. */
export function toFailure(error: unknown): Failure {
  if (!(error instanceof ConnectionError)) throw error;
  return { type: 'connection', failure: error.failure, message: connectionText(error) };
}

/** Why a call failed, for anybody who reads of this member: its address is nobody's business but the operator's. */
export function connectionText({ message, failure }: ConnectionError): string {
  return plainText(
    message.replace(/^(proxy )?https?:\/\/\S*: /, (_address, proxy: string | undefined) =>
      proxy === undefined ? '' : 'proxy: ',
    ),
    failure,
  );
}

/** One line of printable ASCII: texts from members end up in headers, logs and terminals. */
export function plainText(text: unknown, fallback: string): string {
  if (typeof text !== 'string' || text === '') return fallback;
  return text.slice(0, MESSAGE_CHARS_MAX).replace(/[^\x20-\x7e]/g, '?');
}

/** HTTP status 410, or the reason that watches carry. */
export function isExpired(failure: Failure): boolean {
  if (failure.type !== 'http') return false;
  return failure.code === 410 || failure.reason === 'Expired' || failure.reason === 'Gone';
}

/** The member answered, but may do so differently in a moment: credentials, rights, load or its own trouble. */
export function isTemporary(failure: Failure): boolean {
  if (failure.type === 'connection') return true;
  if (failure.type !== 'http') return false;
  return failure.code >= 500 || [401, 403, 408, 429].includes(failure.code);
}

/** The reason that a member's status gives for a failure (fixed vocabulary). */
export function failureReason(failure: Failure, resource: string): string {
  if (failure.type === 'connection') return connectionReason(failure.failure);
  if (failure.type === 'stalled') return 'Unreachable';
  if (failure.type === 'malformed') return 'UnexpectedAnswer';
  if (failure.code === 401) return 'Unauthorized';
  if (failure.code === 403) return `Forbidden:${resource}`;
  if (failure.code === 429) return 'Throttled';
  return failure.code >= 500 ? 'ServerError' : 'UnexpectedAnswer';
}

function connectionReason(failure: ConnectionFailure): string {
  switch (failure) {
    case 'CertificateInvalid':
    case 'CertificateExpired':
    case 'CredentialsUnavailable':
    case 'RegistrationInvalid':
      return failure;
    case 'BodyTooLarge':
      return 'TooLarge';
    case 'Unreachable':
    case 'Timeout':
    case 'Aborted':
    case 'Broken':
      return 'Unreachable';
  }
}

function parsedOrUndefined(body: Uint8Array): unknown {
  try {
    return parseJson(Buffer.from(body.buffer, body.byteOffset, body.byteLength).toString('utf8'));
  } catch {
    return undefined;
  }
}

function hasCause(details: unknown, reason: string): boolean {
  if (!isJsonObject(details)) return false;
  const causes = details['causes'];
  return Array.isArray(causes) && causes.some((cause) => isJsonObject(cause) && cause['reason'] === reason);
}

/** RFC 9110: whole seconds; the date form is not used by kube-apiserver. */
function retryAfterSeconds(headers: IncomingHttpHeaders): number | undefined {
  const text = headers['retry-after'];
  return typeof text === 'string' && /^[0-9]{1,9}$/.test(text) ? boundedSeconds(Number(text)) : undefined;
}

function boundedSeconds(value: unknown): number | undefined {
  if (typeof value !== 'number' || !(value >= 0)) return undefined;
  return Math.min(value, RETRY_AFTER_SECONDS_MAX);
}
