import type { IncomingMessage, ServerResponse } from 'node:http';
import { expired, serviceUnavailable, tooOldResourceVersion } from '../../src/kube/api-errors.ts';
import { ApiStatusError } from '../../src/kube/api-status.ts';
import { formatRevision } from '../../src/kube/revision.ts';
import type { Revision } from '../../src/kube/revision.ts';
import type { RevisionProblem, Scope } from '../../src/store/types.ts';
import type { ResourceHandler, ResourceRequest } from '../types.ts';
import type { DataDeps } from './deps.ts';
import type { InitialFrames } from './initial-frames.ts';
import { createInitialFrames } from './initial-frames.ts';
import { WATCH_FORMS } from './negotiation.ts';
import { candidates, isSelected, selectsEverything } from './page.ts';
import type { ListOptions, RequestedRevision } from './query.ts';
import { parseListOptions } from './query.ts';
import { agree, refuseListForm, scopeOf, waitUntilNotOlder } from './request.ts';
import { addWarning, JSON_TYPE, writeHead } from './send.ts';
import type { View } from './view.ts';
import { resourceOfView } from './view.ts';
import type { CatchUp, CatchUpPart, WatchClient } from './watch-client.ts';
import { createWatchClient, eventsAfter } from './watch-client.ts';
import { watchClock } from './watch-clock.ts';
import type { Fanout } from './watch-fanout.ts';
import { createFanout } from './watch-fanout.ts';
import type { FrameEncoder } from './watch-frames.ts';
import { createFrameEncoder, errorFrame } from './watch-frames.ts';
import type { Transport } from './watch-transport.ts';
import { openTransport } from './watch-transport.ts';

const RETRY_DRAIN_SECONDS = 1;

/** What all watches share. */
interface Watches {
  readonly encoder: FrameEncoder;
  readonly initialFrames: InitialFrames;
  readonly fanoutOf: (resource: string) => Fanout;
  readonly clients: Set<WatchClient>;
}

/** WATCH in every form, from every start. */
export function createWatchHandler(deps: DataDeps): ResourceHandler {
  const encoder = createFrameEncoder(deps.cache, deps.clock);
  const initialFrames = createInitialFrames(deps, encoder);
  const fanouts = new Map<string, Fanout>();
  const clients = new Set<WatchClient>();
  const fanoutOf = (resource: string): Fanout => {
    const fanout = fanouts.get(resource) ?? createFanout(deps, encoder, resource);
    fanouts.set(resource, fanout);
    return fanout;
  };
  deps.drain.addEventListener('abort', () => {
    for (const client of [...clients]) client.end('drain');
  });
  return (request, message, response) =>
    serveWatch({ deps, watches: { encoder, initialFrames, fanoutOf, clients } }, request, {
      message,
      response,
    });
}

interface Server {
  readonly deps: DataDeps;
  readonly watches: Watches;
}

interface Exchange {
  readonly message: IncomingMessage;
  readonly response: ServerResponse;
}

async function serveWatch(server: Server, request: ResourceRequest, exchange: Exchange): Promise<void> {
  const { deps } = server;
  const { message, response } = exchange;
  const { view } = agree(request, message, WATCH_FORMS);
  refuseListForm(view.form);
  const options = parseListOptions(request.query, true, request.served.definition.scope === 'Namespaced');
  if (deps.drain.aborted) throw serviceUnavailable('the server is shutting down', RETRY_DRAIN_SECONDS);
  const warning = deps.freshness.staleWarning();
  if (warning !== undefined) addWarning(response, warning);
  writeHead(response, JSON_TYPE);
  if (message.method === 'HEAD') {
    response.end();
    return;
  }
  const closed = new Promise<void>((resolve) => response.once('close', resolve));
  const transport = await openTransport(response);
  if (transport === undefined) return;
  deps.metrics.watchersChanged(resourceOfView(view), 1);
  try {
    const stop = await begin(server, { transport, view, options, scope: scopeOf(request) });
    await closed;
    stop();
  } finally {
    deps.metrics.watchersChanged(resourceOfView(view), -1);
  }
}

interface Opened {
  readonly transport: Transport;
  readonly view: View;
  readonly options: ListOptions;
  readonly scope: Scope;
}

