import { beforeAll, describe, expect, it } from 'vitest';
import { issueAuthority } from '../../certs/index.ts';
import { createFakeHub, failure } from '../../test/support/fake-hub.ts';
import { createManualTime } from '../../test/support/manual-time.ts';
import type { AuthenticationConfigDeps } from './authentication-config.ts';
import { createAuthenticationConfig } from './authentication-config.ts';

const PATH = '/api/v1/namespaces/kube-system/configmaps/extension-apiserver-authentication';
const INTERVAL_MS = 30_000;

let frontProxy = '';
let clients = '';
beforeAll(async () => {
  const validity = { nowMs: Date.now(), lifetimeMs: 86_400_000 };
  frontProxy = (await issueAuthority({ commonName: 'front proxy', validity })).cert;
  clients = (await issueAuthority({ commonName: 'clients', validity })).cert;
});

function setUp(data: Record<string, string> | undefined, changes: Partial<AuthenticationConfigDeps> = {}) {
  const hub = createFakeHub();
  const time = createManualTime();
  const files: Record<string, string> = {};
  if (data !== undefined) hub.put(PATH, { data });
  const config = createAuthenticationConfig({
    connection: hub.connection,
    files: {},
    settings: {},
    readFile: (path) => {
      const text = files[path];
      return text === undefined ? Promise.reject(new Error(`no such file: ${path}`)) : Promise.resolve(text);
    },
    schedule: time.schedule,
    ...changes,
  });
  return { hub, time, files, config };
}

function published(changes: Record<string, string> = {}): Record<string, string> {
  return {
    'client-ca-file': clients,
    'requestheader-client-ca-file': frontProxy,
    'requestheader-allowed-names': '["front-proxy-client"]',
    'requestheader-username-headers': '["X-Remote-User"]',
    'requestheader-uid-headers': '["X-Remote-Uid"]',
    'requestheader-group-headers': '["X-Remote-Group"]',
    'requestheader-extra-headers-prefix': '["X-Remote-Extra-"]',
    ...changes,
  };
}

describe('the authentication configuration', () => {
  it('is what the hub publishes', async () => {
    expect(await setUp(published()).config.start()).toEqual({
      ok: true,
      value: {
        requestHeaderCa: frontProxy,
        allowedNames: ['front-proxy-client'],
        usernameHeaders: ['X-Remote-User'],
        uidHeaders: ['X-Remote-Uid'],
        groupHeaders: ['X-Remote-Group'],
        extraPrefixes: ['X-Remote-Extra-'],
        clientCa: clients,
      },
    });
  });

  it('has defaults for header names, but none for the uid', async () => {
    const { config } = setUp({ 'requestheader-client-ca-file': frontProxy });
    expect(await config.start()).toMatchObject({
      value: {
        allowedNames: [],
        usernameHeaders: ['x-remote-user'],
        uidHeaders: [],
        groupHeaders: ['x-remote-group'],
        extraPrefixes: ['x-remote-extra-'],
        clientCa: undefined,
      },
    });
  });

  it.each([
    ['an absent ConfigMap', undefined, 'cannot be read: 404'],
    ['no front-proxy CA', { 'requestheader-client-ca-file': '' }, 'not set up for aggregated API servers'],
    ['a CA that is no PEM', { 'client-ca-file': 'x' }, 'client-ca-file holds no PEM certificate'],
    [
      'a CA that cannot be parsed',
      { 'requestheader-client-ca-file': '-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----' },
      'cannot be parsed',
    ],
    ['names that are no array', { 'requestheader-allowed-names': '{}' }, 'not a JSON array of strings'],
    ['names that are no strings', { 'requestheader-group-headers': '[1]' }, 'not a JSON array of strings'],
    ['names that are no JSON', { 'requestheader-uid-headers': 'x' }, 'not a JSON array of strings'],
  ])('refuses to start with %s', async (_, changes, message) => {
    const started = await setUp(changes === undefined ? undefined : published(changes)).config.start();
    expect(started).toMatchObject({ ok: false });
    expect(started.ok ? '' : started.error).toContain(message);
  });

  it('refuses to start without the right to read it, and says which role is missing', async () => {
    const { hub, config } = setUp(published());
    hub.handler = () => failure(403, 'forbidden');
    const started = await config.start();
    expect(started.ok ? '' : started.error).toContain('extension-apiserver-authentication-reader');
  });

  it('refuses a front-proxy CA that signs clients too, unless names are set', async () => {
    const shared = { 'requestheader-client-ca-file': clients, 'requestheader-allowed-names': '[]' };
    const refused = await setUp(published(shared)).config.start();
    expect(refused.ok ? '' : refused.error).toContain('any client could act as any user');
    const among = published({ ...shared, 'client-ca-file': frontProxy + clients });
    expect((await setUp(among).config.start()).ok).toBe(false);
    expect((await setUp(published({ ...shared, 'requestheader-allowed-names': '["a"]' })).config.start()).ok).toBe(
      true,
    );
    const settings = { allowedNames: ['a'] };
    expect((await setUp(published(shared), { settings }).config.start()).ok).toBe(true);
    expect((await setUp(published({ 'requestheader-allowed-names': '[]' })).config.start()).ok).toBe(true);
  });

  it('follows changes and tells its listeners of each once', async () => {
    const { hub, time, config } = setUp(published());
    const seen: (readonly string[])[] = [];
    config.onChange((trust) => seen.push(trust.allowedNames));
    await config.start();
    const before = config.current();
    await time.advance(INTERVAL_MS);
    expect(config.current()).toBe(before);
    hub.put(PATH, { data: published({ 'requestheader-allowed-names': '["other"]' }) });
    await time.advance(INTERVAL_MS - 1);
    expect(config.current().allowedNames).toEqual(['front-proxy-client']);
    await time.advance(1);
    await time.advance(INTERVAL_MS);
    expect(seen).toEqual([['other']]);
    expect(config.current().allowedNames).toEqual(['other']);
  });

  it('keeps the previous trust while the new one cannot be read or must not be used', async () => {
    const { hub, time, config } = setUp(published());
    await config.start();
    const before = config.current();
    hub.handler = () => 'down';
    await time.advance(INTERVAL_MS);
    expect(config.problem()).toContain('the hub is down');
    hub.handler = () => undefined;
    hub.put(PATH, { data: published({ 'requestheader-client-ca-file': clients, 'requestheader-allowed-names': '' }) });
    await time.advance(INTERVAL_MS);
    expect(config.problem()).toContain('any client could act as any user');
    hub.put(PATH, { data: {} });
    await time.advance(INTERVAL_MS);
    expect(config.problem()).toContain('no requestheader-client-ca-file');
    expect(config.current()).toBe(before);
    hub.put(PATH, { data: published() });
    await time.advance(INTERVAL_MS);
    expect(config.problem()).toBeUndefined();
    expect(config.current()).toBe(before);
  });

  it('stops when closed', async () => {
    const { time, config } = setUp(published());
    await config.start();
    expect(time.pending()).toEqual([INTERVAL_MS]);
    config.close();
    expect(time.pending()).toEqual([]);
  });
});

