import { describe, expect, it } from 'vitest';
import { createTestAuthority } from '../../test/support/tls-material.ts';
import type { Outcome } from '../kube/outcome.ts';
import { failed, succeeded } from '../kube/outcome.ts';
import type { ExecCredentialSource } from './exec-credential.ts';
import { createExecCredentialSource, parseExecCredential } from './exec-credential.ts';
import type { ExecInvocation } from './exec-runner.ts';
import { createSecret } from './secret.ts';
import type { ExecSettings } from './settings.ts';
import { plainSettings } from './settings.ts';

const MARKER = 'mArKeR-s3cr3t';
const V1 = 'client.authentication.k8s.io/v1';
const T0 = Date.UTC(2026, 0, 1);

function output(status: unknown, more: object = {}): string {
  return JSON.stringify({ apiVersion: V1, kind: 'ExecCredential', status, ...more });
}

function tokenUntil(token: string, lifeSeconds?: number, nowMs = T0): string {
  if (lifeSeconds === undefined) return output({ token });
  return output({ token, expirationTimestamp: new Date(nowMs + lifeSeconds * 1000).toISOString() });
}

const EXEC: ExecSettings = {
  apiVersion: V1,
  command: 'plugin',
  args: [createSecret('arg')],
  env: [
    { name: 'A', value: createSecret('1') },
    { name: 'KUBERNETES_EXEC_INFO', value: createSecret('fake') },
  ],
  provideClusterInfo: false,
  clusterConfig: { audience: 'a' },
  installHint: undefined,
};

interface Rig {
  readonly source: ExecCredentialSource;
  readonly invocations: ExecInvocation[];
  readonly outputs: Outcome<string, string>[];
  readonly time: { now: number };
}

function rig(exec: Partial<ExecSettings> = {}): Rig {
  const invocations: ExecInvocation[] = [];
  const outputs: Outcome<string, string>[] = [];
  const time = { now: T0 };
  const settings = { ...plainSettings('https://member:6443'), tlsServerName: 'kube', exec: { ...EXEC, ...exec } };
  const source = createExecCredentialSource(settings, {
    clock: () => time.now,
    certificateAuthority: () => Promise.resolve('PEM'),
    runExec: (invocation) => {
      invocations.push(invocation);
      return Promise.resolve(outputs.shift() ?? failed('ran out of outputs'));
    },
  });
  return { source, invocations, outputs, time };
}

describe('the credential of a plugin', () => {
  it('is asked for once by many callers, and kept while it has no end', async () => {
    const { source, invocations, outputs, time } = rig();
    outputs.push(succeeded(tokenUntil('t1')));
    const all = await Promise.all([source.current(), source.current(), source.current()]);
    expect(all.map(({ token }) => token)).toEqual(['t1', 't1', 't1']);
    time.now += 10 * 86_400_000;
    expect((await source.current()).token).toBe('t1');
    expect(invocations).toHaveLength(1);
  });

  it('is described to the plugin last, so that nothing replaces it', async () => {
    const { source, invocations, outputs } = rig();
    outputs.push(succeeded(tokenUntil('t1')));
    await source.current();
    expect(invocations[0]).toMatchObject({ command: 'plugin', args: ['arg'], env: { A: '1' } });
    expect(JSON.parse(invocations[0]?.env['KUBERNETES_EXEC_INFO'] ?? '')).toEqual({
      apiVersion: V1,
      kind: 'ExecCredential',
      spec: { interactive: false },
    });
  });

  it('is asked for with integers of the configuration as they are', async () => {
    const { source, invocations, outputs } = rig({
      provideClusterInfo: true,
      clusterConfig: { id: 9007199254740993n },
    });
    outputs.push(succeeded(tokenUntil('t1')));
    await source.current();
    expect(invocations[0]?.env['KUBERNETES_EXEC_INFO']).toContain('"id":9007199254740993');
  });

  it('comes with the cluster when the plugin asks for it', async () => {
    const { source, invocations, outputs } = rig({ provideClusterInfo: true });
    outputs.push(succeeded(tokenUntil('t1')));
    await source.current();
    expect(JSON.parse(invocations[0]?.env['KUBERNETES_EXEC_INFO'] ?? '')).toMatchObject({
      spec: {
        cluster: {
          server: 'https://member:6443',
          'tls-server-name': 'kube',
          'certificate-authority-data': Buffer.from('PEM').toString('base64'),
          config: { audience: 'a' },
        },
      },
    });
  });

  it('that is over already is a failure, with its back-off', async () => {
    const { source, invocations, outputs, time } = rig();
    outputs.push(succeeded(tokenUntil(MARKER, 0)), succeeded(tokenUntil('t2', 60)));
    const message = 'credential plugin "plugin" wrote a credential whose time is over; compare the clocks';
    await expect(source.current()).rejects.toMatchObject({ failure: 'CredentialsUnavailable', message });
    await expect(source.current()).rejects.toMatchObject({ message });
    expect(invocations).toHaveLength(1);
    time.now += 1_000;
    expect((await source.current()).token).toBe('t2');
  });

  it('is used to its end when the refresh fails', async () => {
    const { source, outputs, time } = rig();
    outputs.push(succeeded(tokenUntil('t1', 100)), failed('exited with code 1'));
    await source.current();
    time.now = T0 + 99_999;
    expect((await source.current()).token).toBe('t1');
    expect((await source.current()).token).toBe('t1');
    time.now += 1;
    await expect(source.current()).rejects.toMatchObject({ failure: 'CredentialsUnavailable' });
  });

  it('that was fetched after the refused request was sent is not fetched again', async () => {
    const { source, invocations, outputs, time } = rig();
    outputs.push(succeeded(tokenUntil('t1', 100)), succeeded(tokenUntil('t2', 900)));
    const sentWith = await source.current();
    time.now = T0 + 100_000;
    await source.current();
    time.now += 60_000;
    expect((await source.renew(sentWith))?.token).toBe('t2');
    expect(invocations).toHaveLength(2);
  });

  it.each([
    ['long', 3600, 3600 - 60],
    ['short', 100, 80],
  ])('with a %s life is refreshed before its end while the old one is used', async (_what, life, refreshAt) => {
    const { source, invocations, outputs, time } = rig();
    outputs.push(succeeded(tokenUntil('t1', life)), succeeded(tokenUntil('t2', 2 * life)));
    await source.current();
    time.now = T0 + refreshAt * 1000 - 1;
    await source.current();
    expect(invocations).toHaveLength(1);
    time.now += 1;
    expect((await source.current()).token).toBe('t1');
    expect(invocations).toHaveLength(2);
    await expect.poll(async () => (await source.current()).token).toBe('t2');
  });

  it('is waited for when the old one is over', async () => {
    const { source, outputs, time } = rig();
    outputs.push(succeeded(tokenUntil('t1', 100)), succeeded(tokenUntil('t2', 200)));
    await source.current();
    time.now = T0 + 100_000;
    expect((await source.current()).token).toBe('t2');
  });

  it('is not asked for again until the back-off is over, which doubles up to a minute', async () => {
    const { source, invocations, outputs, time } = rig({ installHint: 'see the docs' });
    for (const waitMs of [1_000, 2_000, 4_000, 8_000, 16_000, 32_000, 60_000, 60_000]) {
      outputs.push(failed('exited with code 1'));
      const runs = invocations.length;
      const message = 'credential plugin "plugin" exited with code 1; hint: see the docs';
      await expect(source.current()).rejects.toMatchObject({ failure: 'CredentialsUnavailable', sent: false, message });
      time.now += waitMs - 1;
      await expect(source.current()).rejects.toMatchObject({ message });
      expect(invocations).toHaveLength(runs + 1);
      time.now += 1;
    }
    outputs.push(succeeded(tokenUntil('t1')));
    expect((await source.current()).token).toBe('t1');
  });

  it('is renewed after a 401, but not when somebody did so already or just before', async () => {
    const { source, invocations, outputs, time } = rig();
    outputs.push(succeeded(tokenUntil('t1')), succeeded(tokenUntil('t2')));
    const first = await source.current();
    time.now += 9_999;
    expect(await source.renew(first)).toBeUndefined();
    time.now += 1;
    const second = await source.renew(first);
    expect(second?.token).toBe('t2');
    expect(await source.renew(first)).toBe(second);
    expect(invocations).toHaveLength(2);
  });
});

