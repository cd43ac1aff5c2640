import type { IncomingMessage } from 'node:http';
import { createServer, request } from 'node:http';
import type { AddressInfo } from 'node:net';
import { connect } from 'node:net';
import { afterEach, describe, expect, test } from 'vitest';
import { readBody } from './body.ts';

const server = createServer();
afterEach(() => {
  server.removeAllListeners('request');
  server.closeAllConnections();
  server.close();
});

/** Takes one request, written by `write`, and gives its message to the test. */
async function receive(write: (port: number) => void): Promise<IncomingMessage> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const message = new Promise<IncomingMessage>((resolve) => server.once('request', resolve));
  write((server.address() as AddressInfo).port);
  return message;
}

function post(body: string, chunked: boolean): (port: number) => void {
  return (port) => {
    const headers = chunked ? { 'Transfer-Encoding': 'chunked' } : { 'Content-Length': String(body.length) };
    const outgoing = request({ host: '127.0.0.1', port, method: 'POST', headers });
    outgoing.on('error', () => undefined);
    for (const char of body) outgoing.write(char);
    outgoing.end();
  };
}

describe('request bodies', () => {
  test('are read whole up to the limit, declared or chunked', async () => {
    for (const chunked of [false, true]) {
      const message = await receive(post('12345', chunked));
      expect((await readBody(message, 5)).toString()).toBe('12345');
      server.close();
      server.closeAllConnections();
    }
  });

  test('are 413 above it, before or while they are read', async () => {
    for (const chunked of [false, true]) {
      const message = await receive(post('123456', chunked));
      await expect(readBody(message, 5)).rejects.toMatchObject({ status: { code: 413 } });
      server.close();
      server.closeAllConnections();
    }
  });

  test('that end early are 400', async () => {
    const message = await receive((port) => {
      const socket = connect(port, '127.0.0.1');
      socket.write('POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\n123', () => socket.end());
    });
    await expect(readBody(message, 100)).rejects.toMatchObject({ status: { code: 400 } });
  });
});
