import { Agent, request } from 'node:https';
import type { Endpoint } from './client.ts';

const CONNECTIONS_MAX = 4;

/** Changes objects through a kube-apiserver, as a controller would. */
export interface Patcher {
  readonly patch: (path: string, change: unknown) => Promise<void>;
  readonly close: () => void;
}

export function createPatcher(endpoint: Endpoint): Patcher {
  const agent = new Agent({ ...endpoint, keepAlive: true, maxSockets: CONNECTIONS_MAX });
  const { host, port } = endpoint;
  return {
    patch: (path, change) =>
      new Promise((resolve, reject) => {
        const headers = { 'Content-Type': 'application/merge-patch+json' };
        const call = request({ agent, host, port, path, method: 'PATCH', headers }, (response) => {
          response.resume();
          response.once('end', () => {
            if (response.statusCode === 200) resolve();
            else reject(new Error(`PATCH ${path} answered ${response.statusCode ?? 0}`));
          });
        });
        call.once('error', reject);
        call.end(JSON.stringify(change));
      }),
    close: () => agent.destroy(),
  };
}
