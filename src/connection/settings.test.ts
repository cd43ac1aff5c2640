import { describe, expect, it } from 'vitest';
import { createSecret } from './secret.ts';
import type { ConnectionSettings } from './settings.ts';
import { inClusterSettings, parseServer, plainSettings, settingsDigest } from './settings.ts';

describe('inClusterSettings', () => {
  it.each([
    ['10.0.0.1', '443', 'https://10.0.0.1'],
    ['fd00::1', '6443', 'https://[fd00::1]:6443'],
  ])('builds the address of %s port %s', (host, port, server) => {
    const environment = { KUBERNETES_SERVICE_HOST: host, KUBERNETES_SERVICE_PORT: port };
    expect(inClusterSettings(environment)).toMatchObject({
      ok: true,
      value: {
        server,
        certificateAuthority: { type: 'file', path: '/var/run/secrets/kubernetes.io/serviceaccount/ca.crt' },
        token: { type: 'file', path: '/var/run/secrets/kubernetes.io/serviceaccount/token' },
      },
    });
  });

  it.each([[{}], [{ KUBERNETES_SERVICE_HOST: 'a' }], [{ KUBERNETES_SERVICE_PORT: '1' }]])(
    'fails with %j',
    (environment) => {
      const outcome = inClusterSettings(environment);
      expect(outcome.ok ? '' : outcome.error).toContain('not in a cluster');
    },
  );

  it('fails with a port that is none', () => {
    expect(inClusterSettings({ KUBERNETES_SERVICE_HOST: 'a', KUBERNETES_SERVICE_PORT: 'tcp://b' }).ok).toBe(false);
  });
});

describe('parseServer', () => {
  it('drops trailing slashes and the default port, and keeps a path', () => {
    expect(parseServer('https://A.example:443/k8s/c-1//')).toEqual({ ok: true, value: 'https://a.example/k8s/c-1' });
  });
});

describe('settingsDigest', () => {
  const inline = (text: string): ConnectionSettings['token'] => ({ type: 'inline', value: createSecret(text) });
  const exec = {
    apiVersion: 'client.authentication.k8s.io/v1',
    command: 'a',
    args: [createSecret('1')],
    env: [],
    provideClusterInfo: false,
    clusterConfig: { id: 2n ** 60n },
    installHint: undefined,
  };
  const base = { ...plainSettings('https://a'), token: inline('t'), exec };

  it('is equal for equal settings', () => {
    expect(settingsDigest({ ...base, token: inline('t') })).toBe(settingsDigest(base));
    expect(settingsDigest(base)).toMatch(/^[0-9a-f]{64}$/);
  });

  it.each<[string, Partial<ConnectionSettings>]>([
    ['server', { server: 'https://b' }],
    ['tls-server-name', { tlsServerName: 'b' }],
    ['insecure', { insecureSkipTlsVerify: true }],
    ['certificate authority', { certificateAuthority: inline('ca') ?? undefined }],
    ['token', { token: inline('t2') }],
    ['token from a file', { token: { type: 'file', path: 't' } }],
    ['proxy', { proxy: { url: 'http://p', authorization: undefined } }],
    ['compression', { disableCompression: true }],
    ['exec argument', { exec: { ...exec, args: [createSecret('2')] } }],
    ['exec configuration', { exec: { ...exec, clusterConfig: { id: 2n ** 60n + 1n } } }],
    ['no exec', { exec: undefined }],
  ])('changes with %s', (_what, change) => {
    expect(settingsDigest({ ...base, ...change })).not.toBe(settingsDigest(base));
  });
});
