import { deepStrictEqual } from 'node:assert/strict';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { CONVERSION_DATA_ANNOTATION as OUR_KEY } from '../src/kube/domain.ts';
import { parseJson, stringifyJson } from '../src/kube/json.ts';
import type { KubeObject } from '../src/kube/object.ts';
import { convertObject, definitions } from '../src/resources/index.ts';
import type { WebhookServer } from '../test/support/webhooks.ts';
import { conversionReviewOf, startWebhooks } from '../test/support/webhooks.ts';
import { WEBHOOK_PATHS } from './paths.ts';

/*
 * What holds for the conversion functions is held to here once more through HTTP: whatever the way of the bytes, the
 * answer must be what the functions say.
 */

const GROUP = 'multicluster.x-k8s.io';
const VERSIONS = ['v1alpha1', 'v1alpha2', 'v1beta1'] as const;
type Version = (typeof VERSIONS)[number];
const RUNS = { numRuns: 100 };

let server: WebhookServer;

beforeAll(async () => {
  server = await startWebhooks();
});

afterAll(() => server.stop());

async function convert(objects: readonly KubeObject[], version: Version): Promise<readonly KubeObject[]> {
  const { code, text } = await server.post(WEBHOOK_PATHS.convert, conversionReviewOf(version, stringifyJson(objects)));
  expect(code, text).toBe(200);
  const review = parseJson(text) as { response: { result: object; convertedObjects: readonly KubeObject[] } };
  expect(review.response.result).toEqual({ metadata: {}, status: 'Success' });
  return review.response.convertedObjects;
}

/** Any JSON, with integers that no double holds. */
const json = fc.letrec((tie) => ({
  value: fc.oneof(
    { depthSize: 'small' },
    fc.string({ unit: 'binary' }),
    fc.integer(),
    fc.bigInt(2n ** 53n, 2n ** 63n - 1n),
    fc.boolean(),
    fc.array(tie('value'), { maxLength: 3 }),
    fc.dictionary(fc.string(), tie('value'), { maxKeys: 3 }),
  ),
})).value;

const metadata = fc.record(
  {
    name: fc.constant('api'),
    namespace: fc.constant('prod'),
    uid: fc.constant('8f0c7e1c-0000-4000-8000-000000000001'),
    finalizers: fc.constant(['example.com/hold']),
    annotations: fc.dictionary(fc.string(), fc.string(), { maxKeys: 2 }),
  },
  { requiredKeys: ['name', 'namespace', 'uid'] },
);

const spec = fc.record(
  {
    type: fc.constantFrom('ClusterSetIP', 'Headless'),
    ports: fc.array(fc.record({ port: fc.nat(65_535), name: fc.string() }), { maxLength: 3 }),
    ips: fc.array(fc.ipV4(), { maxLength: 2 }),
    ipFamilies: fc.constantFrom([], ['IPv4']),
    unknown: json,
  },
  { requiredKeys: [] },
);

/** Stored objects of both kinds; `version` is one in which both have the same form. */
const stored = (version: Version): fc.Arbitrary<KubeObject> =>
  fc
    .record(
      {
        kind: fc.constantFrom('ServiceImport', 'ServiceExport'),
        metadata,
        spec,
        status: fc.record({ x: json }),
        extra: json,
      },
      { requiredKeys: ['kind', 'metadata'] },
    )
    .map((fields) => parseJson(stringifyJson({ apiVersion: `${GROUP}/${version}`, ...fields })) as KubeObject);

function expected(object: KubeObject, version: Version): KubeObject {
  const definition = definitions.find(({ kind }) => kind === object.kind);
  if (definition === undefined) throw new Error('no definition');
  const converted = convertObject(definition, object, version);
  if (!converted.ok) throw new Error(converted.error);
  return converted.value;
}

