import type { KubeRequest, KubeStream } from '../connection/types.ts';
import { ConnectionError } from '../connection/types.ts';
import { parseListPage } from './answers.ts';
import { discoverVersion } from './discovery.ts';
import type { Failure } from './failure.ts';
import { parseHttpFailure, toFailure } from './failure.ts';
import { createLineSplitter } from './line-splitter.ts';
import { LIST_BODY_BYTES_MAX } from './list-gate.ts';
import { versionPath } from './member-resource.ts';
import type { ReflectorDeps } from './reflector-deps.ts';
import type { ReflectorEffect } from './reflector-state.ts';

const LIST_TIMEOUT_MS = 60_000;
const WATCH_HEAD_TIMEOUT_MS = 30_000;
/**
 * A streaming list gives its place in the gate back after this long, complete or not: a member that is slow or silent
 * must not keep others waiting.
 */
const STREAMED_LIST_HOLD_MS_MAX = 2_000;
const ERROR_BODY_BYTES_MAX = 64 * 1024;

type ListEffect = Extract<ReflectorEffect, { type: 'list' }>;
type WatchEffect = Extract<ReflectorEffect, { type: 'watch' }>;

export interface CallSink {
  readonly failed: (failure: Failure) => void;
  readonly discovered: (version: string | undefined) => void;
  readonly page: (items: readonly unknown[], revision: string, continueToken: string | undefined) => void;
  readonly opened: () => void;
  /** What comes is still a part of a complete list. */
  readonly isListing: () => boolean;
  /** The lines of one chunk; false: the stream is no longer wanted. */
  readonly lines: (lines: readonly string[]) => boolean;
  readonly garbage: (message: string) => void;
  readonly ended: (clean: boolean) => void;
}

export async function callDiscovery(deps: ReflectorDeps, sink: CallSink, signal: AbortSignal): Promise<void> {
  const refusal = await deps.admit();
  if (refusal !== undefined) {
    sink.failed(notAdmitted(refusal));
    return;
  }
  const version = await discoverVersion(deps.connection(), deps.source, signal);
  if (version.ok) sink.discovered(version.value);
  else sink.failed(version.error);
}

/** What came of asking who answers teaches nothing about the resource; the call was not made at all. */
function notAdmitted(failure: Failure): Failure {
  return { type: 'connection', failure: 'Unreachable', message: failure.message };
}

/** One page. Its place in the gate is held until the body is parsed, because until then the body is in memory. */
export async function callList(
  { deps, effect }: { deps: ReflectorDeps; effect: ListEffect },
  sink: CallSink,
  signal: AbortSignal,
): Promise<void> {
  const leave = await deps.listGate.enter(deps.member, signal);
  if (leave === undefined) return;
  try {
    const refusal = await deps.admit();
    if (refusal === undefined) await readPage({ deps, effect }, sink, signal);
    else sink.failed(notAdmitted(refusal));
  } finally {
    leave();
  }
}

async function readPage(
  { deps, effect }: { deps: ReflectorDeps; effect: ListEffect },
  sink: CallSink,
  signal: AbortSignal,
): Promise<void> {
  const request: KubeRequest = {
    ...getRequest(deps, effect.version, listQuery(effect)),
    timeoutMs: LIST_TIMEOUT_MS,
    bodyBytesMax: LIST_BODY_BYTES_MAX,
    signal,
  };
  const response = await deps.connection().request(request).catch(toFailure);
  if (!('status' in response)) {
    sink.failed(response);
    return;
  }
  if (response.status !== 200) {
    sink.failed(parseHttpFailure(response.status, response.headers, response.body));
    return;
  }
  const page = parseListPage(response.body);
  if (page.ok) sink.page(page.value.items, page.value.revision, page.value.continueToken);
  else sink.failed({ type: 'malformed', message: page.error });
}

/**
 * A streaming list passes the gate too: its objects are taken in as they come, and with hundreds of streams at once
 * one round of the event loop would take seconds.
 */
export async function callWatch(
  { deps, effect }: { deps: ReflectorDeps; effect: WatchEffect },
  sink: CallSink,
  signal: AbortSignal,
): Promise<void> {
  const leave = effect.initialEvents ? await enterForAWhile(deps, signal) : () => undefined;
  if (leave === undefined) return;
  try {
    await watch({ deps, effect, onListed: leave }, sink, signal);
  } finally {
    leave();
  }
}

