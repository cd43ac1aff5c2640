import type { KubeConnection } from '../connection/index.ts';
import type { JsonObject } from '../kube/object.ts';
import { askHub, objectAt } from './hub-request.ts';

/** Keeps small texts by name in one Secret; a write loses against a write by somebody else since the last `load`. */
export interface CertificateSecret {
  /** undefined: there is no such Secret, or it is empty. Rejects when that cannot be told. */
  load(): Promise<Readonly<Record<string, string>> | undefined>;
  /** Rejects when the hub refuses, also because of a conflict. */
  save(files: Readonly<Record<string, string>>): Promise<void>;
  /** Writes these texts into a Secret that is there, whoever else has saved since. Rejects when the hub refuses. */
  patch(files: Readonly<Record<string, string>>): Promise<void>;
}

export function createCertificateSecret(deps: {
  readonly connection: KubeConnection;
  readonly namespace: string;
  readonly name: string;
}): CertificateSecret {
  const path = `/api/v1/namespaces/${deps.namespace}/secrets`;
  const title = `Secret ${deps.namespace}/${deps.name}`;
  let known: JsonObject | undefined;
  return {
    load: async () => {
      const answer = await askHub(deps.connection, { method: 'GET', path: `${path}/${deps.name}` });
      if (!answer.ok && answer.error.status !== 404) throw new Error(`${title}: ${answer.error.message}`);
      known = answer.ok ? answer.value : undefined;
      const files: Record<string, string> = {};
      for (const [key, value] of Object.entries(objectAt(known, 'data'))) files[key] = decode(value);
      return Object.keys(files).length === 0 ? undefined : files;
    },
    save: async (files) => {
      const data = { ...objectAt(known, 'data'), ...encode(files) };
      const body = {
        apiVersion: 'v1',
        kind: 'Secret',
        type: 'Opaque',
        metadata: { namespace: deps.namespace, name: deps.name },
        ...known,
        data,
      };
      const answer = await (known === undefined
        ? askHub(deps.connection, { method: 'POST', path, body })
        : askHub(deps.connection, { method: 'PUT', path: `${path}/${deps.name}`, body }));
      if (!answer.ok) throw new Error(`${title}: ${answer.error.message}`);
      known = answer.value;
    },
    patch: async (files) => {
      const answer = await askHub(deps.connection, {
        method: 'PATCH',
        path: `${path}/${deps.name}`,
        headers: { 'content-type': 'application/merge-patch+json' },
        body: { data: encode(files) },
      });
      if (!answer.ok) throw new Error(`${title}: ${answer.error.message}`);
    },
  };
}

function encode(files: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  return Object.fromEntries(Object.entries(files).map(([key, text]) => [key, Buffer.from(text).toString('base64')]));
}

function decode(value: unknown): string {
  return typeof value === 'string' ? Buffer.from(value, 'base64').toString('utf8') : '';
}
