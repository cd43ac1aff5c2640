import { execFile, execFileSync } from 'node:child_process';
import { X509Certificate, createPrivateKey } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import tls from 'node:tls';
import { describe, expect, it } from 'vitest';
import { issueAuthority, issueClient, issueServing } from './issue.ts';
import type { KeyAlgorithm } from './key-pair.ts';

const DAY_MS = 86_400_000;
const run = promisify(execFile);
const NOW_MS = Date.now();
const validity = { nowMs: NOW_MS, lifetimeMs: 30 * DAY_MS };
const authorityValidity = { nowMs: NOW_MS, lifetimeMs: 3650 * DAY_MS };
const algorithms: readonly KeyAlgorithm[] = ['ecdsa-p256', 'rsa-2048'];

const openssl = ((): boolean => {
  try {
    execFileSync('openssl', ['version']);
    return true;
  } catch {
    return false;
  }
})();

async function issueAll(keyAlgorithm: KeyAlgorithm) {
  const authority = await issueAuthority({ commonName: 'test authority', validity: authorityValidity, keyAlgorithm });
  const serving = await issueServing({
    dnsNames: ['api.things.svc', 'localhost'],
    ips: ['127.0.0.1', '::1', 'fd00::12'],
    authority,
    validity,
    keyAlgorithm,
  });
  const client = await issueClient({
    commonName: 'system:jane_ü@example.com',
    organizations: ['devs, ops', 'system:masters'],
    authority,
    validity,
    keyAlgorithm,
  });
  return { authority, serving, client };
}

describe.each(algorithms)('issuing with %s', (keyAlgorithm) => {
  it('makes certificates that node:crypto verifies against their authority', async () => {
    const { authority, serving, client } = await issueAll(keyAlgorithm);
    const ca = new X509Certificate(authority.cert);
    const leaf = new X509Certificate(serving.cert);
    expect(ca.ca).toBe(true);
    expect(leaf.ca).toBe(false);
    for (const cert of [ca, leaf, new X509Certificate(client.cert)]) {
      expect(cert.checkIssued(ca)).toBe(true);
      expect(cert.verify(ca.publicKey)).toBe(true);
    }
    expect(leaf.checkPrivateKey(createPrivateKey(serving.key))).toBe(true);
    expect(leaf.checkHost('api.things.svc', { subject: 'never' })).toBe('api.things.svc');
    expect(leaf.checkHost('other.things.svc', { subject: 'never' })).toBeUndefined();
    expect(leaf.checkIP('fd00::12')).toBeDefined();
    expect(leaf.checkIP('10.0.0.1')).toBeUndefined();
    expect(leaf.keyUsage).toEqual(['1.3.6.1.5.5.7.3.1']);
    expect(new X509Certificate(client.cert).keyUsage).toEqual(['1.3.6.1.5.5.7.3.2']);
  });

  it('carries user and groups in the subject of a client certificate', async () => {
    const { client } = await issueAll(keyAlgorithm);
    expect(new X509Certificate(client.cert).toLegacyObject().subject).toMatchObject({
      CN: 'system:jane_ü@example.com',
      O: ['devs, ops', 'system:masters'],
    });
  });

  it.runIf(openssl)('satisfies the strict rules of openssl for its purpose and only for that', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'certs-'));
    try {
      const { authority, serving, client } = await issueAll(keyAlgorithm);
      await writeFile(join(folder, 'ca.pem'), authority.cert);
      await writeFile(join(folder, 'serving.pem'), serving.cert);
      await writeFile(join(folder, 'client.pem'), client.cert);
      const verify = (purpose: string, file: string) =>
        run('openssl', ['verify', '-x509_strict', '-purpose', purpose, '-CAfile', 'ca.pem', file], { cwd: folder });
      expect((await verify('sslserver', 'serving.pem')).stdout).toContain('OK');
      expect((await verify('sslclient', 'client.pem')).stdout).toContain('OK');
      await expect(verify('sslclient', 'serving.pem')).rejects.toThrow();
      await expect(verify('sslserver', 'client.pem')).rejects.toThrow();
    } finally {
      await rm(folder, { recursive: true });
    }
  });

  it('completes a mutual TLS 1.3 handshake', async () => {
    const { authority, serving, client } = await issueAll(keyAlgorithm);
    const server = tls.createServer({
      ...serving,
      ca: authority.cert,
      requestCert: true,
      rejectUnauthorized: true,
      minVersion: 'TLSv1.3',
    });
    server.on('secureConnection', (socket) => socket.end(new X509Certificate(socket.getPeerCertificate().raw).subject));
    server.listen(0, '127.0.0.1');
    await new Promise((resolve) => server.once('listening', resolve));
    const { port } = server.address() as AddressInfo;
    const socket = tls.connect({
      host: '127.0.0.1',
      port,
      servername: 'api.things.svc',
      ca: authority.cert,
      ...client,
    });
    let text = '';
    socket.on('data', (chunk: Buffer) => (text += chunk.toString()));
    await new Promise((resolve, reject) => {
      socket.once('end', resolve);
      socket.once('error', reject);
    });
    expect(socket.getProtocol()).toBe('TLSv1.3');
    expect(text).toBe(new X509Certificate(client.cert).subject);
    socket.destroy();
    server.close();
  });
});

