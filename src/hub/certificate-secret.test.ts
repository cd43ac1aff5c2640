import { describe, expect, it } from 'vitest';
import { createFakeHub, failure } from '../../test/support/fake-hub.ts';
import { createCertificateSecret } from './certificate-secret.ts';
import { hubFingerprint } from './hub-fingerprint.ts';

const PATH = '/api/v1/namespaces/ours/secrets/serving';
const FILES = { 'tls.crt': 'certificate', 'tls.key': 'key' };

function setUp() {
  const hub = createFakeHub();
  const open = () => createCertificateSecret({ connection: hub.connection, namespace: 'ours', name: 'serving' });
  return { hub, open, secret: open() };
}

describe('a certificate Secret', () => {
  it('is created with the first save and gives back what was saved', async () => {
    const { hub, open, secret } = setUp();
    expect(await secret.load()).toBeUndefined();
    await secret.save(FILES);
    expect(hub.objects.get(PATH)).toMatchObject({ kind: 'Secret', data: { 'tls.key': 'a2V5' } });
    expect(await open().load()).toEqual(FILES);
    await secret.save({ ...FILES, 'tls.crt': 'other' });
    expect(await open().load()).toEqual({ ...FILES, 'tls.crt': 'other' });
  });

  it('keeps labels and other keys of a Secret that was there', async () => {
    const { hub, secret } = setUp();
    hub.put(PATH, { kind: 'Secret', metadata: { name: 'serving', labels: { a: 'b' } }, data: { other: 'eA==' } });
    expect(await secret.load()).toEqual({ other: 'x' });
    await secret.save(FILES);
    expect(hub.objects.get(PATH)).toMatchObject({ metadata: { labels: { a: 'b' } }, data: { other: 'eA==' } });
  });

  it('does not overwrite what somebody else saved meanwhile', async () => {
    const { open, secret } = setUp();
    const other = open();
    await Promise.all([secret.load(), other.load()]);
    await other.save(FILES);
    await expect(secret.save({})).rejects.toThrow('Secret ours/serving: 409');
    await secret.load();
    await other.save({ ...FILES, 'tls.crt': 'new' });
    await expect(secret.save({})).rejects.toThrow('409');
  });

  it('takes a patch of some texts, whoever else saved since', async () => {
    const { hub, secret } = setUp();
    await secret.save(FILES);
    hub.handler = (request) => (request.method === 'PATCH' ? { status: 200, body: {} } : undefined);
    await secret.patch({ wish: 'x' });
    expect(hub.requests.at(-1)).toMatchObject({
      path: PATH,
      headers: { 'content-type': 'application/merge-patch+json' },
      body: '{"data":{"wish":"eA=="}}',
    });
    hub.handler = () => failure(403, 'forbidden');
    await expect(secret.patch({})).rejects.toThrow('Secret ours/serving: 403: forbidden');
  });

  it('rejects when it cannot be told what is there', async () => {
    const { hub, secret } = setUp();
    hub.handler = () => failure(403, 'forbidden');
    await expect(secret.load()).rejects.toThrow('Secret ours/serving: 403: forbidden');
    hub.handler = () => 'down';
    await expect(secret.load()).rejects.toThrow('the hub is down');
  });
});

describe('the fingerprint of the hub', () => {
  it('is the uid of its kube-system', async () => {
    const { hub } = setUp();
    hub.put('/api/v1/namespaces/kube-system', { metadata: { uid: 'u1' } });
    expect(await hubFingerprint(hub.connection)).toEqual({ ok: true, value: 'u1' });
  });

  it.each([
    ['the hub refuses', failure(403, 'forbidden'), '403: forbidden'],
    ['there is no uid', { status: 200, body: { metadata: {} } }, 'no uid'],
    ['the answer is no object', { status: 200, body: [] }, 'not a JSON object'],
  ])('is a failure when %s', async (_, answer, message) => {
    const { hub } = setUp();
    hub.handler = () => answer;
    const result = await hubFingerprint(hub.connection);
    expect(result.ok ? '' : result.error).toContain(message);
  });
});
