import { describe, expect, test } from 'vitest';
import type { JsonObject } from '../../kube/object.ts';
import { ADMISSION_SUBJECTS, definitions } from '../../resources/index.ts';
import type { WebhookOptions } from './webhook-manifests.ts';
import { webhookManifests } from './webhook-manifests.ts';

interface Webhook extends JsonObject {
  readonly name: string;
  readonly failurePolicy: string;
  readonly rules: readonly { readonly resources: readonly string[]; readonly operations: readonly string[] }[];
}

const SERVICE: WebhookOptions = {
  namespace: 'ours',
  way: { type: 'service', port: 443 },
  failurePolicy: 'Fail',
  controllers: [],
};
const NAMED: WebhookOptions = { ...SERVICE, controllers: ['system:serviceaccount:mcs:controller'] };

function webhooksOf(options: WebhookOptions): { safety: readonly Webhook[]; advice: readonly Webhook[] } {
  const [safety, advice] = webhookManifests(options).map(({ webhooks }) => webhooks as unknown as readonly Webhook[]);
  return { safety: safety ?? [], advice: advice ?? [] };
}

function about(webhooks: readonly Webhook[], resource: string): Webhook | undefined {
  return webhooks.find(({ rules }) => rules.some(({ resources }) => resources.includes(resource)));
}

describe('webhookManifests', () => {
  test('asks for denials and for advice in configurations of their own', () => {
    expect(webhookManifests(SERVICE).map(({ metadata }) => metadata.name)).toEqual([
      ...['clusterset-safety', 'clusterset-advice'],
    ]);
    const { safety, advice } = webhooksOf(SERVICE);
    expect(about(safety, 'serviceexports')).toMatchObject({ failurePolicy: 'Fail', timeoutSeconds: 5 });
    for (const webhook of advice) expect(webhook).toMatchObject({ failurePolicy: 'Ignore', timeoutSeconds: 1 });
  });

  test('judges every write of our kinds, in every version that has the fields which conditions compare', () => {
    const { safety, advice } = webhooksOf(SERVICE);
    for (const { resource, versions } of definitions) {
      for (const webhook of [about(safety, resource), about(advice, resource)]) {
        expect(webhook?.rules[0]).toMatchObject({ operations: ['CREATE', 'UPDATE', 'DELETE'] });
        const { apiVersions } = webhook?.rules[0] as unknown as { apiVersions: string[] };
        // Fields of ServiceImport v1alpha2 are at the root: kube-apiserver is to convert before it asks.
        const asked = versions
          .map(({ name }) => name)
          .filter((name) => resource !== 'serviceimports' || name !== 'v1alpha2');
        expect(apiVersions.toSorted()).toEqual(asked.toSorted());
        expect(webhook).toMatchObject({ matchPolicy: 'Equivalent', admissionReviewVersions: ['v1'] });
      }
    }
  });

  test('never has two webhooks of one name, and each rule names one resource', () => {
    const all = Object.values(webhooksOf(NAMED)).flat();
    expect(new Set(all.map(({ name }) => name)).size).toBe(all.length);
    for (const { rules } of all) expect(rules.flatMap(({ resources }) => resources)).toHaveLength(1);
  });

  test('does not hold up what an MCS implementation writes while its users are not named', () => {
    const held = (options: WebhookOptions): readonly string[] =>
      webhooksOf(options)
        .safety.filter(({ failurePolicy }) => failurePolicy === 'Fail')
        .map(({ rules }) => rules[0]?.resources[0] ?? '');
    const before = held(SERVICE);
    expect(before.filter((resource) => /status|serviceimports|endpointslices/.test(resource))).toEqual([]);
    expect(held(NAMED)).toEqual(expect.arrayContaining([...before, 'serviceimports']));
  });

  test('never asks about our own namespace, so that we can start', () => {
    for (const webhook of Object.values(webhooksOf(NAMED)).flat()) {
      const subject = ADMISSION_SUBJECTS.find(({ resource }) =>
        (webhook.rules[0]?.resources[0] ?? '').startsWith(resource),
      );
      if (subject?.scope === 'Cluster') continue;
      const { matchExpressions } = webhook['namespaceSelector'] as { matchExpressions: { values: string[] }[] };
      expect(matchExpressions[0]?.values).toContain('ours');
    }
  });

  test.each(ADMISSION_SUBJECTS.filter(({ resource }) => resource === 'services'))(
    'gives advice on $resource when the spec changes or it goes, and never denies',
    ({ resource }) => {
      const { safety, advice } = webhooksOf(NAMED);
      expect(about(safety, resource)).toBeUndefined();
      const webhook = about(advice, resource);
      expect(webhook?.rules[0]?.operations).toEqual(['UPDATE', 'DELETE']);
      expect(JSON.stringify(webhook?.['matchConditions'])).toContain('object.spec != oldObject.spec');
    },
  );

  test.each(ADMISSION_SUBJECTS.filter(({ resource }) => resource === 'endpointslices'))(
    'asks about imported $resource only, and only once the controllers are named',
    ({ resource }) => {
      expect(about(webhooksOf(SERVICE).safety, resource)).toBeUndefined();
      expect(about(webhooksOf(NAMED).safety, resource)?.['objectSelector']).toEqual({
        matchExpressions: [{ key: 'multicluster.kubernetes.io/service-name', operator: 'Exists' }],
      });
    },
  );

  test('names the Service without a CA, and a path per configuration', () => {
    const { safety, advice } = webhooksOf(SERVICE);
    const at = (path: string): unknown => ({
      service: { namespace: 'ours', name: 'clusterset-webhooks', path, port: 443 },
    });
    expect(safety[0]?.['clientConfig']).toEqual(at('/validate/safety'));
    expect(advice[0]?.['clientConfig']).toEqual(at('/validate/advice'));
  });

  test('names the hub and the member in the other form, with the CA that is known', () => {
    const way = {
      type: 'url',
      base: 'https://hub:8443',
      member: 'east',
      hub: { identity: 'uid', caBundle: 'QQ==' },
    } as const;
    const { safety } = webhooksOf({ ...SERVICE, way });
    expect(safety[0]?.['clientConfig']).toEqual({
      url: 'https://hub:8443/members/east/validate/safety',
      caBundle: 'QQ==',
    });
    const unknown = webhooksOf({ ...SERVICE, way: { ...way, hub: undefined } });
    expect(unknown.safety[0]?.['clientConfig']).not.toHaveProperty('caBundle');
  });

  test('has no side effects but the reservation of a join', () => {
    const effects = Object.values(webhooksOf(NAMED))
      .flat()
      .filter(({ sideEffects }) => sideEffects !== 'None')
      .map(({ name }) => name);
    const joins = definitions.some(({ resource }) => resource === 'clusterproperties');
    expect(effects).toEqual(joins ? ['clusterproperties.safety.clusterset-apiserver.dev'] : []);
  });
});
