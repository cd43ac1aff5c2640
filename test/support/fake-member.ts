import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

import type { KubeConnection } from '../../src/connection/types.ts';
import type { MemberResource } from '../../src/kube/member-event.ts';
import { MULTICLUSTER_GROUP } from '../../src/kube/domain.ts';
import type { ResourceSource } from '../../src/members/member-resource.ts';
import { RESOURCE_SOURCES, versionPath } from '../../src/members/member-resource.ts';
import { createPlainConnection } from './plain-connection.ts';

/** What a member has, and what only a hub has: its ClusterProfiles, not served unless a test gives them versions. */
export type FakeResource = MemberResource | 'clusterprofiles';

const SOURCES: Readonly<Record<FakeResource, Omit<ResourceSource, 'resource'> & { readonly resource: FakeResource }>> =
  {
    ...RESOURCE_SOURCES,
    clusterprofiles: {
      resource: 'clusterprofiles',
      group: MULTICLUSTER_GROUP,
      versions: [],
      discovered: true,
      kind: 'ClusterProfile',
      scope: 'Namespaced',
      apiVersion: `${MULTICLUSTER_GROUP}/v1alpha1`,
    },
  };

/** An object as a test writes it: kind, apiVersion, uid and resourceVersion are filled in. */
export interface FakeObject {
  readonly metadata: {
    readonly name: string;
    readonly namespace?: string;
    readonly labels?: Readonly<Record<string, string>>;
    readonly [field: string]: unknown;
  };
  readonly [field: string]: unknown;
}

