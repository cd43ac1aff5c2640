import { randomInt, randomUUID } from 'node:crypto';
import { Registry } from 'prom-client';
import {
  buildDocuments,
  createApiMetrics,
  createApiService,
  createAuthenticate,
  createHttpsServer,
  createResourceHandler,
  DEFAULT_DATA_LIMITS,
  DEFAULT_EDGE_LIMITS,
  DEFAULT_LISTENER_LIMITS,
} from '../../apiservice/index.ts';
import type { ApiMetrics, DataLimits, Logger, Timer } from '../../apiservice/index.ts';
import type { HealthCheck, ResourceHandler } from '../../apiservice/types.ts';
import { keyOf } from '../kube/object.ts';
import type { KubeObject } from '../kube/object.ts';
import { nextRevision, toIncarnation, toRevision } from '../kube/revision.ts';
import type { Store } from '../store/index.ts';
import { createEncodedCache, createStore } from '../store/index.ts';
import { EMBEDDED_KINDS, kindNamed } from './kinds.ts';
import { createNamespaces, PROTECTED_NAMESPACES } from './namespaces.ts';
import type { ObjectWrites } from './object-writes.ts';
import { createObjectWrites } from './object-writes.ts';
import { seedChanges } from './seed.ts';
import { createServiceAddresses } from './service-addresses.ts';
import { createWriteHandler, isWrite } from './write-handler.ts';

const ENCODED_BYTES_MAX = 16 * 1024 * 1024;
const HISTORY_EVENTS_MAX = 5_000;
const LOOPBACK = '127.0.0.1';
const NAME_SUFFIX_CHARACTERS = 'bcdfghjklmnpqrstvwxz2456789';
const NAME_SUFFIX_LENGTH = 5;
const INCARNATIONS = 256;

export interface EmbeddedMemberDeps {
  readonly name: string;
  /** The serving certificate for 127.0.0.1, and the authority of client certificates; PEM. */
  readonly tls: { readonly cert: string; readonly key: string; readonly clientCa: string };
  readonly logger: Logger;
  /** Epoch milliseconds. */
  readonly clock: () => number;
  /** Ends watches and waits of reads. */
  readonly timer: Timer;
  readonly limits?: Partial<DataLimits>;
  /** What `/readyz` looks at; without it the member is always ready. */
  readonly readiness?: readonly HealthCheck[];
}

/** One member cluster in this process: a small Kubernetes API over HTTPS, all in memory. */
export interface EmbeddedMember {
  readonly name: string;
  /** Takes a free port on loopback; resolves with the address of the API. */
  readonly listen: () => Promise<string>;
  /** Puts objects into the store as they are, with their timestamps; a missing uid is made from the name. */
  readonly seed: (objects: readonly KubeObject[]) => void;
  readonly objects: ObjectAccess;
  /** Ends all connections, watches among them. */
  readonly close: () => void;
}

/** The same writes as over HTTPS, without it. */
export interface ObjectAccess {
  readonly get: (resource: string, namespace: string, name: string) => KubeObject | undefined;
  readonly create: (resource: string, object: KubeObject) => KubeObject;
  readonly replace: (resource: string, object: KubeObject) => KubeObject;
  readonly remove: (resource: string, namespace: string, name: string) => void;
}

export function createEmbeddedMember(deps: EmbeddedMemberDeps): EmbeddedMember {
  const cache = createEncodedCache({ bytesMax: ENCODED_BYTES_MAX });
  const store = openStore(deps, cache.retire);
  const assignAddress = createServiceAddresses(deps.name);
  const writes = createObjectWrites({
    store,
    namespaces: createNamespaces(store.reader, EMBEDDED_KINDS),
    clock: deps.clock,
    newUid: randomUUID,
    nameSuffix,
    assignAddress,
  });
  const drain = new AbortController();
  const metrics = createApiMetrics(new Registry());
  const server = createHttpsServer({
    handle: createService(deps, { store, cache, writes, metrics, drain }).handle,
    material: { cert: deps.tls.cert, key: deps.tls.key, clientCas: [deps.tls.clientCa] },
    limits: DEFAULT_LISTENER_LIMITS,
    onHandshakeFailed: (error) => deps.logger.debug({ err: error, member: deps.name }, 'TLS handshake failed'),
  });
  const put = (objects: readonly KubeObject[]): void => {
    store.writer.commit(seedChanges(objects, { member: deps.name, nowMs: deps.clock(), assignAddress }));
  };
  put(PROTECTED_NAMESPACES.map(namespaceNamed));
  return {
    name: deps.name,
    listen: async () => `https://${LOOPBACK}:${await server.listen(LOOPBACK, 0)}`,
    seed: put,
    objects: accessOf(store, writes),
    close: () => {
      drain.abort();
      server.closeAll();
    },
  };
}

