import { describe, expect, it } from 'vitest';
import { contextNames, KUBECONFIG_BYTES_MAX, parseKubeconfig } from './kubeconfig.ts';

const MARKER = 'mArKeR-s3cr3t';
const BASE = { baseDirectory: '/etc/members' };

function errorOf(text: string): string {
  const outcome = parseKubeconfig(text, BASE);
  return outcome.ok ? '' : outcome.error;
}

describe('parseKubeconfig', () => {
  it('reads the contexts in the order of the file, from YAML and from JSON', () => {
    const document = {
      'current-context': 'b',
      clusters: [{ name: 'c', cluster: { server: 'https://c:6443' } }],
      users: [{ name: 'u', user: { token: MARKER } }],
      contexts: ['b', 'a'].map((name) => ({ name, context: { cluster: 'c', user: 'u' } })),
    };
    const outcome = parseKubeconfig(JSON.stringify(document), BASE);
    if (!outcome.ok) throw new Error(outcome.error);
    expect(contextNames(outcome.value)).toEqual(['b', 'a']);
    expect(outcome.value.currentContext).toBe('b');
    const entry = outcome.value.entry('a');
    expect(entry.ok && entry.value.cluster.server).toBe('https://c:6443');
    expect(JSON.stringify(outcome.value)).not.toContain(MARKER);
  });

  it.each([
    ['', 'kubeconfig is not a YAML mapping'],
    ['- a', 'kubeconfig is not a YAML mapping'],
    [`a: [${MARKER}`, 'kubeconfig is not valid YAML at line 1'],
    [`users:\n- name: u\n  user:\n    token: "${MARKER}`, 'kubeconfig is not valid YAML at line 4'],
    [`a: 1\na: ${MARKER}`, 'kubeconfig is not valid YAML at line 2 (DUPLICATE_KEY)'],
    ['clusters: {}', 'kubeconfig: clusters must be a list'],
    ['contexts: [1]', 'kubeconfig: contexts[0].name must be set'],
    ['users: [{user: {}}]', 'kubeconfig: users[0].name must be set'],
    ['users: [{name: u}]', 'kubeconfig: user "u" has no user mapping'],
    ['users: [{name: u, user: {}}, {name: u, user: {}}]', 'kubeconfig: user "u" is there twice'],
    ['clusters: [{name: c, cluster: {}}]', 'kubeconfig: cluster "c": server must be set'],
    ['clusters: [{name: c, cluster: {server: 7}}]', 'kubeconfig: cluster "c": server must be set'],
    ['contexts: [{name: x, context: {user: u}}]', 'kubeconfig: context "x": cluster must be set'],
    ['current-context: [x]', 'kubeconfig: current-context must be a string'],
    ['users: [{name: u, user: {token-file: /etc/hostname}}]', 'token-file is not a field; use tokenFile'],
  ])('refuses %j', (text, message) => {
    expect(errorOf(text)).toContain(message);
    expect(errorOf(text)).not.toContain(MARKER);
  });

  it('bounds the length of the document and the expansion of aliases', () => {
    expect(errorOf(`# ${'x'.repeat(KUBECONFIG_BYTES_MAX - 2)}`)).toBe('kubeconfig is not a YAML mapping');
    expect(errorOf(`# ${'x'.repeat(KUBECONFIG_BYTES_MAX - 1)}`)).toContain('is longer than');
    const levels = Array.from(
      { length: 9 },
      (_, index) => `l${index + 1}: &l${index + 1} [${`*l${index},`.repeat(9)}]`,
    );
    expect(errorOf(['l0: &l0 [x]', ...levels].join('\n'))).toBe('kubeconfig is not valid YAML');
  });

  it.each([
    ['x', 'context "x" is not in the kubeconfig'],
    ['noCluster', 'context "noCluster": cluster "gone" is not in the kubeconfig'],
    ['noUser', 'context "noUser": user "gone" is not in the kubeconfig'],
  ])('says what is missing for context %s', (context, message) => {
    const outcome = parseKubeconfig(
      `
clusters: [{name: c, cluster: {server: "https://c"}}]
contexts:
- {name: noCluster, context: {cluster: gone, user: u}}
- {name: noUser, context: {cluster: c, user: gone}}
`,
      BASE,
    );
    const entry = outcome.ok ? outcome.value.entry(context) : outcome;
    expect(entry).toEqual({ ok: false, error: message });
  });
});
