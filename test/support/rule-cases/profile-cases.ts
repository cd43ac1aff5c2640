import type { JsonObject, KubeObject } from '../../../src/kube/object.ts';
import type { RuleCase } from './rule-case.ts';

const ID = 'multicluster.x-k8s.io/inventory-member-id';
const MANAGER = 'x-k8s.io/cluster-manager';
const ARGUMENTS = 'clusterprofiles.multicluster.x-k8s.io/exec/additional-args';
const ENVIRONMENT = 'clusterprofiles.multicluster.x-k8s.io/exec/additional-envs';

interface Parts {
  readonly labels?: Readonly<Record<string, string>>;
  readonly manager?: string;
  readonly status?: JsonObject;
}

export function clusterProfile({ labels = { [MANAGER]: 'mgr' }, manager = 'mgr', status }: Parts = {}): KubeObject {
  return {
    apiVersion: 'multicluster.x-k8s.io/v1alpha1',
    kind: 'ClusterProfile',
    metadata: { name: 'east', namespace: 'prod', labels: { ...labels } },
    spec: { clusterManager: { name: manager } },
    ...(status === undefined ? {} : { status }),
  };
}

function provider(cluster: JsonObject, name = 'x'): JsonObject {
  return { name, cluster: { server: 'https://a.example.com', ...cluster } };
}

const withProviders = (...accessProviders: readonly JsonObject[]): KubeObject =>
  clusterProfile({ status: { accessProviders } });
const withExtensions = (...extensions: readonly JsonObject[]): KubeObject => withProviders(provider({ extensions }));

function created(name: string, parts: Parts, says: Partial<RuleCase> = {}): RuleCase {
  return { name, resource: 'clusterprofiles', object: clusterProfile(parts), ...says };
}

function updated(name: string, parts: readonly [Parts, Parts], says: Partial<RuleCase> = {}): RuleCase {
  const [oldObject, object] = [clusterProfile(parts[0]), clusterProfile(parts[1])];
  return { name, resource: 'clusterprofiles', oldObject, object, ...says };
}

/** A write of the status of what has none, or this one. */
function reported(name: string, object: KubeObject, says: Partial<RuleCase> = {}): RuleCase {
  return { name, resource: 'clusterprofiles', subresource: 'status', oldObject: clusterProfile(), object, ...says };
}

const NO_HTTPS = 'status.accessProviders: Invalid value: "array": cluster.server of x must be an https URL with a host';
const INSECURE = ['access provider "x" disables TLS verification'];
const plain = withProviders(provider({ server: 'http://a.example.com' }));

/** What a cluster that keeps profiles judges alone by its policies. */
export const PROFILE_CASES: readonly RuleCase[] = [
  created('a profile with the label of its manager', {}),
  created(
    'a profile without labels',
    { labels: {} },
    {
      invalid: `metadata.labels[${MANAGER}]: Invalid value: null: must equal spec.clusterManager.name "mgr"`,
    },
  ),
  created(
    'a profile with the label of another manager',
    { labels: { [MANAGER]: 'other' } },
    {
      invalid: `metadata.labels[${MANAGER}]: Invalid value: null: must equal spec.clusterManager.name "mgr"`,
    },
  ),
  created(
    'an empty member id',
    { labels: { [MANAGER]: 'mgr', [ID]: '' } },
    {
      invalid: `metadata.labels[${ID}]: Invalid value: null: must not be empty`,
    },
  ),
  updated('a label that was missing before', [{ labels: {} }, { labels: { a: 'b' } }]),
  updated('another manager', [{}, { labels: { [MANAGER]: 'other' }, manager: 'other' }], {
    invalid: 'spec.clusterManager: Invalid value: "object": is immutable',
  }),
  updated('a member id that is set', [{}, { labels: { [MANAGER]: 'mgr', [ID]: 'u1' } }]),
  updated(
    'another member id',
    [{ labels: { [MANAGER]: 'mgr', [ID]: 'u1' } }, { labels: { [MANAGER]: 'mgr', [ID]: 'u2' } }],
    { invalid: `metadata.labels[${ID}]: Invalid value: null: must stay "u1"` },
  ),
  reported('no way of access', clusterProfile({ status: {} })),
  reported('a server with https', withProviders(provider({}))),
  reported('a server without https', plain, { invalid: NO_HTTPS }),
  reported('a server that had no https before', withProviders(provider({ server: 'http://b.example.com' })), {
    oldObject: plain,
  }),
  reported('TLS that is not verified', withProviders(provider({ 'insecure-skip-tls-verify': true })), {
    warnings: INSECURE,
  }),
  reported('two extensions of one name', withExtensions({ name: 'a', extension: {} }, { name: 'a', extension: {} }), {
    invalid: 'status.accessProviders: Duplicate value: "array": cluster.extensions must have names that differ',
  }),
  reported('variables', withExtensions({ name: ENVIRONMENT, extension: { A: 'b' } })),
  reported('variables with a name that is none', withExtensions({ name: ENVIRONMENT, extension: { 'A=B': 'c' } }), {
    invalid:
      'status.accessProviders: Invalid value: "array": the extension for additional variables must be a map from names of variables to strings',
  }),
  reported('arguments that are no list', withExtensions({ name: ARGUMENTS, extension: { a: 'b' } }), {
    invalid:
      'status.accessProviders: Invalid value: "array": the extension for additional arguments must be a list of strings',
  }),
  reported('a provider of the deprecated list', clusterProfile({ status: { credentialProviders: [{ name: 'x' }] } }), {
    warnings: ['status.credentialProviders is deprecated and absent in v1alpha2'],
  }),
  reported(
    'a provider of the deprecated list that was there before',
    clusterProfile({ status: { credentialProviders: [{ name: 'x' }] } }),
    { oldObject: clusterProfile({ status: { credentialProviders: [{ name: 'x' }] } }) },
  ),
];