describe('conversion through HTTP', () => {
  it('gives what the conversion functions give, for mixed versions and in the same order', async () => {
    const mixed = fc.array(fc.oneof(stored('v1beta1'), stored('v1alpha1')), { maxLength: 6 });
    await fc.assert(
      fc.asyncProperty(mixed, fc.constantFrom(...VERSIONS), async (objects, version) => {
        deepStrictEqual(
          await convert(objects, version),
          objects.map((object) => parseJson(stringifyJson(expected(object, version)))),
        );
      }),
      RUNS,
    );
  });

  it('down and up again gives the same objects, in every version', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(stored('v1beta1'), { maxLength: 4 }), async (objects) => {
        for (const version of VERSIONS) {
          deepStrictEqual(await convert(await convert(objects, version), 'v1beta1'), objects);
        }
      }),
      RUNS,
    );
  });

  it('v1alpha1 through v1alpha2 gives the same as the direct way, again and again', async () => {
    await fc.assert(
      fc.asyncProperty(stored('v1alpha1'), async (object) => {
        const root = await convert([object], 'v1alpha2');
        const direct = await convert([object], 'v1beta1');
        deepStrictEqual(await convert(root, 'v1beta1'), direct);
        deepStrictEqual(await convert(await convert(root, 'v1beta1'), 'v1alpha2'), root);
      }),
      RUNS,
    );
  });

  it('keeps kind, name, namespace and uid, and all metadata but annotations', async () => {
    await fc.assert(
      fc.asyncProperty(stored('v1beta1'), fc.constantFrom(...VERSIONS), async (object, version) => {
        const [converted] = await convert([object], version);
        expect([converted?.apiVersion, converted?.kind]).toEqual([`${GROUP}/${version}`, object.kind]);
        expect({ ...converted?.metadata, annotations: 0 }).toEqual({ ...object.metadata, annotations: 0 });
      }),
      RUNS,
    );
  });

  it('an edit in v1alpha2 wins, what it cannot express is kept, and without our annotation goes', async () => {
    const imports = stored('v1beta1').map((object) => ({ ...object, kind: 'ServiceImport' }));
    await fc.assert(
      fc.asyncProperty(imports, async (object) => {
        const [root] = await convert([object], 'v1alpha2');
        if (root === undefined) throw new Error('nothing converted');
        const [edited] = await convert([{ ...root, type: 'edited' }], 'v1beta1');
        deepStrictEqual(edited?.spec, { ...(object.spec as object | undefined), type: 'edited' });
        const annotations = Object.fromEntries(
          Object.entries(root.metadata.annotations ?? {}).filter(([key]) => key !== OUR_KEY),
        );
        const [bare] = await convert([{ ...root, metadata: { ...root.metadata, annotations } }], 'v1beta1');
        expect(Object.keys((bare?.spec as object | undefined) ?? {})).not.toContain('unknown');
        const corrupt = { ...root.metadata.annotations, [OUR_KEY]: '{' };
        const [kept] = await convert([{ ...root, metadata: { ...root.metadata, annotations: corrupt } }], 'v1beta1');
        expect(kept?.metadata.annotations?.[OUR_KEY]).toBe('{');
      }),
      RUNS,
    );
  });

  it('a storage object that has our annotation itself keeps it', async () => {
    const [object] = fc.sample(stored('v1beta1'), 1);
    if (object === undefined) throw new Error('no object');
    const annotated = {
      ...object,
      metadata: { ...object.metadata, annotations: { [OUR_KEY]: 'somebody copied this' } },
    };
    deepStrictEqual(await convert(await convert([annotated], 'v1alpha2'), 'v1beta1'), [annotated]);
  });

  it('does not fail for size: what does not fit into annotations is left out, the rest is whole', async () => {
    const large = { type: 'Headless', ports: [], unknown: 'x'.repeat(300_000), small: 'y' };
    const object = { apiVersion: `${GROUP}/v1beta1`, kind: 'ServiceImport', metadata: { name: 'a' }, spec: large };
    const [back] = await convert(await convert([object], 'v1alpha2'), 'v1beta1');
    expect(back?.spec).toEqual({ type: 'Headless', ports: [], small: 'y' });
  });
});
