import { describe, expect, test } from 'vitest';
import { admissionContext, createRequest, deleteRequest, updateRequest } from '../../../test/support/admission.ts';
import { clusterId } from '../../../test/support/clusterset-objects.ts';
import type { JsonObject, KubeObject } from '../../kube/object.ts';
import type { AdmissionContext, AdmissionRequest } from '../admission.ts';
import { evaluateRules } from '../evaluate-rules.ts';
import { rules } from './rules.ts';

const ID = 'multicluster.x-k8s.io/inventory-member-id';
const LABELS = { 'x-k8s.io/cluster-manager': 'mgr', [ID]: 'u1' };
const ARGUMENTS = 'clusterprofiles.multicluster.x-k8s.io/exec/additional-args';
const ENVIRONMENT = 'clusterprofiles.multicluster.x-k8s.io/exec/additional-envs';
const JWT = 'eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJqYW5lIn0.c2lnbmF0dXJlLW9mLWphbmU';
const KEY = '-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n';
const CERTIFICATE = Buffer.from('-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n').toString('base64');

function profile(status: JsonObject = {}, labels: Record<string, string> = LABELS, manager = 'mgr'): KubeObject {
  return {
    apiVersion: 'multicluster.x-k8s.io/v1alpha1',
    kind: 'ClusterProfile',
    metadata: { name: 'east', namespace: 'inventory', labels },
    spec: { clusterManager: { name: manager } },
    status,
  };
}

function withCluster(cluster: JsonObject): JsonObject {
  return { accessProviders: [{ name: 'x', cluster: { server: 'https://a.example.com', ...cluster } }] };
}

function withExtensions(...extensions: readonly JsonObject[]): KubeObject {
  return profile(withCluster({ extensions }));
}

function withEnvironment(extension: JsonObject): KubeObject {
  return withExtensions({ name: 'multicluster.x-k8s.io/clusterprofiles/auth/exec/additional-envs', extension });
}

function withProperty(name: string, value: string): KubeObject {
  return profile({ properties: [{ name, value }] });
}

const LOCATED: JsonObject = { properties: [{ name: 'location', value: 'Bern' }] };

/** A profile of the member with this id, which is held in the cluster that asks. */
function about(memberId: string, location: string): KubeObject {
  return profile({ properties: [{ name: 'location', value: location }] }, { ...LABELS, [ID]: memberId });
}

/** `east` asks; the profiles may be about `west`. */
const LOCATIONS: ReadonlyMap<string, string> = new Map([
  [clusterId('east'), 'Basel'],
  [clusterId('west'), 'Olten'],
]);

const CONTEXT = admissionContext({
  profiles: () => [{ namespace: 'inventory', name: 'west', memberId: 'u2' }],
  propertyIn: (cluster, name) => (name === 'location' ? LOCATIONS.get(cluster) : undefined),
});

/** One line: what a write is answered with. */
function answer(request: AdmissionRequest, context: AdmissionContext = CONTEXT): string {
  const decision = evaluateRules(rules, request, context);
  switch (decision.type) {
    case 'allow':
      return decision.failures.length > 0 ? JSON.stringify(decision.failures) : decision.warnings.join(' | ');
    case 'deny':
      return decision.causes.map(({ field, message }) => `${field}: ${message}`).join(' | ');
    case 'forbid':
    case 'unavailable':
      return decision.because;
    case 'fail':
      return `${decision.failure.rule} failed: ${String(decision.failure.error)}`;
  }
}

