import type { KubeConnection, KubeRequest, KubeResponse } from '../connection/index.ts';
import { ConnectionError } from '../connection/index.ts';
import { parseJson, stringifyJson } from '../kube/json.ts';
import type { JsonObject } from '../kube/object.ts';
import { isJsonObject } from '../kube/object.ts';
import { objectAt, objectsAt, textAt } from './hub-request.ts';

/** An Event that cannot be written in this time is tried once more. */
const REQUEST_TIMEOUT_MS = 10_000;
/** An Event is smaller, and so is a refusal. */
const ANSWER_BYTES_MAX = 1024 * 1024;
/** Of the hub's words in our log. */
const MESSAGE_CHARACTERS_MAX = 500;
/** Pause after a hub that is busy and does not say for how long, or does not answer. */
const PAUSE_DEFAULT_MS = 10_000;
/** The hub cannot make us wait longer than this. */
const PAUSE_MAX_MS = 60_000;
/** Nor bring us back sooner than after this. */
const PAUSE_MIN_MS = 1_000;
/** The cause that kube-apiserver names when a namespace is being deleted. */
const TERMINATING = 'NamespaceTerminating';

export type EventOutcome =
  | { readonly type: 'written' }
  /** The hub has no such namespace, or is about to remove it. */
  | { readonly type: 'noNamespace'; readonly problem: string }
  /** The Event that was to be changed is not there any more. */
  | { readonly type: 'gone' }
  /** Nothing is wrong with the Event; the hub wants to be left alone, or does not answer. */
  | { readonly type: 'busy'; readonly pauseMs: number; readonly problem: string }
  | { readonly type: 'refused'; readonly problem: string };

/** One try to write one Event. */
export interface EventWriter {
  /** `object` is whole. Creating the same name twice succeeds: the first answer was lost. */
  readonly create: (namespace: string, object: JsonObject) => Promise<EventOutcome>;
  readonly update: (address: { namespace: string; name: string }, series: JsonObject) => Promise<EventOutcome>;
}

/** Single tries without state; `signal` ends those under way. */
export function createEventWriter(connection: KubeConnection, signal: AbortSignal): EventWriter {
  const send = async (request: Omit<KubeRequest, 'timeoutMs'>): Promise<EventOutcome> => {
    const limits = { timeoutMs: REQUEST_TIMEOUT_MS, bodyBytesMax: ANSWER_BYTES_MAX, signal };
    try {
      return outcomeOf(request, await connection.request({ ...request, ...limits }));
    } catch (error) {
      if (!(error instanceof ConnectionError)) throw error;
      return { type: 'busy', pauseMs: PAUSE_DEFAULT_MS, problem: error.message };
    }
  };
  return {
    create: (namespace, object) => send({ method: 'POST', path: eventsPath(namespace), body: stringifyJson(object) }),
    update: ({ namespace, name }, series) =>
      send({
        method: 'PATCH',
        path: `${eventsPath(namespace)}/${name}`,
        headers: { 'content-type': 'application/merge-patch+json' },
        body: stringifyJson({ series }),
      }),
  };
}

function eventsPath(namespace: string): string {
  return `/apis/events.k8s.io/v1/namespaces/${encodeURIComponent(namespace)}/events`;
}

function outcomeOf({ method }: Pick<KubeRequest, 'method'>, response: KubeResponse): EventOutcome {
  const { status } = response;
  if ((status >= 200 && status < 300) || (status === 409 && method === 'POST')) return { type: 'written' };
  const answer = readStatus(response);
  const problem = describeProblem(status, answer);
  if (lacksNamespace(status, answer)) return { type: 'noNamespace', problem };
  if (status === 404 && method === 'PATCH') return { type: 'gone' };
  if (status === 429 || status >= 500) return { type: 'busy', pauseMs: pauseOf(response), problem };
  return { type: 'refused', problem };
}

function describeProblem(status: number, answer: JsonObject): string {
  return `${status}: ${(textAt(answer, 'message') ?? 'no further message').slice(0, MESSAGE_CHARACTERS_MAX)}`;
}

function readStatus({ body }: KubeResponse): JsonObject {
  try {
    const answer = parseJson(body.toString('utf8'));
    return isJsonObject(answer) ? answer : {};
  } catch {
    return {};
  }
}

function lacksNamespace(status: number, answer: JsonObject): boolean {
  const details = objectAt(answer, 'details');
  if (status === 404) return textAt(details, 'kind') === 'namespaces';
  return status === 403 && objectsAt(details, 'causes').some((cause) => textAt(cause, 'reason') === TERMINATING);
}

function pauseOf({ headers }: KubeResponse): number {
  const seconds = Number(headers['retry-after'] ?? NaN);
  if (!Number.isFinite(seconds)) return PAUSE_DEFAULT_MS;
  return Math.min(PAUSE_MAX_MS, Math.max(PAUSE_MIN_MS, seconds * 1000));
}
