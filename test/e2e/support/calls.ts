import { Agent, request } from 'node:https';
import type { IncomingHttpHeaders } from 'node:http';
import { MULTICLUSTER_GROUP } from '../../../src/kube/domain.ts';
import { parseJson } from '../../../src/kube/json.ts';
import type { Cluster } from '../../support/control-plane/index.ts';

const TIMEOUT_MS = 120_000;
const CONTENT_TYPES = {
  json: 'application/json',
  yaml: 'application/yaml',
  merge: 'application/merge-patch+json',
  jsonPatch: 'application/json-patch+json',
  strategic: 'application/strategic-merge-patch+json',
  apply: 'application/apply-patch+yaml',
} as const;

export interface Call {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  /** With the query. */
  readonly path: string;
  /** A string is sent as it is. */
  readonly body?: unknown;
  readonly type?: keyof typeof CONTENT_TYPES;
  readonly headers?: Readonly<Record<string, string | readonly string[]>>;
  /** A client certificate; the administrator's unless given. */
  readonly client?: { readonly cert: string; readonly key: string };
}

export interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  /** Texts of the Warning lines. */
  readonly warnings: readonly string[];
  readonly text: string;
  readonly object: KubeAnswer;
}

/** As much of an object or a Status as tests look at. */
export interface KubeAnswer {
  readonly kind: string;
  readonly message?: string;
  readonly reason?: string;
  readonly details?: {
    readonly name?: string;
    readonly retryAfterSeconds?: number;
    readonly causes?: readonly { readonly reason: string; readonly field?: string; readonly message: string }[];
  };
  readonly metadata: {
    readonly name: string;
    readonly uid: string;
    readonly resourceVersion: string;
    readonly generation?: number;
    readonly labels?: Readonly<Record<string, string>>;
    readonly annotations?: Readonly<Record<string, string>>;
    readonly finalizers?: readonly string[];
    readonly deletionTimestamp?: string;
    readonly managedFields?: readonly Readonly<Record<string, unknown>>[];
    readonly ownerReferences?: readonly object[];
  };
  readonly spec?: Readonly<Record<string, unknown>>;
  readonly status?: Readonly<Record<string, unknown>>;
  readonly items?: readonly KubeAnswer[];
}

/** One request to a cluster's kube-apiserver, never repeated. Integers beyond 2^53 are bigint in `object`. */
export function call(cluster: Cluster, { method, path, body, type = 'json', headers, client }: Call): Promise<Answer> {
  const { ca, admin } = cluster.keys;
  const agent = new Agent({ ca, ...(client ?? { cert: admin.cert, key: admin.key }) });
  const text = body === undefined || typeof body === 'string' ? body : JSON.stringify(body);
  // Node sends the body of a DELETE without a length of its own.
  const length = text === undefined ? {} : { 'content-length': Buffer.byteLength(text) };
  const sent = { ...length, ...(text === undefined ? {} : { 'content-type': CONTENT_TYPES[type] }), ...headers };
  return new Promise<Answer>((resolve, reject) => {
    const outgoing = request(`${cluster.url}${path}`, { agent, method, headers: sent }, (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.once('error', reject);
      response.once('end', () => {
        const { statusCode: status = 0, headers: head, rawHeaders } = response;
        const answered = Buffer.concat(chunks).toString();
        resolve({ status, headers: head, warnings: warningsOf(rawHeaders), text: answered, object: parsed(answered) });
      });
    });
    outgoing.setTimeout(TIMEOUT_MS, () => outgoing.destroy(new Error(`${path}: no answer in ${TIMEOUT_MS} ms`)));
    outgoing.once('error', reject);
    outgoing.end(text);
  }).finally(() => agent.destroy());
}

function warningsOf(rawHeaders: readonly string[]): readonly string[] {
  const lines = rawHeaders.filter((_value, index) => rawHeaders[index - 1]?.toLowerCase() === 'warning');
  return lines.map((line) => /^299 \S+ "(.*)"$/.exec(line)?.[1]?.replaceAll(/\\(.)/g, '$1') ?? line);
}

function parsed(text: string): KubeAnswer {
  return (text.startsWith('{') ? parseJson(text) : {}) as KubeAnswer;
}

export interface ExportPath {
  readonly namespace: string;
  /** Absent: the collection. */
  readonly name?: string;
  readonly version?: string;
  readonly query?: string;
}

/** The path of ServiceExports, the same on the hub and in members. */
export function exportPath({ namespace, name, version = 'v1beta1', query }: ExportPath): string {
  const collection = `/apis/${MULTICLUSTER_GROUP}/${version}/namespaces/${namespace}/serviceexports`;
  return `${collection}${name === undefined ? '' : `/${name}`}${query === undefined ? '' : `?${query}`}`;
}

export interface ExportFields {
  /** Without the name. */
  readonly metadata?: object;
  readonly version?: string;
  readonly spec?: unknown;
  readonly status?: unknown;
}

/** A ServiceExport to send. */
export function exportOf(name: string, more: ExportFields = {}): object {
  const { metadata = {}, version = 'v1beta1', ...rest } = more;
  const typed = { apiVersion: `${MULTICLUSTER_GROUP}/${version}`, kind: 'ServiceExport' };
  return { ...typed, metadata: { name, ...metadata }, spec: {}, ...rest };
}
