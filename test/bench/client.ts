import { Agent, request } from 'node:https';
import { monotonicMs } from './clock.ts';

const REQUEST_TIMEOUT_MS = 120_000;

/** Where to ask and who asks. */
export interface Endpoint {
  readonly host: string;
  readonly port: number;
  readonly ca: string | undefined;
  /** Our own CA is made by the first start and not known before it; only loopback is ever asked. */
  readonly rejectUnauthorized: boolean;
  /** The name in the server's certificate, where it is not the host. */
  readonly servername: string;
  readonly cert: string;
  readonly key: string;
  readonly ciphers: string;
}

/** As Go's clients prefer them: almost all clients of Kubernetes are written in Go. */
export const GO_CIPHERS = 'TLS_AES_128_GCM_SHA256:TLS_AES_256_GCM_SHA384:TLS_CHACHA20_POLY1305_SHA256';

export interface Answer {
  readonly status: number;
  readonly bytes: number;
  readonly wallMs: number;
}

/** One kept-alive TLS connection; requests go one after another. */
export interface Client {
  readonly get: (path: string, headers?: Readonly<Record<string, string>>) => Promise<Answer>;
  /** With a body of JSON. */
  readonly post: (path: string, body: string) => Promise<Answer>;
  readonly text: (path: string) => Promise<string>;
  readonly close: () => void;
}

export function createClient(endpoint: Endpoint): Client {
  const agent = new Agent({ ...endpoint, keepAlive: true, maxSockets: 1 });
  const call = (
    path: string,
    { headers, body }: { readonly headers: Readonly<Record<string, string>>; readonly body?: string },
    onData: (part: Buffer) => void,
  ): Promise<number> =>
    new Promise((resolve, reject) => {
      const { host, port } = endpoint;
      const method = body === undefined ? 'GET' : 'POST';
      const pending = request({ agent, host, port, path, method, headers: { ...headers } }, (response) => {
        response.on('data', onData);
        response.once('error', reject);
        response.once('end', () => resolve(response.statusCode ?? 0));
      });
      pending.setTimeout(REQUEST_TIMEOUT_MS, () => pending.destroy(new Error(`${path}: no answer in time`)));
      pending.once('error', reject);
      pending.end(body);
    });
  const timed = async (path: string, options: Parameters<typeof call>[1]): Promise<Answer> => {
    const started = monotonicMs();
    let bytes = 0;
    const status = await call(path, options, (part) => {
      bytes += part.length;
    });
    return { status, bytes, wallMs: monotonicMs() - started };
  };
  return {
    get: (path, headers = {}) => timed(path, { headers }),
    post: (path, body) => timed(path, { headers: { 'Content-Type': 'application/json' }, body }),
    text: async (path) => {
      const parts: Buffer[] = [];
      const status = await call(path, { headers: {} }, (part) => parts.push(part));
      const text = Buffer.concat(parts).toString();
      if (status !== 200) throw new Error(`${path}: ${status} ${text.slice(0, 500)}`);
      return text;
    },
    close: () => agent.destroy(),
  };
}
