import type { IncomingMessage } from 'node:http';
import {
  expired,
  notAcceptable,
  serviceUnavailable,
  tooLargeResourceVersion,
  tooManyRequests,
} from '../../src/kube/api-errors.ts';
import { ApiStatusError } from '../../src/kube/api-status.ts';
import { viewResource } from '../../src/kube/member-view.ts';
import type { ObjectKey } from '../../src/kube/object.ts';
import { formatRevision } from '../../src/kube/revision.ts';
import type { Scope } from '../../src/store/types.ts';
import { firstAccept } from '../accept.ts';
import type { ResourceRequest } from '../types.ts';
import type { DataDeps } from './deps.ts';
import type { Allowed, Form, Negotiated } from './negotiation.ts';
import { negotiate, wantsPretty } from './negotiation.ts';
import type { RequestedRevision } from './query.ts';
import { parseIncludeObject } from './query.ts';
import type { View } from './view.ts';
import { createView } from './view.ts';

const RETRY_FUTURE_SECONDS = 1;
const RETRY_UNKNOWN_SECONDS = 2;
const NAMES_SHOWN_MAX = 5;

/** The form, encoding and indentation that were agreed on. */
export interface Agreed extends Negotiated {
  readonly view: View;
}

/** Agrees on a form, or throws the 406 (400 for a bad includeObject). */
export function agree(request: ResourceRequest, message: IncomingMessage, allowed: Allowed): Agreed {
  const negotiated = negotiate(firstAccept(message), allowed);
  if (!negotiated.ok) throw notAcceptable(negotiated.error);
  const { form, pretty } = negotiated.value;
  const includeObject = form.type === 'table' ? parseIncludeObject(request.query) : 'Metadata';
  return {
    ...negotiated.value,
    pretty: pretty || wantsPretty(request.query, message.headers['user-agent']),
    view: createView(request.served, request.version, { form, includeObject }),
  };
}

/** The metadata form of lists where there is no list: kube-apiserver fails on it, 406 says what is wrong. */
export function refuseListForm(form: Form): void {
  if (form.type !== 'metadata' || !form.list) return;
  throw new ApiStatusError(
    'NotAcceptable',
    'you requested PartialObjectMetadataList, but the requested object is not a list (*unstructured.Unstructured)',
  );
}

/** The other way round. */
export function refuseSingleForm(form: Form): void {
  if (form.type !== 'metadata' || form.list) return;
  throw new ApiStatusError(
    'NotAcceptable',
    'you requested PartialObjectMetadata, but the requested object is a list (*unstructured.UnstructuredList)',
  );
}

export function scopeOf(request: ResourceRequest): Scope {
  const { served, member, namespace } = request;
  const { resource } = served.definition;
  return { resource: member === undefined ? resource : viewResource(member, resource), namespace };
}

/** Before the first sync an answer could only be ignorance: 429, and clients come back. */
export function refuseBeforeSync(deps: DataDeps): void {
  const seconds = deps.freshness.retryAfterSeconds();
  if (seconds !== undefined) throw tooManyRequests('the clusterset is still being read for the first time', seconds);
}

/** While a member that could hold the object is unknown, "not found" would be a guess that makes others delete things. */
export function refuseUnknown(deps: DataDeps, request: ResourceRequest, key: ObjectKey): void {
  const { member } = request;
  const rowKey = member === undefined ? key : { ...key, name: `${member}.${key.name}` };
  const names = deps.freshness.couldHold(request.served.definition, rowKey);
  if (names.length === 0) return;
  const shown = names.slice(0, NAMES_SHOWN_MAX).join(', ');
  const rest = names.length > NAMES_SHOWN_MAX ? ` and ${names.length - NAMES_SHOWN_MAX} more` : '';
  throw serviceUnavailable(
    `whether ${request.served.definition.resource} "${key.name}" exists is unknown: ` +
      `not read yet from member ${names.length === 1 ? 'cluster' : 'clusters'} ${shown}${rest}`,
    RETRY_UNKNOWN_SECONDS,
  );
}

/** Waits until the store is at least as new as asked; 504 after the limit. */
export async function waitUntilNotOlder(deps: DataDeps, requested: RequestedRevision): Promise<void> {
  if (requested.type !== 'at' || requested.revision <= deps.store.current()) return;
  if (await deps.store.waitFor(requested.revision, deps.limits.futureRevisionMs)) return;
  throw tooLarge(deps, requested.text);
}

export function tooLarge(deps: DataDeps, requested: string): ApiStatusError {
  return tooLargeResourceVersion(requested, formatRevision(deps.store.current()), RETRY_FUTURE_SECONDS);
}

export function listExpired(): ApiStatusError {
  return expired('The resourceVersion for the provided list is too old.');
}

/** The 410 of a continue token; the token in it goes on at the latest state. */
export function continueExpired(continueToken: string): ApiStatusError {
  const message =
    'The provided continue parameter is too old to display a consistent list result. You can start a new list without ' +
    'the continue parameter, or use the continue token in this response to retrieve the remainder of the results. ' +
    'Continuing with the provided token results in an inconsistent list - objects that were created, modified, or ' +
    'deleted between the time the first chunk was returned and now may show up in the list.';
  return new ApiStatusError('Expired', message, { continueToken });
}
