import { expect, test } from 'vitest';
import { isJsonList, isJsonObject } from '../../kube/object.ts';
import type { JsonValue } from '../../kube/object.ts';
import { MEMBER_POLICIES, memberPolicyManifests } from '../../resources/index.ts';
import type { ClusterClient } from './cluster-client.ts';
import { webhookManifests } from './webhook-manifests.ts';
import { POLICIES_MINOR, preflightWebhooks } from './webhooks-preflight.ts';

const unused = (): never => {
  throw new Error('not used');
};

/** A member of this version; every later one than 1.29 serves policies. */
function member(minor: number): ClusterClient {
  const resources = minor >= 30 ? [{ name: 'validatingadmissionpolicies' }] : [];
  return {
    server: 'https://east',
    get: (path) => {
      if (path === '/version') return Promise.resolve({ gitVersion: `v1.${minor}.3-vendor.7` });
      return Promise.resolve(path.startsWith('/apis/admission') ? { resources } : undefined);
    },
    ...{ create: unused, list: unused, listNames: unused, listMetadata: unused, merge: unused },
    ...{ attempt: unused, apply: unused, remove: unused, clockSkewSeconds: unused },
  };
}

async function levels(minor: number): Promise<Record<string, string>> {
  const question = { namespace: 'ours', withV1alpha2: false, controllers: [], controllerManagers: [] };
  const findings = await preflightWebhooks(member(minor), question);
  return Object.fromEntries(findings.map(({ subject, level }) => [subject, level]));
}

test('webhooks need matchConditions that cannot be switched off, policies one version more', async () => {
  expect(await levels(29)).toMatchObject({ version: 'refused', policies: 'warning' });
  expect(await levels(30)).toMatchObject({ version: 'ok', policies: 'warning' });
  expect(await levels(31)).toMatchObject({ version: 'ok', policies: 'ok' });
});

/**
 * Since which minor version CEL in Kubernetes knows what is not in every version: k8s.io/apiserver/pkg/cel/environment.
 * Matched as calls, so that fields of these names do not count.
 */
const SINCE: readonly (readonly [RegExp, number])[] = [
  [/\b(?:optional\.|orValue\(|or\(|\[\?|\.\?|quantity\(|isQuantity\()/, 28],
  [/\b(?:sets\.|\.join\(|strings\.quote\()/, 29],
  [/\b(?:ip|isIP|cidr|isCIDR|ip\.isCanonical)\(/, 30],
  [/\b(?:format\.|fieldSelector\(|labelSelector\()/, 31],
  [/\b(?:transformList|transformMap|transformMapEntry)\(/, 32],
  [/\b(?:semver|isSemver)\(/, 33],
  [/\b(?:distinct|flatten|sort|sortBy|slice|reverse|lists\.range|first|last)\(/, 34],
];

/** The newest of what these expressions use; 27 for what every version has that has matchConditions. */
function sinceMinor(expressions: readonly string[]): number {
  return Math.max(
    27,
    ...expressions.flatMap((text) => SINCE.flatMap(([call, minor]) => (call.test(text) ? [minor] : []))),
  );
}

function expressionsIn(value: JsonValue | undefined): readonly string[] {
  if (isJsonList(value)) return value.flatMap(expressionsIn);
  if (!isJsonObject(value)) return [];
  return Object.entries(value).flatMap(([name, inner]) =>
    /^(?:e|messageE)xpression$/.test(name) && typeof inner === 'string' ? [inner] : expressionsIn(inner),
  );
}

test('what policies use is in the Kubernetes version before the oldest that they are applied to', () => {
  const settings = {
    ...{ forbiddenNamespaces: ['a'], controllers: ['c'], administrators: ['d'] },
    ...{ standardProperties: ['e.k8s.io'], strictClusterSetNames: false },
  };
  const expressions = expressionsIn([...memberPolicyManifests(MEMBER_POLICIES, settings)]);
  expect(expressions.length).toBeGreaterThan(20);
  expect(sinceMinor(expressions) + 1).toBe(POLICIES_MINOR);
});

test('what webhooks use in matchConditions is in every version that they are installed in', () => {
  const way = { type: 'service', port: 443 } as const;
  const expressions = expressionsIn([
    ...webhookManifests({ namespace: 'ours', way, failurePolicy: 'Fail', controllers: ['c'] }),
  ]);
  expect(expressions.length).toBeGreaterThan(3);
  expect(sinceMinor(expressions) + 1).toBeLessThanOrEqual(30);
});
