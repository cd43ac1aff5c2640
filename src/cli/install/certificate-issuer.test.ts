import { describe, expect, test } from 'vitest';
import { definitions } from '../../resources/index.ts';
import type { CertManagerIssuer } from './certificate-issuer.ts';
import { certManagerFindings } from './certificate-issuer.ts';
import type { ClusterClient } from './cluster-client.ts';
import type { HubOptions } from './hub-manifests.ts';
import { hubManifests } from './hub-manifests.ts';
import type { Manifest } from './manifest.ts';
import { objectPath } from './manifest.ts';
import { freshCrds } from './member-crds.ts';
import type { WebhooksOptions } from './webhooks-plan.ts';
import { everyWebhooksManifest, planWebhooks } from './webhooks-plan.ts';

const ISSUER: CertManagerIssuer = { name: 'corp', kind: 'ClusterIssuer' };
const INJECT = 'cert-manager.io/inject-ca-from';
const HUB: HubOptions = {
  ...{ namespace: 'ours', definitions, aggregate: 'none', image: 'image', external: undefined, issuer: ISSUER },
  apiGroups: { multicluster: 'multicluster.x-k8s.io', about: 'about.k8s.io' },
};
const MEMBER: WebhooksOptions = {
  ...{ namespace: 'ours', image: 'image', member: 'east', failurePolicy: 'Fail', withV1alpha2: true },
  ...{ controllers: [], administrators: [], webhooksUrl: undefined, externalAddress: undefined },
  ...{ certManagerIssuer: 'corp', certManagerIssuerKind: 'ClusterIssuer' },
};

function memberManifests(options: WebhooksOptions): readonly Manifest[] {
  const { serving, asking, crds } = planWebhooks(options, undefined);
  return [...serving, ...freshCrds(crds), ...asking];
}

function injected(manifests: readonly Manifest[]): readonly string[] {
  return manifests
    .filter(({ metadata }) => metadata.annotations?.[INJECT] !== undefined)
    .map(({ kind, metadata }) => `${kind} ${metadata.name} ${metadata.annotations?.[INJECT] ?? ''}`);
}

interface Pod {
  readonly securityContext: object;
  readonly volumes: readonly object[];
  readonly containers: readonly [{ readonly args: readonly string[]; readonly volumeMounts: readonly object[] }];
}

function podOf(manifests: readonly Manifest[]): Pod {
  const deployment = manifests.find(({ kind }) => kind === 'Deployment');
  return (deployment?.['spec'] as unknown as { template: { spec: Pod } }).template.spec;
}

describe.each([
  ['on a hub', 'clusterset-apiserver', hubManifests(HUB)],
  ['in a member', 'clusterset-webhooks', memberManifests(MEMBER)],
])('a certificate of cert-manager %s', (_, name, manifests) => {
  test('is asked for under the name by which a kube-apiserver calls', () => {
    expect(manifests.filter(({ kind }) => kind === 'Certificate')).toMatchObject([
      {
        metadata: { name, namespace: 'ours' },
        spec: {
          secretName: `${name}-tls`,
          dnsNames: [`${name}.ours.svc`],
          issuerRef: { group: 'cert-manager.io', name: 'corp', kind: 'ClusterIssuer' },
        },
      },
    ]);
  });

  test('is mounted where the server reads it, and nobody else may', () => {
    const { volumes, containers, securityContext } = podOf(manifests);
    expect(volumes).toContainEqual({ name: 'tls', secret: { secretName: `${name}-tls`, defaultMode: 0o440 } });
    expect(securityContext).toMatchObject({ fsGroup: 65532 });
    expect(containers[0].volumeMounts).toContainEqual(
      expect.objectContaining({ name: 'tls', mountPath: '/var/run/clusterset-tls' }),
    );
    expect(containers[0].args).toEqual(
      expect.arrayContaining([
        '--tls-cert-file=/var/run/clusterset-tls/tls.crt',
        '--tls-private-key-file=/var/run/clusterset-tls/tls.key',
        '--tls-ca-file=/var/run/clusterset-tls/ca.crt',
        '--ca-bundle-injection=cert-manager',
      ]),
    );
  });
});

describe('the injector of cert-manager', () => {
  test('is let into every APIService on a hub', () => {
    const manifests = hubManifests(HUB);
    const services = manifests.filter(({ kind }) => kind === 'APIService');
    expect(injected(manifests)).toEqual(
      services.map(({ metadata }) => `APIService ${metadata.name} ours/clusterset-apiserver`),
    );
    expect(injected(hubManifests({ ...HUB, issuer: undefined }))).toEqual([]);
  });

  test('is let into what asks the webhooks of a member, and into no definition that nobody converts', () => {
    const expected = [
      'CustomResourceDefinition serviceexports.multicluster.x-k8s.io',
      'CustomResourceDefinition serviceimports.multicluster.x-k8s.io',
      'ValidatingWebhookConfiguration clusterset-advice',
      'ValidatingWebhookConfiguration clusterset-safety',
    ].map((text) => `${text} ours/clusterset-webhooks`);
    expect(injected(memberManifests(MEMBER)).toSorted()).toEqual(expected);
    const unconverted = injected(memberManifests({ ...MEMBER, withV1alpha2: false }));
    expect(unconverted.toSorted()).toEqual(expected.slice(2));
    expect(injected(memberManifests({ ...MEMBER, certManagerIssuer: undefined }))).toEqual([]);
  });
});

describe('an issuer of cert-manager', () => {
  test.each([
    ['--external-address', { externalAddress: '192.0.2.1:443' }],
    ['--webhooks-url', { webhooksUrl: 'https://hub.example:8443' }],
  ])('is refused with %s, where no pod of ours is', (word, more) => {
    expect(() => planWebhooks({ ...MEMBER, withV1alpha2: false, ...more }, undefined)).toThrow(
      `--cert-manager-issuer and ${word} exclude each other`,
    );
  });

  test('is refused where cert-manager is not installed', async () => {
    const client = (served: boolean): ClusterClient =>
      ({ server: 'https://east', get: () => Promise.resolve(served ? {} : undefined) }) as unknown as ClusterClient;
    const asked = { certManagerIssuer: 'corp' };
    expect(await certManagerFindings(client(false), asked)).toMatchObject([
      { level: 'refused', message: 'https://east does not serve cert-manager.io/v1: install cert-manager first' },
    ]);
    expect(await certManagerFindings(client(true), asked)).toMatchObject([{ level: 'ok' }]);
    expect(await certManagerFindings(client(false), { certManagerIssuer: undefined })).toEqual([]);
  });

  test('leaves nothing that taking the webhooks away does not know', () => {
    const known = new Set(everyWebhooksManifest('ours').map(objectPath));
    const { serving, asking } = planWebhooks(MEMBER, undefined);
    expect([...serving, ...asking].map(objectPath).filter((path) => !known.has(path))).toEqual([]);
  });
});
