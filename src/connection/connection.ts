import type { IncomingMessage } from 'node:http';
import type { Credential, CredentialSource } from './credentials.ts';
import { createCredentialSource } from './credentials.ts';
import type { Call, ExchangeResult, ServerAddress } from './exchange.ts';
import { endReason, exchange, openCall, serverAddress, untilEnded } from './exchange.ts';
import type { RunExec } from './exec-runner.ts';
import { createExecRunner } from './exec-runner.ts';
import { describeFailure } from './failure.ts';
import type { ReadTextFile } from './file-material.ts';
import { readCredentialFile } from './file-material.ts';
import { headersWithoutEncoding, readBody } from './response-body.ts';
import type { ConnectionSettings } from './settings.ts';
import type { SocketLimits, Sockets, SocketUser } from './sockets.ts';
import { closeIfUnused, openSockets, retireSockets } from './sockets.ts';
import type { KubeConnection, KubeRequest, KubeResponse, KubeStream } from './types.ts';
import { ConnectionError } from './types.ts';

export interface ConnectionLimits extends SocketLimits {
  /** Calls that wait or run at once, streams included. */
  readonly callsMax: number;
  /** Credential files are read again after this time. */
  readonly fileRereadMs: number;
  /** While a stream is open, changed credentials are looked for at this interval even without other calls. */
  readonly credentialCheckMs: number;
  /** For requests that name no `bodyBytesMax`. */
  readonly bodyBytesMaxDefault: number;
}

export const CONNECTION_LIMITS: ConnectionLimits = {
  requestSocketsMax: 16,
  streamSocketsMax: 64,
  idleSocketMs: 30_000,
  connectTimeoutMs: 10_000,
  callsMax: 1_000,
  fileRereadMs: 10_000,
  credentialCheckMs: 60_000,
  bodyBytesMaxDefault: 64 * 1024 * 1024,
};

export interface ConnectionOptions {
  /** `clusterset-apiserver/<version>`. */
  readonly userAgent: string;
  readonly limits?: Partial<ConnectionLimits>;
  readonly clock?: () => number;
  /** Share one among all connections, so that its bound on running plugins holds for the process. */
  readonly runExec?: RunExec;
  readonly readFile?: ReadTextFile;
}

/** Opens nothing yet: sockets and credentials are made when the first call needs them. */
export function createConnection(settings: ConnectionSettings, options: ConnectionOptions): KubeConnection {
  const limits = { ...CONNECTION_LIMITS, ...options.limits };
  const address = serverAddress(settings.server);
  const server = address.origin;
  const credentials = createCredentialSource(settings, {
    clock: options.clock ?? Date.now,
    readFile: options.readFile ?? readCredentialFile,
    runExec: options.runExec ?? createExecRunner(process.env),
    fileRereadMs: limits.fileRereadMs,
  });
  const pool = createPool(settings, limits);
  const calls = createCalls(server, limits.callsMax);
  const state = { settings, limits, address, server, credentials, pool, userAgent: options.userAgent };
  const watch = watchCredentials(credentials, pool, limits.credentialCheckMs);

  return {
    server,
    request: async (request) => {
      const call = calls.open(request);
      try {
        return await answer(state, call);
      } finally {
        calls.close(call);
      }
    },
    openStream: async (request) => {
      const call = calls.open(request);
      try {
        const opened = await sendTwiceAtMost(state, call, 'stream');
        call.disarm();
        watch.start();
        return stream({ opened, call, server, onEnd: () => calls.close(call) });
      } catch (error) {
        calls.close(call);
        throw error;
      }
    },
    close: () => {
      watch.stop();
      calls.endAll();
      pool.close();
    },
  };
}

interface ConnectionState {
  readonly settings: ConnectionSettings;
  readonly limits: ConnectionLimits;
  readonly address: ServerAddress;
  readonly server: string;
  readonly credentials: CredentialSource;
  readonly pool: Pool;
  readonly userAgent: string;
}

/** A response whose head is in, on sockets that must be left when it is over. */
interface Opened {
  readonly response: IncomingMessage;
  readonly leave: () => void;
}

async function answer(state: ConnectionState, call: Call): Promise<KubeResponse> {
  const { response, leave } = await sendTwiceAtMost(state, call, 'request');
  try {
    const bytesMax = call.request.bodyBytesMax ?? state.limits.bodyBytesMaxDefault;
    const body = await readBody(response, { call, server: state.server, bytesMax });
    return { status: response.statusCode ?? 0, headers: headersWithoutEncoding(response.headers), body };
  } finally {
    leave();
  }
}

/**
 * Sends, and once more when the server says 401 and newer credentials are found: nobody has acted on what was refused so.
 * A GET is sent again, too, when the server had closed the kept-alive socket; others may have been acted on.
 */
async function sendTwiceAtMost(state: ConnectionState, call: Call, type: SocketUser['type']): Promise<Opened> {
  const credential = await presentCredential(state, call);
  const first = await send(state, { call, type, credential });
  if (first.type === 'failure') {
    if (call.request.method === 'GET' && first.isStaleSocket && !call.signal.aborted)
      return opened(await send(state, { call, type, credential }));
    throw first.error;
  }
  if (first.response.statusCode !== 401) return first;
  const renewed = await renew(state, call, credential);
  if (renewed === undefined) return first;
  first.response.destroy();
  first.leave();
  return opened(await send(state, { call, type, credential: renewed }));
}

