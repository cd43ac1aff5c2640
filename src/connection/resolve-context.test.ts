import { inspect } from 'node:util';
import { describe, expect, it } from 'vitest';
import { createTestAuthority } from '../../test/support/tls-material.ts';
import type { Outcome } from '../kube/outcome.ts';
import { parseKubeconfig } from './kubeconfig.ts';
import type { KubeconfigPolicy } from './resolve-context.ts';
import { resolveContext } from './resolve-context.ts';
import type { ConnectionSettings } from './settings.ts';

const MARKER = 'mArKeR-s3cr3t';
const STRICT: KubeconfigPolicy = { allowExec: false, allowFiles: false, allowHttp: false, allowInsecure: false };
const OPEN: KubeconfigPolicy = { allowExec: true, allowFiles: true, allowHttp: false, allowInsecure: true };
const authority = createTestAuthority();
const client = authority.issue({ commonName: 'me', usage: 'clientAuth' });
const other = authority.issue({ commonName: 'other', usage: 'clientAuth' });
const TOKEN = { token: 'a-token' };

function base64(text: string): string {
  return Buffer.from(text).toString('base64');
}

interface Fields {
  readonly cluster?: object;
  readonly user?: object;
}

function resolved({ cluster = {}, user = TOKEN }: Fields, policy = STRICT): Outcome<ConnectionSettings, string> {
  const document = {
    'current-context': 'x',
    clusters: [{ name: 'c', cluster: { server: 'https://member.example:6443', ...cluster } }],
    users: [{ name: 'u', user }],
    contexts: [{ name: 'x', context: { cluster: 'c', user: 'u' } }],
  };
  const kubeconfig = parseKubeconfig(JSON.stringify(document), { baseDirectory: '/etc/members' });
  return kubeconfig.ok ? resolveContext(kubeconfig.value, undefined, policy) : kubeconfig;
}

function settingsOf(fields: Fields, policy = STRICT): ConnectionSettings {
  const outcome = resolved(fields, policy);
  if (!outcome.ok) throw new Error(outcome.error);
  return outcome.value;
}

function errorOf(fields: Fields, policy = STRICT): string {
  const outcome = resolved(fields, policy);
  return outcome.ok ? '' : outcome.error;
}

