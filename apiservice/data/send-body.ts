import type { IncomingMessage, ServerResponse } from 'node:http';
import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import type { DataDeps } from './deps.ts';
import { acceptsGzip } from './gzip.ts';
import type { Encoding } from './negotiation.ts';
import { JSON_TYPE, writeHead, YAML_TYPE } from './send.ts';

const compress = promisify(gzip);

export interface Exchange {
  readonly message: IncomingMessage;
  readonly response: ServerResponse;
}

export interface WholeBody {
  readonly encoding: Encoding;
  readonly body: Buffer;
  /** 200 unless it says otherwise. */
  readonly statusCode?: 200 | 201;
}

/** Sends a body that is there as a whole; a large one compressed where the client understands that. */
export async function sendBody(deps: DataDeps, { message, response }: Exchange, answer: WholeBody): Promise<void> {
  const contentType = answer.encoding === 'yaml' ? YAML_TYPE : JSON_TYPE;
  const zipped = answer.body.length > deps.limits.gzipAboveBytes && acceptsGzip(message.headers['accept-encoding']);
  const body = zipped ? await compress(answer.body, { level: 1 }) : answer.body;
  if (zipped) {
    response.setHeader('Content-Encoding', 'gzip');
    response.appendHeader('Vary', 'Accept-Encoding');
  }
  writeHead(response, contentType, body.length);
  response.statusCode = answer.statusCode ?? 200;
  response.end(body);
}