/** Starts the stream, or ends it with an ERROR event; returns what must be done when the connection is gone. */
async function begin(server: Server, opened: Opened): Promise<() => void> {
  const tooNew = await waitIfInitial(server.deps, opened.options);
  const client = tooNew ?? start(server, opened);
  if (!(client instanceof ApiStatusError)) return client;
  if (client.status.reason === 'Expired') server.deps.metrics.watchCut(resourceOfView(opened.view), 'expired');
  opened.transport.write(errorFrame(client.status));
  opened.transport.end();
  return () => undefined;
}

/** Only a watch that begins with the state waits for it to be new enough. */
async function waitIfInitial(deps: DataDeps, options: ListOptions): Promise<ApiStatusError | undefined> {
  if (options.sendInitialEvents !== true) return undefined;
  try {
    await waitUntilNotOlder(deps, options.revision);
    return undefined;
  } catch (error) {
    if (error instanceof ApiStatusError) return error;
    throw error;
  }
}

/** Synchronous on purpose: a commit between reading the beginning and joining the fan-out would be lost. */
function start({ deps, watches }: Server, opened: Opened): (() => void) | ApiStatusError {
  const { transport, view, options, scope } = opened;
  const beginning = beginningOf(deps, watches, opened);
  if (beginning instanceof ApiStatusError) return beginning;
  const fanout = watches.fanoutOf(scope.resource);
  const target = { view, scope, selection: options.selection, ...beginning };
  const client = createWatchClient(deps, { transport, encoder: watches.encoder, target });
  fanout.join(client.listener);
  watches.clients.add(client);
  client.start();
  const stopClock = watchClock(deps, { client, fanout, options, encoder: watches.encoder });
  return () => {
    stopClock();
    watches.clients.delete(client);
    fanout.leave(client.listener);
  };
}

interface Beginning {
  readonly since: Revision;
  readonly catchUp: CatchUp;
}

type At = Extract<RequestedRevision, { type: 'at' }>;

function beginningOf(deps: DataDeps, watches: Watches, asked: Asked): Beginning | ApiStatusError {
  const { revision, sendInitialEvents } = asked.options;
  if (sendInitialEvents !== true && revision.type === 'at') return resumed(deps, asked.scope, revision);
  const since = deps.store.current();
  if (sendInitialEvents === false) return { since, catchUp: [] };
  const catchUp = initialEvents(deps, watches, asked);
  return { since, catchUp: sendInitialEvents === true ? timed(deps, asked, catchUp) : catchUp };
}

/** Reports the time until the last of the initial events was made; a slow client counts with its slowness. */
function* timed(deps: DataDeps, { view, scope }: Asked, events: CatchUp): Generator<CatchUpPart> {
  const startedMs = deps.clock();
  yield* events;
  const seconds = Math.max(0, deps.clock() - startedMs) / 1000;
  deps.metrics.watchListTook(resourceOfView(view), scope.namespace === '' ? 'cluster' : 'namespace', seconds);
}

interface Asked {
  readonly view: View;
  readonly options: ListOptions;
  readonly scope: Scope;
}

/** The state as ADDED events, and the bookmark that says that it is complete. */
function initialEvents(deps: DataDeps, { encoder, initialFrames }: Watches, { view, options, scope }: Asked): CatchUp {
  const snapshot = deps.store.list(scope);
  const { revision } = snapshot;
  const isShared = view.form.type !== 'table' && selectsEverything(options.selection);
  const chosen = candidates(snapshot, options.selection);
  return (function* (): Generator<CatchUpPart> {
    if (isShared) yield* initialFrames.runs(view, snapshot.items);
    else {
      for (const item of chosen) {
        if (isSelected(options.selection, item)) yield (withColumns) => encoder.initial(view, item, withColumns);
      }
    }
    if (!options.allowBookmarks) return;
    yield (withColumns) => encoder.bookmark(view, { revision, endsInitialEvents: true }, withColumns);
  })();
}

/** From a revision: the client itself reads on there. Anything that cannot be continued exactly is 410. */
function resumed(deps: DataDeps, scope: Scope, from: At): Beginning | ApiStatusError {
  const events = eventsAfter(deps.store, scope, from.revision);
  return events.ok ? { since: from.revision, catchUp: [] } : cannotResume(from, events.error);
}

function cannotResume(from: At, problem: RevisionProblem): ApiStatusError {
  if (problem.type === 'expired') return tooOldResourceVersion(from.text, formatRevision(problem.oldest));
  return expired(`resource version ${from.text} is newer than the current ${formatRevision(problem.current)}`);
}
