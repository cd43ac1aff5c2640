import { describe, expect, it } from 'vitest';
import type { AccessEntry } from '../../clusterset/index.ts';
import type { ConnectionSettings } from '../../connection/index.ts';
import { createSecret, plainSettings } from '../../connection/index.ts';
import type { JsonObject } from '../../kube/object.ts';
import type { AccessOptions } from './member-access.ts';
import { memberAccess } from './member-access.ts';
import { type JudgedProfile, NOTHING_SAID } from './profile-settings.ts';
import type { UsableRegistration } from './registrations.ts';

const EXEC = 'client.authentication.k8s.io/exec';
const DIRECT = { name: EXEC, extension: { clusterName: 'east' } };
const KUBECONFIG = { namespace: 'members', name: 'east', key: 'kubeconfig', context: undefined };
const SETTINGS: ConnectionSettings = {
  ...plainSettings('https://10.0.0.1:6443'),
  certificateAuthority: { type: 'inline', value: createSecret('PEM') },
  token: { type: 'inline', value: createSecret('mArKeR') },
};

interface Told extends Partial<Omit<UsableRegistration, 'profile'>> {
  readonly profile?: Partial<JudgedProfile>;
}

function access({ profile = {}, ...more }: Told = {}, options: Partial<AccessOptions> = {}): readonly AccessEntry[] {
  return memberAccess(
    'east',
    { settings: SETTINGS, kubeconfig: undefined, ...more, profile: { ...NOTHING_SAID, ...profile } },
    { provider: 'direct', publishesKubeconfigs: false, ...options },
  );
}

function clusterOf(profile: Partial<JudgedProfile>, more: Told = {}): JsonObject | undefined {
  return access({ ...more, profile })[0]?.cluster;
}

describe('the way to a member', () => {
  it('is its address and authority, and the name by which plugins find a credential, but never a credential', () => {
    const authority = Buffer.from('PEM').toString('base64');
    const cluster = { server: SETTINGS.server, 'certificate-authority-data': authority, extensions: [DIRECT] };
    expect(access()).toEqual([{ name: 'direct', cluster }]);
    expect(JSON.stringify(access({ kubeconfig: KUBECONFIG }, { publishesKubeconfigs: true }))).not.toContain('mArKeR');
  });

  it('is without a key that lies beside the certificates', () => {
    const key = '-----BEGIN EC PRIVATE KEY-----\nmArKeR\n-----END EC PRIVATE KEY-----\n';
    const value = createSecret(`one\n${key}two\n-----BEGIN PRIVATE KEY-----\nmArKeR`);
    const settings: ConnectionSettings = { ...SETTINGS, certificateAuthority: { type: 'inline', value } };
    const authority = Buffer.from('one\ntwo\n').toString('base64');
    expect(clusterOf({}, { settings })).toMatchObject({ 'certificate-authority-data': authority });
  });

  it('has the names that were given for the member, or else for all; an empty one publishes none', () => {
    const names = (profile: Partial<JudgedProfile>, provider = 'direct'): readonly string[] =>
      access({ profile }, { provider }).map(({ name }) => name);
    expect(names({ accessProviders: ['google'] })).toEqual(['google']);
    expect(names({}, '')).toEqual([]);
    expect(names({ accessProviders: [] })).toEqual([]);
    expect(names({ accessProviders: ['google'] }, '')).toEqual(['google']);
  });

  it('is the same under each of several names', () => {
    const [google, aws, ...others] = access({ profile: { accessProviders: ['google', 'aws'] } });
    expect(others).toEqual([]);
    expect(google?.name).toBe('google');
    expect(aws).toEqual({ name: 'aws', cluster: google?.cluster });
  });

  it('has what was given in place of what we use ourselves', () => {
    const said = {
      server: 'https://public.example',
      'tls-server-name': 'kube.east',
      'certificate-authority-data': 'Qg==',
    };
    expect(clusterOf({ accessCluster: said })).toEqual({ ...said, extensions: [DIRECT] });
    const proxied = { ...SETTINGS, proxy: { url: 'http://proxy:3128', authorization: undefined } };
    expect(clusterOf({}, { settings: proxied })).toMatchObject({ 'proxy-url': 'http://proxy:3128' });
    expect(clusterOf({ accessCluster: { 'proxy-url': '' } }, { settings: proxied })).not.toHaveProperty('proxy-url');
  });

  it('is checked where an authority was given, although we do not check', () => {
    const insecure = { ...SETTINGS, certificateAuthority: undefined, insecureSkipTlsVerify: true };
    const flag = 'insecure-skip-tls-verify';
    expect(clusterOf({}, { settings: insecure })).toHaveProperty(flag, true);
    const accessCluster = { 'certificate-authority-data': 'Qg==' };
    expect(clusterOf({ accessCluster }, { settings: insecure })).not.toHaveProperty(flag);
  });

  it('has the extensions that were given, with what plugins are told in place of the name', () => {
    const other = { name: 'other', extension: {} };
    expect(clusterOf({ accessCluster: { extensions: [other] } })).toHaveProperty('extensions', [DIRECT, other]);
    const own = { name: EXEC, extension: { clusterName: 'other' } };
    expect(clusterOf({ accessCluster: { extensions: [other, own] } })).toHaveProperty('extensions', [other, own]);
  });
});

describe('the Secret with the kubeconfig of a member', () => {
  const on = { publishesKubeconfigs: true };

  it('is told on request only, and only where there is one', () => {
    expect(access({ kubeconfig: KUBECONFIG })).toHaveLength(1);
    expect(access({}, on)).toHaveLength(1);
    const [direct, reader] = access({ kubeconfig: KUBECONFIG }, on);
    const extension = { name: 'east', key: 'kubeconfig', namespace: 'members' };
    expect(reader).toEqual({
      name: 'kubeconfig-secretreader',
      cluster: { ...direct?.cluster, extensions: [{ name: EXEC, extension }] },
    });
  });

  it('is told with the context that counts, and without other access, too', () => {
    const [reader, ...others] = access({ kubeconfig: { ...KUBECONFIG, context: 'y' } }, { ...on, provider: '' });
    expect(others).toEqual([]);
    expect(reader?.cluster['extensions']).toMatchObject([{ extension: { context: 'y' } }]);
  });

  it('is told whatever was given for other plugins', () => {
    const accessCluster = {
      extensions: [
        { name: EXEC, extension: { a: 'b' } },
        { name: 'other', extension: {} },
      ],
    };
    const [, reader] = access({ kubeconfig: KUBECONFIG, profile: { accessCluster } }, on);
    expect(reader?.cluster['extensions']).toMatchObject([{ extension: { key: 'kubeconfig' } }, { name: 'other' }]);
  });
});
