import { describe, expect, it } from 'vitest';
import type { JsonObject } from '../../kube/object.ts';
import type { ProfileWords } from '../program/profile-words.ts';
import { appliedProfile, profileChange, removalPatch } from './registration-profile.ts';

const ID = 'multicluster.x-k8s.io/inventory-member-id';
const NAME = 'clusterset-apiserver.dev/display-name';
const PROVIDER = 'clusterset-apiserver.dev/access-provider';
const CLUSTER = 'clusterset-apiserver.dev/access-cluster';
const CONTEXT = 'clusterset-apiserver.dev/context';

const NOTHING: ProfileWords = {
  ...{ displayName: undefined, memberId: undefined, provider: undefined, providerCluster: undefined },
};

function change(words: Partial<ProfileWords> = {}) {
  return profileChange({ ...NOTHING, ...words });
}

type Texts = Readonly<Record<string, string>>;

interface Written {
  readonly labels?: Texts;
  readonly annotations?: Texts;
  /** Which of them an apply of ours has set. */
  readonly own?: readonly string[];
  readonly operation?: string;
}

/** A Secret that registers a member. */
function secret({ labels = {}, annotations = {}, own = [], operation = 'Apply' }: Written): JsonObject {
  const fields = (texts: Texts): JsonObject =>
    Object.fromEntries(Object.keys(texts).flatMap((key) => (own.includes(key) ? [[`f:${key}`, {}]] : [])));
  const fieldsV1 = { 'f:metadata': { 'f:labels': fields(labels), 'f:annotations': fields(annotations) } };
  const managedFields = [
    { manager: 'kubectl-annotate', operation: 'Update', fieldsV1: { 'f:metadata': {} } },
    { manager: 'clusterset-apiserver-install', operation, fieldsV1 },
  ];
  return { metadata: { name: 'east', labels, annotations, managedFields } };
}

describe('what is said of the profiles of a member', () => {
  it('lies in a label and in annotations of its Secret', () => {
    const said = change({
      ...{ displayName: 'East, Basel', memberId: 'prod-1' },
      ...{ provider: ['google', 'aws'], providerCluster: '{"server":"https://east.example"}' },
    });
    expect(appliedProfile(said, undefined, undefined)).toEqual({
      labels: { [ID]: 'prod-1' },
      annotations: {
        [NAME]: 'East, Basel',
        [PROVIDER]: 'google,aws',
        [CLUSTER]: '{"server":"https://east.example"}',
      },
    });
    expect(appliedProfile(change(), undefined, undefined)).toEqual({ labels: {}, annotations: {} });
  });

  it('may be that no access provider is published', () => {
    expect(appliedProfile(change({ provider: false }), undefined, undefined).annotations).toEqual({ [PROVIDER]: '' });
  });

  it.each<[string, Partial<ProfileWords>, RegExp]>([
    ['a display name of two lines', { displayName: 'a\nb' }, /^display name must be one line/],
    ['an id that is no label value', { memberId: 'a b' }, /^member id .* is no label value/],
    [
      'the provider of Secrets',
      { provider: ['kubeconfig-secretreader'] },
      /^access provider "kubeconfig-secretreader"/,
    ],
    ['a provider and none', { provider: ['google', ''] }, /^name of the access provider must be a text/],
    ['no JSON', { providerCluster: '{' }, /^cluster of the access provider must be a JSON object/],
    ['a credential', { providerCluster: '{"token":"mArKeR"}' }, /token looks like a credential/],
  ])('is refused where it is %s, without its content', (_title, words, message) => {
    expect(() => change(words)).toThrow(message);
    expect(() => change(words)).toThrow(/^(?!.*mArKeR)/);
  });

  it('is refused with all that is wrong', () => {
    expect(() => change({ memberId: 'a b', displayName: 'a\tb' })).toThrow(/^display name.*; member id/);
  });
});

describe('another registration of the same member', () => {
  const present = secret({
    labels: { [ID]: 'prod-1', other: 'x' },
    annotations: { [NAME]: 'East', [PROVIDER]: 'google' },
    own: [ID, NAME, 'other'],
  });

  it('keeps what we have said before, and leaves what others have said to them', () => {
    expect(appliedProfile(change(), present, undefined)).toEqual({
      labels: { [ID]: 'prod-1' },
      annotations: { [NAME]: 'East' },
    });
  });

  it('has what is said now in its place', () => {
    const said = change({ displayName: 'East, Bern', provider: ['aws'] });
    expect(appliedProfile(said, present, undefined)).toEqual({
      labels: { [ID]: 'prod-1' },
      annotations: { [NAME]: 'East, Bern', [PROVIDER]: 'aws' },
    });
  });

  it('is without what is taken away, whoever has said it', () => {
    const said = change({ displayName: '', memberId: '', provider: [''] });
    expect(appliedProfile(said, present, undefined)).toEqual({ labels: {}, annotations: {} });
    const after = secret({ annotations: { [PROVIDER]: 'google' } });
    expect(removalPatch(said, after)).toEqual({ metadata: { labels: {}, annotations: { [PROVIDER]: null } } });
    expect(removalPatch(said, secret({ annotations: { [CLUSTER]: '{}' } }))).toBeUndefined();
  });

  it('keeps nothing that only an update has set: an apply does not take it along', () => {
    const updated = secret({ annotations: { [NAME]: 'East' }, own: [NAME], operation: 'Update' });
    expect(appliedProfile(change(), updated, undefined).annotations).toEqual({});
  });

  it('keeps what the kubeconfig says that it replaces, where that counted', () => {
    const inKubeconfig = { displayName: 'East', accessProvider: ['google', 'aws'], accessCluster: { server: 'x' } };
    expect(appliedProfile(change({ memberId: 'prod-1' }), secret({}), inKubeconfig)).toEqual({
      labels: { [ID]: 'prod-1' },
      annotations: { [NAME]: 'East', [PROVIDER]: 'google,aws', [CLUSTER]: '{"server":"x"}' },
    });
    const outside = secret({ labels: { [ID]: 'prod-1' } });
    expect(appliedProfile(change(), outside, inKubeconfig)).toEqual({ labels: {}, annotations: {} });
  });

  it('chooses no context of the kubeconfig before', () => {
    const patch = { metadata: { labels: {}, annotations: { [CONTEXT]: null } } };
    expect(removalPatch(change(), secret({ annotations: { [CONTEXT]: 'x', [NAME]: 'East' } }))).toEqual(patch);
  });
});
