import type { IncomingMessage, OutgoingHttpHeaders, ServerResponse } from 'node:http';

/** A request as it came to the proxy, whole. */
export interface ProxiedRequest {
  readonly method: string;
  /** As it was sent, with the query. */
  readonly target: string;
  readonly path: string;
  readonly query: Readonly<Record<string, string>>;
  readonly headers: IncomingMessage['headers'];
  readonly rawHeaders: readonly string[];
  readonly body: string;
}

/** Streams the answer through as it comes. When it breaks off, so does ours. */
export async function pass(answer: IncomingMessage, response: ServerResponse): Promise<void> {
  response.writeHead(answer.statusCode ?? 0, headersToSend(answer.rawHeaders));
  response.flushHeaders();
  answer.on('close', () => {
    if (!answer.complete) response.socket?.destroy();
  });
  response.on('close', () => answer.destroy());
  answer.pipe(response);
  await new Promise<void>((resolve) => response.once('close', resolve));
}

const HOP_BY_HOP = new Set(['connection', 'keep-alive', 'transfer-encoding', 'host']);

/** Repeated lines stay apart: joined, several Impersonate-Group or Warning lines would become one. */
export function headersToSend(rawHeaders: readonly string[]): OutgoingHttpHeaders {
  const headers: Record<string, string[]> = {};
  for (let index = 0; index + 1 < rawHeaders.length; index += 2) {
    const [name = '', value = ''] = rawHeaders.slice(index, index + 2);
    if (!HOP_BY_HOP.has(name.toLowerCase())) (headers[name.toLowerCase()] ??= []).push(value);
  }
  return headers;
}

export async function bodyOf(answer: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of answer) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}
