import { describe, expect, it } from 'vitest';
import type { JsonObject, JsonValue } from '../kube/object.ts';
import type { AccessProvider } from './access-provider.ts';
import { parseAccessProviders } from './access-provider.ts';
import { profileConnection } from './profile-access.ts';
import type { ConnectionSettings } from './settings.ts';

const ARGUMENTS = 'clusterprofiles.multicluster.x-k8s.io/exec/additional-args';
const VARIABLES = 'clusterprofiles.multicluster.x-k8s.io/exec/additional-envs';

function provider(name: string, more: object = {}): AccessProvider {
  const execConfig = {
    apiVersion: 'client.authentication.k8s.io/v1',
    command: `/bin/${name}`,
    args: ['get-token'],
    env: [{ name: 'MODE', value: 'own' }],
    provideClusterInfo: true,
  };
  const parsed = parseAccessProviders(JSON.stringify({ providers: [{ name, execConfig, ...more }] }));
  const [first] = parsed.ok ? parsed.value.providers : [];
  if (first === undefined) throw new Error('no provider');
  return first;
}

interface Offer {
  readonly name: string;
  readonly server?: string;
  readonly extensions?: Readonly<Record<string, JsonValue>>;
  readonly more?: JsonObject;
}

function profile(...offers: readonly Offer[]): JsonObject {
  const accessProviders = offers.map(
    ({ name, server = 'https://east.example/a/path', extensions = {}, more = {} }) => ({
      name,
      cluster: {
        server,
        extensions: Object.entries(extensions).map(([key, extension]) => ({ name: key, extension })),
        ...more,
      },
    }),
  );
  return { status: { accessProviders } };
}

function settingsOf(outcome: ReturnType<typeof profileConnection>): ConnectionSettings {
  if (!outcome.ok) throw new Error(outcome.error);
  return outcome.value;
}

function pluginOf(outcome: ReturnType<typeof profileConnection>): { args: string[]; env: string[] } {
  const { exec } = settingsOf(outcome);
  return {
    args: exec?.args.map((arg) => arg.reveal()) ?? [],
    env: exec?.env.map(({ name, value }) => `${name}=${value.reveal()}`) ?? [],
  };
}

describe('the access that a profile offers', () => {
  it('is taken by the first provider of ours that it names', () => {
    const offered = profile({ name: 'b', server: 'https://b.example' }, { name: 'a', server: 'https://a.example' });
    const outcome = profileConnection(offered, [provider('x'), provider('a'), provider('b')]);
    expect([settingsOf(outcome).server, settingsOf(outcome).exec?.command]).toEqual(['https://a.example', '/bin/a']);
  });

  it('keeps the path of the server and hands the cluster-specific configuration to the plugin', () => {
    const extensions = { 'client.authentication.k8s.io/exec': { clusterName: 'east' } };
    const more = { 'tls-server-name': 'kube.east' };
    const settings = settingsOf(profileConnection(profile({ name: 'a', extensions, more }), [provider('a')]));
    expect(settings).toMatchObject({ server: 'https://east.example/a/path', tlsServerName: 'kube.east' });
    expect(settings.exec?.clusterConfig).toEqual({ clusterName: 'east' });
  });

  it('may hold integers that no double can', () => {
    const config = { id: 9007199254740993n };
    const extensions = { 'client.authentication.k8s.io/exec': config };
    const offered = profile({ name: 'a', extensions, more: { odd: 9007199254740993n } });
    expect(settingsOf(profileConnection(offered, [provider('a')])).exec?.clusterConfig).toEqual(config);
  });

  it('is none without a provider of ours', () => {
    expect(profileConnection(profile({ name: 'b' }), [provider('a')])).toEqual({
      ok: false,
      error: 'none of its access providers is configured: "b"',
    });
    expect(profileConnection({}, [provider('a')])).toEqual({ ok: false, error: 'it offers no access provider' });
  });

  it('is found under the deprecated name, too, where the new one does not have it', () => {
    const old = { name: 'a', cluster: { server: 'https://old.example' } };
    const onlyOld = { status: { credentialProviders: [old] } };
    expect(settingsOf(profileConnection(onlyOld, [provider('a')])).server).toBe('https://old.example');
    const { status } = profile({ name: 'a' }) as { status: JsonObject };
    const both = { status: { ...status, credentialProviders: [old] } };
    expect(settingsOf(profileConnection(both, [provider('a')])).server).toBe('https://east.example/a/path');
  });
});

