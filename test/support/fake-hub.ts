import { PassThrough } from 'node:stream';
import type { KubeConnection, KubeRequest, KubeStream } from '../../src/connection/index.ts';
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
  /** Ends all watches. */
  cutWatches(): void;
  /** How many watches are open. */
  openWatches(): number;
}

/** A kube-apiserver in memory: GET, POST, PUT with optimistic locking, lists by path prefix, watches of one object. */
export function createFakeHub(): FakeHub {
  let revision = 0;
  const objects = new Map<string, JsonObject>();
  const watches = new Map<FakeWatch, string>();
  const put = (path: string, object: JsonObject): JsonObject => {
    revision += 1;
    const metadata = isJsonObject(object['metadata']) ? object['metadata'] : {};
    const stored = { ...object, metadata: { ...metadata, resourceVersion: String(revision) } };
    objects.set(path, stored);
    for (const [watch, watched] of watches) if (watched === path) watch.push({ type: 'MODIFIED', object: stored });
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
    cutWatches: () => {
      for (const watch of watches.keys()) watch.stream.close();
    },
    openWatches: () => watches.size,
    connection: {
      server: 'https://hub.example',
      request: async (request) => {
        hub.requests.push(request);
        const answer = (await hub.handler(request)) ?? serve(request);
        if (answer === 'down') throw new ConnectionError('Unreachable', 'the hub is down', { sent: false });
        return { status: answer.status, headers: {}, body: Buffer.from(JSON.stringify(answer.body ?? {})) };
      },
      openStream: async (request) => {
        hub.requests.push(request);
        const answer = await hub.handler(request);
        if (answer !== undefined) throw new ConnectionError('Unreachable', 'the hub is down', { sent: false });
        const path = `${request.path}/${request.query?.['fieldSelector']?.split('=')[1] ?? ''}`;
        const watch = createWatch(() => watches.delete(watch));
        watches.set(watch, path);
        const object = objects.get(path);
        if (object !== undefined) watch.push({ type: 'ADDED', object });
        return watch.stream;
      },
      close: () => undefined,
    },
  };
  return hub;
}

interface FakeWatch {
  readonly stream: KubeStream;
  readonly push: (event: unknown) => void;
}

function createWatch(onEnd: () => void): FakeWatch {
  const passing = new PassThrough();
  return {
    stream: {
      status: 200,
      headers: {},
      chunks: passing,
      close: () => {
        onEnd();
        passing.end();
      },
    },
    push: (event) => void passing.write(`${JSON.stringify(event)}\n`),
  };
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
