import { ConnectionError } from '../../src/connection/types.ts';
import type { KubeConnection, KubeRequest, KubeResponse } from '../../src/connection/types.ts';
import { parseJson, stringifyJson } from '../../src/kube/json.ts';
import { mergePatch } from '../../src/kube/merge-patch.ts';
import type { KubeObject } from '../../src/kube/object.ts';
import { isKubeObject, isJsonObject, textAt } from '../../src/kube/object.ts';

/** What the cluster holds objects of. */
export interface FakeResource {
  readonly resource: 'serviceexports' | 'clusterproperties';
  readonly group: string;
  readonly version: string;
  readonly kind: string;
  /** '' for what has none. */
  readonly namespace: string;
}

export const FAKE_EXPORTS: FakeResource = {
  resource: 'serviceexports',
  group: 'multicluster.x-k8s.io',
  version: 'v1beta1',
  kind: 'ServiceExport',
  namespace: 'prod',
};
export const FAKE_PROPERTIES: FakeResource = {
  resource: 'clusterproperties',
  group: 'about.k8s.io',
  version: 'v1beta1',
  kind: 'ClusterProperty',
  namespace: '',
};

/** What a watch of the cluster tells. */
export interface FakeChange {
  readonly type: 'applied' | 'removed';
  readonly object: KubeObject;
  readonly revision: string;
}

export type FakeReply = Partial<KubeResponse> | ConnectionError | 'as usual';

/** The objects of one kind of one cluster in memory, with resourceVersions and finalizers as kube-apiserver has them. */
export interface FakeCluster {
  readonly connection: KubeConnection;
  readonly requests: KubeRequest[];
  readonly changes: readonly FakeChange[];
  readonly get: (name: string) => KubeObject | undefined;
  readonly all: () => readonly KubeObject[];
  readonly revision: () => string;
  /** Somebody else in the cluster creates or changes an object. */
  readonly put: (name: string, metadata?: object, rest?: object) => KubeObject;
  readonly remove: (name: string) => void;
  /** The next request that matches is answered so; `done`: after it was carried out. */
  readonly reply: (
    match: RegExp,
    reply: (request: KubeRequest) => FakeReply | Promise<FakeReply>,
    done?: boolean,
  ) => void;
}

interface State {
  readonly of: FakeResource;
  readonly objects: Map<string, KubeObject>;
  readonly changes: FakeChange[];
  readonly requests: KubeRequest[];
  readonly replies: {
    readonly match: RegExp;
    readonly reply: (request: KubeRequest) => FakeReply | Promise<FakeReply>;
    readonly done: boolean;
  }[];
  revision: number;
  uids: number;
}

export function createFakeCluster(of = FAKE_EXPORTS): FakeCluster {
  const state: State = {
    of,
    objects: new Map(),
    changes: [],
    requests: [],
    replies: [],
    revision: 100,
    uids: 0,
  };
  return {
    connection: {
      server: 'https://east.internal:6443',
      request: (request) => serve(state, request),
      openStream: () => Promise.reject(new Error('no streams here')),
      close: () => undefined,
    },
    requests: state.requests,
    changes: state.changes,
    get: (name) => state.objects.get(name),
    all: () => [...state.objects.values()],
    revision: () => String(state.revision),
    put: (name, metadata = {}, rest = {}) => {
      const before = state.objects.get(name) ?? newObject(state, name);
      return store(state, { ...before, ...rest, metadata: { ...before.metadata, ...metadata, name } });
    },
    remove: (name) => void drop(state, name),
    reply: (match, reply, done = false) => void state.replies.push({ match, reply, done }),
  };
}

function newObject(state: State, name: string): KubeObject {
  state.uids += 1;
  const { group, version, kind, namespace } = state.of;
  const place = namespace === '' ? {} : { namespace };
  const metadata = { name, ...place, uid: `uid-${state.uids}`, creationTimestamp: '2026-01-05T10:00:00Z' };
  return { apiVersion: `${group}/${version}`, kind, metadata };
}

function store(state: State, object: KubeObject): KubeObject {
  state.revision += 1;
  const revision = String(state.revision);
  const stored = { ...object, metadata: { ...object.metadata, resourceVersion: revision } };
  const isOver = stored.metadata.deletionTimestamp !== undefined && (stored.metadata.finalizers ?? []).length === 0;
  if (isOver) state.objects.delete(stored.metadata.name);
  else state.objects.set(stored.metadata.name, stored);
  state.changes.push({ type: isOver ? 'removed' : 'applied', object: stored, revision });
  return stored;
}

function drop(state: State, name: string): KubeObject | undefined {
  const object = state.objects.get(name);
  if (object === undefined) return undefined;
  state.objects.delete(name);
  state.revision += 1;
  state.changes.push({ type: 'removed', object, revision: String(state.revision) });
  return object;
}

async function serve(state: State, request: KubeRequest): Promise<KubeResponse> {
  state.requests.push(request);
  await Promise.resolve();
  const line = `${request.method} ${request.path}`;
  const at = state.replies.findIndex(({ match }) => match.test(line));
  const [forced] = at < 0 ? [] : state.replies.splice(at, 1);
  if (forced?.done === false) return replied(await forced.reply(request), () => carryOut(state, request));
  const response = carryOut(state, request);
  return forced === undefined ? response : replied(await forced.reply(request), () => response);
}

