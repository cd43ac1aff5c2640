import type { KubeConnection, KubeRequest } from '../connection/index.ts';
import { ConnectionError, requestJson } from '../connection/index.ts';
import { stringifyJson } from '../kube/json.ts';
import type { JsonObject } from '../kube/object.ts';
import { isJsonObject } from '../kube/object.ts';
import type { Outcome } from '../kube/outcome.ts';
import { failed, succeeded } from '../kube/outcome.ts';

/** Why the hub did not do what was asked. */
export interface HubFailure {
  /** HTTP status; undefined when there was no answer. */
  readonly status: number | undefined;
  /** One sentence that names the hub's own words; never holds credentials. */
  readonly message: string;
}

export const REQUEST_TIMEOUT_MS = 10_000;
/** More than any object that this folder reads; lists are read in pages. */
const BODY_BYTES_MAX = 32 * 1024 * 1024;
const MESSAGE_CHARACTERS_MAX = 500;

export type HubRequest = Omit<KubeRequest, 'timeoutMs' | 'body'> & {
  readonly timeoutMs?: number;
  /** Sent as JSON. */
  readonly body?: unknown;
};

/** One JSON call: a 2xx answer with a JSON object succeeds, everything else is a failure value. */
export async function askHub(
  connection: KubeConnection,
  request: HubRequest,
): Promise<Outcome<JsonObject, HubFailure>> {
  const { body, ...rest } = request;
  try {
    const response = await requestJson(connection, {
      timeoutMs: REQUEST_TIMEOUT_MS,
      bodyBytesMax: BODY_BYTES_MAX,
      ...rest,
      ...(body === undefined ? {} : { body: stringifyJson(body) }),
    });
    const { status } = response;
    const answer = isJsonObject(response.body) ? response.body : undefined;
    if (status < 200 || status > 299) return failed({ status, message: statusMessage(status, answer) });
    return answer === undefined
      ? failed({ status, message: 'the hub answered with something that is not a JSON object' })
      : succeeded(answer);
  } catch (error) {
    if (!(error instanceof ConnectionError)) throw error;
    return failed({ status: undefined, message: error.message });
  }
}

function statusMessage(status: number, answer: JsonObject | undefined): string {
  const message = textAt(answer, 'message');
  const text = message === undefined || message === '' ? 'no further message' : message;
  return `${status}: ${text.slice(0, MESSAGE_CHARACTERS_MAX)}`;
}

/** The object below `key`; an empty one when it is absent or something else. */
export function objectAt(object: JsonObject | undefined, key: string): JsonObject {
  const value = object?.[key];
  return isJsonObject(value) ? value : {};
}

/** The string below `key`; undefined when it is absent or something else. */
export function textAt(object: JsonObject | undefined, key: string): string | undefined {
  const value = object?.[key];
  return typeof value === 'string' ? value : undefined;
}

/** The integer below `key`; undefined when it is absent or something else. */
export function integerAt(object: JsonObject | undefined, key: string): number | undefined {
  const value = object?.[key];
  return typeof value === 'number' && Number.isSafeInteger(value) ? value : undefined;
}

/** The strings of the array below `key`; others in it are left out. */
export function textsAt(object: JsonObject | undefined, key: string): readonly string[] {
  const value = object?.[key];
  return Array.isArray(value) ? value.filter((item): item is string => typeof item === 'string') : [];
}

/** The objects of the array below `key`. */
export function objectsAt(object: JsonObject | undefined, key: string): readonly JsonObject[] {
  const value = object?.[key];
  return Array.isArray(value) ? value.filter(isJsonObject) : [];
}
