import type { IncomingMessage } from 'node:http';
import type { RequestUser } from '../../src/kube/request-user.ts';
import type { CompiledTrust } from './identity-trust.ts';

/** Puts this name in place of a removed header: Node pairs raw headers by position. */
const REMOVED = 'x-removed';

/**
 * The user that a front proxy asserts, from the raw header list: Node's joined headers would merge several groups into
 * one. undefined when no user name is given. Must only be called for a verified front proxy.
 */
export function userFromHeaders(message: IncomingMessage, trust: CompiledTrust): RequestUser | undefined {
  const name = firstValue(message, trust.usernameHeaders);
  if (name === '') return undefined;
  const uid = firstValue(message, trust.uidHeaders);
  return {
    name,
    uid: uid === '' ? undefined : uid,
    groups: trust.groupHeaders.flatMap((header) => valuesOf(message, header).filter((value) => value !== '')),
    extra: extraOf(message, trust.extraPrefixes),
  };
}

/**
 * Removes every header that could be taken for an identity, and the bearer token, so that nothing behind this point can
 * mistake or log them. The usual names are removed whatever the trust says.
 */
export function stripIdentity(message: IncomingMessage, trust: CompiledTrust): void {
  const exact = new Set(['authorization', ...trust.usernameHeaders, ...trust.uidHeaders, ...trust.groupHeaders]);
  const isIdentity = (name: string): boolean =>
    exact.has(name) || name.startsWith('x-remote-') || trust.extraPrefixes.some((prefix) => name.startsWith(prefix));
  for (const name of Object.keys(message.headers)) {
    if (isIdentity(name)) Reflect.deleteProperty(message.headers, name);
  }
  for (let index = 0; index < message.rawHeaders.length; index += 2) {
    if (!isIdentity((message.rawHeaders[index] ?? '').toLowerCase())) continue;
    message.rawHeaders[index] = REMOVED;
    message.rawHeaders[index + 1] = '';
  }
}

/** Of each header in turn only its first line counts; the first of those that is not empty wins. */
function firstValue(message: IncomingMessage, headers: readonly string[]): string {
  for (const header of headers) {
    const [value = ''] = valuesOf(message, header);
    if (value !== '') return value;
  }
  return '';
}

function valuesOf(message: IncomingMessage, header: string): readonly string[] {
  const values: string[] = [];
  const raw = message.rawHeaders;
  for (let index = 0; index < raw.length; index += 2) {
    if (raw[index]?.toLowerCase() === header) values.push(decodeBytes(raw[index + 1] ?? ''));
  }
  return values;
}

function extraOf(message: IncomingMessage, prefixes: readonly string[]): RequestUser['extra'] {
  const extra = new Map<string, string[]>();
  const raw = message.rawHeaders;
  for (const prefix of prefixes) {
    for (let index = 0; index < raw.length; index += 2) {
      const name = raw[index]?.toLowerCase() ?? '';
      if (!name.startsWith(prefix)) continue;
      const key = decodeKey(name.slice(prefix.length));
      extra.set(key, [...(extra.get(key) ?? []), decodeBytes(raw[index + 1] ?? '')]);
    }
  }
  return Object.fromEntries(extra);
}

/** Keys are percent-encoded, because header names hold fewer characters than keys; malformed ones are taken as sent. */
function decodeKey(encoded: string): string {
  try {
    return decodeURIComponent(encoded);
  } catch {
    return encoded;
  }
}

/** Node reads header bytes as Latin-1, Kubernetes names are UTF-8. */
function decodeBytes(value: string): string {
  return /[\x80-\xff]/.test(value) ? Buffer.from(value, 'latin1').toString('utf8') : value;
}
