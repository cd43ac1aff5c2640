import { describe, expect, it } from 'vitest';
import { createTestAuthority } from '../../test/support/tls-material.ts';
import { failed, succeeded } from '../kube/outcome.ts';
import type { CredentialSource } from './credentials.ts';
import { createCredentialSource } from './credentials.ts';
import type { ConnectionSettings } from './settings.ts';
import { plainSettings } from './settings.ts';

const authority = createTestAuthority();
const first = authority.issue({ commonName: 'first', usage: 'clientAuth' });
const second = authority.issue({ commonName: 'second', usage: 'clientAuth' });
const REREAD_MS = 10_000;

interface Rig {
  readonly source: CredentialSource;
  readonly files: Map<string, string>;
  readonly time: { now: number };
  readonly reads: string[];
}

function rig(settings: Partial<ConnectionSettings>, content: Readonly<Record<string, string>>): Rig {
  const files = new Map(Object.entries(content));
  const time = { now: 0 };
  const reads: string[] = [];
  const source = createCredentialSource(
    { ...plainSettings('https://a'), ...settings },
    {
      clock: () => time.now,
      fileRereadMs: REREAD_MS,
      runExec: () => Promise.resolve(failed('not in this test')),
      readFile: (path) => {
        reads.push(path);
        const text = files.get(path);
        return Promise.resolve(text === undefined ? failed('cannot be read (ENOENT)') : succeeded(text));
      },
    },
  );
  return { source, files, time, reads };
}

const TOKEN = { token: { type: 'file', path: 'token' } } as const;
const PAIR = {
  clientCertificate: { certificate: { type: 'file', path: 'crt' }, key: { type: 'file', path: 'key' } },
} as const;

describe('files of credentials', () => {
  it('are read again when they are due, and only then', async () => {
    const { source, files, time, reads } = rig(TOKEN, { token: ' one\n' });
    expect((await source.current()).token).toBe('one');
    files.set('token', 'two');
    time.now = REREAD_MS - 1;
    expect((await source.current()).token).toBe('one');
    time.now = REREAD_MS;
    const both = await Promise.all([source.current(), source.current()]);
    expect(both.map(({ token }) => token)).toEqual(['two', 'two']);
    expect(reads).toHaveLength(2);
  });

  it.each([[undefined], [''], ['with blank']])(
    'keep their last good content when they turn into %j',
    async (content) => {
      const { source, files, time } = rig(TOKEN, { token: 'one' });
      await source.current();
      if (content === undefined) files.delete('token');
      else files.set('token', content);
      time.now = REREAD_MS;
      expect((await source.current()).token).toBe('one');
    },
  );

  it('are an error while they never held anything usable', async () => {
    const { source, files } = rig(TOKEN, {});
    const message = 'token file "token" cannot be read (ENOENT)';
    await expect(source.current()).rejects.toMatchObject({ failure: 'CredentialsUnavailable', sent: false, message });
    files.set('token', '\n');
    await expect(source.current()).rejects.toMatchObject({ message: 'token file "token" holds an empty token' });
    files.set('token', 'one');
    expect((await source.current()).token).toBe('one');
  });

  it('are read at once after a 401, which gives something new or nothing', async () => {
    const { source, files } = rig(TOKEN, { token: 'one' });
    const used = await source.current();
    expect(await source.renew(used)).toBeUndefined();
    files.set('token', 'two');
    expect((await source.renew(used))?.token).toBe('two');
  });

  it('keep the last pair while a rotation has replaced only one of two files', async () => {
    const { source, files, time } = rig(PAIR, { crt: first.certificate, key: first.key });
    const before = await source.current();
    files.set('crt', second.certificate);
    time.now = REREAD_MS;
    expect((await source.current()).tls).toBe(before.tls);
    files.set('key', second.key);
    time.now = 2 * REREAD_MS;
    const after = await source.current();
    expect(after.tls).toMatchObject({ certificate: second.certificate, key: second.key });
    expect(after.tls.digest).not.toBe(before.tls.digest);
  });

  it('are an error when the first pair does not match', async () => {
    const { source } = rig(PAIR, { crt: first.certificate, key: second.key });
    await expect(source.current()).rejects.toMatchObject({
      message: 'client key does not belong to the client certificate',
    });
  });

  it('of authorities are followed', async () => {
    const other = createTestAuthority().certificate;
    const { source, files, time } = rig(
      { certificateAuthority: { type: 'file', path: 'ca' } },
      { ca: authority.certificate },
    );
    expect((await source.current()).tls.certificateAuthority).toBe(authority.certificate);
    files.set('ca', other);
    time.now = REREAD_MS;
    expect((await source.current()).tls.certificateAuthority).toBe(other);
    files.set('ca', 'garbage');
    time.now = 2 * REREAD_MS;
    expect((await source.current()).tls.certificateAuthority).toBe(other);
  });
});