describe('given settings', () => {
  it('replace the whole front-proxy part when they bring its CA', async () => {
    const files = { requestHeaderClientCaFile: 'ca' };
    const { files: texts, config } = setUp(published(), { files });
    texts['ca'] = `a comment\n${clients}${frontProxy}`;
    const started = await config.start();
    expect(started.ok).toBe(false);
    const again = setUp(published({ 'client-ca-file': '' }), { files });
    again.files['ca'] = texts['ca'];
    expect(await again.config.start()).toMatchObject({
      value: { requestHeaderCa: clients + frontProxy, allowedNames: [], usernameHeaders: ['x-remote-user'] },
    });
  });

  it('replace single fields otherwise', async () => {
    const { config } = setUp(published(), { settings: { usernameHeaders: ['x-user'] } });
    expect(await config.start()).toMatchObject({
      value: { usernameHeaders: ['x-user'], groupHeaders: ['X-Remote-Group'] },
    });
  });

  it('need no hub when both CAs are files, and follow the files', async () => {
    const files = { clientCaFile: 'clients', requestHeaderClientCaFile: 'proxy' };
    const { hub, time, files: texts, config } = setUp(undefined, { files });
    Object.assign(texts, { clients, proxy: frontProxy });
    expect((await config.start()).ok).toBe(true);
    expect(hub.requests).toEqual([]);
    texts['clients'] = clients + frontProxy;
    await time.advance(INTERVAL_MS);
    expect(config.problem()).toContain('any client could act as any user');
    delete texts['clients'];
    await time.advance(INTERVAL_MS);
    expect(config.problem()).toContain('--client-ca-file: no such file');
    texts['clients'] = 'empty';
    await time.advance(INTERVAL_MS);
    expect(config.problem()).toContain('--client-ca-file holds no PEM certificate');
    expect(config.current().clientCa).toBe(clients);
  });

  it('may be absent without a hub: then no front proxy is believed', async () => {
    const { config } = setUp(undefined, { connection: undefined });
    expect(await config.start()).toMatchObject({
      ok: true,
      value: { requestHeaderCa: undefined, clientCa: undefined },
    });
  });
});
