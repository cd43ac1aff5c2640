import type { EdgeLimits } from './limits.ts';

/** The request line after one decoding. `path` is the decoded path with its trailing slash; '/' has no segments. */
export type RequestTarget =
  AcceptedTarget | { readonly type: 'refused'; readonly status: 400 | 404 | 414; readonly text: string };

export interface AcceptedTarget {
  readonly type: 'target';
  readonly path: string;
  readonly segments: readonly string[];
  /** Discovery is also found with a slash at the end, as in kube-apiserver; resources are not. */
  readonly trailingSlash: boolean;
  readonly query: URLSearchParams;
}

const NOT_FOUND = '404 page not found';

/**
 * Splits before it decodes, so that an encoded slash never makes a segment of its own. Empty segments (doubled slashes)
 * and encoded slashes exist nowhere; '.' and '..' are segments like any other: paths are never cleaned or redirected.
 */
export function parseRequestTarget(url: string, limits: EdgeLimits): RequestTarget {
  if (Buffer.byteLength(url) > limits.urlBytesMax) return refused(414, '414 URI Too Long');
  if (!url.startsWith('/')) return refused(400, '400 Bad Request');
  const queryAt = url.indexOf('?');
  const rawPath = queryAt < 0 ? url : url.slice(0, queryAt);
  const query = new URLSearchParams(queryAt < 0 ? '' : url.slice(queryAt + 1));
  const trailingSlash = /[^/]\/$/.test(rawPath);
  const segments = parseSegments(trailingSlash ? rawPath.slice(0, -1) : rawPath, limits);
  if (typeof segments === 'number') return refused(segments, segments === 400 ? '400 Bad Request' : NOT_FOUND);
  const path = `/${segments.join('/')}${trailingSlash ? '/' : ''}`;
  return { type: 'target', path, segments, trailingSlash, query };
}

/** The segments behind the first slash, or the status of the refusal. */
function parseSegments(rawPath: string, limits: EdgeLimits): readonly string[] | 400 | 404 {
  if (rawPath === '/') return [];
  const segments: string[] = [];
  for (const raw of rawPath.slice(1).split('/', limits.pathSegmentsMax + 1)) {
    const segment = decodeSegment(raw);
    if (segment === undefined) return 400;
    if (!isSegment(segment)) return 404;
    segments.push(segment);
  }
  return segments.length > limits.pathSegmentsMax ? 404 : segments;
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
  return text !== '' && !text.includes('/');
}
