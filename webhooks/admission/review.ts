import type { JsonObject } from '../../src/kube/object.ts';
import { isJsonObject } from '../../src/kube/object.ts';
import type { Outcome } from '../../src/kube/outcome.ts';
import { failed, succeeded } from '../../src/kube/outcome.ts';
import type { RequestUser } from '../../src/kube/request-user.ts';
import { parseExact } from '../json/exact.ts';
import { parseInParts } from '../json/parts.ts';
import type { SliceOptions } from '../json/slices.ts';
import { runInSlices } from '../json/slices.ts';
import { REVIEW_PART_BYTES_MAX } from '../limits.ts';

export const ADMISSION_API_VERSION = 'admission.k8s.io/v1';
export const ADMISSION_KIND = 'AdmissionReview';

/** The request of an AdmissionReview whose envelope is sound; what is inside the objects was not looked at. */
export interface AdmissionCall {
  readonly uid: string;
  readonly group: string;
  readonly version: string;
  readonly resource: string;
  readonly kind: string;
  /** The version that the client used, before kube-apiserver converted to one that the webhook asked for. */
  readonly requestVersion: string;
  readonly subresource: string;
  readonly namespace: string;
  readonly name: string;
  readonly operation: string;
  readonly object: JsonObject | undefined;
  readonly oldObject: JsonObject | undefined;
  readonly user: RequestUser;
  readonly dryRun: boolean;
}

/** undefined when it was given up. Of keys given twice the last one counts. */
export async function readAdmissionReview(
  body: Buffer,
  slices: SliceOptions,
): Promise<Outcome<AdmissionCall, string> | undefined> {
  const isLarge = body.length > REVIEW_PART_BYTES_MAX;
  const parsed = isLarge
    ? await runInSlices(parseInParts(body, REVIEW_PART_BYTES_MAX), slices)
    : parseExact(body.toString());
  if (parsed === undefined) return undefined;
  if (parsed.ok) return parseReview(parsed.value);
  return failed(['the body is not JSON', parsed.error].filter((text) => text !== '').join(': '));
}

/** Takes the envelope apart; the error says what is wrong with it. */
function parseReview(review: unknown): Outcome<AdmissionCall, string> {
  if (!isJsonObject(review)) return failed('the body is not a JSON object');
  const { apiVersion, kind, request } = review;
  if (apiVersion !== ADMISSION_API_VERSION || kind !== ADMISSION_KIND) {
    return failed(`only ${ADMISSION_API_VERSION} ${ADMISSION_KIND} is reviewed here, not ${shown(apiVersion, kind)}`);
  }
  if (!isJsonObject(request)) return failed('request is missing');
  const uid = text(request, 'uid');
  if (uid === '') return failed('request.uid is missing');
  const operation = text(request, 'operation');
  if (operation === '') return failed('request.operation is missing');
  if (!isJsonObject(request['resource'])) return failed('request.resource is missing');
  if (!isJsonObject(request['kind'])) return failed('request.kind is missing');
  return succeeded(callOf({ uid, operation, request, resource: request['resource'], kind: request['kind'] }));
}

interface Envelope {
  readonly uid: string;
  readonly operation: string;
  readonly request: JsonObject;
  readonly resource: JsonObject;
  readonly kind: JsonObject;
}

function callOf({ uid, operation, request, resource, kind }: Envelope): AdmissionCall {
  const requestKind = isJsonObject(request['requestKind']) ? request['requestKind'] : kind;
  return {
    uid,
    operation,
    group: text(resource, 'group'),
    version: text(resource, 'version'),
    resource: text(resource, 'resource'),
    kind: text(kind, 'kind'),
    requestVersion: text(requestKind, 'version'),
    subresource: text(request, 'subResource'),
    namespace: text(request, 'namespace'),
    name: text(request, 'name'),
    object: objectOf(request, 'object'),
    oldObject: objectOf(request, 'oldObject'),
    user: userOf(request['userInfo']),
    dryRun: request['dryRun'] === true,
  };
}

function userOf(value: unknown): RequestUser {
  const info = isJsonObject(value) ? value : {};
  const uid = text(info, 'uid');
  return {
    name: text(info, 'username'),
    uid: uid === '' ? undefined : uid,
    groups: texts(info['groups']),
    extra: isJsonObject(info['extra']) ? extraOf(info['extra']) : {},
  };
}

function extraOf(extra: JsonObject): RequestUser['extra'] {
  return Object.fromEntries(Object.entries(extra).map(([key, values]) => [key, texts(values)]));
}

function objectOf(request: JsonObject, key: string): JsonObject | undefined {
  const value = request[key];
  return isJsonObject(value) ? value : undefined;
}

/** '' for what is missing or no text: that is how Go decodes it. */
function text(object: JsonObject, key: string): string {
  const value = object[key];
  return typeof value === 'string' ? value : '';
}

function texts(value: unknown): readonly string[] {
  return Array.isArray(value) ? value.filter((item) => typeof item === 'string') : [];
}

function shown(apiVersion: unknown, kind: unknown): string {
  const [version, name] = [apiVersion, kind].map((value) => (typeof value === 'string' ? value.slice(0, 100) : ''));
  return JSON.stringify([version, name].join(' ').trim());
}
