import type { IncomingHttpHeaders } from 'node:http';
import { parseJson } from '../kube/json.ts';
import type { KubeConnection, KubeRequest } from './types.ts';
import { ConnectionError } from './types.ts';

export interface JsonResponse {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  /** Integers beyond 2^53 are bigint. Undefined when an error answer (of a proxy, say) is not JSON. */
  readonly body: unknown;
}

/** A request whose answer is JSON. A 2xx answer that is not JSON rejects with ConnectionError (Broken). */
export async function requestJson(connection: KubeConnection, request: KubeRequest): Promise<JsonResponse> {
  const { status, headers, body } = await connection.request(request);
  try {
    return { status, headers, body: body.length === 0 ? undefined : parseJson(body.toString('utf8')) };
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    if (status < 200 || status > 299) return { status, headers, body: undefined };
    // The parser quotes the text, which may be a Secret: no cause.
    throw new ConnectionError('Broken', `${connection.server}: the answer is not JSON`, { sent: true });
  }
}
