import { describe, expect, it } from 'vitest';
import type { JsonObject } from '../../kube/object.ts';
import { createPlainConnection } from '../../../test/support/plain-connection.ts';
import { argoCdSecrets } from './argo-cd-secrets.ts';
import type { Candidate } from './registration-book.ts';

const POLICY = { allowExec: false, allowFiles: false, allowHttp: false, allowInsecure: false } as const;
const TOKEN = 'mArKeR-t0ken';

function encoded(fields: Readonly<Record<string, string>>): JsonObject {
  return Object.fromEntries(Object.entries(fields).map(([key, text]) => [key, Buffer.from(text).toString('base64')]));
}

function read(data: Readonly<Record<string, string>>, labels: JsonObject = {}): Candidate | undefined {
  const convention = argoCdSecrets({
    connection: createPlainConnection(() => 1),
    namespace: 'argocd',
    policy: POLICY,
    ownManager: 'ours',
  });
  return convention.candidate({ metadata: { name: 'cluster-east', labels }, data: encoded(data) }, 'cluster-east');
}

function entry(config: object, more: Readonly<Record<string, string>> = {}): Readonly<Record<string, string>> {
  return { name: 'east', server: 'https://east.example:6443/path', config: JSON.stringify(config), ...more };
}

function problemOf(candidate: Candidate | undefined): string {
  if (candidate === undefined || candidate.outcome.ok) throw new Error('not refused');
  return candidate.outcome.error.message;
}

describe('a cluster Secret of Argo CD', () => {
  it('registers its cluster with token, authority and server name', () => {
    const tlsClientConfig = { insecure: false, serverName: 'kube.east' };
    const candidate = read(entry({ bearerToken: TOKEN, tlsClientConfig }));
    expect(candidate?.outcome.ok).toBe(true);
    if (candidate?.outcome.ok !== true) return;
    const { name, source, settings } = candidate.outcome.value;
    expect([name, source]).toEqual(['east', 'Argo CD Secret argocd/cluster-east']);
    expect(settings).toMatchObject({ server: 'https://east.example:6443/path', tlsServerName: 'kube.east' });
    expect(settings.token?.type === 'inline' && settings.token.value.reveal()).toBe(TOKEN);
  });

  it('tells its name for the profile where ours has to be another', () => {
    const said = (name: string): unknown => {
      const outcome = read({ ...entry({ bearerToken: TOKEN }), name })?.outcome;
      return outcome?.ok === true ? outcome.value.profile : 'refused';
    };
    expect(said('east')).toBeUndefined();
    expect(said('East, Basel')).toEqual({ displayName: 'East, Basel' });
  });

  it('has another digest when its token is another', () => {
    const digests = [TOKEN, TOKEN, 'other'].map((bearerToken) => {
      const outcome = read(entry({ bearerToken }))?.outcome;
      return outcome?.ok === true ? outcome.value.digest : undefined;
    });
    expect(digests[0]).toBe(digests[1]);
    expect(digests[2]).not.toBe(digests[0]);
  });

  it('is named after its Secret where it has no name, and a name that is no label is mapped', () => {
    const names = [undefined, 'East.Prod'].map((name) => {
      const { server = '', config = '' } = entry({ bearerToken: TOKEN });
      const outcome = read(name === undefined ? { server, config } : { server, config, name })?.outcome;
      return outcome?.ok === true ? outcome.value.name : undefined;
    });
    expect(names[0]).toBe('cluster-east');
    expect(names[1]).toMatch(/^east-prod-[0-9a-f]{8}$/);
  });

  it('of the cluster that Argo CD runs in registers nothing', () => {
    expect(read({ name: 'in-cluster', server: 'https://kubernetes.default.svc', config: '{}' })).toBeUndefined();
  });

  it('that Argo CD made of a profile of ours registers nothing', () => {
    const labels = { 'x-k8s.io/cluster-manager': 'ours' };
    expect(read(entry({ bearerToken: TOKEN }), labels)).toBeUndefined();
    expect(read(entry({ bearerToken: TOKEN }), { 'x-k8s.io/cluster-manager': 'theirs' })).toBeDefined();
  });

  it.each([
    ['a password', { username: 'admin', password: TOKEN }, 'user name and password'],
    ['an AWS role', { awsAuthConfig: { clusterName: 'x' } }, 'awsAuthConfig'],
    ['a program', { execProviderConfig: { command: 'x', args: [TOKEN] } }, 'execProviderConfig'],
    ['no credentials', {}, 'no credentials'],
    ['insecure TLS', { bearerToken: TOKEN, tlsClientConfig: { insecure: true } }, 'insecure-skip-tls-verify'],
    ['half a certificate', { tlsClientConfig: { certData: 'eA==' } }, 'client'],
  ])('with %s is refused, without a word of its secrets', (_what, config, expected) => {
    const problem = problemOf(read(entry(config)));
    expect(problem).toContain(expected);
    expect(problem).not.toContain(TOKEN);
  });

  it('with a config that is no JSON is refused without a word of it', () => {
    const problem = problemOf(read(entry({}, { config: `{"bearerToken": "${TOKEN}` })));
    expect(problem).toContain('not a JSON document');
    expect(problem).not.toContain(TOKEN);
  });

  it.each([
    ['no server', { name: 'east', config: '{}' }, 'it has no key "server"'],
    ['an http server', entry({ bearerToken: TOKEN }, { server: 'http://east.example' }), 'https'],
  ])('with %s is refused', (_what, data, expected) => {
    expect(problemOf(read(data))).toContain(expected);
  });
});