/**
 * A plugin may take longer than a call may: then the member is not what was waited for, and is not to be blamed. What
 * was wrong with the plugin before is then told, because otherwise one that is slow to fail would never be found out.
 */
async function presentCredential({ settings, credentials }: ConnectionState, call: Call): Promise<Credential> {
  try {
    return await untilEnded(call, credentials.current());
  } catch (error) {
    if (settings.exec === undefined || !(error instanceof ConnectionError) || error.failure !== 'Timeout') throw error;
    const text = credentials.problem() ?? `credential plugin "${settings.exec.command}" has not finished yet`;
    throw new ConnectionError('CredentialsUnavailable', text, { sent: false });
  }
}

/** No newer credentials, or no way to get them: the 401 stands as the answer. */
async function renew(state: ConnectionState, call: Call, used: Credential): Promise<Credential | undefined> {
  try {
    return await untilEnded(call, state.credentials.renew(used));
  } catch {
    return undefined;
  }
}

interface Sending {
  readonly call: Call;
  readonly type: SocketUser['type'];
  readonly credential: Credential;
}

type Sent = ({ readonly type: 'head' } & Opened) | Extract<ExchangeResult, { type: 'failure' }>;

function opened(sent: Sent): Opened {
  if (sent.type === 'failure') throw sent.error;
  return sent;
}

async function send(state: ConnectionState, { call, type, credential }: Sending): Promise<Sent> {
  const sockets = state.pool.socketsFor(credential.tls);
  const user: SocketUser = { type, end: call.end };
  sockets.users.add(user);
  const leave = (): void => {
    sockets.users.delete(user);
    closeIfUnused(sockets);
  };
  const target = {
    server: state.address,
    agent: type === 'stream' ? sockets.streams : sockets.requests,
    token: credential.token,
    userAgent: state.userAgent,
    gzip: type === 'request' && call.request.method === 'GET' && !state.settings.disableCompression,
    connectTimeoutMs: state.limits.connectTimeoutMs,
  };
  const result = await exchange(target, call);
  if (result.type === 'head') return { type: 'head', response: result.response, leave };
  leave();
  return result;
}

interface Pool {
  readonly socketsFor: (material: Credential['tls']) => Sockets;
  readonly close: () => void;
}

/** One set of sockets at a time: other TLS material retires the present one. */
function createPool(settings: ConnectionSettings, limits: ConnectionLimits): Pool {
  let present: Sockets | undefined;
  let isClosed = false;
  return {
    socketsFor: (material) => {
      if (isClosed) throw new ConnectionError('Aborted', 'the connection was closed', { sent: false });
      if (present?.material.digest === material.digest) return present;
      const next = openSockets(settings, material, limits);
      if (present !== undefined) retireSockets(present);
      present = next;
      return next;
    },
    close: () => {
      isClosed = true;
      if (present === undefined) return;
      retireSockets(present);
      present.requests.destroy();
      present.streams.destroy();
    },
  };
}

interface Calls {
  readonly open: (request: KubeRequest) => Call;
  readonly close: (call: Call) => void;
  readonly endAll: () => void;
}

function createCalls(server: string, callsMax: number): Calls {
  const active = new Set<Call>();
  return {
    open: (request) => {
      if (active.size >= callsMax) {
        throw new ConnectionError('Unreachable', `${server}: ${callsMax} calls are waiting already`, { sent: false });
      }
      const call = openCall(request, server);
      active.add(call);
      return call;
    },
    close: (call) => {
      call.release();
      active.delete(call);
    },
    endAll: () => {
      const text = `${server}: the connection was closed`;
      for (const call of [...active]) call.end(new ConnectionError('Aborted', text, { sent: call.sent }));
    },
  };
}

/** Looks for changed credentials while streams are open; nobody else might ask for hours. */
function watchCredentials(
  credentials: CredentialSource,
  pool: Pool,
  intervalMs: number,
): { start: () => void; stop: () => void } {
  let timer: NodeJS.Timeout | undefined;
  const check = async (): Promise<void> => {
    try {
      pool.socketsFor((await credentials.current()).tls);
    } catch {
      // The next call tells its caller.
    }
  };
  return {
    start: () => {
      timer ??= setInterval(() => void check(), intervalMs).unref();
    },
    stop: () => clearInterval(timer),
  };
}

interface Streaming {
  readonly opened: Opened;
  readonly call: Call;
  readonly server: string;
  readonly onEnd: () => void;
}

function stream({ opened: { response, leave }, call, server, onEnd }: Streaming): KubeStream {
  let isClosed = false;
  const finish = (): void => {
    leave();
    onEnd();
  };
  if (response.closed) finish();
  else response.once('close', finish);
  async function* chunks(): AsyncGenerator<Buffer, void, undefined> {
    try {
      for await (const chunk of response) {
        const data: unknown = chunk;
        if (Buffer.isBuffer(data)) yield data;
      }
    } catch (error) {
      if (isClosed) return;
      throw call.signal.aborted ? endReason(call) : describeFailure(error, { server, sent: true });
    }
  }
  return {
    status: response.statusCode ?? 0,
    headers: response.headers,
    chunks: chunks(),
    close: () => {
      isClosed = true;
      response.destroy();
    },
  };
}
