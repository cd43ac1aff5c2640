import type { IncomingMessage } from 'node:http';

const CLAUSES_MAX = 64;

/** One clause of an Accept header; parameters as sent, with q. */
export interface AcceptClause {
  readonly type: string;
  readonly subtype: string;
  readonly quality: number;
  readonly params: ReadonlyMap<string, string>;
}

const ANYTHING: readonly AcceptClause[] = [{ type: '*', subtype: '*', quality: 1, params: new Map() }];

/** Node joins repeated headers; only the first Accept line counts, as in kube-apiserver. */
export function firstAccept(message: IncomingMessage): string | undefined {
  const at = message.rawHeaders.findIndex((name, index) => index % 2 === 0 && name.toLowerCase() === 'accept');
  return at < 0 ? undefined : message.rawHeaders[at + 1];
}

/**
 * The clauses in order of preference: quality first, then concrete before wildcard, then as written. No header, or an
 * empty one, is one clause for anything. As in kube-apiserver media types are compared case-sensitively and `q=0` does
 * not exclude.
 */
export function parseAccept(header: string | undefined): readonly AcceptClause[] {
  if (header === undefined || header === '') return ANYTHING;
  return header
    .split(',', CLAUSES_MAX)
    .map(parseClause)
    .filter((clause) => clause !== undefined)
    .sort((a, b) => b.quality - a.quality || wildcards(a) - wildcards(b));
}

/** True if the clause allows `application/<subtype>`; its parameters are the caller's business. */
export function coversApplication(clause: AcceptClause, subtype: string): boolean {
  if (clause.type === '*') return clause.subtype === '*';
  return clause.type === 'application' && (clause.subtype === '*' || clause.subtype === subtype);
}

/** True if a client understands gzip and does not exclude it. */
export function acceptsGzip(acceptEncoding: string | readonly string[] | undefined): boolean {
  return [acceptEncoding ?? []].flat().some((line) => line.split(',').some(namesGzip));
}

function namesGzip(part: string): boolean {
  const [name = '', ...params] = part.split(';').map((text) => text.trim().toLowerCase());
  return name === 'gzip' && !params.some((param) => /^q=0(\.0*)?$/.test(param));
}

function wildcards(clause: AcceptClause): number {
  return clause.type === '*' ? 2 : clause.subtype === '*' ? 1 : 0;
}

/** undefined for what is no media type. `*` alone and `*\/` mean `*\/*`. */
function parseClause(text: string): AcceptClause | undefined {
  const [media = '', ...parts] = text.trim().split(';');
  const [type = '', subtype = '', ...rest] = media.split('/').map((part) => part.trim());
  if (rest.length > 0 || (subtype === '' && type !== '*')) return undefined;
  const params = parseParams(parts);
  return { type, subtype: subtype === '' ? '*' : subtype, quality: qualityOf(params.get('q')), params };
}

/** A parameter without a value, or with more than one `=`, is passed over. */
function parseParams(parts: readonly string[]): ReadonlyMap<string, string> {
  const params = new Map<string, string>();
  for (const part of parts) {
    const [name = '', value = '', ...more] = part.split('=');
    if (value !== '' && more.length === 0) params.set(name.trim(), value.trim());
  }
  return params;
}

function qualityOf(text = '1'): number {
  const value = Number(text);
  return Number.isNaN(value) ? 0 : value;
}
