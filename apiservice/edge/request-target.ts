import type { EdgeLimits } from './limits.ts';

/** The request line after one decoding. `path` is the decoded path; '/' has no segments. */
export type RequestTarget =
  | {
      readonly type: 'target';
      readonly path: string;
      readonly segments: readonly string[];
      readonly query: URLSearchParams;
    }
  | { readonly type: 'refused'; readonly status: 400 | 404 | 414; readonly text: string };

const NOT_FOUND = '404 page not found';
const NO_QUERY = new URLSearchParams();

/**
 * Splits before it decodes, so that an encoded slash never makes a segment of its own. Empty segments (doubled or
 * trailing slashes), '.', '..' and encoded slashes exist nowhere: routing is strict and there are no redirects.
 */
export function parseRequestTarget(url: string, limits: EdgeLimits): RequestTarget {
  if (Buffer.byteLength(url) > limits.urlBytesMax) return refused(414, '414 URI Too Long');
  if (!url.startsWith('/')) return refused(400, '400 Bad Request');
  const queryAt = url.indexOf('?');
  const rawPath = queryAt < 0 ? url : url.slice(0, queryAt);
  const query = queryAt < 0 ? NO_QUERY : new URLSearchParams(url.slice(queryAt + 1));
  if (rawPath === '/') return { type: 'target', path: '/', segments: [], query };
  const segments: string[] = [];
  for (const raw of rawPath.slice(1).split('/', limits.pathSegmentsMax + 1)) {
    const segment = decodeSegment(raw);
    if (segment === undefined) return refused(400, '400 Bad Request');
    if (!isSegment(segment)) return refused(404, NOT_FOUND);
    segments.push(segment);
  }
  if (segments.length > limits.pathSegmentsMax) return refused(404, NOT_FOUND);
  return { type: 'target', path: `/${segments.join('/')}`, segments, query };
}

function refused(status: 400 | 404 | 414, text: string): RequestTarget {
  return { type: 'refused', status, text };
}

function decodeSegment(raw: string): string | undefined {
  if (!raw.includes('%')) return raw;
  try {
    return decodeURIComponent(raw);
  } catch {
    return undefined;
  }
}

function isSegment(text: string): boolean {
  return text !== '' && text !== '.' && text !== '..' && !text.includes('/');
}
