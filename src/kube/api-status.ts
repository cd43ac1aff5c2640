/** Every reason we answer with, and the one HTTP code it has unless a row says otherwise. */
export const REASON_CODES = {
  BadRequest: 400,
  Unauthorized: 401,
  Forbidden: 403,
  NotFound: 404,
  MethodNotAllowed: 405,
  NotAcceptable: 406,
  AlreadyExists: 409,
  Conflict: 409,
  Expired: 410,
  RequestEntityTooLarge: 413,
  UnsupportedMediaType: 415,
  Invalid: 422,
  TooManyRequests: 429,
  InternalError: 500,
  ServiceUnavailable: 503,
  Timeout: 504,
} as const;

export type StatusReason = keyof typeof REASON_CODES;

export interface StatusCause {
  readonly reason: string;
  readonly message: string;
  readonly field?: string;
}

export interface StatusDetails {
  readonly name?: string;
  readonly group?: string;
  readonly kind?: string;
  readonly uid?: string;
  readonly causes?: readonly StatusCause[];
  readonly retryAfterSeconds?: number;
}

/** The Kubernetes error object (metav1.Status with status Failure). */
export interface ApiStatus {
  readonly kind: 'Status';
  readonly apiVersion: 'v1';
  /** `continue` only in a 410 that offers to go on with an inconsistent list. */
  readonly metadata: { readonly continue?: string };
  readonly status: 'Failure';
  readonly message: string;
  readonly reason: StatusReason;
  readonly details?: StatusDetails;
  readonly code: number;
}

/** The only error a request may throw on purpose; `cause` holds what the caller must not see. */
export class ApiStatusError extends Error {
  override readonly name = 'ApiStatusError';
  readonly status: ApiStatus;

  constructor(
    reason: StatusReason,
    message: string,
    more: { details?: StatusDetails; continueToken?: string; cause?: unknown } = {},
  ) {
    super(message, { cause: more.cause });
    this.status = {
      kind: 'Status',
      apiVersion: 'v1',
      metadata: more.continueToken === undefined ? {} : { continue: more.continueToken },
      status: 'Failure',
      message,
      reason,
      ...(more.details === undefined ? {} : { details: more.details }),
      code: REASON_CODES[reason],
    };
  }
}
