import type { IncomingMessage, Server } from 'node:http';
import { Agent, createServer, request as httpRequest } from 'node:http';
import type { Socket } from 'node:net';
import type { DataDeps } from '../../apiservice/data/deps.ts';
import { nodeTimer } from '../../apiservice/data/deps.ts';
import { createResourceHandler } from '../../apiservice/data/handler.ts';
import type { DataLimits } from '../../apiservice/data/limits.ts';
import { DEFAULT_DATA_LIMITS } from '../../apiservice/data/limits.ts';
import { sendStatus, toApiStatusError } from '../../apiservice/edge/error-response.ts';
import type { ClusterSetFreshness, ResourceHandler } from '../../apiservice/types.ts';
import type { KubeObject } from '../../src/kube/object.ts';
import { isJsonObject } from '../../src/kube/object.ts';
import { toIncarnation, toRevision } from '../../src/kube/revision.ts';
import type { Cell, Column, ResourceDefinition, Verb } from '../../src/resources/definition.ts';
import type { Store, StoreLimits } from '../../src/store/index.ts';
import { createEncodedCache, createStore } from '../../src/store/index.ts';

export const GROUP = 'things.example.com';
export const OTHER_GROUP = 'things.other.dev';

/** 2026-01-01T00:00:00Z: revisions and ages in golden bodies follow from it. */
export const NOW_MS = 1_767_225_600_000;

const IDENTITY = (object: KubeObject): KubeObject => object;

/** `v1` is stored; in `v2` spec.size is called spec.width. */
export const THINGS: ResourceDefinition = {
  groupRole: 'multicluster',
  resource: 'things',
  singular: 'thing',
  kind: 'Thing',
  shortNames: [],
  categories: [],
  scope: 'Namespaced',
  made: 'derived',
  description: 'A thing.',
  implementedVerbs: ['get', 'list', 'watch'],
  advertisedVerbs: ['get', 'list', 'watch'],
  readOnlyMessage: () => 'things are computed',
  storageVersion: 'v1',
  versions: [
    {
      name: 'v1',
      schema: {},
      deprecationWarning: undefined,
      subresources: [{ name: 'status', verbs: ['get'] }],
      toStorage: IDENTITY,
      fromStorage: IDENTITY,
    },
    {
      name: 'v2',
      schema: {},
      deprecationWarning: 'v2 is deprecated',
      subresources: [],
      toStorage: IDENTITY,
      fromStorage: (object) => ({ ...object, apiVersion: `${GROUP}/v2`, spec: { width: sizeOf(object) } }),
    },
  ],
  columns: [
    column('Name', 'name', (object) => object.metadata.name),
    column('Size', '', (object) => sizeOf(object)),
    column('Age', '', (object) => ({ age: object.metadata.creationTimestamp ?? undefined })),
  ],
  rules: [],
  memberPolicies: [],
};

/** A kind without namespaces. */
export const PLACES: ResourceDefinition = { ...THINGS, resource: 'places', kind: 'Place', scope: 'Cluster' };

function column(name: string, format: string, cell: (object: KubeObject) => Cell): Column {
  return { name, type: 'string', format, description: `The ${name}.`, priority: 0, cell };
}

function sizeOf({ spec }: KubeObject): number {
  const size: unknown = isJsonObject(spec) ? spec['size'] : undefined;
  return typeof size === 'number' ? size : 0;
}

export function thing(name: string, more: { namespace?: string; labels?: Record<string, string>; size?: number } = {}) {
  const { namespace = 'ns1', labels, size = 1 } = more;
  return {
    apiVersion: `${GROUP}/v1`,
    kind: 'Thing',
    metadata: {
      name,
      ...(namespace === '' ? {} : { namespace }),
      uid: `uid-${name}`,
      creationTimestamp: '2025-12-31T23:00:00Z',
      ...(labels === undefined ? {} : { labels }),
    },
    spec: { size },
  } satisfies KubeObject;
}

export interface ReadApi {
  readonly store: Store;
  readonly port: number;
  /** Creates or replaces. */
  readonly put: (...objects: readonly KubeObject[]) => void;
  readonly remove: (name: string, namespace?: string) => void;
  readonly revision: () => string;
  readonly get: (path: string, headers?: Record<string, string>) => Promise<Answer>;
  /** Sends a body, or asks for the head alone. */
  readonly send: (
    method: 'POST' | 'HEAD' | 'PUT' | 'PATCH' | 'DELETE',
    path: string,
    more?: { headers?: Record<string, string>; body?: string },
  ) => Promise<Answer>;
  /** Opens a watch; the answer's lines are read one by one. */
  readonly watch: (path: string, headers?: Record<string, string>) => Promise<WatchReader>;
  readonly drain: AbortController;
  /** How often an object was turned into bytes. */
  readonly encoded: () => number;
  readonly metrics: Recorded;
  readonly openSockets: () => readonly Socket[];
  readonly close: () => Promise<void>;
}

