import { Agent, request } from 'node:http';

/** Bounds of etcd for one transaction, with room to spare. */
const TXN_OPERATIONS_MAX = 100;
const TXN_BYTES_MAX = 1_000_000;
const CONNECTIONS_MAX = 4;

export interface Entry {
  readonly key: string;
  readonly value: unknown;
}

/**
 * Writes objects where kube-apiserver keeps them, through etcd's JSON gateway. kube-apiserver reads JSON from etcd as it
 * reads protobuf, and its watch cache takes up such writes like its own; filling is minutes faster than by requests,
 * and what a kube-apiserver spends on taking writes is not counted against it in the measurements.
 */
export interface EtcdWriter {
  readonly put: (entries: readonly Entry[]) => Promise<void>;
  readonly close: () => void;
}

export function createEtcdWriter(url: string): EtcdWriter {
  const agent = new Agent({ keepAlive: true, maxSockets: CONNECTIONS_MAX });
  return {
    put: async (entries) => {
      const pending = batches(entries).map((batch) => post(agent, `${url}/v3/kv/txn`, { success: batch }));
      await Promise.all(pending);
    },
    close: () => agent.destroy(),
  };
}

interface Operation {
  readonly requestPut: { readonly key: string; readonly value: string };
}

function batches(entries: readonly Entry[]): readonly (readonly Operation[])[] {
  const result: Operation[][] = [];
  let batch: Operation[] = [];
  let bytes = 0;
  for (const { key, value } of entries) {
    const text = JSON.stringify(value);
    if (batch.length >= TXN_OPERATIONS_MAX || bytes + text.length > TXN_BYTES_MAX) {
      result.push(batch);
      batch = [];
      bytes = 0;
    }
    bytes += text.length;
    batch.push({ requestPut: { key: base64(key), value: base64(text) } });
  }
  if (batch.length > 0) result.push(batch);
  return result;
}

function base64(text: string): string {
  return Buffer.from(text).toString('base64');
}

function post(agent: Agent, url: string, body: unknown): Promise<void> {
  return new Promise((resolve, reject) => {
    const call = request(url, { agent, method: 'POST' }, (response) => {
      const parts: Buffer[] = [];
      response.on('data', (part: Buffer) => parts.push(part));
      response.once('end', () => {
        if (response.statusCode === 200) resolve();
        else reject(new Error(`etcd answered ${response.statusCode ?? 0}: ${Buffer.concat(parts).toString()}`));
      });
    });
    call.once('error', reject);
    call.end(JSON.stringify(body));
  });
}
