import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import type { ConnectionSettings } from '../../connection/index.ts';
import { createSecret, parseKubeconfig, plainSettings, resolveContext } from '../../connection/index.ts';
import { OPERATOR_POLICY } from '../kubeconfig-file.ts';
import { inlineKubeconfig } from './inline-kubeconfig.ts';

const FILES: Readonly<Record<string, string>> = { '/token': 'from-a-file\n' };

function inline(more: Partial<ConnectionSettings>): Promise<string> {
  const settings = { ...plainSettings('https://east.example/path'), ...more };
  return inlineKubeconfig('east', settings, (path) => Promise.resolve(FILES[path] ?? ''));
}

describe('a kubeconfig that travels in a Secret', () => {
  it('holds what files held, and is read as the same connection', async () => {
    const text = await inline({ token: { type: 'file', path: '/token' }, tlsServerName: 'kube.east' });
    const parsed = parseKubeconfig(text, { baseDirectory: '/' });
    const settings = parsed.ok
      ? resolveContext(parsed.value, undefined, { ...OPERATOR_POLICY, allowFiles: false })
      : parsed;
    if (!settings.ok) throw new Error(settings.error);
    expect(settings.value).toMatchObject({ server: 'https://east.example/path', tlsServerName: 'kube.east' });
    expect(settings.value.token?.type === 'inline' && settings.value.token.value.reveal()).toBe('from-a-file');
  });

  it('names its cluster, user and context after the member', async () => {
    const document = parse(await inline({ token: { type: 'inline', value: createSecret('t') } })) as object;
    expect(document).toMatchObject({
      'current-context': 'east',
      clusters: [{ name: 'east' }],
      users: [{ name: 'east', user: { token: 't' } }],
      contexts: [{ name: 'east', context: { cluster: 'east', user: 'east' } }],
    });
  });

  it('never runs a plugin', async () => {
    const exec = {
      ...{ apiVersion: 'client.authentication.k8s.io/v1', command: 'x', args: [], env: [] },
      ...{ provideClusterInfo: false, clusterConfig: undefined, installHint: undefined },
    };
    await expect(inline({ exec })).rejects.toThrow('credential plugin, which no Secret may run');
  });

  it('holds no password of a proxy', async () => {
    const proxy = { url: 'http://proxy:3128', authorization: createSecret('Basic s3cr3t') };
    const refusal = inline({ proxy });
    await expect(refusal).rejects.toThrow('holds a password');
    await expect(refusal).rejects.not.toThrow('s3cr3t');
  });
});
