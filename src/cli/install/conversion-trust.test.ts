import { beforeAll, expect, test } from 'vitest';
import { issueAuthority } from '../../../certs/index.ts';
import type { JsonObject } from '../../kube/object.ts';
import type { ClusterClient } from './cluster-client.ts';
import { knownCaBundle } from './conversion-trust.ts';

const CONFIGURATION = '/apis/admissionregistration.k8s.io/v1/validatingwebhookconfigurations/clusterset-safety';
const OWN_SECRET = '/api/v1/namespaces/ours/secrets/clusterset-webhooks-certificates';
const ISSUED_SECRET = '/api/v1/namespaces/ours/secrets/clusterset-webhooks-tls';
const PODS = { namespace: 'ours', isCertManaged: false, hasPods: true };

let old: string;
let current: string;

function base64(...texts: readonly string[]): string {
  return Buffer.from(texts.join('')).toString('base64');
}

beforeAll(async () => {
  const validity = { nowMs: Date.now(), lifetimeMs: 3_600_000 };
  const [first, second] = await Promise.all(
    ['first', 'second'].map((commonName) => issueAuthority({ commonName, validity })),
  );
  [old, current] = [first?.cert ?? '', second?.cert ?? ''];
});

function cluster(objects: Readonly<Record<string, JsonObject>>): ClusterClient {
  const unused = (): never => {
    throw new Error('not used');
  };
  return {
    server: 'https://east',
    get: (path) => Promise.resolve(objects[path]),
    ...{ create: unused, list: unused, listNames: unused, listMetadata: unused, merge: unused },
    ...{ attempt: unused, apply: unused, remove: unused, clockSkewSeconds: unused },
  };
}

function asking(...bundles: readonly (string | undefined)[]): JsonObject {
  return { webhooks: bundles.map((caBundle) => ({ clientConfig: caBundle === undefined ? {} : { caBundle } })) };
}

function secret(...authorities: readonly string[]): JsonObject {
  return { data: { 'ca.crt': base64(...authorities) } };
}

test('the bundle is that of the configuration once it holds what the pods serve by', async () => {
  const bundle = base64(old, current);
  const objects = { [CONFIGURATION]: asking(bundle, bundle), [OWN_SECRET]: secret(current) };
  expect(await knownCaBundle(cluster(objects), PODS)).toEqual({ type: 'reached', value: bundle });
});

test('nobody waits for a Secret of ours where webhooks bring their own certificates from outside', async () => {
  const objects = { [CONFIGURATION]: asking(base64(current)) };
  expect(await knownCaBundle(cluster(objects), { ...PODS, hasPods: false })).toMatchObject({ type: 'reached' });
});

test('with cert-manager it is the Secret of cert-manager that counts', async () => {
  const objects = {
    [CONFIGURATION]: asking(base64(current)),
    [OWN_SECRET]: secret(old),
    [ISSUED_SECRET]: secret(current),
  };
  expect(await knownCaBundle(cluster(objects), { ...PODS, isCertManaged: true })).toMatchObject({ type: 'reached' });
});

test.each([
  ['there is no configuration', () => ({})],
  ['nothing was written', () => ({ [CONFIGURATION]: asking(undefined, undefined) })],
  ['one webhook lacks it', () => ({ [CONFIGURATION]: asking(base64(current), undefined) })],
  ['it is no certificate', () => ({ [CONFIGURATION]: asking(base64('none')) })],
  ['there are no certificates of pods', () => ({ [CONFIGURATION]: asking(base64(current)) })],
  ['it is of an earlier installation', () => ({ [CONFIGURATION]: asking(base64(old)), [OWN_SECRET]: secret(current) })],
  [
    'a rotation has begun that it does not know',
    () => ({ [CONFIGURATION]: asking(base64(old)), [OWN_SECRET]: secret(old, current) }),
  ],
])('it is waited for while %s', async (_, objects) => {
  expect(await knownCaBundle(cluster(objects()), PODS)).toMatchObject({ type: 'waiting' });
});
