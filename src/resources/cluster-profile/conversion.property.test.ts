import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { CONVERSION_DATA_ANNOTATION } from '../../kube/domain.ts';
import { isJsonObject } from '../../kube/object.ts';
import type { JsonObject, KubeObject } from '../../kube/object.ts';
import { clusterProfile } from './definition.ts';
import { v1alpha1 } from './v1alpha1.ts';
import { v1alpha2 } from './v1alpha2.ts';

const cluster = fc.record(
  { server: fc.webUrl(), 'certificate-authority': fc.string(), 'tls-server-name': fc.domain() },
  { requiredKeys: ['server'] },
);
const providers = fc.uniqueArray(
  fc.record({ name: fc.stringMatching(/^[a-z]{1,5}$/), cluster }, { requiredKeys: ['name'] }),
  { selector: ({ name }) => name, maxLength: 4 },
);
const status = fc.record(
  {
    accessProviders: providers,
    credentialProviders: providers,
    properties: fc.array(fc.record({ name: fc.string(), value: fc.string() }), { maxLength: 2 }),
    unknown: fc.jsonValue(),
  },
  { requiredKeys: [] },
);
const profile = fc
  .record({
    annotations: fc.option(fc.dictionary(fc.constantFrom('a', 'b', CONVERSION_DATA_ANNOTATION), fc.string()), {
      nil: undefined,
    }),
    status: fc.option(status, { nil: undefined }),
  })
  .map(({ annotations, status: of }) =>
    profileOf({ ...(annotations === undefined ? {} : { annotations }) }, of as JsonObject | undefined),
  );

function profileOf(metadata: object, of: JsonObject | undefined): KubeObject {
  return {
    apiVersion: 'multicluster.x-k8s.io/v1alpha1',
    kind: clusterProfile.kind,
    metadata: { name: 'east', namespace: 'inventory', ...metadata },
    spec: { clusterManager: { name: '' } },
    ...(of === undefined ? {} : { status: of }),
  };
}

describe('conversion of ClusterProfile', () => {
  test('to v1alpha2 and back gives the same object', () => {
    fc.assert(
      fc.property(profile, (object) => {
        expect(v1alpha2.toStorage(v1alpha2.fromStorage(object))).toEqual(object);
        expect(v1alpha1.toStorage(v1alpha1.fromStorage(object))).toEqual(object);
      }),
    );
  });

  test('v1alpha2 shows nothing that it has no field for', () => {
    fc.assert(
      fc.property(profile, (object) => {
        const shown = v1alpha2.fromStorage(object);
        const text = JSON.stringify(isJsonObject(shown.status) ? shown.status : {});
        expect(text).not.toMatch(/"credentialProviders":|"certificate-authority":/);
      }),
    );
  });

  test('what a v1alpha2 client changes wins, what it cannot see stays', () => {
    const provider = (name: string, server: string): JsonObject => ({ name, cluster: { server } });
    const stored = profileOf(
      {},
      {
        credentialProviders: [provider('old', 'https://a')],
        accessProviders: [{ name: 'b', cluster: { server: 'https://b', 'certificate-authority': '/ca.pem' } }],
      },
    );
    const shown = v1alpha2.fromStorage(stored);
    const changed = { ...shown, status: { accessProviders: [provider('b', 'https://c'), provider('d', 'https://d')] } };
    expect(v1alpha2.toStorage(changed)).toEqual({
      ...stored,
      status: {
        credentialProviders: [provider('old', 'https://a')],
        accessProviders: [
          { name: 'b', cluster: { server: 'https://c', 'certificate-authority': '/ca.pem' } },
          provider('d', 'https://d'),
        ],
      },
    });
  });
});
