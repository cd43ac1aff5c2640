import type { KubeRequest } from '../../src/connection/index.ts';
import type { HubEvent } from '../../src/hub/index.ts';
import { textAt } from '../../src/kube/object.ts';
import type { JsonObject } from '../../src/kube/object.ts';
import type { FakeAnswer, FakeHub } from './fake-hub.ts';
import { createFakeHub } from './fake-hub.ts';

export const OUR_SERVICE = { apiVersion: 'v1', kind: 'Service', namespace: 'ours', name: 'api' } as const;

/** A hub that takes Events in the namespaces it has, and can be told to fail. */
export interface EventHub {
  readonly hub: FakeHub;
  readonly namespaces: Set<string>;
  /** Asked before each write; undefined: the write succeeds. */
  trouble: (request: KubeRequest) => FakeAnswer | 'down' | undefined;
  /** What the hub has, in the order of creation. */
  readonly events: () => readonly JsonObject[];
  /** `namespace reason note`, and the count of a series. */
  readonly lines: () => readonly string[];
  readonly forgetEvents: () => void;
}

export function createEventHub(): EventHub {
  const hub = createFakeHub();
  const namespaces = new Set(['ours', 'prod']);
  const events = new Map<string, JsonObject>();
  const fake: EventHub = {
    hub,
    namespaces,
    trouble: () => undefined,
    events: () => [...events.values()],
    lines: () => [...events].map(([path, event]) => lineOf(path, event)),
    forgetEvents: () => events.clear(),
  };
  hub.handler = (request) => fake.trouble(request) ?? answer(request);
  const answer = ({ method, path, body = '{}' }: KubeRequest): FakeAnswer => {
    const namespace = /\/namespaces\/([^/]+)\//.exec(path)?.[1] ?? '';
    if (!namespaces.has(namespace)) return notFound('namespaces', namespace);
    const sent = JSON.parse(body) as JsonObject & { readonly metadata: { readonly name: string } };
    if (method === 'PATCH') {
      const known = events.get(path);
      if (known === undefined) return notFound('events', path);
      events.set(path, { ...known, ...sent });
      return { status: 200, body: {} };
    }
    const at = `${path}/${sent.metadata.name}`;
    if (events.has(at)) return { status: 409, body: { message: 'already exists' } };
    events.set(at, sent);
    return { status: 201, body: {} };
  };
  return fake;
}

export function notFound(kind: string, name: string): FakeAnswer {
  return { status: 404, body: { message: `${kind} "${name}" not found`, reason: 'NotFound', details: { kind, name } } };
}

/** An Event about prod/api unless it says otherwise. */
export function hubEvent(note: string, more: Partial<HubEvent> = {}): HubEvent {
  const regarding = { apiVersion: 'example.com/v1', kind: 'Thing', namespace: 'prod', name: 'api', uid: 'u1' };
  return { type: 'Warning', reason: 'Happened', action: 'Look', note, regarding, ...more };
}

function lineOf(path: string, event: JsonObject): string {
  const namespace = /\/namespaces\/([^/]+)\//.exec(path)?.[1] ?? '';
  const series = event['series'] as { readonly count: number } | undefined;
  const count = series === undefined ? '' : ` x${series.count}`;
  return `${namespace} ${textAt(event, 'reason') ?? ''} ${textAt(event, 'note') ?? ''}${count}`;
}
