import { badRequest } from '../../src/kube/api-errors.ts';
import { parseGoDuration } from './go-duration.ts';

/** How long a short request may take: the limit, or less if the caller says so with `timeout=`. Throws 400. */
export function requestTimeoutMs(query: URLSearchParams, limitMs: number): number {
  const asked = query.get('timeout') ?? '';
  if (asked === '') return limitMs;
  const parsed = parseGoDuration(asked);
  if (!parsed.ok) throw badRequest(`invalid timeout specified in the request URL - ${parsed.error}`);
  return parsed.value > 0 && parsed.value < limitMs ? parsed.value : limitMs;
}