/** Revisions begin at the clock, so that one of an earlier life is never in the history of this one. */
function openStore({ clock }: EmbeddedMemberDeps, onReplaced: Parameters<typeof createStore>[0]['onReplaced']): Store {
  const incarnation = toIncarnation(randomInt(INCARNATIONS));
  return createStore({
    resources: EMBEDDED_KINDS.map(({ served }) => served.definition.resource),
    incarnation,
    startRevision: nextRevision(toRevision(0), clock(), incarnation),
    clock,
    limits: { historyEventsMax: HISTORY_EVENTS_MAX },
    ...(onReplaced === undefined ? {} : { onReplaced }),
  });
}

interface Parts {
  readonly store: Store;
  readonly cache: ReturnType<typeof createEncodedCache>;
  readonly writes: ObjectWrites;
  readonly metrics: ApiMetrics;
  readonly drain: AbortController;
}

function createService(deps: EmbeddedMemberDeps, parts: Parts): ReturnType<typeof createApiService> {
  const served = EMBEDDED_KINDS.map((kind) => kind.served);
  const trust = {
    ...{ requestHeaderCa: undefined, allowedNames: [], usernameHeaders: [], uidHeaders: [] },
    ...{ groupHeaders: [], extraPrefixes: [], clientCa: deps.tls.clientCa },
  };
  return createApiService({
    served,
    documents: buildDocuments(served, {
      version: VERSION,
      otherPaths: ['/healthz', '/livez', '/readyz'],
      clock: deps.clock,
    }),
    resources: createHandler(deps, parts),
    authenticate: createAuthenticate({ trust: () => trust, reviewToken: undefined, clock: deps.clock }),
    authorize: () => Promise.resolve({ type: 'deny', reason: 'an embedded member knows only its administrator' }),
    readiness: deps.readiness ?? [],
    liveness: [],
    limits: DEFAULT_EDGE_LIMITS,
    logger: deps.logger,
    metrics: parts.metrics,
    clock: deps.clock,
    newId: randomUUID,
    endWatches: () => parts.drain.abort(),
  });
}

/** Reads are those of our own API; writes are what it does not have. */
function createHandler(deps: EmbeddedMemberDeps, { store, cache, writes, metrics, drain }: Parts): ResourceHandler {
  const reads = createResourceHandler({
    store: store.reader,
    cache,
    freshness: { retryAfterSeconds: () => undefined, staleWarning: () => undefined, couldHold: () => [] },
    clock: deps.clock,
    random: Math.random,
    timer: deps.timer,
    limits: { ...DEFAULT_DATA_LIMITS, ...deps.limits },
    drain: drain.signal,
    metrics: metrics.data,
  });
  const write = createWriteHandler({
    kinds: EMBEDDED_KINDS,
    writes,
    bodyBytesMax: DEFAULT_EDGE_LIMITS.bodyBytesMax,
  });
  return (request, message, response) => (isWrite(request.verb) ? write : reads)(request, message, response);
}

const VERSION = {
  major: '1',
  minor: '36',
  gitVersion: 'v1.36.0-embedded',
  gitCommit: '',
  gitTreeState: '',
  buildDate: '',
  goVersion: '',
  compiler: '',
  platform: '',
};

function namespaceNamed(name: string): KubeObject {
  return { apiVersion: 'v1', kind: 'Namespace', metadata: { name } };
}

function accessOf(store: Store, writes: ObjectWrites): ObjectAccess {
  return {
    get: (resource, namespace, name) => store.reader.get(resource, { namespace, name })?.object,
    create: (resource, object) => writes.create(kindNamed(resource), object),
    replace: (resource, object) => writes.update(kindNamed(resource), keyOf(object), { change: () => object }).object,
    remove: (resource, namespace, name) => void writes.remove(kindNamed(resource), { namespace, name }),
  };
}

function nameSuffix(): string {
  const characters = Array.from({ length: NAME_SUFFIX_LENGTH }, () =>
    NAME_SUFFIX_CHARACTERS.charAt(randomInt(NAME_SUFFIX_CHARACTERS.length)),
  );
  return characters.join('');
}
