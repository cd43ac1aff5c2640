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
  return new Promise<RawAnswer>((resolve, reject) => {
    const call = request(`${cluster.url}${path}`, { agent, method }, (response) => {
      let body = '';
      response.setEncoding('utf8');
      response.on('data', (chunk: string) => {
        body += chunk;
      });
      response.once('error', reject);
      response.once('end', () => resolve({ status: response.statusCode ?? 0, headers: response.headers, body }));
    });
    call.setTimeout(TIMEOUT_MS, () => call.destroy(new Error(`${path}: no answer in ${TIMEOUT_MS} ms`)));
    call.once('error', reject);
    call.end();
  }).finally(() => agent.destroy());
}