export interface Recorded {
  watchers: number;
  events: { sizes: readonly number[]; watchers: number }[];
  cuts: string[];
  listBytesMax: number;
  refused: number;
  watchLists: string[];
}

export interface Answer {
  readonly status: number;
  readonly headers: IncomingMessage['headers'];
  readonly bytes: Buffer;
  readonly text: string;
}

export interface ReadApiOptions {
  readonly definitions?: readonly ResourceDefinition[];
  readonly group?: string;
  readonly limits?: Partial<DataLimits>;
  readonly storeLimits?: Partial<StoreLimits>;
  readonly freshness?: Partial<ClusterSetFreshness>;
  readonly deps?: Partial<DataDeps>;
  /** What answers instead of, or before, the read verbs. */
  readonly wrap?: (deps: DataDeps, handler: ResourceHandler) => ResourceHandler;
}

/**
 * The read verbs behind plain HTTP, without the edges: `/<version>/<resource>` and
 * `/<version>/namespaces/<namespace>/<resource>[/<name>[/<subresource>]]`.
 */
export async function startReadApi(options: ReadApiOptions = {}): Promise<ReadApi> {
  const definitions = options.definitions ?? [THINGS, PLACES];
  const cache = createEncodedCache();
  const store = createStore({
    resources: definitions.map(({ resource }) => resource),
    clock: () => NOW_MS,
    incarnation: toIncarnation(7),
    startRevision: toRevision(0),
    limits: options.storeLimits ?? {},
    onReplaced: cache.retire,
  });
  let encoded = 0;
  const drain = new AbortController();
  const metrics: Recorded = { watchers: 0, events: [], cuts: [], listBytesMax: 0, refused: 0, watchLists: [] };
  const deps: DataDeps = {
    store: store.reader,
    cache: {
      ...cache,
      encode: (stored, form, make) =>
        cache.encode(stored, form, () => {
          encoded += 1;
          return make();
        }),
    },
    clock: () => NOW_MS,
    random: () => 0.5,
    timer: nodeTimer,
    limits: { ...DEFAULT_DATA_LIMITS, ...options.limits },
    drain: drain.signal,
    freshness: {
      retryAfterSeconds: () => undefined,
      staleWarning: () => undefined,
      couldHold: () => [],
      ...options.freshness,
    },
    metrics: {
      watchEvents: (_of, sizes, watchers) => metrics.events.push({ sizes, watchers }),
      watchersChanged: (_of, by) => {
        metrics.watchers += by;
      },
      watchCut: (_of, reason) => metrics.cuts.push(reason),
      listBytesInFlight: (bytes) => {
        metrics.listBytesMax = Math.max(metrics.listBytesMax, bytes);
      },
      watchListTook: (_of, scope) => metrics.watchLists.push(scope),
      listRefused: () => {
        metrics.refused += 1;
      },
    },
    ...options.deps,
  };
  const reads = createResourceHandler(deps);
  const handler = options.wrap?.(deps, reads) ?? reads;
  const sockets = new Set<Socket>();
  const server = createServer((message, response) => {
    const request = route(message, { definitions, group: options.group ?? GROUP });
    handler(request, message, response).catch((error: unknown) => {
      if (!response.headersSent) sendStatus(message, response, toApiStatusError(error).status);
      else response.destroy();
    });
  });
  server.on('connection', (socket) => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
  });
  const port = await listen(server);
  const agent = new Agent({ keepAlive: true });
  return {
    store,
    port,
    put: (...objects) => {
      store.writer.commit(
        objects.map((object) => ({ resource: resourceOf(definitions, object), key: keyFrom(object), object })),
      );
    },
    remove: (name, namespace = 'ns1') => {
      store.writer.commit([{ resource: 'things', key: { namespace, name }, object: undefined }]);
    },
    revision: () => String(store.reader.current()),
    get: (path, headers = {}) => readAll(open({ port, path, headers, agent })),
    send: (method, path, { headers = {}, body } = {}) => readAll(open({ port, path, headers, agent, method, body })),
    watch: async (path, headers = {}) => createWatchReader(await open({ port, path, headers, agent })),
    drain,
    encoded: () => encoded,
    metrics,
    openSockets: () => [...sockets],
    close: async () => {
      agent.destroy();
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

function resourceOf(definitions: readonly ResourceDefinition[], object: KubeObject): string {
  return definitions.find(({ kind }) => kind === object.kind)?.resource ?? 'things';
}

function keyFrom({ metadata }: KubeObject): { namespace: string; name: string } {
  return { namespace: metadata.namespace ?? '', name: metadata.name };
}

interface Serving {
  readonly definitions: readonly ResourceDefinition[];
  readonly group: string;
}

function route(
  message: IncomingMessage,
  { definitions, group }: Serving,
): Parameters<ReturnType<typeof createResourceHandler>>[0] {
  const url = new URL(message.url ?? '', 'http://test');
  const [versionName, ...path] = url.pathname.split('/').slice(1);
  const namespaced = path[0] === 'namespaces';
  const [resource, name = '', subresource = ''] = namespaced ? path.slice(2) : path;
  const definition = definitions.find((one) => one.resource === resource) ?? THINGS;
  const version = definition.versions.find((one) => one.name === versionName);
  if (version === undefined) throw new Error(`no version in ${url.pathname}`);
  return {
    served: { group, definition },
    version,
    verb: verbOf(message, name, url.searchParams),
    namespace: namespaced ? (path[1] ?? '') : '',
    name,
    subresource,
    query: url.searchParams,
    user: { name: 'jane', uid: undefined, groups: [], extra: {} },
    auditId: 'audit',
  };
}

const WRITE_VERBS: Readonly<Record<string, Verb>> = { POST: 'create', PUT: 'update', PATCH: 'patch', DELETE: 'delete' };

function verbOf(message: IncomingMessage, name: string, query: URLSearchParams): Verb {
  const written = WRITE_VERBS[message.method ?? ''];
  if (written !== undefined) return written === 'delete' && name === '' ? 'deletecollection' : written;
  if (name !== '') return 'get';
  return query.get('watch') === '1' ? 'watch' : 'list';
}

async function listen(server: Server): Promise<number> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  return address.port;
}

interface Call {
  readonly port: number;
  readonly path: string;
  readonly headers: Record<string, string>;
  readonly agent: Agent;
  readonly method?: string;
  readonly body?: string | undefined;
}

function open({ port, path, headers, agent, method = 'GET', body }: Call): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    const options = { port, host: '127.0.0.1', path, headers, agent, method };
    httpRequest(options, resolve).on('error', reject).end(body);
  });
}