function replied(reply: FakeReply, usual: () => KubeResponse): KubeResponse {
  if (reply === 'as usual') return usual();
  if (reply instanceof ConnectionError) throw reply;
  return { ...usualParts(), ...reply };
}

function usualParts(): KubeResponse {
  return { status: 200, headers: {}, body: Buffer.alloc(0) };
}

function carryOut(state: State, request: KubeRequest): KubeResponse {
  const body = request.body === undefined ? undefined : parseJson(request.body);
  const [, name = ''] = new RegExp(`/${state.of.resource}/([^/]+)$`).exec(request.path) ?? [];
  const dryRun = request.query?.['dryRun'] === 'All';
  const there = state.objects.get(decodeURIComponent(name));
  if (request.method === 'POST') return create(state, body, dryRun);
  if (request.method === 'PATCH') return apply(state, { there, body, dryRun });
  if (there === undefined) return notFound(state.of, name);
  if (request.method === 'PUT') return update(state, { there, body, dryRun });
  return request.method === 'DELETE' ? remove(state, there, body) : sendObject(there);
}

function create(state: State, body: unknown, dryRun: boolean): KubeResponse {
  if (!isJsonObject(body) || !isJsonObject(body['metadata'])) throw new Error('no object to create');
  const generated = textAt(body, 'metadata', 'generateName');
  const name = generated === undefined ? (textAt(body, 'metadata', 'name') ?? '') : `${generated}x1`;
  if (state.objects.has(name)) return sendStatus(state.of, 'AlreadyExists', name);
  const made = newObject(state, name);
  const object = { ...made, ...body, metadata: { ...made.metadata, ...body['metadata'], name } };
  return sendObject(dryRun ? object : store(state, object), 201);
}

interface Change {
  readonly there: KubeObject;
  readonly body: unknown;
  readonly dryRun: boolean;
}

function update(state: State, { there, body, dryRun }: Change): KubeResponse {
  if (!isKubeObject(body)) throw new Error('no object to update');
  if (body.metadata.resourceVersion !== there.metadata.resourceVersion) {
    return sendStatus(state.of, 'Conflict', there.metadata.name);
  }
  const isSame = stringifyJson(body) === stringifyJson(there);
  return sendObject(isSame || dryRun ? body : store(state, body));
}

function apply(
  state: State,
  { there, body, dryRun }: Omit<Change, 'there'> & { there: KubeObject | undefined },
): KubeResponse {
  if (!isJsonObject(body)) throw new Error('no object to apply');
  const merged = mergePatch(there ?? newObject(state, textAt(body, 'metadata', 'name') ?? ''), body);
  if (!isKubeObject(merged)) throw new Error('an apply made no object');
  return sendObject(dryRun ? merged : store(state, merged), there === undefined ? 201 : 200);
}

function remove(state: State, there: KubeObject, options: unknown): KubeResponse {
  const { name, uid, finalizers = [] } = there.metadata;
  const wanted = {
    uid: textAt(options, 'preconditions', 'uid'),
    resourceVersion: textAt(options, 'preconditions', 'resourceVersion'),
  };
  const isOther =
    (wanted.uid ?? uid) !== uid ||
    (wanted.resourceVersion ?? there.metadata.resourceVersion) !== there.metadata.resourceVersion;
  if (isOther) return sendStatus(state.of, 'Conflict', name);
  const isDry = isJsonObject(options) && options['dryRun'] !== undefined;
  if (finalizers.length > 0) {
    const leaving = { ...there, metadata: { ...there.metadata, deletionTimestamp: '2026-01-06T10:00:00Z' } };
    return sendObject(isDry ? leaving : store(state, leaving));
  }
  if (!isDry) drop(state, name);
  return send(200, { kind: 'Status', apiVersion: 'v1', status: 'Success', details: { name, uid } });
}

function sendObject(object: KubeObject, status = 200): KubeResponse {
  return send(status, object);
}

const TEXTS = {
  NotFound: (what: string) => `${what} not found`,
  AlreadyExists: (what: string) => `${what} already exists`,
  Conflict: (what: string) => `Operation cannot be fulfilled on ${what}: the object has been modified`,
};

function notFound(of: FakeResource, name: string): KubeResponse {
  return sendStatus(of, 'NotFound', name);
}

function sendStatus({ resource, group }: FakeResource, reason: keyof typeof TEXTS, name: string): KubeResponse {
  const code = reason === 'NotFound' ? 404 : 409;
  const message = TEXTS[reason](`${resource}.${group} "${name}"`);
  return send(code, statusBody(code, reason, { message, details: { name, group, kind: resource } }));
}

/** A metav1.Status of a failure. */
export function statusBody(code: number, reason: string, told: { message: string; details?: object }): object {
  return { kind: 'Status', apiVersion: 'v1', metadata: {}, status: 'Failure', code, reason, details: {}, ...told };
}

/** A response with a JSON body. */
export function send(status: number, body: unknown, headers: KubeResponse['headers'] = {}): KubeResponse {
  return { status, headers, body: Buffer.from(stringifyJson(body)) };
}
