import { serviceUnavailable, tooManyRequests } from '../../kube/api-errors.ts';
import type { StatusDetails, StatusReason } from '../../kube/api-status.ts';
import { ApiStatusError } from '../../kube/api-status.ts';
import { BUSY_RETRY_SECONDS, MEMBER_RETRY_SECONDS_MAX } from './limits.ts';
import type { MemberAnswer } from './member-call.ts';
import { unknownOutcome } from './member-call.ts';
import type { MemberStatusText, Naming } from './member-texts.ts';
import { readMemberStatus } from './member-texts.ts';

/** Answers of a member that mean the same from us, by status; 409 has two reasons. */
const PASSED: Readonly<Record<number, StatusReason>> = {
  400: 'BadRequest',
  404: 'NotFound',
  405: 'MethodNotAllowed',
  409: 'Conflict',
  410: 'Expired',
  413: 'RequestEntityTooLarge',
  415: 'UnsupportedMediaType',
  422: 'Invalid',
};

/** What was asked is right, and this member cannot do it: a method or a kind of patch that it does not know. */
const MEMBERS_OWN: ReadonlySet<number> = new Set([405, 415]);

/**
 * What an error of a member means to the client of the hub. The member's texts and causes pass in the hub's names.
 * A Retry-After is given only where nothing was done; what may have been done says so instead.
 */
export function memberError(answer: MemberAnswer, naming: Naming): ApiStatusError {
  const told = readMemberStatus(answer.body, naming);
  const status = meantStatus(answer.status, told);
  if (status === 429) return busy(answer, told, naming);
  if (status === 401) return refusedCredentials(naming.cluster);
  if (status === 403) return refusedRights(told, naming);
  if (status >= 500 || status < 300) return unknownOutcome(naming.cluster, `it answered ${status}${inWords(told)}`);
  const reason = PASSED[status];
  if (reason === undefined) {
    return serviceUnavailable(`member cluster "${naming.cluster}" answered ${status}; nothing was written`);
  }
  if (told === undefined) return withoutStatus(status, reason, naming);
  const isExisting = status === 409 && told.reason === 'AlreadyExists';
  return new ApiStatusError(isExisting ? 'AlreadyExists' : reason, messageOf(told, status, naming), {
    details: detailsOf(told),
  });
}

/**
 * kube-apiserver answers 500 without a reason to an applied configuration with fields that its schema does not have; that
 * is the caller's mistake, found before anything is done.
 */
function meantStatus(status: number, told: MemberStatusText | undefined): number {
  const isTyped =
    told?.reason === undefined && told?.message.startsWith('failed to create typed patch object') === true;
  return status === 500 && isTyped ? 400 : status;
}

/** What is not about the object itself, such as its namespace or what the member can do, is said to be of the member. */
function messageOf(told: MemberStatusText, status: number, { cluster }: Naming): string {
  const isOfMember = told.isAboutOther || MEMBERS_OWN.has(status);
  return isOfMember ? `member cluster "${cluster}": ${told.message}` : told.message;
}

function detailsOf({ details, causes }: MemberStatusText): StatusDetails {
  return { ...details, ...(causes.length === 0 ? {} : { causes }) };
}

function busy({ headers }: MemberAnswer, told: MemberStatusText | undefined, { cluster }: Naming): ApiStatusError {
  const header = Number(headers['retry-after']);
  const asked = header > 0 ? header : (told?.retryAfterSeconds ?? BUSY_RETRY_SECONDS);
  const seconds = Math.min(Math.ceil(asked), MEMBER_RETRY_SECONDS_MAX);
  return tooManyRequests(`member cluster "${cluster}": ${told?.message ?? 'too many requests'}`, seconds);
}

/** Never 401: the caller's own credentials are fine. */
function refusedCredentials(cluster: string): ApiStatusError {
  return serviceUnavailable(
    `member cluster "${cluster}" does not accept the credentials of this server; nothing was written`,
  );
}

function refusedRights(told: MemberStatusText | undefined, naming: Naming): ApiStatusError {
  const { cluster } = naming;
  const why = told === undefined ? 'the answer was 403' : told.message;
  const denied = told?.causes.length === 0 ? /\bUser "([^"]*)" cannot /.exec(told.message)?.[1] : undefined;
  const hint = denied === undefined ? '' : ` (${rightsHint(denied, told?.message ?? '', naming)})`;
  return new ApiStatusError('Forbidden', `member cluster "${cluster}": ${why}${hint}`, {
    details: told === undefined ? {} : detailsOf(told),
  });
}

/** Who lacks the right, and what gives it. */
function rightsHint(denied: string, message: string, { cluster, caller }: Naming): string {
  if (denied === caller) return 'this server writes there as the caller, who needs this right in that cluster';
  if (caller !== undefined && /\bcannot impersonate/.test(message)) {
    return `the account of this server there may not write as its callers: install --member ${cluster} --with-impersonation-rights`;
  }
  return `this server writes there with its own account, which lacks this right: install --member ${cluster} --with-write-rights`;
}

/** kube-apiserver answers a resource that it does not have with a plain text. */
function withoutStatus(status: number, reason: StatusReason, naming: Naming): ApiStatusError {
  if (status === 404) return missingResource(naming);
  return new ApiStatusError(reason, `member cluster "${naming.cluster}" answered ${status}; nothing was written`);
}

export function missingResource({ cluster, resource, group, servedGroup, kind }: Naming): ApiStatusError {
  const text = `member cluster "${cluster}" does not have the resource ${resource}.${group}: install its CustomResourceDefinition (${kind}) there first`;
  return new ApiStatusError('NotFound', text, { details: { group: servedGroup, kind: resource } });
}

function inWords(told: MemberStatusText | undefined): string {
  return told === undefined || told.message === '' ? '' : `: ${told.message}`;
}
