import type { IncomingMessage, ServerResponse } from 'node:http';
import https from 'node:https';
import type { Socket } from 'node:net';
import type { Fault, Injection, Rule } from './faults.ts';
import { createRule } from './faults.ts';
import type { ProxiedRequest } from './proxied.ts';
import { headersToSend, pass } from './proxied.ts';
import type { TestAuthority, TestPair } from './tls-material.ts';

export interface FaultProxyOptions {
  /** Origin of the member's kube-apiserver, its authority, and a client certificate for callers without a token. */
  readonly upstream: { readonly url: string; readonly ca: string; readonly client?: TestPair };
  readonly authority: TestAuthority;
}

/**
 * A TLS proxy in front of a real kube-apiserver that does to chosen requests what a bad network or a sick server would
 * do. Everything else passes; answers are streamed, so watches work. Requests are read whole before they are sent on.
 */
export interface FaultProxy {
  readonly url: string;
  /** PEM of the authority of the proxy's certificate. */
  readonly ca: string;
  /** What the kube-apiserver got whole, in the order of its answers; without what a fault held back. */
  readonly reached: () => readonly ProxiedRequest[];
  /** What came to the proxy, whether or not it was sent on. */
  readonly arrived: () => readonly ProxiedRequest[];
  /** Forgets both lists. */
  readonly forget: () => void;
  /** Does this to the next matching requests; of several rules for a request the oldest that is not used up counts. */
  readonly inject: (matches: (request: ProxiedRequest) => boolean, fault: Fault, times?: number) => Injection;
  /** From now on connections are refused, and the open ones are gone: the member is down. */
  readonly refuse: () => Promise<void>;
  /** Listens again on the same port. */
  readonly accept: () => Promise<void>;
  /** From now on connections are cut before the TLS handshake, and the open ones are gone. */
  readonly breakHandshakes: (broken: boolean) => void;
  readonly close: () => Promise<void>;
}

export async function startFaultProxy({ upstream, authority }: FaultProxyOptions): Promise<FaultProxy> {
  const certificate = authority.issue({ commonName: 'fault-proxy', names: 'IP:127.0.0.1,DNS:localhost' });
  const pair = upstream.client;
  const agent = new https.Agent({
    keepAlive: true,
    ca: upstream.ca,
    ...(pair === undefined ? {} : { cert: pair.certificate, key: pair.key }),
  });
  const log: RequestLog = { arrived: [], reached: [] };
  const rules: Rule[] = [];
  const door = createDoor(certificate, (request, response) => {
    handle({ upstream: upstream.url, agent, log, rules }, request, response).catch(() => request.socket.destroy());
  });
  await door.open();
  return {
    url: `https://127.0.0.1:${String(door.port())}`,
    ca: authority.certificate,
    reached: () => [...log.reached],
    arrived: () => [...log.arrived],
    forget: () => {
      log.arrived.length = 0;
      log.reached.length = 0;
    },
    inject: (matches, fault, times = 1) => {
      const rule = createRule({ matches, fault, times });
      rules.push(rule);
      return rule.injection;
    },
    refuse: door.shut,
    accept: door.open,
    breakHandshakes: door.breakHandshakes,
    close: async () => {
      for (const rule of rules) rule.injection.remove();
      await door.shut();
      agent.destroy();
    },
  };
}

interface RequestLog {
  readonly arrived: ProxiedRequest[];
  readonly reached: ProxiedRequest[];
}

interface Proxying {
  readonly upstream: string;
  readonly agent: https.Agent;
  readonly log: RequestLog;
  readonly rules: readonly Rule[];
}

async function handle(proxy: Proxying, incoming: IncomingMessage, response: ServerResponse): Promise<void> {
  const request = await readRequest(incoming);
  proxy.log.arrived.push(request);
  const rule = proxy.rules.find((one) => one.isLeft() && one.matches(request));
  rule?.use();
  if (rule === undefined) {
    await pass(await forward(proxy, request, response), response);
    return;
  }
  await rule.fault({
    request,
    response,
    released: rule.released,
    cut: () => incoming.socket.destroy(),
    forward: () => forward(proxy, request, response),
  });
}

async function readRequest(incoming: IncomingMessage): Promise<ProxiedRequest> {
  const chunks: Buffer[] = [];
  for await (const chunk of incoming) chunks.push(chunk as Buffer);
  const url = new URL(incoming.url ?? '/', 'https://proxy');
  return {
    method: incoming.method ?? '',
    target: incoming.url ?? '/',
    path: decodeURIComponent(url.pathname),
    query: Object.fromEntries(url.searchParams),
    headers: incoming.headers,
    rawHeaders: incoming.rawHeaders,
    body: Buffer.concat(chunks).toString(),
  };
}

/** Sends the request on and gives the answer's head. Rejects when there is no answer. */
function forward(proxy: Proxying, request: ProxiedRequest, response: ServerResponse): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    const { port, hostname } = new URL(proxy.upstream);
    const outgoing = https.request({
      agent: proxy.agent,
      hostname,
      port,
      method: request.method,
      path: request.target,
      headers: headersToSend(request.rawHeaders),
    });
    response.once('close', () => outgoing.destroy());
    outgoing.once('response', (answer: IncomingMessage) => {
      proxy.log.reached.push(request);
      // Whoever reads it hears of a break; without a reader it must not end the test.
      answer.on('error', () => undefined);
      resolve(answer);
    });
    outgoing.once('error', (error: NodeJS.ErrnoException) => {
      if (error.code !== 'ECONNREFUSED') proxy.log.reached.push(request);
      reject(error);
    });
    outgoing.end(request.body);
  });
}

interface Door {
  readonly port: () => number;
  readonly open: () => Promise<void>;
  readonly shut: () => Promise<void>;
  readonly breakHandshakes: (broken: boolean) => void;
}

/** The listening side: one port for the life of the proxy. */
function createDoor(pair: TestPair, listener: (request: IncomingMessage, response: ServerResponse) => void): Door {
  let port = 0;
  let isBroken = false;
  const sockets = new Set<Socket>();
  const server = https.createServer({ cert: pair.certificate, key: pair.key }, listener);
  server.keepAliveTimeout = 0;
  server.on('tlsClientError', () => undefined);
  server.on('connection', (socket: Socket) => {
    socket.on('error', () => socket.destroy());
    socket.on('close', () => sockets.delete(socket));
    sockets.add(socket);
    if (isBroken) socket.destroy();
  });
  const dropAll = (): void => {
    for (const socket of sockets) socket.destroy();
  };
  return {
    port: () => port,
    open: async () => {
      await new Promise<void>((resolve, reject) => {
        server.once('error', reject);
        server.listen(port, '127.0.0.1', resolve);
      });
      const address = server.address();
      if (address === null || typeof address === 'string') throw new Error('no port');
      port = address.port;
    },
    shut: async () => {
      const closed = new Promise((resolve) => server.close(resolve));
      dropAll();
      await closed;
    },
    breakHandshakes: (broken) => {
      isBroken = broken;
      if (broken) dropAll();
    },
  };
}
