import type { IncomingMessage, ServerResponse } from 'node:http';
import { internalError } from '../../src/kube/api-errors.ts';
import type { ApiStatus } from '../../src/kube/api-status.ts';
import { ApiStatusError } from '../../src/kube/api-status.ts';
import { firstAccept } from '../accept.ts';
import type { Allowed } from '../data/negotiation.ts';
import { negotiate, wantsPretty } from '../data/negotiation.ts';
import { layoutOf, wholeText } from '../data/text-body.ts';

/** What the caller reads of a failure that is ours; the cause is found in the log under the Audit-Id. */
const PUBLIC_MESSAGE = 'the request could not be answered; the server log has the reason under this Audit-Id';
/** Errors have no other form than themselves: a Table or metadata is never made of them. */
const ERROR_FORMS: Allowed = { encodings: ['json', 'yaml'], transforms: false, streams: false };

/** Anything thrown becomes an API error: unknown things are InternalError and tell the caller nothing. */
export function toApiStatusError(thrown: unknown): ApiStatusError {
  return thrown instanceof ApiStatusError ? thrown : internalError(PUBLIC_MESSAGE, thrown);
}

/** Sends a Status in the form that Accept asks for. The head must not have been sent. */
export function sendStatus(message: IncomingMessage, response: ServerResponse, status: ApiStatus): void {
  const agreed = negotiate(firstAccept(message), ERROR_FORMS);
  const encoding = agreed.ok ? agreed.value.encoding : 'json';
  // Who asks for a form that errors do not have gets indented JSON, as from kube-apiserver.
  const pretty = !agreed.ok || agreed.value.pretty || wantsPretty(queryOf(message), message.headers['user-agent']);
  const body = Buffer.from(wholeText(status, layoutOf(encoding, pretty)));
  const retryAfterSeconds = status.details?.retryAfterSeconds ?? 0;
  if (retryAfterSeconds > 0) response.setHeader('Retry-After', String(retryAfterSeconds));
  response.statusCode = status.code;
  response.setHeader('Content-Type', `application/${encoding}`);
  response.setHeader('Content-Length', body.length);
  response.end(message.method === 'HEAD' ? undefined : body);
}

/** A plain text answer, as Go's http.Error writes it. */
export function sendText(message: IncomingMessage, response: ServerResponse, answer: TextAnswer): void {
  const body = Buffer.from(`${answer.text}\n`);
  response.statusCode = answer.status;
  response.setHeader('Content-Type', 'text/plain; charset=utf-8');
  response.setHeader('X-Content-Type-Options', 'nosniff');
  response.setHeader('Content-Length', body.length);
  response.end(message.method === 'HEAD' ? undefined : body);
}

export interface TextAnswer {
  readonly status: number;
  readonly text: string;
}

export const NOT_FOUND_TEXT: TextAnswer = { status: 404, text: '404 page not found' };

function queryOf(message: IncomingMessage): URLSearchParams {
  const url = message.url ?? '';
  const at = url.indexOf('?');
  return new URLSearchParams(at < 0 ? '' : url.slice(at + 1));
}
