import type { KubeConnection, KubeRequest } from '../../connection/index.ts';
import { parseJson, stringifyJson } from '../../kube/json.ts';
import { isJsonObject } from '../../kube/object.ts';
import type { JsonObject } from '../../kube/object.ts';

/** Until a kube-apiserver has answered; a page of objects may be converted by a webhook, which has 30 s. */
const CALL_TIMEOUT_MS = 60_000;
/** Tries of one call that a kube-apiserver puts off. */
const TRIES_MAX = 10;
/** Between two tries, unless the answer says how long; grows with each. */
const PAUSE_MS = 1_000;
/** The longest pause that an answer may ask for. */
const PAUSE_MAX_MS = 30_000;

export interface Answer {
  readonly status: number;
  readonly object: JsonObject;
}

export interface Call {
  readonly method: 'GET' | 'PUT' | 'PATCH';
  readonly path: string;
  readonly query?: Readonly<Record<string, string>>;
  readonly body?: JsonObject;
}

export type KubeCall = (call: Call) => Promise<Answer>;

/** Calls that wait when the kube-apiserver is busy. What else it answers is for the caller. */
export function createKubeCall(connection: KubeConnection, sleep: (ms: number) => Promise<void>): KubeCall {
  return async (call) => {
    for (let tries = 1; ; tries += 1) {
      const response = await connection.request(requestOf(call));
      const putOff =
        response.status === 429 || (response.status === 503 && response.headers['retry-after'] !== undefined);
      if (!putOff || tries === TRIES_MAX) return { status: response.status, object: readBody(response.body) };
      const asked = Number(response.headers['retry-after']) * 1000;
      await sleep(Math.min(asked > 0 ? asked : PAUSE_MS * tries, PAUSE_MAX_MS));
    }
  };
}

function requestOf({ method, path, query, body }: Call): KubeRequest {
  return {
    ...{ method, path, timeoutMs: CALL_TIMEOUT_MS },
    ...(query === undefined ? {} : { query }),
    ...(body === undefined ? {} : { body: stringifyJson(body) }),
    ...(method === 'PATCH' ? { headers: { 'content-type': 'application/merge-patch+json' } } : {}),
  };
}

/** Integers of any size are kept: what is read is written back. */
function readBody(body: Buffer): JsonObject {
  const text = body.toString('utf8');
  try {
    const value = parseJson(text);
    return isJsonObject(value) ? value : { message: text };
  } catch {
    return { message: text.slice(0, 500) };
  }
}

/** The server's own words. */
export function failureText({ status, object }: Answer): string {
  const message = typeof object['message'] === 'string' ? object['message'] : '';
  return `${status} ${message}`;
}