describe('validity', () => {
  it('begins five minutes early and ends after the lifetime', async () => {
    const { authority, serving } = await issueAll('ecdsa-p256');
    const leaf = new X509Certificate(serving.cert);
    const seconds = (text: string) => Math.floor(Date.parse(text) / 1000);
    expect(seconds(leaf.validTo)).toBe(Math.floor((NOW_MS + 30 * DAY_MS) / 1000));
    expect(seconds(leaf.validFrom)).toBe(Math.floor((NOW_MS - 300_000) / 1000));
    expect(seconds(new X509Certificate(authority.cert).validFrom)).toBe(Math.floor((NOW_MS - 300_000) / 1000));
  });

  it('of a leaf ends with its authority at the latest', async () => {
    const authority = await issueAuthority({ commonName: 'ca', validity: { nowMs: NOW_MS, lifetimeMs: DAY_MS } });
    const leaf = await issueServing({ dnsNames: ['a'], ips: [], authority, validity });
    expect(new X509Certificate(leaf.cert).validTo).toBe(new X509Certificate(authority.cert).validTo);
  });

  it('works beyond 2050, where certificates change the form of their dates', async () => {
    const lifetimeMs = 40 * 365 * DAY_MS;
    const authority = await issueAuthority({ commonName: 'ca', validity: { nowMs: NOW_MS, lifetimeMs } });
    const ends = Date.parse(new X509Certificate(authority.cert).validTo);
    expect(Math.floor(ends / 1000)).toBe(Math.floor((NOW_MS + lifetimeMs) / 1000));
  });
});

describe('names', () => {
  it('gives every certificate its own positive serial of 128 bits', async () => {
    const serials = new Set<string>();
    for (let count = 0; count < 50; count++) {
      const { cert } = await issueAuthority({ commonName: 'ca', validity });
      serials.add(new X509Certificate(cert).serialNumber);
    }
    expect(serials.size).toBe(50);
    for (const serial of serials) expect(serial).toMatch(/^[4-7][0-9A-F]{31}$/);
  });

  it('refuses a serving certificate without names and with something that is no address', async () => {
    const authority = await issueAuthority({ commonName: 'ca', validity });
    await expect(issueServing({ dnsNames: [], ips: [], authority, validity })).rejects.toThrow('at least one');
    await expect(issueServing({ dnsNames: ['a'], ips: ['x'], authority, validity })).rejects.toThrow('not an IP');
  });

  it('keeps names that do not fit a common name among the alternative names', async () => {
    const authority = await issueAuthority({ commonName: 'ca', validity });
    const long = `${'a'.repeat(40)}.${'b'.repeat(40)}.svc`;
    const leaf = new X509Certificate((await issueServing({ dnsNames: [long], ips: [], authority, validity })).cert);
    expect(leaf.subject).toBe('CN=serving');
    expect(leaf.checkHost(long, { subject: 'never' })).toBe(long);
  });

  it.runIf(openssl)('signs with an authority that another program made', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'certs-'));
    try {
      const subject = '/C=DE/O=Example/CN=foreign authority';
      const usage = ['-addext', 'keyUsage=critical,keyCertSign'];
      const options = [
        '-x509',
        ...usage,
        '-newkey',
        'ec',
        '-pkeyopt',
        'ec_paramgen_curve:P-256',
        '-nodes',
        '-days',
        '30',
      ];
      const cwd = folder;
      await run('openssl', ['req', ...options, '-subj', subject, '-keyout', 'ca.key', '-out', 'ca.pem'], { cwd });
      const read = async (name: string) => (await run('cat', [name], { cwd: folder })).stdout;
      const authority = { key: await read('ca.key'), cert: await read('ca.pem') };
      const leaf = await issueServing({ dnsNames: ['a.svc'], ips: [], authority, validity });
      await writeFile(join(folder, 'leaf.pem'), leaf.cert);
      const verified = await run('openssl', ['verify', '-x509_strict', '-CAfile', 'ca.pem', 'leaf.pem'], { cwd });
      expect(verified.stdout).toContain('OK');
    } finally {
      await rm(folder, { recursive: true });
    }
  });
});
