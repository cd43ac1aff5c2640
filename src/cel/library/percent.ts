import { goQuoted } from '../../kube/go-quote.ts';
import { failed, type Outcome, succeeded } from '../../kube/outcome.ts';

/** Where in a URL a text stands. */
export type EscapeMode = 'path' | 'host' | 'zone' | 'user' | 'query' | 'fragment';

/** Characters that may stand in a host as they are; beyond ASCII all may. */
const HOST = /[A-Za-z0-9\-_.~!$&'()*+,;=:[\]<>"\u0080-\u{10ffff}]/u;
/** Characters that Go leaves as they are when it writes a path. */
const PATH = /[A-Za-z0-9\-_.~$&+,/:;=@]/;
/** Those that may stand in a path which somebody else wrote. */
const FOREIGN_PATH = /^[A-Za-z0-9\-_.~$&+,/:;=@!'()*[\]%]*$/;
const PERCENT = '%'.charCodeAt(0);

/** What the text says with its escapes resolved, or what is wrong, in the words of Go's net/url. */
export function decodePercent(text: string, mode: EscapeMode): Outcome<string, string> {
  for (const [part] of text.matchAll(/%.{0,2}|[^%]/gsu)) {
    const fault = part.startsWith('%') ? escapeFault(part, mode) : characterFault(part, mode);
    if (fault !== undefined) return failed(fault);
  }
  const plain = mode === 'query' ? text.replaceAll('+', ' ') : text;
  return succeeded(plain.includes('%') ? decodeBytes(plain) : plain);
}

function characterFault(character: string, mode: EscapeMode): string | undefined {
  if ((mode !== 'host' && mode !== 'zone') || HOST.test(character)) return undefined;
  return `invalid character ${goQuoted(character)} in host name`;
}

function escapeFault(escape: string, mode: EscapeMode): string | undefined {
  const fault = `invalid URL escape ${goQuoted(escape)}`;
  if (!/^%[0-9A-Fa-f]{2}$/.test(escape)) return fault;
  if (escape === '%25' || (mode !== 'host' && mode !== 'zone')) return undefined;
  const code = Number.parseInt(escape.slice(1), 16);
  if (mode === 'host') return code < 0x80 ? fault : undefined;
  return code === 0x20 || (code < 0x80 && HOST.test(String.fromCharCode(code))) ? undefined : fault;
}

function decodeBytes(text: string): string {
  const bytes = Buffer.from(text);
  const decoded: number[] = [];
  for (let index = 0; index < bytes.length; index += 1) {
    const byte = bytes[index] ?? 0;
    if (byte === PERCENT) {
      decoded.push(Number.parseInt(bytes.toString('latin1', index + 1, index + 3), 16));
      index += 2;
    } else decoded.push(byte);
  }
  return Buffer.from(decoded).toString();
}

export function isEncodedPath(path: string): boolean {
  return FOREIGN_PATH.test(path);
}

export function encodePath(path: string): string {
  const characters = [...Buffer.from(path)].map((byte) => {
    const character = String.fromCharCode(byte);
    return PATH.test(character) ? character : `%${byte.toString(16).toUpperCase().padStart(2, '0')}`;
  });
  return characters.join('');
}
