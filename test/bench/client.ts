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
  readonly text: (path: string) => Promise<string>;
  readonly close: () => void;
}

export function createClient(endpoint: Endpoint): Client {
  const agent = new Agent({ ...endpoint, keepAlive: true, maxSockets: 1 });
  const call = (
    path: string,
    headers: Readonly<Record<string, string>>,
    onData: (part: Buffer) => void,
  ): Promise<number> =>
    new Promise((resolve, reject) => {
      const { host, port } = endpoint;
      const pending = request({ agent, host, port, path, headers: { ...headers } }, (response) => {
        response.on('data', onData);
        response.once('error', reject);
        response.once('end', () => resolve(response.statusCode ?? 0));
      });
      pending.setTimeout(REQUEST_TIMEOUT_MS, () => pending.destroy(new Error(`${path}: no answer in time`)));
      pending.once('error', reject);
      pending.end();
    });
  return {
    get: async (path, headers = {}) => {
      const started = monotonicMs();
      let bytes = 0;
      const status = await call(path, headers, (part) => {
        bytes += part.length;
      });
      return { status, bytes, wallMs: monotonicMs() - started };
    },
    text: async (path) => {
      const parts: Buffer[] = [];
      const status = await call(path, {}, (part) => parts.push(part));
      const text = Buffer.concat(parts).toString();
      if (status !== 200) throw new Error(`${path}: ${status} ${text.slice(0, 500)}`);
      return text;
    },
    close: () => agent.destroy(),
  };
}
