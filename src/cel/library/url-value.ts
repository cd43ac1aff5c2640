import { goQuoted } from '../../kube/go-quote.ts';
import { QUERY_PARAMETERS_MAX } from '../limits.ts';
import { parseGoAddress } from './address-value.ts';
import { decodePercent, encodePath, type EscapeMode, isEncodedPath } from './percent.ts';

/** A URL in its parts, as Go's net/url takes it apart. */
export interface Url {
  readonly scheme: string;
  /** What follows a scheme without a slash: `mailto:a`. */
  readonly opaque: string;
  readonly user: string;
  /** With the port. */
  readonly host: string;
  /** Escaped. */
  readonly path: string;
  readonly query: string | undefined;
  readonly fragment: string;
}

const EMPTY = { scheme: '', opaque: '', user: '', host: '', path: '', query: undefined, fragment: '' };
const PORT = /^(:[0-9]*)?$/;
const USER = /^[A-Za-z0-9\-._:~!$&'()*+,;=%@]*$/;

/** Thrown for what is wrong with a URL, in the words of Go. */
class UrlFault extends Error {}

/** An absolute URL or an absolute path, as Kubernetes reads it, with its errors. */
export function parseUrl(text: string): Url {
  const prefix = 'URL parse error during conversion from string: ';
  checkUrl(text, prefix);
  const hash = text.indexOf('#');
  const [rest, fragment] = hash < 0 ? [text, ''] : [text.slice(0, hash), text.slice(hash + 1)];
  // Taken apart again, because a request's URI has no fragment and a path may begin with two slashes.
  const url = explained(rest, prefix, () => parseParts(rest, false));
  return explained(text, prefix, () => ({ ...url, fragment: decode(fragment, 'fragment') }));
}

/** Throws unless the text is an absolute URL or an absolute path. */
export function checkUrl(text: string, prefix = ''): void {
  explained(text, prefix, () => parseParts(text, true));
}

function explained<T>(text: string, prefix: string, parse: () => T): T {
  try {
    return parse();
  } catch (error) {
    if (!(error instanceof UrlFault)) throw error;
    throw new Error(`${prefix}parse ${goQuoted(text)}: ${error.message}`, { cause: error });
  }
}

function parseParts(text: string, isRequest: boolean): Url {
  checkCharacters(text, isRequest);
  if (text === '*') return { ...EMPTY, path: '*' };
  const scheme = /^([A-Za-z][A-Za-z0-9+.-]*):/.exec(text)?.[1] ?? '';
  const { rest, query } = splitQuery(scheme === '' ? text : text.slice(scheme.length + 1));
  const url = { ...EMPTY, scheme: scheme.toLowerCase(), query };
  if (rest.startsWith('/')) return { ...url, ...parseRooted(url.scheme, rest, isRequest) };
  if (scheme !== '') return { ...url, opaque: rest };
  checkRelative(rest, isRequest);
  return { ...url, path: escapedPath(rest) };
}

function checkCharacters(text: string, isRequest: boolean): void {
  if (/[\u0000-\u001f\u007f]/.test(text)) throw new UrlFault('net/url: invalid control character in URL');
  if (text === '' && isRequest) throw new UrlFault('empty url');
  if (text.startsWith(':')) throw new UrlFault('missing protocol scheme');
}

function splitQuery(text: string): { readonly rest: string; readonly query: string | undefined } {
  const mark = text.indexOf('?');
  return mark < 0 ? { rest: text, query: undefined } : { rest: text.slice(0, mark), query: text.slice(mark + 1) };
}

/** What begins with a slash: a path, or with two an authority and perhaps a path. */
function parseRooted(scheme: string, rest: string, isRequest: boolean): Pick<Url, 'user' | 'host' | 'path'> {
  const mayHaveAuthority = scheme !== '' || (!isRequest && !rest.startsWith('///'));
  if (!rest.startsWith('//') || !mayHaveAuthority) return { user: '', host: '', path: escapedPath(rest) };
  const slash = rest.indexOf('/', 2);
  const end = slash < 0 ? rest.length : slash;
  return { ...parseAuthority(scheme, rest.slice(2, end)), path: escapedPath(rest.slice(end)) };
}

function checkRelative(rest: string, isRequest: boolean): void {
  if (isRequest) throw new UrlFault('invalid URI for request');
  if (rest.split('/')[0]?.includes(':') === true) {
    throw new UrlFault('first path segment in URL cannot contain colon');
  }
}

function escapedPath(path: string): string {
  const decoded = decode(path, 'path');
  return isEncodedPath(path) ? path : encodePath(decoded);
}

function parseAuthority(scheme: string, authority: string): Pick<Url, 'user' | 'host'> {
  const at = authority.lastIndexOf('@');
  const host = parseHost(scheme, authority.slice(at + 1));
  if (at < 0) return { user: '', host };
  const user = authority.slice(0, at);
  if (!USER.test(user)) throw new UrlFault('net/url: invalid userinfo');
  return { user: `${decode(user, 'user')}@`, host };
}

function parseHost(scheme: string, host: string): string {
  const bracket = host.lastIndexOf('[');
  if (bracket > 0) throw new UrlFault('invalid IP-literal');
  if (bracket === 0) return parseLiteral(host);
  const first = host.indexOf(':');
  const isStrict = scheme === 'http' || scheme === 'https';
  if (first >= 0) checkPort(host.slice(isStrict ? first : host.lastIndexOf(':')));
  return decode(host, 'host');
}

function checkPort(port: string): void {
  if (!PORT.test(port)) throw new UrlFault(`invalid port ${goQuoted(port)} after host`);
}

/** `[::1]:80`; what follows `%25` is a zone. */
function parseLiteral(host: string): string {
  const end = host.lastIndexOf(']');
  if (end < 0) throw new UrlFault("missing ']' in host");
  const port = host.slice(end + 1);
  checkPort(port);
  const inside = host.slice(1, end);
  const zone = inside.indexOf('%25');
  const name =
    zone < 0 ? decode(inside, 'host') : decode(inside.slice(0, zone), 'host') + decode(inside.slice(zone), 'zone');
  const address = parseAddressIn(name);
  if (address.family === 4) throw new UrlFault('invalid IP-literal');
  return `[${name}]${port}`;
}

function parseAddressIn(name: string): { readonly family: 4 | 6 } {
  try {
    return parseGoAddress(name, (fault) => fault);
  } catch (error) {
    throw new UrlFault(`invalid host: ${error instanceof Error ? error.message : ''}`, { cause: error });
  }
}

function decode(text: string, mode: EscapeMode): string {
  const decoded = decodePercent(text, mode);
  if (decoded.ok) return decoded.value;
  throw new UrlFault(decoded.error);
}

/** Without brackets and port. */
export function hostnameOf({ host }: Url): string {
  const name = host.slice(0, host.length - portPart(host).length);
  return name.startsWith('[') && name.endsWith(']') ? name.slice(1, -1) : name;
}

export function portOf({ host }: Url): string {
  return portPart(host).slice(1);
}

function portPart(host: string): string {
  return /:[0-9]*$/.exec(host)?.[0] ?? '';
}

/** The values of each parameter, in order; what is malformed is left out. */
export function queryOf({ query = '' }: Url): ReadonlyMap<string, readonly string[]> {
  const found = new Map<string, string[]>();
  const parts = query.split('&');
  if (parts.length > QUERY_PARAMETERS_MAX) return found;
  for (const [name, value] of parts.flatMap(parameterIn)) {
    const values = found.get(name) ?? [];
    values.push(value);
    found.set(name, values);
  }
  return found;
}

function parameterIn(part: string): readonly (readonly [string, string])[] {
  if (part === '' || part.includes(';')) return [];
  const equals = part.indexOf('=');
  const name = decodePercent(equals < 0 ? part : part.slice(0, equals), 'query');
  const value = decodePercent(equals < 0 ? '' : part.slice(equals + 1), 'query');
  return name.ok && value.ok ? [[name.value, value.value]] : [];
}

/** The same for URLs that are written the same. */
export function urlKey({ scheme, opaque, user, host, path, query, fragment }: Url): string {
  return JSON.stringify([scheme, opaque, user, host, path, query ?? null, fragment]);
}