export interface FakeAnswer {
  readonly status: number;
  readonly body?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

export interface FakeRequest {
  readonly path: string;
  readonly query: Readonly<Record<string, string>>;
}

/** A member cluster in this process: the read side of a kube-apiserver over real HTTP, with faults on demand. */
export interface FakeMember {
  readonly connect: () => KubeConnection;
  readonly requests: FakeRequest[];
  /** Lists and watches of a resource, told apart: 'list', 'watch' or 'watchList'. */
  readonly calls: (resource: FakeResource) => readonly string[];
  readonly write: (resource: FakeResource, object: FakeObject) => string;
  readonly remove: (resource: FakeResource, name: string, namespace?: string) => void;
  /** Watches from before now, and continue tokens, answer 410 afterwards. */
  readonly compact: () => void;
  /** Sends a bookmark to all watches of a resource. */
  readonly bookmark: (resource: FakeResource) => void;
  /** Sends bytes as they are to all watches of a resource. */
  readonly sendRaw: (resource: FakeResource, bytes: string | Buffer) => void;
  /** Ends all streams: cleanly, or in the middle. */
  readonly endStreams: () => void;
  readonly cutStreams: () => void;
  readonly openWatches: (resource: FakeResource) => number;
  /** Every request whose path and query match is answered so, until the returned function is called. */
  readonly answer: (match: RegExp, answer: FakeAnswer) => () => void;
  readonly setVersions: (resource: FakeResource, versions: readonly string[]) => void;
  readonly setWatchList: (mode: 'supported' | 'refused' | 'ignored') => void;
  /** Comes with every list from now on, as a Warning header. */
  readonly setWarning: (text: string | undefined) => void;
  readonly setFingerprint: (uid: string) => void;
  readonly setClockAhead: (seconds: number) => void;
  /** Refuses connections, or accepts them again on the same port. */
  readonly down: () => Promise<void>;
  readonly up: () => Promise<void>;
  readonly stop: () => Promise<void>;
}

interface Stored {
  readonly resource: FakeResource;
  readonly object: FakeObject;
  readonly revision: number;
}

interface Change extends Stored {
  readonly type: 'ADDED' | 'MODIFIED' | 'DELETED';
}

interface Stream {
  readonly resource: FakeResource;
  readonly version: string;
  readonly selector: string;
  readonly response: ServerResponse;
}

interface State {
  readonly clock: () => number;
  readonly server: Server;
  readonly objects: Map<string, Stored>;
  readonly streams: Set<Stream>;
  readonly requests: FakeRequest[];
  readonly answers: Map<RegExp, FakeAnswer>;
  readonly snapshots: Map<string, readonly Stored[]>;
  readonly versions: Map<FakeResource, readonly string[]>;
  log: Change[];
  revision: number;
  floor: number;
  uids: number;
  watchList: 'supported' | 'refused' | 'ignored';
  warning: string | undefined;
  fingerprint: string;
  clockAheadMs: number;
  port: number;
}

export async function createFakeMember(clock: () => number, fingerprint: string): Promise<FakeMember> {
  const state: State = {
    clock,
    server: createServer((request, response) => serve(state, request, response)),
    objects: new Map(),
    streams: new Set(),
    requests: [],
    answers: new Map(),
    snapshots: new Map(),
    versions: new Map(Object.values(SOURCES).map(({ resource, versions }) => [resource, versions])),
    log: [],
    revision: 100,
    floor: 0,
    uids: 0,
    watchList: 'supported',
    warning: undefined,
    fingerprint,
    clockAheadMs: 0,
    port: 0,
  };
  await listen(state);
  return {
    connect: () => createPlainConnection(() => state.port),
    requests: state.requests,
    calls: (resource) => callsOf(state, resource),
    write: (resource, object) => write(state, resource, object),
    remove: (resource, name, namespace = '') => remove(state, `${resource}/${namespace}/${name}`),
    compact: () => {
      state.floor = state.revision;
      state.log = [];
    },
    bookmark: (resource) => {
      for (const stream of streamsOf(state, resource)) sendBookmark(state, stream, false);
    },
    sendRaw: (resource, bytes) => {
      for (const stream of streamsOf(state, resource)) stream.response.write(bytes);
    },
    endStreams: () => {
      for (const stream of state.streams) stream.response.end();
    },
    cutStreams: () => {
      for (const stream of state.streams) stream.response.destroy();
    },
    openWatches: (resource) => streamsOf(state, resource).length,
    answer: (match, answer) => {
      state.answers.set(match, answer);
      return () => state.answers.delete(match);
    },
    setVersions: (resource, versions) => state.versions.set(resource, versions),
    setWatchList: (mode) => {
      state.watchList = mode;
    },
    setWarning: (text) => {
      state.warning = text;
    },
    setFingerprint: (uid) => {
      state.fingerprint = uid;
    },
    setClockAhead: (seconds) => {
      state.clockAheadMs = seconds * 1000;
    },
    down: () => close(state),
    up: () => listen(state),
    stop: () => close(state),
  };
}

function listen(state: State): Promise<void> {
  return new Promise((resolve) => {
    state.server.listen(state.port, '127.0.0.1', () => {
      state.port = (state.server.address() as AddressInfo).port;
      resolve();
    });
  });
}

function close(state: State): Promise<void> {
  return new Promise((resolve) => {
    state.server.close(() => resolve());
    state.server.closeAllConnections();
  });
}

function write(state: State, resource: FakeResource, object: FakeObject): string {
  const id = `${resource}/${object.metadata.namespace ?? ''}/${object.metadata.name}`;
  const before = state.objects.get(id);
  state.revision += 1;
  const { revision } = state;
  const uid = before?.object.metadata['uid'] ?? object.metadata['uid'] ?? `uid-${(state.uids += 1)}`;
  const metadata = { creationTimestamp: '2026-11-20T08:00:00Z', ...object.metadata, uid };
  const stored = {
    resource,
    revision,
    object: { ...object, metadata: { ...metadata, resourceVersion: String(revision) } },
  };
  state.objects.set(id, stored);
  publish(state, { ...stored, type: before === undefined ? 'ADDED' : 'MODIFIED' });
  return String(revision);
}

function remove(state: State, id: string): void {
  const before = state.objects.get(id);
  if (before === undefined) throw new Error(`no ${id} to remove`);
  state.objects.delete(id);
  state.revision += 1;
  const { revision } = state;
  const metadata = { ...before.object.metadata, resourceVersion: String(revision) };
  publish(state, { ...before, revision, object: { ...before.object, metadata }, type: 'DELETED' });
}

function publish(state: State, change: Change): void {
  state.log.push(change);
  for (const stream of streamsOf(state, change.resource)) sendChange(stream, change);
}

function streamsOf(state: State, resource: FakeResource): Stream[] {
  return [...state.streams].filter((stream) => stream.resource === resource);
}

function callsOf(state: State, resource: FakeResource): readonly string[] {
  return state.requests
    .filter((request) => request.path.endsWith(`/${resource}`))
    .map(({ query }) =>
      query['watch'] === undefined ? 'list' : query['sendInitialEvents'] === 'true' ? 'watchList' : 'watch',
    );
}

function serve(state: State, request: IncomingMessage, response: ServerResponse): void {
  const url = new URL(request.url ?? '/', 'http://member');
  const query = Object.fromEntries(url.searchParams);
  state.requests.push({ path: url.pathname, query });
  response.setHeader('date', new Date(state.clock() + state.clockAheadMs).toUTCString());
  const forced = [...state.answers].find(([match]) => match.test(request.url ?? ''))?.[1];
  if (forced !== undefined) {
    response.writeHead(forced.status, forced.headers).end(forced.body ?? '');
    return;
  }
  for (const source of Object.values(SOURCES)) {
    const version = (state.versions.get(source.resource) ?? []).find(
      (candidate) => url.pathname === `${versionPath(source.group, candidate)}/${source.resource}`,
    );
    if (version === undefined) continue;
    const call = { state, resource: source.resource, version, query, response };
    if (query['watch'] === undefined) list(call);
    else watch(call);
    return;
  }
  serveDocument(state, url.pathname, response);
}

function serveDocument(state: State, path: string, response: ServerResponse): void {
  const group = /^\/apis\/([^/]+)\/([^/]+)$/.exec(path);
  const resources = Object.values(SOURCES).filter(
    (source) => source.group === group?.[1] && (state.versions.get(source.resource) ?? []).includes(group[2] ?? ''),
  );
  const documents: Record<string, unknown> = {
    '/version': { gitVersion: 'v1.36.4' },
    '/api/v1/namespaces/kube-system': {
      kind: 'Namespace',
      apiVersion: 'v1',
      metadata: { name: 'kube-system', uid: state.fingerprint },
    },
    '/apis': { kind: 'APIGroupList', apiVersion: 'v1', groups: groupsOf(state) },
  };
  if (path === '/readyz') response.end('ok');
  else if (documents[path] !== undefined) sendJson(response, 200, documents[path]);
  else if (resources.length > 0) {
    const names = resources.map(({ resource, kind }) => ({ name: resource, kind }));
    sendJson(response, 200, { kind: 'APIResourceList', apiVersion: 'v1', resources: names });
  } else response.writeHead(404, { 'content-type': 'text/plain' }).end('404 page not found\n');
}

function groupsOf(state: State): unknown[] {
  const sources = Object.values(SOURCES).filter((source) => source.group !== '');
  return sources.flatMap(({ group, resource }) => {
    const versions = (state.versions.get(resource) ?? []).map((version) => ({
      version,
      groupVersion: `${group}/${version}`,
    }));
    return versions.length === 0 ? [] : [{ name: group, versions, preferredVersion: versions[0] }];
  });
}

interface Call {
  readonly state: State;
  readonly resource: FakeResource;
  readonly version: string;
  readonly query: Readonly<Record<string, string>>;
  readonly response: ServerResponse;
}

function list({ state, resource, version, query, response }: Call): void {
  const [at, from] = (query['continue'] ?? `${state.revision}:0`).split(':').map(Number) as [number, number];
  if (query['continue'] !== undefined && at < state.floor) {
    sendStatus(response, 410, 'Expired');
    return;
  }
  if (query['continue'] === undefined) state.snapshots.set(`${resource}:${at}`, [...state.objects.values()]);
  const all = (state.snapshots.get(`${resource}:${at}`) ?? [])
    .filter((stored) => stored.resource === resource && isSelected(stored, query['labelSelector'] ?? ''))
    .map((stored) => withKind(stored, version));
  const end = query['limit'] === undefined ? all.length : from + Number(query['limit']);
  const metadata = { resourceVersion: String(at), ...(end < all.length ? { continue: `${at}:${end}` } : {}) };
  const kind = `${SOURCES[resource].kind}List`;
  if (state.warning !== undefined) response.setHeader('warning', `299 - "${state.warning}"`);
  sendJson(response, 200, { kind, apiVersion: 'v1', metadata, items: all.slice(from, end) });
}

function watch({ state, resource, version, query, response }: Call): void {
  const isList = query['sendInitialEvents'] === 'true' && state.watchList !== 'ignored';
  if (isList && state.watchList === 'refused') {
    sendStatus(response, 422, 'Invalid');
    return;
  }
  const from = isList ? undefined : query['resourceVersion'];
  response.writeHead(200, { 'content-type': 'application/json' });
  response.flushHeaders();
  if (from !== undefined && Number(from) < state.floor) {
    response.end(`${JSON.stringify({ type: 'ERROR', object: statusObject(410, 'Expired') })}\n`);
    return;
  }
  const stream: Stream = { resource, version, response, selector: query['labelSelector'] ?? '' };
  for (const change of changesSince(state, from)) sendChange(stream, change);
  if (isList) sendBookmark(state, stream, true);
  state.streams.add(stream);
  response.on('close', () => state.streams.delete(stream));
}

/** All that is there as if it were new, or what happened after a revision. */
function changesSince(state: State, from: string | undefined): readonly Change[] {
  return from === undefined
    ? [...state.objects.values()].map((stored): Change => ({ ...stored, type: 'ADDED' }))
    : state.log.filter((change) => change.revision > Number(from));
}

function sendChange({ response, resource, version, selector }: Stream, change: Change): void {
  if (change.resource !== resource || !isSelected(change, selector)) return;
  response.write(`${JSON.stringify({ type: change.type, object: withKind(change, version) })}\n`);
}

function sendBookmark(state: State, { response, resource, version }: Stream, initialEnd: boolean): void {
  const annotations = initialEnd ? { annotations: { 'k8s.io/initial-events-end': 'true' } } : {};
  const object = { kind: SOURCES[resource].kind, apiVersion: version };
  const metadata = { resourceVersion: String(state.revision), creationTimestamp: null, ...annotations };
  response.write(`${JSON.stringify({ type: 'BOOKMARK', object: { ...object, metadata } })}\n`);
}

function withKind({ resource, object }: Stored, version: string): unknown {
  const { group, kind } = SOURCES[resource];
  return { apiVersion: group === '' ? version : `${group}/${version}`, kind, ...object };
}

/** Knows only `key in (a,b)`; any other selector selects everything. */
function isSelected({ object }: Stored, selector: string): boolean {
  const [, key = '', values = ''] = /^(\S+) in \((.*)\)$/.exec(selector) ?? [];
  return key === '' || values.split(',').includes(object.metadata.labels?.[key] ?? '');
}

function sendStatus(response: ServerResponse, code: number, reason: string): void {
  sendJson(response, code, statusObject(code, reason));
}

function statusObject(code: number, reason: string): unknown {
  return {
    kind: 'Status',
    apiVersion: 'v1',
    metadata: {},
    status: 'Failure',
    reason,
    code,
    message: `${code} ${reason}`,
  };
}

function sendJson(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
}