describe('parseExecCredential', () => {
  const authority = createTestAuthority();
  const pair = authority.issue({ commonName: 'me', usage: 'clientAuth' });
  const otherKey = authority.issue({ commonName: 'you', usage: 'clientAuth' }).key;
  const certificate = { clientCertificateData: pair.certificate, clientKeyData: pair.key };

  it('takes a token, a certificate, or both', () => {
    expect(parseExecCredential(output({ token: 'a', ...certificate }), V1)).toEqual({
      ok: true,
      value: { token: 'a', certificate: { certificate: pair.certificate, key: pair.key }, expiresMs: undefined },
    });
    expect(parseExecCredential(output(certificate), V1)).toMatchObject({ ok: true, value: { token: undefined } });
  });

  it.each([
    [MARKER, 'did not write one JSON object'],
    [`${output({ token: MARKER })}{}`, 'did not write one JSON object'],
    [`["${MARKER}"]`, 'did not write one JSON object'],
    [output({ token: MARKER }, { kind: 'Secret' }), 'wrote an object that is not an ExecCredential'],
    [output({ token: MARKER }, { apiVersion: `${V1}beta1` }), `wrote another apiVersion than ${V1}`],
    [output(undefined), 'wrote an ExecCredential without status'],
    [output({ token: '' }), 'wrote neither a token nor a client certificate'],
    [output({ token: `${MARKER} x` }), 'wrote a status that holds a token with blanks'],
    [output({ token: MARKER, expirationTimestamp: MARKER }), 'wrote an expirationTimestamp that is no time'],
    [output({ token: MARKER, expirationTimestamp: 4102444800 }), 'whose expirationTimestamp is not a string'],
    [output({ token: MARKER, expirationTimestamp: '2100' }), 'wrote an expirationTimestamp that is no time'],
    [output({ token: 5, ...certificate }), 'whose token is not a string'],
    [output({ token: `${MARKER}\n` }), 'wrote a status that holds a token with blanks'],
    [output([]), 'wrote an ExecCredential without status'],
    [output({ token: MARKER, clientKeyData: MARKER }), 'wrote half of a client certificate and its key'],
    [output({ ...certificate, clientKeyData: MARKER }), 'client key is not a readable'],
    [output({ ...certificate, clientKeyData: otherKey }), 'client key does not belong to the client certificate'],
    [output({ ...certificate, clientCertificateData: MARKER }), 'client certificate holds no readable PEM certificate'],
  ])('refuses %j', (text, message) => {
    const outcome = parseExecCredential(text, V1);
    expect(outcome.ok ? '' : outcome.error).toContain(message);
    expect(outcome.ok ? '' : outcome.error).not.toContain(MARKER);
  });
});
