import type { StatusCause, StatusDetails } from './api-status.ts';
import { ApiStatusError } from './api-status.ts';
import { goQuoted } from './go-quote.ts';

/** Of one name or value that a message repeats; upstream repeats a whole body, escaped and several times. */
const QUOTED_CHARACTERS_MAX = 16_384;

/** A resource (plural) or a Kind with its group, as the messages of kube-apiserver name them. */
export interface GroupResource {
  readonly group: string;
  readonly resource: string;
}

export interface GroupKind {
  readonly group: string;
  readonly kind: string;
}

/** One fault of one field; made by the `field…` functions below so that reason and text agree. */
export interface FieldCause extends StatusCause {
  readonly field: string;
}

/** `things.example.com`, or `things` in the core group. */
export function qualified(group: string, name: string): string {
  return group === '' ? name : `${name}.${group}`;
}

/** Text in double quotes as Go's %q writes it; a very long one is cut. */
export function quoted(text: string): string {
  return goQuoted(cut(text));
}

function cut(text: string): string {
  return text.length > QUOTED_CHARACTERS_MAX ? `${text.slice(0, QUOTED_CHARACTERS_MAX)}…` : text;
}

export function badRequest(message: string): ApiStatusError {
  return new ApiStatusError('BadRequest', message);
}

export function unauthorized(cause?: unknown): ApiStatusError {
  return new ApiStatusError('Unauthorized', 'Unauthorized', { cause });
}

/** `because` is the part after `is forbidden: `. With an empty resource it is a non-resource path. */
export function forbidden(target: GroupResource, name: string, because: string): ApiStatusError {
  const subject = qualified(target.group, target.resource);
  const message =
    subject === ''
      ? `forbidden: ${because}`
      : name === ''
        ? `${subject} is forbidden: ${because}`
        : `${subject} ${quoted(name)} is forbidden: ${because}`;
  return new ApiStatusError('Forbidden', message, { details: detailsOf(target, name) });
}

/** The object is not there. Never for a dependency that fails: others delete things on a 404. */
export function notFound(target: GroupResource, name: string): ApiStatusError {
  const message = `${qualified(target.group, target.resource)} ${quoted(name)} not found`;
  return new ApiStatusError('NotFound', message, { details: detailsOf(target, name) });
}

/** A routable verb that this resource does not have; `message` replaces kube-apiserver's text. */
export function methodNotAllowed(target: GroupResource, action: string, message?: string): ApiStatusError {
  const text =
    message ?? `${action} is not supported on resources of kind ${quoted(qualified(target.group, target.resource))}`;
  return new ApiStatusError('MethodNotAllowed', text, { details: detailsOf(target, '') });
}

export function notAcceptable(accepted: readonly string[]): ApiStatusError {
  return new ApiStatusError('NotAcceptable', `only the following media types are accepted: ${accepted.join(', ')}`);
}

/** The media type fits, the form asked for with `as=` does not; `target` is group/version, Kind=K as Go prints it. */
export function notAcceptableConversion(target: string, accepted: readonly string[]): ApiStatusError {
  const types = accepted.join(', ');
  return new ApiStatusError(
    'NotAcceptable',
    `only the following media types are accepted when converting to ${target}: ${types}`,
  );
}

export function unsupportedMediaType(accepted: readonly string[]): ApiStatusError {
  const message = `the body of the request was in an unknown format - accepted media types include: ${accepted.join(', ')}`;
  return new ApiStatusError('UnsupportedMediaType', message);
}

export function alreadyExists(target: GroupResource, name: string): ApiStatusError {
  const message = `${qualified(target.group, target.resource)} ${quoted(name)} already exists`;
  return new ApiStatusError('AlreadyExists', message, { details: detailsOf(target, name) });
}

/** A failed precondition on resourceVersion or uid. */
export function conflict(target: GroupResource, name: string, because: string): ApiStatusError {
  const subject = `${qualified(target.group, target.resource)} ${quoted(name)}`;
  return new ApiStatusError('Conflict', `Operation cannot be fulfilled on ${subject}: ${because}`, {
    details: detailsOf(target, name),
  });
}

/** A resourceVersion or a continue token that cannot be served any more; informers relist on it. */
export function expired(message: string): ApiStatusError {
  return new ApiStatusError('Expired', message);
}

/** The 410 of a resourceVersion below the history, in kube-apiserver's words. */
export function tooOldResourceVersion(requested: string, oldest: string): ApiStatusError {
  return expired(`too old resource version: ${requested} (${oldest})`);
}

/** A read that asks for a state newer than the newest; client-go recognises the cause and falls back. */
export function tooLargeResourceVersion(requested: string, current: string, retryAfterSeconds: number): ApiStatusError {
  return new ApiStatusError('Timeout', `Timeout: Too large resource version: ${requested}, current: ${current}`, {
    details: {
      causes: [{ reason: 'ResourceVersionTooLarge', message: 'Too large resource version' }],
      retryAfterSeconds,
    },
  });
}