async function enterForAWhile(
  { listGate, member, startTimer }: ReflectorDeps,
  signal: AbortSignal,
): Promise<(() => void) | undefined> {
  const leave = await listGate.enter(member, signal);
  if (leave === undefined) return undefined;
  const cancel = startTimer(STREAMED_LIST_HOLD_MS_MAX, leave);
  return () => {
    cancel();
    leave();
  };
}

interface WatchCall {
  readonly deps: ReflectorDeps;
  readonly effect: WatchEffect;
  /** The list that the stream began with is complete. */
  readonly onListed: () => void;
}

async function watch({ deps, effect, onListed }: WatchCall, sink: CallSink, signal: AbortSignal): Promise<void> {
  const refusal = await deps.admit();
  if (refusal !== undefined) {
    sink.failed(notAdmitted(refusal));
    return;
  }
  const request = getRequest(deps, effect.version, watchQuery(effect));
  const opened = await deps
    .connection()
    .openStream({ ...request, timeoutMs: WATCH_HEAD_TIMEOUT_MS, signal })
    .catch(toFailure);
  if (!('status' in opened)) {
    sink.failed(opened);
    return;
  }
  const close = (): void => opened.close();
  signal.addEventListener('abort', close, { once: true });
  try {
    if (signal.aborted) return;
    if (opened.status === 200) await readStream(opened, sink, onListed);
    else sink.failed(parseHttpFailure(opened.status, opened.headers, await readErrorBody(opened)));
  } finally {
    signal.removeEventListener('abort', close);
    opened.close();
  }
}

async function readStream(stream: KubeStream, sink: CallSink, onListed: () => void): Promise<void> {
  sink.opened();
  const splitter = createLineSplitter();
  try {
    for await (const chunk of stream.chunks) {
      const lines = splitter.push(chunk);
      if (!lines.ok) {
        sink.garbage(lines.error);
        return;
      }
      if (!sink.lines(lines.value)) return;
      if (!sink.isListing()) onListed();
    }
  } catch (error) {
    if (!(error instanceof ConnectionError)) throw error;
    sink.ended(false);
    return;
  }
  if (splitter.hasRest()) sink.garbage('the stream ended in the middle of a line');
  else sink.ended(true);
}

async function readErrorBody(stream: KubeStream): Promise<Buffer> {
  const parts: Buffer[] = [];
  let bytes = 0;
  try {
    for await (const chunk of stream.chunks) {
      bytes += chunk.length;
      if (bytes > ERROR_BODY_BYTES_MAX) break;
      parts.push(chunk);
    }
  } catch (error) {
    if (!(error instanceof ConnectionError)) throw error;
  }
  return Buffer.concat(parts);
}

function getRequest(
  deps: ReflectorDeps,
  version: string,
  query: Readonly<Record<string, string>>,
): Pick<KubeRequest, 'method' | 'path' | 'query' | 'headers'> {
  const labelSelector = deps.labelSelector();
  return {
    method: 'GET',
    path: `${versionPath(deps.source.group, version)}/${deps.source.resource}`,
    query: labelSelector === undefined ? query : { ...query, labelSelector },
    headers: { accept: 'application/json' },
  };
}

function listQuery(effect: ListEffect): Record<string, string> {
  return {
    limit: String(effect.limit),
    ...(effect.continueToken === undefined ? {} : { continue: effect.continueToken }),
    ...(effect.notOlderThan === undefined
      ? {}
      : { resourceVersion: effect.notOlderThan, resourceVersionMatch: 'NotOlderThan' }),
  };
}

function watchQuery(effect: WatchEffect): Record<string, string> {
  return {
    watch: 'true',
    allowWatchBookmarks: 'true',
    timeoutSeconds: String(effect.timeoutSeconds),
    ...(effect.revision === undefined ? {} : { resourceVersion: effect.revision }),
    ...(effect.initialEvents ? { sendInitialEvents: 'true', resourceVersionMatch: 'NotOlderThan' } : {}),
  };
}