describe('the status of a profile', () => {
  test.each<[string, KubeObject, string]>([
    ['nothing', profile(), ''],
    ['a server with a path', profile(withCluster({ server: 'https://svc:9092/east' })), ''],
    [
      'a server without TLS',
      profile(withCluster({ server: 'http://a' })),
      'cluster.server of x must be an https URL with a host',
    ],
    ['a server without a host', profile(withCluster({ server: 'https:///path' })), 'must be an https URL with a host'],
    ['TLS that is checked', profile(withCluster({ 'insecure-skip-tls-verify': false })), ''],
    [
      'TLS that is not checked',
      profile(withCluster({ 'insecure-skip-tls-verify': true })),
      'access provider "x" disables TLS verification',
    ],
    [
      'a file',
      profile(withCluster({ 'certificate-authority': '/ca.pem' })),
      'accessProviders[0].cluster.certificate-authority: Forbidden: file paths have no meaning here',
    ],
    ['certificates', profile(withCluster({ 'certificate-authority-data': CERTIFICATE })), ''],
    ['two extensions', withExtensions({ name: 'a', extension: {} }, { name: 'b', extension: {} }), ''],
    [
      'an extension twice',
      withExtensions({ name: 'a', extension: {} }, { name: 'a', extension: {} }),
      'cluster.extensions must have names that differ',
    ],
    ['variables', withExtensions({ name: ENVIRONMENT, extension: { A_1: 'b' } }), ''],
    [
      'a variable that is none',
      withExtensions({ name: ENVIRONMENT, extension: { 'A=B': 'b' } }),
      'must be a map from names of variables to strings',
    ],
    [
      'a variable that is no text',
      withExtensions({ name: ENVIRONMENT, extension: { A: 1 } }),
      'must be a map from names of variables to strings',
    ],
    [
      'arguments that are no list',
      withExtensions({ name: ARGUMENTS, extension: { a: 'b' } }),
      'must be a list of strings',
    ],
    [
      'the deprecated twin',
      profile({ credentialProviders: [{ name: 'x' }] }),
      'status.credentialProviders is deprecated and absent in v1alpha2',
    ],
    ['a property', withProperty('a', 'x'.repeat(1024)), ''],
    ['a property that is too long', withProperty('a', 'x'.repeat(1025)), 'status.properties[0].value: Too long'],
    ['a property with too long a name', withProperty('a'.repeat(254), 'x'), 'status.properties[0].name: Too long'],
    [
      'a condition without a reason',
      profile({
        conditions: [
          { type: 'A', status: 'True', reason: '', message: '', lastTransitionTime: '2026-01-01T00:00:00Z' },
        ],
      }),
      'status.conditions[0].reason',
    ],
  ])('%s', (_title, object, expected) => {
    const said = answer(updateRequest(profile(), object, { subresource: 'status' }));
    if (expected === '') expect(said).toBe('');
    else expect(said).toContain(expected);
  });

  test.each<[string, KubeObject, string]>([
    ['of the member', about('u2', 'Olten'), ''],
    ['that the member has otherwise', about('u2', 'Bern'), 'property "location" is defined by the member'],
    ['of a member that is not known, in a cluster that has the property', about('u1', 'Bern'), ''],
    ['of the cluster that holds the profile', about('u2', 'Basel'), 'property "location" is defined by the member'],
    ['of a profile without an id', about('', 'Bern'), ''],
    [
      'of a profile that is served and has no id yet',
      { ...profile(LOCATED, {}, 'clusterset-apiserver'), metadata: { name: 'west', namespace: 'inventory' } },
      'property "location" is defined by the member',
    ],
    [
      "of somebody else's profile without an id that is called like one that is served",
      { ...profile(LOCATED, {}), metadata: { name: 'west', namespace: 'inventory' } },
      '',
    ],
  ])('is compared with the property %s', (_title, object, expected) => {
    expect(answer(updateRequest({ ...object, status: {} }, object, { subresource: 'status' }))).toBe(expected);
  });

  test.each<[string, KubeObject, string]>([
    ['a private key', withExtensions({ name: 'a', extension: { pem: KEY } }), 'extensions[0].extension.pem'],
    [
      'one in base64',
      profile(withCluster({ 'certificate-authority-data': Buffer.from(KEY).toString('base64') })),
      'certificate-authority-data',
    ],
    ['a token by its form', withProperty('a', `Bearer ${JWT}`), 'status.properties[0]'],
    ['a token by its key', withExtensions({ name: 'a', extension: { bearerToken: 'abc' } }), 'extension.bearerToken'],
    [
      'a key by its key',
      withExtensions({ name: 'a', extension: { user: { 'client-key-data': 'abc' } } }),
      'user.client-key-data',
    ],
    ['a password by its name', withProperty('password', 'abc'), 'status.properties[0]'],
    ['a user of the server', profile(withCluster({ server: 'https://abc@h.example.com' })), 'cluster.server'],
    ['a user of the proxy', profile(withCluster({ 'proxy-url': 'http://abc:x@p:3128' })), 'cluster.proxy-url'],
    ['a password in a URL', withProperty('mirror', 'see https://bob:abc@h.example.com/x'), 'status.properties[0]'],
    ['an environment variable', withEnvironment({ AWS_SECRET_ACCESS_KEY: 'abc' }), 'extension.AWS_SECRET_ACCESS_KEY'],
    [
      'an environment variable in a list',
      withExtensions({ name: 'a', extension: { env: [{ name: 'API_TOKEN', value: 'abc' }] } }),
      'extension.env[0]',
    ],
    ['a list of tokens', withExtensions({ name: 'a', extension: { token: ['abc'] } }), 'extension.token'],
    ['a number as password', withExtensions({ name: 'a', extension: { password: 1234 } }), 'extension.password'],
    [
      'an argument',
      withExtensions({ name: 'a', extension: { args: ['--oidc-client-secret=abc'] } }),
      'extension.args[0]',
    ],
  ])('%s is refused, and not repeated', (_title, object, field) => {
    const said = answer(updateRequest(profile(), object, { subresource: 'status' }));
    expect(said).toContain('looks like a credential; publish a reference instead');
    expect(said).toContain(field);
    expect(said).not.toMatch(/abc|eyJ|AAAA/);
  });

  test('what is too deep to be looked through is refused', () => {
    const nested = (levels: number): JsonObject => (levels === 0 ? { token: 'abc' } : { a: nested(levels - 1) });
    const said = answer(
      updateRequest(profile(), withExtensions({ name: 'a', extension: nested(60) }), { subresource: 'status' }),
    );
    expect(said).toContain('has more than 50 levels, too many to be looked through for credentials');
  });

  test.each([
    ['the place of a token', withEnvironment({ AWS_WEB_IDENTITY_TOKEN_FILE: '/var/token', TOKEN_URL: 'https://a' })],
    [
      'arguments that name places',
      withExtensions({ name: 'a', extension: { args: ['--token-file=/x', '--secret-name', 'y'] } }),
    ],
    ['a reference', withExtensions({ name: 'a', extension: { token: { secretRef: { name: 'x' } }, password: '' } })],
    ['a user of a repository', withProperty('source', 'ssh://git@example.com/x.git')],
    ['an address with a port', profile(withCluster({ server: 'https://a.example.com:6443/@x' }))],
    ['a time in a URL', withProperty('a', 'https://example.com/a?at=12:30@x')],
  ])('%s is no credential', (_title, object) => {
    expect(answer(updateRequest(profile(), object, { subresource: 'status' }))).toBe('');
  });

  const DEPRECATED = 'status.credentialProviders is deprecated and absent in v1alpha2';
  const twins = (...servers: readonly string[]): KubeObject =>
    profile({ credentialProviders: servers.map((server) => ({ name: server, cluster: { server } })) });

  test.each([
    { what: 'that are there stay', before: twins('a'), after: twins('a'), expected: '' },
    { what: 'go', before: twins('a', 'b'), after: twins('a'), expected: '' },
    { what: 'come beside others', before: twins('a'), after: twins('a', 'b'), expected: DEPRECATED },
    { what: 'change', before: twins('a'), after: twins('b'), expected: DEPRECATED },
  ])('whoever lets deprecated providers $what', ({ before, after, expected }) => {
    expect(answer(updateRequest(before, after, { subresource: 'status' }))).toBe(expected);
    expect(answer(createRequest(after))).toBe(DEPRECATED);
  });

  test('what an object had before is no fault of this write', () => {
    const old = profile(withCluster({ server: 'http://a' }));
    const changed = { ...old, metadata: { ...old.metadata, annotations: { a: 'b' } } };
    expect(answer(updateRequest(old, changed))).toBe('');
  });
});

