import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import pino from 'pino';
import { Gauge, Registry } from 'prom-client';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createOpenPaths } from './open-paths.ts';

let server: Server;
let problem: string | undefined;

beforeAll(async () => {
  const registry = new Registry();
  new Gauge({ name: 'things', help: 'Things.', registers: [registry] }).set(3);
  const handle = createOpenPaths({
    readiness: [{ name: 'initial-sync', check: () => problem }],
    logger: pino({ enabled: false }),
    registry,
  });
  server = createServer(handle);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
});

afterAll(() => server.close());

async function get(path: string, method = 'GET'): Promise<{ status: number; text: string }> {
  const { port } = server.address() as AddressInfo;
  const response = await fetch(`http://127.0.0.1:${port}${path}`, { method });
  return { status: response.status, text: await response.text() };
}

describe('the open paths of webhooks in a member', () => {
  it('tell whether reviews should come, without the reason', async () => {
    problem = 'the member was not read yet';
    expect((await get('/readyz')).status).toBe(500);
    expect((await get('/readyz')).text).not.toContain(problem);
    expect((await get('/livez')).status).toBe(200);
    problem = undefined;
    expect(await get('/readyz')).toEqual({ status: 200, text: 'ok' });
    expect((await get('/readyz?verbose')).text).toContain('[+]initial-sync ok');
    expect((await get('/readyz/initial-sync')).status).toBe(200);
  });

  it('show the metrics, and nothing else', async () => {
    expect((await get('/metrics')).text).toContain('things 3');
    for (const path of ['/', '/apis', '/readyz/none', '/readyz/initial-sync/more', '//x', '/toString', '/metrics/']) {
      expect((await get(path)).status, path).toBe(404);
    }
    expect((await get('/metrics', 'POST')).status).toBe(405);
  });
});