export function requestEntityTooLarge(limitBytes: number): ApiStatusError {
  return requestTooLarge(`limit is ${limitBytes}`);
}

/** Too much of something other than bytes. */
export function requestTooLarge(because: string): ApiStatusError {
  return new ApiStatusError('RequestEntityTooLarge', `Request entity too large: ${because}`);
}

/** A well-formed patch that cannot be applied. kube-apiserver has the same message and keeps the reason to itself. */
export function patchNotApplicable(because: string): ApiStatusError {
  return new ApiStatusError('Invalid', 'the server rejected our request due to an error in our request', {
    details: { causes: [fieldCause('FieldValueInvalid', 'patch', because)] },
  });
}

/** All faults of an object at once. Equal texts are named once in the message, as kube-apiserver does. */
export function invalid(target: GroupKind, name: string, causes: readonly FieldCause[]): ApiStatusError {
  const texts = [...new Set(causes.map((cause) => `${cause.field}: ${cause.message}`))];
  const subject = `${qualified(target.group, target.kind)} ${quoted(name)} is invalid`;
  const all = texts.length > 1 ? `[${texts.join(', ')}]` : texts.join('');
  return new ApiStatusError('Invalid', all === '' ? subject : `${subject}: ${all}`, {
    details: { ...namedDetails(name, target.group, target.kind), ...(causes.length > 0 ? { causes } : {}) },
  });
}

export function tooManyRequests(message: string, retryAfterSeconds: number): ApiStatusError {
  return new ApiStatusError('TooManyRequests', message, { details: { retryAfterSeconds } });
}

/** A bug or a failed authorizer: the caller sees `publicMessage` only, the cause goes to the log. */
export function internalError(publicMessage: string, cause: unknown): ApiStatusError {
  return new ApiStatusError('InternalError', `Internal error occurred: ${publicMessage}`, { cause });
}

/** Something behind us is away. A Retry-After makes client-go repeat the request by itself: only when nothing was done. */
export function serviceUnavailable(message: string, retryAfterSeconds?: number): ApiStatusError {
  return new ApiStatusError('ServiceUnavailable', message, retryDetails(retryAfterSeconds));
}

/** 504 with kube-apiserver's prefix; the same warning about Retry-After holds. */
export function timedOut(message: string, retryAfterSeconds?: number): ApiStatusError {
  return new ApiStatusError('Timeout', `Timeout: ${message}`, retryDetails(retryAfterSeconds));
}

export function fieldInvalid(field: string, value: unknown, detail: string): FieldCause {
  return fieldCause('FieldValueInvalid', field, withDetail(`Invalid value: ${shown(value)}`, detail));
}

export function fieldRequired(field: string, detail: string): FieldCause {
  return fieldCause('FieldValueRequired', field, withDetail('Required value', detail));
}

export function fieldForbidden(field: string, detail: string): FieldCause {
  return fieldCause('FieldValueForbidden', field, withDetail('Forbidden', detail));
}

export function fieldNotSupported(field: string, value: unknown, supported: readonly string[]): FieldCause {
  const values = supported.map(quoted).join(', ');
  return fieldCause(
    'FieldValueNotSupported',
    field,
    withDetail(`Unsupported value: ${shown(value)}`, values === '' ? '' : `supported values: ${values}`),
  );
}

export function fieldDuplicate(field: string, value: unknown): FieldCause {
  return fieldCause('FieldValueDuplicate', field, `Duplicate value: ${shown(value)}`);
}

export function fieldTooLong(field: string, bytesMax: number): FieldCause {
  return fieldCause('FieldValueTooLong', field, `Too long: may not be more than ${bytesMax} bytes`);
}

export function fieldTypeInvalid(field: string, value: unknown, detail: string): FieldCause {
  return fieldCause('FieldValueTypeInvalid', field, withDetail(`Invalid value: ${shown(value)}`, detail));
}

function fieldCause(reason: string, field: string, message: string): FieldCause {
  return { reason, message, field };
}

function withDetail(text: string, detail: string): string {
  return detail === '' ? text : `${text}: ${detail}`;
}

/** Strings quoted, numbers and booleans bare, everything else as JSON. */
function shown(value: unknown): string {
  if (typeof value === 'bigint') return value.toString();
  if (typeof value === 'string') return quoted(value);
  return value === undefined ? 'null' : cut(JSON.stringify(value, (_key, inner: unknown) => jsonSafe(inner)));
}

function jsonSafe(value: unknown): unknown {
  return typeof value === 'bigint' ? value.toString() : value;
}

function detailsOf(target: GroupResource, name: string): StatusDetails {
  return namedDetails(name, target.group, target.resource);
}

/** Empty members are left out, as Go's omitempty does. */
function namedDetails(name: string, group: string, kind: string): StatusDetails {
  return {
    ...(name === '' ? {} : { name }),
    ...(group === '' ? {} : { group }),
    ...(kind === '' ? {} : { kind }),
  };
}

function retryDetails(retryAfterSeconds: number | undefined): { details?: StatusDetails } {
  return retryAfterSeconds === undefined ? {} : { details: { retryAfterSeconds } };
}