describe('labels and the manager', () => {
  test.each<[string, AdmissionRequest, string]>([
    ['all well', createRequest(profile()), ''],
    ['no manager label', createRequest(profile({}, {})), 'must equal spec.clusterManager.name "mgr"'],
    [
      'another manager label',
      createRequest(profile({}, { 'x-k8s.io/cluster-manager': 'x' })),
      'must equal spec.clusterManager.name "mgr"',
    ],
    ['an empty member id', createRequest(profile({}, { ...LABELS, [ID]: '' })), 'must not be empty'],
    ['another member id', updateRequest(profile(), profile({}, { ...LABELS, [ID]: 'u9' })), 'must stay "u1"'],
    [
      'no member id any more',
      updateRequest(profile(), profile({}, { 'x-k8s.io/cluster-manager': 'mgr' })),
      'must stay "u1"',
    ],
    ['a first member id', updateRequest(profile({}, { 'x-k8s.io/cluster-manager': 'mgr' }), profile()), ''],
    [
      'another manager',
      updateRequest(profile(), profile({}, { 'x-k8s.io/cluster-manager': 'b' }, 'b')),
      'spec.clusterManager: Invalid value',
    ],
    [
      'a second profile of one cluster',
      createRequest(profile({}, { ...LABELS, [ID]: 'u2' })),
      'profile "west" already represents member "u2"',
    ],
  ])('%s', (_title, request, expected) => {
    const said = answer(request);
    if (expected === '') expect(said).toBe('');
    else expect(said).toContain(expected);
  });
});

describe('profiles of our own name', () => {
  const served = admissionContext(
    { profiles: () => [{ namespace: 'inventory', name: 'east', memberId: 'u1' }] },
    { profileManager: 'mgr' },
  );
  const text = 'clusterprofiles "east" is served for member east; register or unregister the member instead';

  test('are neither made nor deleted by anybody', () => {
    expect(answer(createRequest(profile()), served)).toContain(text);
    expect(answer(deleteRequest(profile()), served)).toContain(text);
  });

  test('of another manager or member are not ours', () => {
    expect(answer(createRequest(profile({}, { ...LABELS, 'x-k8s.io/cluster-manager': 'b' }, 'b')), served)).toBe('');
    expect(answer(createRequest(profile()), CONTEXT)).toBe('');
  });
});

test('whoever may not be told of other clusters hears of a second profile only that there is another one', () => {
  const context = { ...CONTEXT, policy: { ...CONTEXT.policy, namesOthers: false } };
  expect(answer(createRequest(profile({}, { ...LABELS, [ID]: 'u2' })), context)).toBe(
    'another profile already represents member "u2"',
  );
});
