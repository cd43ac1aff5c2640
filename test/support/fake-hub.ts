import type { KubeConnection, KubeRequest } from '../../src/connection/index.ts';
import { ConnectionError } from '../../src/connection/index.ts';
import { isJsonObject } from '../../src/kube/object.ts';
import type { JsonObject } from '../../src/kube/object.ts';

export interface FakeAnswer {
  readonly status: number;
  readonly body?: unknown;
}

/** undefined: let the object store answer; 'down': the connection breaks. */
export type FakeHandler = (request: KubeRequest) => FakeAnswer | 'down' | undefined | Promise<FakeAnswer | 'down'>;

export interface FakeHub {
  readonly connection: KubeConnection;
  readonly requests: KubeRequest[];
  /** Objects by path; every write gets the next resourceVersion. */
  readonly objects: Map<string, JsonObject>;
  handler: FakeHandler;
  /** Writes as somebody else would. */
  put(path: string, object: JsonObject): void;
}

/** A kube-apiserver in memory that knows GET, POST, PUT with optimistic locking, and lists by path prefix. */
export function createFakeHub(): FakeHub {
  let revision = 0;
  const objects = new Map<string, JsonObject>();
  const put = (path: string, object: JsonObject): JsonObject => {
    revision += 1;
    const metadata = isJsonObject(object['metadata']) ? object['metadata'] : {};
    const stored = { ...object, metadata: { ...metadata, resourceVersion: String(revision) } };
    objects.set(path, stored);
    return stored;
  };
  const serve = (request: KubeRequest): FakeAnswer => {
    const { method, path } = request;
    const body: unknown = request.body === undefined ? undefined : JSON.parse(request.body);
    if (method === 'GET') return readObject(objects, path);
    if (!isJsonObject(body)) return failure(400, 'no object');
    if (method === 'POST') {
      const target = `${path}/${JSON.stringify(metadataOf(body)['name']).replaceAll('"', '')}`;
      return objects.has(target) ? failure(409, 'already exists') : { status: 201, body: put(target, body) };
    }
    const current = objects.get(path);
    if (current === undefined) return failure(404, 'not found');
    const isCurrent = metadataOf(body)['resourceVersion'] === metadataOf(current)['resourceVersion'];
    return isCurrent ? { status: 200, body: put(path, body) } : failure(409, 'the object has been modified');
  };
  const hub: FakeHub = {
    requests: [],
    objects,
    handler: () => undefined,
    put,
    connection: {
      server: 'https://hub.example',
      request: async (request) => {
        hub.requests.push(request);
        const answer = (await hub.handler(request)) ?? serve(request);
        if (answer === 'down') throw new ConnectionError('Unreachable', 'the hub is down', { sent: false });
        return { status: answer.status, headers: {}, body: Buffer.from(JSON.stringify(answer.body ?? {})) };
      },
      openStream: () => Promise.reject(new Error('no streams here')),
      close: () => undefined,
    },
  };
  return hub;
}

export function failure(status: number, message: string): FakeAnswer {
  return { status, body: { kind: 'Status', status: 'Failure', message, code: status } };
}

function readObject(objects: ReadonlyMap<string, JsonObject>, path: string): FakeAnswer {
  const object = objects.get(path);
  if (object !== undefined) return { status: 200, body: object };
  const items = [...objects].filter(([key]) => key.startsWith(`${path}/`)).map(([, item]) => item);
  return items.length === 0 && /\/[^/]+\.[^/]+$|\/(leases|secrets|configmaps|namespaces)\/[^/]+$/.test(path)
    ? failure(404, 'not found')
    : { status: 200, body: { items } };
}

function metadataOf(object: JsonObject): JsonObject {
  return isJsonObject(object['metadata']) ? object['metadata'] : {};
}
