import { describe, expect, test } from 'vitest';
import type { JsonObject } from '../../src/kube/object.ts';
import { isJsonObject } from '../../src/kube/object.ts';
import type { ResourceDefinition, SubresourceKind } from '../../src/resources/definition.ts';
import { THINGS } from '../../test/support/api-service.ts';
import { aggregatedDiscovery, resourceList } from './discovery.ts';
import { openApiV2 } from './openapi-v2.ts';
import { openApiV3 } from './openapi-v3.ts';
import { groupsOf } from './served-version.ts';

const WEIGHT: SubresourceKind = {
  group: 'weights.example.com',
  version: 'v1alpha1',
  kind: 'Weight',
  schema: { description: 'How heavy a thing is.', type: 'object', properties: { grams: { type: 'integer' } } },
  columns: [],
  rows: () => [],
  isQuestion: true,
};
const GVK = { group: 'weights.example.com', version: 'v1alpha1', kind: 'Weight' };

const definition: ResourceDefinition = {
  ...THINGS,
  implementedVerbs: ['get'],
  versions: THINGS.versions.map((version) => ({
    ...version,
    subresources: [
      { name: 'status', verbs: ['get'] },
      { name: 'weight', verbs: ['get', 'create'], answer: WEIGHT },
    ],
  })),
};
const groups = groupsOf([{ group: 'things.example.com', definition }]);
const [version] = groups.flatMap((group) => group.versions);
if (version === undefined) throw new Error('no version');

function at(document: unknown, ...path: readonly string[]): JsonObject {
  const found = path.reduce<unknown>((value, key) => (isJsonObject(value) ? value[key] : undefined), document);
  if (!isJsonObject(found)) throw new Error(`nothing at ${path.join(' ')}`);
  return found;
}

const PATH = '/apis/things.example.com/v1/namespaces/{namespace}/things/{name}/weight';

describe('a subresource with a kind of its own', () => {
  test('is listed with its group and version, as kube-apiserver lists the scale of a Deployment', () => {
    expect(resourceList(version)['resources']).toContainEqual({
      name: 'things/weight',
      singularName: '',
      namespaced: true,
      ...GVK,
      verbs: ['create', 'get'],
    });
    expect(resourceList(version)['resources']).toContainEqual({
      name: 'things/status',
      singularName: '',
      namespaced: true,
      kind: 'Thing',
      verbs: ['get'],
    });
  });

  test('has its own response kind in aggregated discovery', () => {
    expect(aggregatedDiscovery(groups, 'v2')).toMatchObject({
      items: [
        {
          versions: [
            {
              resources: [
                {
                  subresources: [
                    { subresource: 'status', responseKind: { group: 'things.example.com', kind: 'Thing' } },
                    { subresource: 'weight', responseKind: GVK, verbs: ['create', 'get'] },
                  ],
                },
              ],
            },
          ],
        },
      ],
    });
  });

  test.each([
    ['v2', openApiV2([version], 'v0'), ['definitions']],
    ['v3', openApiV3(version, 'v0'), ['components', 'schemas']],
  ] as const)('has operations and a schema in OpenAPI %s', (name, document, place) => {
    const reference = { $ref: `#/${place.join('/')}/com.example.weights.v1alpha1.Weight` };
    const get = at(document, 'paths', PATH, 'get');
    expect(get).toMatchObject({
      operationId: 'readThingsExampleComV1NamespacedThingWeight',
      'x-kubernetes-action': 'get',
      'x-kubernetes-group-version-kind': GVK,
    });
    const post = at(document, 'paths', PATH, 'post');
    expect(post).toMatchObject({
      operationId: 'createThingsExampleComV1NamespacedThingWeight',
      'x-kubernetes-action': 'post',
      'x-kubernetes-group-version-kind': GVK,
    });
    const content = { 'application/json': { schema: reference }, 'application/yaml': { schema: reference } };
    expect(at(get, 'responses', '200')).toMatchObject(name === 'v2' ? { schema: reference } : { content });
    expect(at(post, 'responses', '201')).toMatchObject(name === 'v2' ? { schema: reference } : { content });
    if (name === 'v2')
      expect(post['parameters']).toEqual([{ name: 'body', in: 'body', required: true, schema: reference }]);
    else expect(post['requestBody']).toEqual({ required: true, content });
    const schema = at(document, ...place, 'com.example.weights.v1alpha1.Weight');
    expect(schema).toMatchObject({ description: 'How heavy a thing is.', 'x-kubernetes-group-version-kind': [GVK] });
    expect(Object.keys(at(schema, 'properties'))).toEqual(['apiVersion', 'kind', 'metadata', 'grams']);
  });
});
