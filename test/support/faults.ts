import type { IncomingMessage, ServerResponse } from 'node:http';
import type { ProxiedRequest } from './proxied.ts';
import { bodyOf, pass } from './proxied.ts';

/** One request that a fault befalls. */
export interface Exchange {
  readonly request: ProxiedRequest;
  readonly response: ServerResponse;
  /** Resolves when the test releases what is held. */
  readonly released: Promise<void>;
  /** Cuts the client's connection. */
  readonly cut: () => void;
  /** Sends the request to the kube-apiserver and gives its answer. */
  readonly forward: () => Promise<IncomingMessage>;
}

export type Fault = (exchange: Exchange) => Promise<void>;

/** A fault that waits for requests. */
export interface Injection {
  /** Resolves when the first request met the fault. */
  readonly met: Promise<void>;
  /** How many requests met it. */
  readonly count: () => number;
  /** Lets go what is held, now and later. */
  readonly release: () => void;
  /** No further request meets it, and nothing is held any more. */
  readonly remove: () => void;
}

export interface Rule {
  readonly matches: (request: ProxiedRequest) => boolean;
  readonly fault: Fault;
  readonly released: Promise<void>;
  readonly isLeft: () => boolean;
  readonly use: () => void;
  readonly injection: Injection;
}

export function createRule(
  options: Pick<Rule, 'matches' | 'fault'> & { /** How many requests meet it. */ readonly times: number },
): Rule {
  const met = createSignal();
  const released = createSignal();
  let count = 0;
  let times = options.times;
  return {
    matches: options.matches,
    fault: options.fault,
    released: released.promise,
    isLeft: () => count < times,
    use: () => {
      count += 1;
      met.fire();
    },
    injection: {
      met: met.promise,
      count: () => count,
      release: released.fire,
      remove: () => {
        times = 0;
        released.fire();
      },
    },
  };
}

function createSignal(): { readonly promise: Promise<void>; readonly fire: () => void } {
  let fire = (): void => undefined;
  const promise = new Promise<void>((resolve) => (fire = resolve));
  return { promise, fire };
}

/** A request with this method whose path matches. */
export function calls(method: string, path: RegExp): (request: ProxiedRequest) => boolean {
  return (request) => request.method === method && path.test(request.path);
}

/** The connection is cut; the kube-apiserver never hears of the request. */
export const cutBefore: Fault = ({ cut }) => {
  cut();
  return Promise.resolve();
};

/** The kube-apiserver gets the request and answers, and the connection is cut before the client hears anything. */
export const cutAfter: Fault = async ({ forward, cut }) => {
  await bodyOf(await forward());
  cut();
};

/** The connection is cut in the middle of the answer's body. */
export const cutInside: Fault = async ({ forward, response, cut }) => {
  const answer = await forward();
  const body = await bodyOf(answer);
  response.writeHead(answer.statusCode ?? 0, { 'content-type': 'application/json', 'content-length': body.length });
  await new Promise<void>((resolve) => response.write(body.subarray(0, body.length >> 1), () => resolve()));
  cut();
};

/** The request is kept from the kube-apiserver until it is released. */
export const holdBefore: Fault = async ({ forward, response, released }) => {
  await released;
  if (!response.closed) await pass(await forward(), response);
};

/** The answer is kept from the client until it is released; the kube-apiserver has done its work by then. */
export const holdAfter: Fault = async ({ forward, response, released }) => {
  const answer = await forward();
  await released;
  if (!response.closed) await pass(answer, response);
};

/** The proxy answers in place of the kube-apiserver, which never hears of the request. */
export function answerWith(status: number, body: string, headers: Readonly<Record<string, string>> = {}): Fault {
  return ({ response }) => {
    send(response, { status, body, headers });
    return Promise.resolve();
  };
}

/** The same with a Status as a kube-apiserver makes them. */
export function answerStatus(
  code: number,
  { reason, message, details }: { readonly reason: string; readonly message: string; readonly details?: object },
  headers: Readonly<Record<string, string>> = {},
): Fault {
  const status = { kind: 'Status', apiVersion: 'v1', metadata: {}, status: 'Failure', message, reason, code };
  return answerWith(code, JSON.stringify({ ...status, ...(details === undefined ? {} : { details }) }), headers);
}

/** The kube-apiserver does its work, and the client gets its status with another body. */
export function changeBody(change: (body: string) => string): Fault {
  return async ({ forward, response }) => {
    const answer = await forward();
    const body = change((await bodyOf(answer)).toString());
    send(response, { status: answer.statusCode ?? 0, body, headers: {} });
  };
}

/** A body that is no JSON. */
export const garbageBody: Fault = changeBody(() => '\u0000<html>not what you asked for</html>');

/** The first half of the JSON, well framed. */
export const truncatedBody: Fault = changeBody((body) => body.slice(0, body.length >> 1));

/** Does things before the request is sent on, and when the answer is in but not yet passed (restarts of the member). */
export function around(work: { readonly before?: () => Promise<void>; readonly after?: () => Promise<void> }): Fault {
  return async ({ forward, response }) => {
    await work.before?.();
    const answer = await forward();
    await work.after?.();
    await pass(answer, response);
  };
}

/** Does something while the kube-apiserver works on the request; passes on whatever comes of it. */
export function during(work: () => Promise<void>): Fault {
  return async ({ forward, response }) => {
    const [answer] = await Promise.all([forward(), work()]);
    await pass(answer, response);
  };
}

interface Answer {
  readonly status: number;
  readonly body: string;
  readonly headers: Readonly<Record<string, string>>;
}

function send(response: ServerResponse, { status, body, headers }: Answer): void {
  const length = String(Buffer.byteLength(body));
  response.writeHead(status, { 'content-type': 'application/json', 'content-length': length, ...headers }).end(body);
}
