import { createHash } from 'node:crypto';
import { gzipSync } from 'node:zlib';
import { stringify as stringifyYaml } from 'yaml';
import { notAcceptable } from '../../src/kube/api-errors.ts';
import type { JsonObject } from '../../src/kube/object.ts';
import type { AcceptClause } from '../accept.ts';
import { acceptsGzip, coversApplication, parseAccept } from '../accept.ts';
import type { DocumentAnswer, DocumentRequest } from './types.ts';

export type AnswerDocument = (request: DocumentRequest) => DocumentAnswer;

const NOT_CACHED = 'no-cache, private';
const YEAR_MS = 365 * 24 * 60 * 60 * 1000;

/** Upper-case hexadecimal SHA-512 of the bytes, as kube-apiserver names its documents. */
export function hashOf(bytes: Buffer): string {
  return createHash('sha512').update(bytes).digest('hex').toUpperCase();
}

export function jsonBytes(document: JsonObject): Buffer {
  return Buffer.from(JSON.stringify(document));
}

/**
 * A document of legacy discovery: JSON or YAML, never 304, because the aggregator takes nothing but 200 for it. A
 * clause that asks for another form (`as`, `g`, `v`) cannot be satisfied here.
 */
export function legacyDocument(document: JsonObject): AnswerDocument {
  const json = jsonBytes(document);
  const indented = Buffer.from(JSON.stringify(document, null, 2));
  const yaml = Buffer.from(stringifyYaml(document));
  return ({ accept, pretty }) => {
    for (const clause of parseAccept(accept).filter(isPlain)) {
      if (coversApplication(clause, 'json')) return ok('application/json', pretty === true ? indented : json);
      if (coversApplication(clause, 'yaml')) return ok('application/yaml', yaml);
    }
    return notAcceptableAnswer(['application/json', 'application/yaml']);
  };
}

/** JSON whatever is accepted, for documents that kube-apiserver does not negotiate. */
export function plainDocument(document: JsonObject): AnswerDocument {
  const json = jsonBytes(document);
  const indented = Buffer.from(JSON.stringify(document, null, 2));
  return ({ pretty }) => ok('application/json', pretty === true ? indented : json);
}

/** A form of a document that is asked for by parameters of the media type. */
export interface TypedDocument {
  readonly document: JsonObject;
  /** Parameters that a clause must have; others are ignored. */
  readonly parameters: Readonly<Record<string, string>>;
}

/** Several forms of one document at one path; what none of them satisfies goes to `otherwise`. */
export function typedDocuments(forms: readonly TypedDocument[], otherwise: AnswerDocument): AnswerDocument {
  const prepared = forms.map(({ document, parameters }) => {
    const body = jsonBytes(document);
    const suffix = Object.entries(parameters).map(([name, value]) => `;${name}=${value}`);
    const headers = { ...cachedByClients(hashOf(body)), 'cache-control': 'public', vary: 'Accept' };
    return { parameters, body, headers, contentType: `application/json${suffix.join('')}` };
  });
  return (request) => {
    for (const clause of parseAccept(request.accept)) {
      const form = prepared.find(({ parameters }) => isTyped(clause, parameters));
      if (form !== undefined) return conditional(request, ok(form.contentType, form.body, form.headers));
      if (isPlain(clause) && isJsonOrYaml(clause)) break;
    }
    const answer = otherwise(request);
    return { ...answer, headers: { ...answer.headers, vary: 'Accept' } };
  };
}

/** An OpenAPI document: JSON only, also gzipped, with an ETag; 406 without a body. */
export function openApiDocument(document: JsonObject, contentType = 'application/json'): AnswerDocument {
  const body = jsonBytes(document);
  // The time of compression would make the bytes differ between replicas; zlib writes none.
  const zipped = gzipSync(body, { level: 9 });
  const headers = { ...cachedByClients(hashOf(body)), 'cache-control': NOT_CACHED, vary: 'Accept, Accept-Encoding' };
  return (request) => {
    if (!parseAccept(request.accept).some((clause) => coversApplication(clause, 'json'))) return emptyNotAcceptable();
    const answer = acceptsGzip(request.acceptEncoding)
      ? ok(contentType, zipped, { ...headers, 'content-encoding': 'gzip' })
      : ok(contentType, body, headers);
    return conditional(request, answer);
  };
}

/**
 * Makes a document immutable for clients that name its hash, as kubectl does to keep it on disk. Another hash is
 * answered with the current document: kube-apiserver redirects, which its own aggregator turns into 502.
 */
export function addressedByHash(answer: AnswerDocument, hash: string, clock: () => number): AnswerDocument {
  return (request) => {
    const current = answer(request);
    if (request.query.get('hash') !== hash || current.status === 406) return current;
    const expires = new Date(clock() + YEAR_MS).toUTCString();
    return { ...current, headers: { ...current.headers, 'cache-control': 'public, immutable', expires } };
  };
}

/** The same bytes as `text/plain`, as kube-apiserver labels the index of OpenAPI v3. */
export const INDEX_CONTENT_TYPE = 'text/plain; charset=utf-8';

function ok(contentType: string, body: Buffer, headers: Readonly<Record<string, string>> = {}): DocumentAnswer {
  return {
    status: 200,
    headers: {
      'cache-control': NOT_CACHED,
      ...headers,
      'content-type': contentType,
      'content-length': String(body.length),
    },
    body,
  };
}

function cachedByClients(hash: string): { readonly etag: string } {
  return { etag: `"${hash}"` };
}

/** 304 without a body if the client holds this very document. `*` does not count, as in kube-apiserver. */
function conditional(request: DocumentRequest, answer: DocumentAnswer): DocumentAnswer {
  const { etag } = answer.headers;
  const held = (request.ifNoneMatch ?? '').split(',').map((tag) => tag.trim().replace(/^W\//, ''));
  if (etag === undefined || !held.includes(etag)) return answer;
  const kept = Object.entries(answer.headers).filter(([name]) => !name.startsWith('content-'));
  return { status: 304, headers: Object.fromEntries(kept), body: Buffer.alloc(0) };
}

function isPlain(clause: AcceptClause): boolean {
  return ['as', 'g', 'v'].every((name) => !clause.params.has(name));
}

function isTyped(clause: AcceptClause, parameters: Readonly<Record<string, string>>): boolean {
  return (
    coversApplication(clause, 'json') &&
    Object.entries(parameters).every(([name, value]) => clause.params.get(name) === value)
  );
}

function isJsonOrYaml(clause: AcceptClause): boolean {
  return coversApplication(clause, 'json') || coversApplication(clause, 'yaml');
}

function notAcceptableAnswer(accepted: readonly string[]): DocumentAnswer {
  const body = Buffer.from(JSON.stringify(notAcceptable(accepted).status));
  return { ...ok('application/json', body), status: 406 };
}

function emptyNotAcceptable(): DocumentAnswer {
  return {
    status: 406,
    headers: { 'cache-control': NOT_CACHED, vary: 'Accept, Accept-Encoding', 'content-length': '0' },
    body: Buffer.alloc(0),
  };
}