describe('what a profile adds to a plugin', () => {
  const extensions = { [ARGUMENTS]: ['--cluster', 'east'], [VARIABLES]: { MODE: 'theirs', NEW: '1' } };

  it('is ignored unless the provider says otherwise', () => {
    const outcome = profileConnection(profile({ name: 'a', extensions }), [provider('a')]);
    expect(pluginOf(outcome)).toEqual({ args: ['get-token'], env: ['MODE=own'] });
  });

  it.each([
    ['AppendIfNotExists', ['MODE=own', 'NEW=1']],
    ['Replace', ['MODE=theirs', 'NEW=1']],
  ])('follows the policies: %s', (profileSourcedEnvVarsPolicy, env) => {
    const own = provider('a', { profileSourcedCLIArgsPolicy: 'Append', profileSourcedEnvVarsPolicy });
    expect(pluginOf(profileConnection(profile({ name: 'a', extensions }), [own]))).toEqual({
      args: ['get-token', '--cluster', 'east'],
      env,
    });
  });

  it('never reaches another cluster, however often connections are built', () => {
    const own = provider('a', { profileSourcedCLIArgsPolicy: 'Append' });
    const built = ['east', 'west', 'east', 'west', 'east', 'west'].map((name) =>
      pluginOf(profileConnection(profile({ name: 'a', extensions: { [ARGUMENTS]: [name] } }), [own])).args.join(' '),
    );
    expect(built).toEqual(['east', 'west', 'east', 'west', 'east', 'west'].map((name) => `get-token ${name}`));
  });

  it('may be null', () => {
    const own = provider('a', { profileSourcedCLIArgsPolicy: 'Append', profileSourcedEnvVarsPolicy: 'Replace' });
    const nothing = { [ARGUMENTS]: null, [VARIABLES]: null };
    expect(pluginOf(profileConnection(profile({ name: 'a', extensions: nothing }), [own])).args).toEqual(['get-token']);
  });

  it.each([
    'PATH',
    'LD_PRELOAD',
    'DYLD_INSERT_LIBRARIES',
    'NODE_OPTIONS',
    'KUBERNETES_EXEC_INFO',
    'BASH_ENV',
    'PYTHONPATH',
  ])('is refused for %s whatever the policy', (name) => {
    const own = provider('a', { profileSourcedEnvVarsPolicy: 'Replace' });
    const outcome = profileConnection(profile({ name: 'a', extensions: { [VARIABLES]: { [name]: 's3cr3t' } } }), [own]);
    expect(outcome).toEqual({ ok: false, error: `access provider "a": no profile may set the variable ${name}` });
  });

  it.each([
    ['arguments that are a map', { [ARGUMENTS]: { a: 's3cr3t' } }],
    ['arguments that are no texts', { [ARGUMENTS]: [1] }],
    ['variables that are a list', { [VARIABLES]: ['s3cr3t'] }],
    ['variables without a legal name', { [VARIABLES]: { 'A=B': 's3cr3t' } }],
  ])('is refused for %s, without its values', (_what, added) => {
    const own = provider('a', { profileSourcedCLIArgsPolicy: 'Append', profileSourcedEnvVarsPolicy: 'Replace' });
    const outcome = profileConnection(profile({ name: 'a', extensions: added }), [own]);
    expect(outcome.ok).toBe(false);
    expect(JSON.stringify(outcome)).not.toContain('s3cr3t');
  });

  it('is refused when an extension is there twice', () => {
    const entry = { name: ARGUMENTS, extension: ['x'] };
    const twice = profile({ name: 'a', more: { extensions: [entry, entry] } });
    expect(profileConnection(twice, [provider('a')])).toMatchObject({ ok: false });
  });

  it.each([
    ['a file', { 'certificate-authority': '/etc/passwd' }],
    ['insecure TLS', { 'insecure-skip-tls-verify': true }],
    ['an http server', { server: 'http://east.example' }],
  ])('cannot ask for %s', (_what, more) => {
    expect(profileConnection(profile({ name: 'a', more }), [provider('a')])).toMatchObject({ ok: false });
  });
});