async function readAll(opening: Promise<IncomingMessage>): Promise<Answer> {
  const message = await opening;
  const chunks: Buffer[] = [];
  for await (const chunk of message) chunks.push(Buffer.from(chunk as Uint8Array));
  const bytes = Buffer.concat(chunks);
  return { status: message.statusCode ?? 0, headers: message.headers, bytes, text: bytes.toString('utf8') };
}

/** One parsed watch event. */
export interface WatchLine {
  readonly type: string;
  readonly object: KubeObject;
  readonly line: string;
}

export interface WatchReader {
  readonly status: number;
  readonly headers: IncomingMessage['headers'];
  /** The next `count` events; fails when the stream ends before. */
  readonly take: (count: number) => Promise<readonly WatchLine[]>;
  /** What has arrived and was not taken yet. */
  readonly available: () => readonly WatchLine[];
  /** Everything up to the end of the stream. */
  readonly rest: () => Promise<readonly WatchLine[]>;
  /** True when the stream ended as the protocol says, false when the connection broke. */
  readonly endedCleanly: () => boolean;
  readonly close: () => void;
  readonly message: IncomingMessage;
}

export function createWatchReader(message: IncomingMessage): WatchReader {
  const lines: WatchLine[] = [];
  let text = '';
  let ended = false;
  let wake = (): void => undefined;
  message.setEncoding('utf8');
  const end = (): void => {
    ended = true;
    wake();
  };
  message.on('end', end).on('error', end).on('close', end);
  message.on('data', (chunk: string) => {
    text += chunk;
    const complete = text.split('\n');
    text = complete.pop() ?? '';
    for (const line of complete) lines.push({ ...(JSON.parse(line) as Omit<WatchLine, 'line'>), line });
    wake();
  });
  const waitUntil = async (done: () => boolean): Promise<void> => {
    while (!done()) {
      await new Promise<void>((resolve) => {
        wake = resolve;
      });
    }
  };
  return {
    status: message.statusCode ?? 0,
    headers: message.headers,
    take: async (count) => {
      await waitUntil(() => lines.length >= count || ended);
      if (lines.length < count) throw new Error(`the watch ended after ${lines.length} of ${count} events`);
      return lines.splice(0, count);
    },
    available: () => lines.splice(0),
    rest: async () => {
      await waitUntil(() => ended);
      return lines.splice(0);
    },
    endedCleanly: () => ended && message.complete && text === '',
    close: () => message.destroy(),
    message,
  };
}
