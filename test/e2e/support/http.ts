import { Agent, request } from 'node:https';
import type { IncomingHttpHeaders } from 'node:http';
import type { Cluster } from '../../support/control-plane/index.ts';

const TIMEOUT_MS = 30_000;

export interface RawAnswer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

/** One request to a cluster by its administrator, without the retries of a Kubernetes client. */
export function rawRequest(cluster: Cluster, path: string, method = 'GET'): Promise<RawAnswer> {
  const { ca, admin } = cluster.keys;
  const agent = new Agent({ ca, cert: admin.cert, key: admin.key });
  return send({ agent, url: `${cluster.url}${path}`, method }).finally(() => agent.destroy());
}

/** Creates objects at one path, so many at once, and returns the answers in their order. */
export async function createAll(
  cluster: Cluster,
  path: string,
  { objects, parallel }: { readonly objects: readonly object[]; readonly parallel: number },
): Promise<readonly RawAnswer[]> {
  const { ca, admin } = cluster.keys;
  const agent = new Agent({ ca, cert: admin.cert, key: admin.key, keepAlive: true, maxSockets: parallel });
  const url = `${cluster.url}${path}`;
  try {
    return await Promise.all(
      objects.map((object) => send({ agent, url, method: 'POST', body: JSON.stringify(object) })),
    );
  } finally {
    agent.destroy();
  }
}

interface Sent {
  readonly agent: Agent;
  readonly url: string;
  readonly method: string;
  /** JSON. */
  readonly body?: string;
}

function send({ agent, url, method, body }: Sent): Promise<RawAnswer> {
  return new Promise<RawAnswer>((resolve, reject) => {
    const headers = body === undefined ? {} : { 'Content-Type': 'application/json' };
    const call = request(url, { agent, method, headers }, (response) => {
      let text = '';
      response.setEncoding('utf8');
      response.on('data', (chunk: string) => {
        text += chunk;
      });
      response.once('error', reject);
      response.once('end', () => resolve({ status: response.statusCode ?? 0, headers: response.headers, body: text }));
    });
    call.setTimeout(TIMEOUT_MS, () => call.destroy(new Error(`${url}: no answer in ${TIMEOUT_MS} ms`)));
    call.once('error', reject);
    call.end(body);
  });
}