describe('resolveContext', () => {
  it('reads address, trust, proxy and every inline credential', () => {
    const settings = settingsOf({
      cluster: {
        server: 'https://member.example:6443/clusters/a/',
        'certificate-authority-data': base64(authority.certificate),
        'tls-server-name': 'kubernetes',
        'proxy-url': `http://me:${MARKER}%21@proxy.example:3128`,
        'disable-compression': true,
      },
      user: { ...TOKEN, 'client-certificate-data': base64(client.certificate), 'client-key-data': base64(client.key) },
    });
    expect(settings.server).toBe('https://member.example:6443/clusters/a');
    expect(settings.tlsServerName).toBe('kubernetes');
    expect(settings.disableCompression).toBe(true);
    expect(settings.proxy?.url).toBe('http://proxy.example:3128');
    expect(settings.proxy?.authorization?.reveal()).toBe(`Basic ${base64(`me:${MARKER}!`)}`);
    expect(settings.certificateAuthority?.type === 'inline' && settings.certificateAuthority.value.reveal()).toBe(
      authority.certificate,
    );
    expect(settings.token?.type === 'inline' && settings.token.value.reveal()).toBe('a-token');
    expect(settings.clientCertificate?.key.type).toBe('inline');
  });

  it('shows no credential when settings are printed', () => {
    const settings = settingsOf({ user: { token: MARKER }, cluster: { 'proxy-url': `http://u:${MARKER}@p` } });
    const printed = `${inspect(settings, { depth: 9 })} ${JSON.stringify(settings)} ${String(settings.proxy?.authorization)}`;
    expect(printed).not.toContain(MARKER);
    expect(printed).not.toContain(base64(`u:${MARKER}`));
  });

  it('resolves files against the directory of the kubeconfig, and prefers a token file to a token', () => {
    const fields = {
      cluster: { 'certificate-authority': 'ca.crt' },
      user: { token: 'old', tokenFile: '/run/token', 'client-certificate': 'pki/a.crt', 'client-key': '../a.key' },
    };
    const settings = settingsOf(fields, OPEN);
    expect(settings.certificateAuthority).toEqual({ type: 'file', path: '/etc/members/ca.crt' });
    expect(settings.token).toEqual({ type: 'file', path: '/run/token' });
    expect(settings.clientCertificate).toEqual({
      certificate: { type: 'file', path: '/etc/members/pki/a.crt' },
      key: { type: 'file', path: '/etc/a.key' },
    });
    expect(errorOf(fields)).toBe(
      'context "x": cluster "c": certificate-authority is refused: files are not allowed here; put the content in',
    );
  });

  it.each<[string, Fields, string]>([
    ['http', { cluster: { server: 'http://a' } }, 'cluster "c": server must be an https URL'],
    ['no URL', { cluster: { server: 'member' } }, 'cluster "c": server must be a URL'],
    ['user in URL', { cluster: { server: `https://u:${MARKER}@a` } }, 'server must not hold a user name or password'],
    ['query', { cluster: { server: `https://a?t=${MARKER}` } }, 'server must not hold a query'],
    ['insecure', { cluster: { 'insecure-skip-tls-verify': true } }, 'insecure-skip-tls-verify is refused'],
    ['socks', { cluster: { 'proxy-url': `socks5://u:${MARKER}@p` } }, 'proxy-url: SOCKS proxies are not supported'],
    ['ftp proxy', { cluster: { 'proxy-url': 'ftp://p' } }, 'proxy-url must be an http or https URL'],
    ['odd proxy', { cluster: { 'proxy-url': MARKER } }, 'proxy-url must be a URL'],
    ['CA not base64', { cluster: { 'certificate-authority-data': '-' } }, 'certificate-authority-data is not base64'],
    [
      'CA no PEM',
      { cluster: { 'certificate-authority-data': base64('x') } },
      'certificate-authority-data holds no PEM',
    ],
    ['basic', { user: { username: 'u', password: MARKER } }, 'username and password are refused'],
    ['auth-provider', { user: { 'auth-provider': { name: MARKER } } }, 'auth-provider is refused'],
    ['as', { user: { ...TOKEN, as: 'root' } }, 'as is refused'],
    ['as-groups', { user: { ...TOKEN, 'as-groups': ['system:masters'] } }, 'as-groups is refused'],
    ['as-uid', { user: { ...TOKEN, 'as-uid': '1' } }, 'as-uid is refused'],
    ['as-user-extra', { user: { ...TOKEN, 'as-user-extra': { a: ['b'] } } }, 'as-user-extra is refused'],
    ['nothing', { user: {} }, 'user "u": no credentials'],
    ['token with newline', { user: { token: `${MARKER}\nX: y` } }, 'token holds a token with blanks'],
    ['token no string', { user: { token: 5 } }, 'token must be a string'],
    ['exec', { user: { exec: { command: MARKER } } }, 'exec is refused: credential plugins are not allowed'],
    ['half a pair', { user: { 'client-certificate-data': base64(client.certificate) } }, 'one is missing'],
    [
      'foreign key',
      { user: { 'client-certificate-data': base64(client.certificate), 'client-key-data': base64(other.key) } },
      'client key does not belong to the client certificate',
    ],
    [
      'broken key',
      { user: { 'client-certificate-data': base64(client.certificate), 'client-key-data': base64(MARKER) } },
      'client key is not a readable, unencrypted PEM private key',
    ],
  ])('refuses %s', (_name, fields, message) => {
    const error = errorOf(fields);
    expect(error).toContain('context "x": ');
    expect(error).toContain(message);
    expect(error).not.toContain(MARKER);
    expect(error).not.toContain(base64(MARKER));
  });

  it('refuses data and a file for the same thing', () => {
    const user = { ...TOKEN, 'client-key': 'a', 'client-key-data': base64('b'), 'client-certificate': 'c' };
    expect(errorOf({ user }, OPEN)).toContain('client-key and client-key-data exclude each other');
  });

  it('takes insecure-skip-tls-verify where it is allowed, but never beside a certificate authority', () => {
    const insecure = { 'insecure-skip-tls-verify': true };
    expect(settingsOf({ cluster: insecure }, OPEN).insecureSkipTlsVerify).toBe(true);
    const both = { ...insecure, 'certificate-authority-data': base64(authority.certificate) };
    expect(errorOf({ cluster: both }, OPEN)).toContain('exclude each other');
  });

  it('says when there is no current context and none was named', () => {
    const kubeconfig = parseKubeconfig('contexts: []', { baseDirectory: '/' });
    expect(kubeconfig.ok && resolveContext(kubeconfig.value, undefined, STRICT)).toEqual({
      ok: false,
      error: 'kubeconfig has no current-context, and no context was named',
    });
  });
});

