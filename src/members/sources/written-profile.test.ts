import { describe, expect, it } from 'vitest';
import { parseKubeconfig } from '../../connection/index.ts';
import type { JsonObject } from '../../kube/object.ts';
import { readKubeconfigSecret } from './kubeconfig-secrets.ts';
import { kubeconfigCandidates } from './kubeconfig-members.ts';
import type { MemberRegistration, RegistrationUpdate } from './types.ts';
import { createUpdateGate } from './update-gate.ts';
import { profileOfContext, profileOfObject } from './written-profile.ts';

const POLICY = { allowExec: false, allowFiles: false, allowHttp: false, allowInsecure: false } as const;

function kubeconfig(context: JsonObject = {}): string {
  return JSON.stringify({
    'current-context': 'x',
    clusters: [{ name: 'a', cluster: { server: 'https://a.example' } }],
    users: [{ name: 'u', user: { token: 'mArKeR' } }],
    contexts: [
      { name: 'x', context: { cluster: 'a', user: 'u', ...context } },
      { name: 'y', context: { cluster: 'a', user: 'u' } },
    ],
  });
}

function extended(extension: JsonObject | string): JsonObject {
  return { extensions: [{ name: 'other' }, { name: 'clusterset-apiserver.dev/profile', extension }] };
}

function registration(metadata: JsonObject, text = kubeconfig()): MemberRegistration {
  const secret = { metadata, data: { kubeconfig: Buffer.from(text).toString('base64') } };
  const { outcome } = readKubeconfigSecret(secret, 'east', { namespace: 'members', policy: POLICY });
  if (!outcome.ok) throw new Error(outcome.error.message);
  return outcome.value;
}

describe('what is said of the profiles of a member', () => {
  it('is in a label and in annotations of the object that registers it', () => {
    const labels = { 'multicluster.x-k8s.io/inventory-member-id': 'id-1' };
    const annotations = {
      'clusterset-apiserver.dev/display-name': 'East',
      'clusterset-apiserver.dev/access-provider': '',
      'clusterset-apiserver.dev/access-cluster': '{}',
      'clusterset-apiserver.dev/context': 'x',
    };
    expect(profileOfObject({ metadata: { labels, annotations } })).toEqual({
      ...{ displayName: 'East', memberId: 'id-1', accessProvider: '', accessCluster: '{}' },
    });
    expect(profileOfObject({ metadata: {} })).toBeUndefined();
    expect(profileOfObject({ metadata: {} }, { displayName: 'East' })).toEqual({ displayName: 'East' });
    expect(profileOfObject({ metadata: { annotations } }, { displayName: 'other' })).toMatchObject({
      displayName: 'East',
    });
  });

  it('is in an extension of the context of a kubeconfig, as it is written', () => {
    const said = (context: JsonObject, name?: string): unknown => {
      const parsed = parseKubeconfig(kubeconfig(context), { baseDirectory: '/' });
      return parsed.ok ? profileOfContext(parsed.value, name) : 'broken';
    };
    expect(said(extended({ displayName: 1, more: true }))).toEqual({ displayName: 1, more: true });
    expect(said(extended('text'))).toBe('text');
    expect(said(extended({ displayName: 'East' }), 'y')).toBeUndefined();
    expect(said({ extensions: 'none' })).toBeUndefined();
    expect(said({})).toBeUndefined();
  });

  it('comes with each context of a kubeconfig file', () => {
    const candidates = kubeconfigCandidates(kubeconfig(extended({ memberId: 'id-1' })), '/file', { policy: POLICY });
    expect(candidates.ok && candidates.value.map(({ outcome }) => outcome.ok && outcome.value.profile)).toEqual([
      { memberId: 'id-1' },
      undefined,
    ]);
  });

  it('is that of the Secret, and without it that of its kubeconfig', () => {
    const text = kubeconfig(extended({ displayName: 'inside' }));
    const annotations = { 'clusterset-apiserver.dev/display-name': 'outside' };
    expect(registration({ annotations }, text).profile).toEqual({ displayName: 'outside' });
    expect(registration({}, text).profile).toEqual({ displayName: 'inside' });
    expect(registration({}).profile).toBeUndefined();
  });
});

describe('where a kubeconfig lies', () => {
  it('is told with the context that is used of it, and nothing of its content', () => {
    expect(registration({}).kubeconfig).toEqual({
      ...{ namespace: 'members', name: 'east', key: 'kubeconfig', context: undefined },
    });
    const annotations = { 'clusterset-apiserver.dev/context': 'y' };
    expect(registration({ annotations }).kubeconfig?.context).toBe('y');
  });
});

it('is news although the credentials are the same', () => {
  const passed: RegistrationUpdate[] = [];
  const gate = createUpdateGate((update) => passed.push(update));
  const tell = (metadata: JsonObject): void =>
    gate({ type: 'complete', registrations: [registration(metadata)], refused: [] });
  tell({});
  tell({});
  tell({ labels: { 'multicluster.x-k8s.io/inventory-member-id': 'id-1' } });
  tell({ labels: { 'multicluster.x-k8s.io/inventory-member-id': 'id-2' } });
  tell({ labels: { 'multicluster.x-k8s.io/inventory-member-id': 'id-2', other: 'x' } });
  expect(passed).toHaveLength(3);
});
