import { describe, expect, test } from 'vitest';
import type { JsonObject } from '../kube/object.ts';
import { customResourceDefinition } from './crd.ts';
import type { CrdOptions } from './crd.ts';
import type { ResourceDefinition } from './definition.ts';
import { serviceExport } from './service-export/definition.ts';
import { serviceImport } from './service-import/definition.ts';

const NONE: CrdOptions = { conversion: { type: 'None' } };
const ALL = ['v1alpha1', 'v1alpha2', 'v1beta1'];

interface Version extends JsonObject {
  readonly name: string;
  readonly additionalPrinterColumns: readonly { readonly name: string; readonly jsonPath: string }[];
}

function versionsOf(definition: ResourceDefinition, options: CrdOptions): readonly Version[] {
  const { spec } = customResourceDefinition(definition, options) as unknown as { spec: { versions: Version[] } };
  return spec.versions;
}

describe('customResourceDefinition', () => {
  test('is named after resource and upstream group, and carries the labels that installers compare', () => {
    expect(customResourceDefinition(serviceExport, NONE).metadata).toEqual({
      name: 'serviceexports.multicluster.x-k8s.io',
      labels: {
        'multicluster.x-k8s.io/release-version': 'v0.5.2',
        'multicluster.x-k8s.io/crd-schema-revision': expect.stringMatching(/^\d+$/) as string,
      },
    });
  });

  test('serves what upstream serves unless versions are named, one of them stored', () => {
    const told = (versions: readonly Version[]): unknown =>
      versions.map(({ name, served, storage }) => ({ name, served, storage }));
    expect(told(versionsOf(serviceImport, NONE))).toEqual([
      { name: 'v1alpha1', served: true, storage: false },
      { name: 'v1beta1', served: true, storage: true },
    ]);
    expect(versionsOf(serviceImport, { ...NONE, versions: ALL }).map(({ name }) => name)).toEqual(ALL);
  });

  test('has a status subresource in the versions that have one', () => {
    const versions = versionsOf(serviceImport, { ...NONE, versions: ALL });
    expect(versions.map(({ name, subresources }) => [name, subresources])).toEqual([
      ['v1alpha1', { status: {} }],
      ['v1alpha2', undefined],
      ['v1beta1', { status: {} }],
    ]);
  });

  test('has the columns that one cluster can fill, at the place where the version has them', () => {
    const columnsOf = (definition: ResourceDefinition): unknown =>
      versionsOf(definition, { ...NONE, versions: ALL }).map(({ additionalPrinterColumns }) =>
        additionalPrinterColumns.map(({ name, jsonPath }) => `${name} ${jsonPath}`),
      );
    const age = 'Age .metadata.creationTimestamp';
    expect(columnsOf(serviceExport)).toEqual([[age], [age], [age]]);
    expect(columnsOf(serviceImport)).toEqual([
      ['Type .spec.type', 'IP .spec.ips', age],
      ['Type .type', 'IP .ips', age],
      ['Type .spec.type', 'IP .spec.ips', age],
    ]);
  });

  test('adds the properties of every object and keeps the rest of the schema', () => {
    const [first] = versionsOf(serviceExport, NONE);
    const { openAPIV3Schema: schema } = first?.['schema'] as { openAPIV3Schema: JsonObject };
    expect(Object.keys(schema['properties'] as JsonObject)).toEqual([
      ...['apiVersion', 'kind', 'metadata', 'spec', 'status'],
    ]);
  });

  test.each([
    ['a Service', { service: { namespace: 'n', name: 's', path: '/convert', port: 443 } }],
    ['a URL', { url: 'https://hub:6443/convert' }],
  ])('asks %s for conversions, without a CA that it does not know', (_title, clientConfig) => {
    const { spec } = customResourceDefinition(serviceImport, { conversion: { type: 'Webhook', clientConfig } }) as {
      spec?: JsonObject;
    };
    expect(spec?.['conversion']).toEqual({
      strategy: 'Webhook',
      webhook: { conversionReviewVersions: ['v1'], clientConfig },
    });
    expect(JSON.stringify(spec)).not.toContain('caBundle');
  });

  test('says that there is no conversion, so that applying it takes an earlier one away', () => {
    expect(customResourceDefinition(serviceImport, NONE)['spec']).toMatchObject({ conversion: { strategy: 'None' } });
  });

  test('names the review of the API in a group that kube-apiserver protects', () => {
    const property: ResourceDefinition = { ...serviceExport, groupRole: 'about', resource: 'clusterproperties' };
    const { metadata } = customResourceDefinition(property, NONE);
    expect(metadata.annotations).toEqual({
      'api-approved.kubernetes.io': 'https://github.com/kubernetes/enhancements/pull/3084',
    });
    expect(Object.keys(metadata.labels)).toEqual([
      'clusterset-apiserver.dev/release-version',
      'clusterset-apiserver.dev/crd-schema-revision',
    ]);
  });

  test('marks a deprecated version', () => {
    const [version] = serviceExport.versions;
    if (version === undefined) throw new Error('no version');
    const old = { ...version, deprecationWarning: 'use v2' };
    const [marked] = versionsOf({ ...serviceExport, versions: [old] }, NONE);
    expect(marked).toMatchObject({ deprecated: true, deprecationWarning: 'use v2' });
  });
});
