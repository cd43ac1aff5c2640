import { expect, it } from 'vitest';
import type { JsonObject } from '../../kube/object.ts';
import { createPlainConnection } from '../../../test/support/plain-connection.ts';
import { clusterApiSecrets } from './cluster-api-secrets.ts';
import type { Candidate } from './registration-book.ts';

const POLICY = { allowExec: false, allowFiles: false, allowHttp: false, allowInsecure: false } as const;
const KUBECONFIG = JSON.stringify({
  'current-context': 'east-admin@east',
  clusters: [{ name: 'east', cluster: { server: 'https://east.example' } }],
  users: [{ name: 'east-admin', user: { token: 't' } }],
  contexts: [{ name: 'east-admin@east', context: { cluster: 'east', user: 'east-admin' } }],
});

const CONVENTION = clusterApiSecrets({
  connection: createPlainConnection(() => 1),
  namespace: 'capi',
  policy: POLICY,
});

function read(name: string, more: { type?: string; label?: string; key?: string } = {}): Candidate | undefined {
  const { type = 'cluster.x-k8s.io/secret', label = 'east', key = 'value' } = more;
  const secret: JsonObject = {
    type,
    metadata: { name, labels: { 'cluster.x-k8s.io/cluster-name': label } },
    data: { [key]: Buffer.from(KUBECONFIG).toString('base64') },
  };
  return CONVENTION.candidate(secret, name);
}

it('takes the kubeconfig of a cluster, named after the cluster', () => {
  const outcome = read('east-kubeconfig')?.outcome;
  expect(outcome?.ok === true && [outcome.value.name, outcome.value.settings.server]).toEqual([
    'east',
    'https://east.example',
  ]);
});

it.each([
  ['the kubeconfig for users', 'east-user-kubeconfig', {}],
  ['a certificate authority', 'east-ca', {}],
  ["somebody's own Secret of that name", 'east-kubeconfig', { type: 'Opaque' }],
])('takes %s for none', (_what, name, more) => {
  expect(read(name, more)).toBeUndefined();
});

it('says what is missing in a Secret of that form', () => {
  const outcome = read('east-kubeconfig', { key: 'kubeconfig' })?.outcome;
  expect(outcome?.ok === false && outcome.error.message).toBe(
    'Cluster API Secret capi/east-kubeconfig: it has no key "value"',
  );
});

it('asks for nothing but such Secrets', () => {
  const { path, labelSelector, fieldSelector } = CONVENTION;
  expect([path, labelSelector, fieldSelector]).toEqual([
    '/api/v1/namespaces/capi/secrets',
    'cluster.x-k8s.io/cluster-name',
    'type=cluster.x-k8s.io/secret',
  ]);
});
