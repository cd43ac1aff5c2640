import type { IncomingMessage } from 'node:http';
import { request as httpRequest } from 'node:http';
import { request as httpsRequest } from 'node:https';
import type { ServedResource } from '../../apiservice/types.ts';
import type { VersionDefinition } from '../../src/resources/definition.ts';

/**
 * A running API to hold to the contract: ours in this process, one on a cluster, or an embedded member. Its content must
 * stand still while the suite runs and should hold at least two objects of every resource.
 */
export interface ContractTarget {
  /** Without a slash at the end. */
  readonly baseUrl: string;
  /** Credentials, if there are any. */
  readonly headers?: Readonly<Record<string, string>>;
  readonly tls?: { readonly ca?: string; readonly cert?: string; readonly key?: string };
  readonly close: () => Promise<void>;
}

/** What is asked of one version of one resource. */
export interface Subject {
  readonly served: ServedResource;
  readonly version: VersionDefinition;
  readonly target: ContractTarget;
}

export interface Answer {
  readonly status: number;
  readonly headers: IncomingMessage['headers'];
  readonly text: string;
}

/** `things.example.com/v1` */
export function apiVersionOf({ served, version }: Pick<Subject, 'served' | 'version'>): string {
  return `${served.group}/${version.name}`;
}

/** The path of all objects, or of those of one namespace. */
export function collectionPath({ served, version }: Subject, namespace = ''): string {
  const within = namespace === '' ? '' : `namespaces/${namespace}/`;
  return `/apis/${apiVersionOf({ served, version })}/${within}${served.definition.resource}`;
}

export function objectPath(subject: Subject, object: { metadata: { namespace?: string; name: string } }): string {
  return `${collectionPath(subject, object.metadata.namespace)}/${object.metadata.name}`;
}

export interface Call {
  readonly method?: string;
  readonly accept?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
}

/** One request and its whole answer; for a watch, everything up to its end. */
export async function call(target: ContractTarget, path: string, options: Call = {}): Promise<Answer> {
  const message = await open(target, path, options);
  const chunks: Buffer[] = [];
  for await (const chunk of message) chunks.push(Buffer.from(chunk as Uint8Array));
  return {
    status: message.statusCode ?? 0,
    headers: message.headers,
    text: Buffer.concat(chunks).toString('utf8'),
  };
}

function open(target: ContractTarget, path: string, options: Call): Promise<IncomingMessage> {
  const url = new URL(target.baseUrl + path);
  const accept = options.accept === undefined ? {} : { Accept: options.accept };
  // Node sends no length by itself with a DELETE, and the body would be taken for the next request.
  const length = options.body === undefined ? {} : { 'Content-Length': String(Buffer.byteLength(options.body)) };
  const headers = { ...target.headers, ...accept, ...length, ...options.headers };
  const settings = { method: options.method ?? 'GET', headers, ...target.tls };
  return new Promise((resolve, reject) => {
    const request =
      url.protocol === 'https:' ? httpsRequest(url, settings, resolve) : httpRequest(url, settings, resolve);
    request.on('error', reject).end(options.body);
  });
}
