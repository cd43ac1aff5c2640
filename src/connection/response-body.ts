import type { IncomingHttpHeaders, IncomingMessage } from 'node:http';
import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream';
import { createGunzip } from 'node:zlib';
import type { Call } from './exchange.ts';
import { endReason } from './exchange.ts';
import { describeFailure, errorCode } from './failure.ts';
import { ConnectionError } from './types.ts';

/** Reads a whole body, decompressed, up to `bytesMax`; rejects with ConnectionError only. */
export async function readBody(
  response: IncomingMessage,
  at: { readonly call: Call; readonly server: string; readonly bytesMax: number },
): Promise<Buffer> {
  const source = decoded(response, at.server);
  try {
    return await collect(source, at);
  } catch (error) {
    response.destroy();
    throw at.call.signal.aborted ? endReason(at.call) : bodyFailure(error, at.server);
  }
}

/** By events: an async iterator costs several times as much, and this is done for every call. */
function collect(source: Readable, at: { readonly server: string; readonly bytesMax: number }): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let bytes = 0;
    const breakOff = (): void => reject(source.errored ?? new Error('the answer ended early'));
    if (source.destroyed) {
      breakOff();
      return;
    }
    source.on('data', (chunk: Buffer) => {
      bytes += chunk.length;
      if (bytes <= at.bytesMax) {
        chunks.push(chunk);
        return;
      }
      const text = `${at.server}: the answer is longer than ${at.bytesMax} bytes`;
      source.destroy(new ConnectionError('BodyTooLarge', text, { sent: true }));
    });
    source.once('error', reject);
    source.once('close', breakOff);
    source.once('end', () => {
      source.off('close', breakOff);
      resolve(Buffer.concat(chunks, bytes));
    });
  });
}

/** The headers as they hold for the decoded body. */
export function headersWithoutEncoding(headers: IncomingHttpHeaders): IncomingHttpHeaders {
  if (headers['content-encoding'] === undefined) return headers;
  const kept = { ...headers };
  delete kept['content-encoding'];
  delete kept['content-length'];
  return kept;
}

function decoded(response: IncomingMessage, server: string): Readable {
  const encoding = response.headers['content-encoding'] ?? 'identity';
  if (encoding === 'identity' || encoding === '') return response;
  if (encoding === 'gzip') {
    // Errors reach the reader through the decompressor.
    return pipeline(response, createGunzip(), () => undefined);
  }
  response.destroy();
  throw new ConnectionError('Broken', `${server}: the answer has a content encoding that was not asked for`, {
    sent: true,
  });
}

function bodyFailure(error: unknown, server: string): ConnectionError {
  if (errorCode(error).startsWith('Z_')) {
    return new ConnectionError('Broken', `${server}: the answer is not valid gzip (${errorCode(error)})`, {
      sent: true,
    });
  }
  return describeFailure(error, { server, sent: true });
}
