import { Agent, request } from 'node:https';
import type { Endpoint } from './client.ts';
import { monotonicMs } from './clock.ts';

const REQUEST_TIMEOUT_MS = 60_000;

export interface WriteRequest {
  readonly method: 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  readonly path: string;
  readonly contentType: string;
  readonly body: string;
}

export interface WriteResult {
  readonly text: string;
  /** From sending the request to the last byte of the answer, on a kept-alive connection. */
  readonly wallMs: number;
}

/** Kept-alive TLS connections, as many as there are requests at once. */
export interface WriteClient {
  /** Rejects unless the write was done. */
  readonly send: (write: WriteRequest) => Promise<WriteResult>;
  readonly close: () => void;
}

export function createWriteClient(endpoint: Endpoint): WriteClient {
  const agent = new Agent({ ...endpoint, keepAlive: true });
  return { send: (write) => send(agent, endpoint, write), close: () => agent.destroy() };
}

function send(agent: Agent, { host, port }: Endpoint, write: WriteRequest): Promise<WriteResult> {
  const { method, path, contentType, body } = write;
  return new Promise((resolve, reject) => {
    const headers: Record<string, string> =
      body === '' ? {} : { 'Content-Type': contentType, 'Content-Length': String(Buffer.byteLength(body)) };
    const started = monotonicMs();
    const call = request({ agent, host, port, path, method, headers }, (response) => {
      const parts: Buffer[] = [];
      response.on('data', (part: Buffer) => parts.push(part));
      response.once('error', reject);
      response.once('end', () => {
        const wallMs = monotonicMs() - started;
        const text = Buffer.concat(parts).toString();
        if (response.statusCode === 200 || response.statusCode === 201) resolve({ text, wallMs });
        else reject(new Error(`${method} ${path}: ${response.statusCode ?? 0} ${text.slice(0, 500)}`));
      });
    });
    call.setTimeout(REQUEST_TIMEOUT_MS, () => call.destroy(new Error(`${method} ${path}: no answer in time`)));
    call.once('error', reject);
    call.end(body);
  });
}