describe('exec sections', () => {
  const exec = {
    apiVersion: 'client.authentication.k8s.io/v1',
    command: './bin/plugin',
    interactiveMode: 'IfAvailable',
    args: ['--secret', MARKER],
    env: [{ name: 'A', value: MARKER }, { name: 'B' }],
    provideClusterInfo: true,
    installHint: 'install it',
  };

  it('are read with their cluster configuration, and hide arguments and environment', () => {
    const extensions = [
      { name: 'other', extension: 1 },
      { name: 'client.authentication.k8s.io/exec', extension: { audience: 'a' } },
    ];
    const settings = settingsOf({ user: { exec }, cluster: { extensions } }, OPEN);
    expect(settings.exec).toMatchObject({
      command: '/etc/members/bin/plugin',
      provideClusterInfo: true,
      clusterConfig: { audience: 'a' },
      installHint: 'install it',
    });
    expect(settings.exec?.args.map((arg) => arg.reveal())).toEqual(['--secret', MARKER]);
    expect(settings.exec?.env.map(({ name, value }) => [name, value.reveal()])).toEqual([
      ['A', MARKER],
      ['B', ''],
    ]);
    expect(inspect(settings, { depth: 9 })).not.toContain(MARKER);
  });

  it('keep a bare command for PATH', () => {
    expect(settingsOf({ user: { exec: { ...exec, command: 'aws' } } }, OPEN).exec?.command).toBe('aws');
  });

  it.each([
    [{ apiVersion: 'client.authentication.k8s.io/v1alpha1' }, 'exec.apiVersion must be'],
    [{ command: '' }, 'exec.command must be set'],
    [{ interactiveMode: undefined }, 'exec.interactiveMode must be set'],
    [{ interactiveMode: 'Always' }, 'exec.interactiveMode is Always'],
    [{ interactiveMode: MARKER }, 'exec.interactiveMode must be Never or IfAvailable'],
    [{ args: MARKER }, 'exec.args must be a list of strings'],
    [{ args: [`${MARKER}\0`] }, 'exec.args must be a list of strings'],
    [{ env: [{ value: MARKER }] }, 'exec.env[0].name must be set'],
    [{ env: [{ name: 'A', value: 1 }] }, 'exec.env[0].value must be a string'],
  ])('are refused with %j', (change, message) => {
    const error = errorOf({ user: { exec: { ...exec, ...change } } }, OPEN);
    expect(error).toContain(message);
    expect(error).not.toContain(MARKER);
  });

  it('may leave the interactive mode out in v1beta1, and exclude other credentials', () => {
    const beta = { ...exec, apiVersion: 'client.authentication.k8s.io/v1beta1', interactiveMode: undefined };
    expect(errorOf({ user: { exec: beta } }, OPEN)).toBe('');
    expect(errorOf({ user: { exec: beta, token: MARKER } }, OPEN)).toContain('exec excludes a token');
  });
});
