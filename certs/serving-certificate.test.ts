import type { AddressInfo } from 'node:net';
import https from 'node:https';
import tls from 'node:tls';
import { describe, expect, it } from 'vitest';
import { issueAuthority, issueServing } from './issue.ts';
import { createServingCertificate } from './serving-certificate.ts';
import type { SourceReading } from './source.ts';

function material(name: string, problem?: string): SourceReading {
  const pem = { key: name, cert: name, caBundle: name };
  return { type: 'material', material: pem, expiresAtMs: 1000, problem, isCurrent: problem === undefined };
}

function setUp(first: SourceReading) {
  const world = { reading: first, reads: 0, nowMs: 0, timers: [] as { run: () => void; delayMs: number }[] };
  const certificate = createServingCertificate({
    source: {
      intervalMs: 50,
      read: () => {
        world.reads += 1;
        return Promise.resolve(world.reading);
      },
    },
    clock: () => world.nowMs,
    schedule: (run, delayMs) => {
      const timer = { run, delayMs };
      world.timers.push(timer);
      return () => (world.timers = world.timers.filter((other) => other !== timer));
    },
  });
  const seen: string[] = [];
  certificate.onChange((changed) => seen.push(changed.cert));
  const tick = async () => {
    world.timers.shift()?.run();
    await certificate.refresh();
    await new Promise(setImmediate);
  };
  return { world, certificate, seen, tick };
}

describe('a serving certificate', () => {
  it('does not start without material', async () => {
    const { world, certificate } = setUp({ type: 'failed', problem: 'no file' });
    expect(await certificate.start()).toEqual({ type: 'failed', problem: 'no file' });
    expect(world.timers).toEqual([]);
    expect(() => certificate.current()).toThrow('was not started');
  });

  it('tells its listeners of each change once and of nothing else', async () => {
    const { world, certificate, seen, tick } = setUp(material('one'));
    await certificate.start();
    expect(certificate.current().cert).toBe('one');
    await tick();
    expect(seen).toEqual([]);
    world.reading = material('two');
    await tick();
    await tick();
    expect(seen).toEqual(['two']);
    expect(certificate.current().cert).toBe('two');
  });

  it('keeps its material and describes the problem while the source fails', async () => {
    const { world, certificate, seen, tick } = setUp(material('one'));
    await certificate.start();
    world.reading = { type: 'failed', problem: 'gone' };
    await tick();
    expect(certificate.current().cert).toBe('one');
    expect(certificate.describe()).toEqual({ expiresAtMs: 1000, problem: 'gone', unreadSinceMs: 0 });
    world.reading = material('one');
    await tick();
    expect(certificate.describe()).toMatchObject({ problem: undefined, unreadSinceMs: undefined });
    expect(seen).toEqual([]);
  });

  it('describes its expiry from the moment on', async () => {
    const { world, certificate } = setUp(material('one'));
    await certificate.start();
    world.nowMs = 999;
    expect(certificate.describe().problem).toBeUndefined();
    world.nowMs = 1000;
    expect(certificate.describe().problem).toContain('expired at');
  });

  it('stops looking when closed', async () => {
    const { world, certificate, seen } = setUp(material('one'));
    await certificate.start();
    expect(world.timers.map((timer) => timer.delayMs)).toEqual([50]);
    certificate.close();
    expect(world.timers).toEqual([]);
    world.reading = material('two');
    await certificate.refresh();
    expect(seen).toEqual([]);
  });

  it('is swapped in a running server without dropping its connections', async () => {
    const validity = { nowMs: Date.now(), lifetimeMs: 86_400_000 };
    const authority = await issueAuthority({ commonName: 'ca', validity });
    const issue = () => issueServing({ dnsNames: ['localhost'], ips: [], authority, validity });
    const [first, second] = await Promise.all([issue(), issue()]);
    const server = https.createServer(first, (_, response) => response.end('answer'));
    server.listen(0, '127.0.0.1');
    await new Promise((resolve) => server.once('listening', resolve));
    const { port } = server.address() as AddressInfo;
    const connect = async () => {
      const socket = tls.connect({ host: '127.0.0.1', port, servername: 'localhost', ca: authority.cert });
      await new Promise((resolve, reject) => socket.once('secureConnect', resolve).once('error', reject));
      return socket;
    };
    const before = await connect();
    server.setSecureContext(second);
    const after = await connect();
    expect(after.getPeerX509Certificate()?.toString()).toBe(second.cert);
    expect(before.getPeerX509Certificate()?.toString()).toBe(first.cert);
    before.write('GET / HTTP/1.1\r\nHost: a\r\n\r\n');
    const answer = await new Promise((resolve) => before.once('data', (chunk: Buffer) => resolve(chunk.toString())));
    expect(answer).toContain('200 OK');
    before.destroy();
    after.destroy();
    server.close();
  });
});
