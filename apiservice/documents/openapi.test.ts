import { describe, expect, test } from 'vitest';
import type { JsonObject } from '../../src/kube/object.ts';
import { isJsonObject } from '../../src/kube/object.ts';
import type { ResourceDefinition } from '../../src/resources/definition.ts';
import { definitions } from '../../src/resources/index.ts';
import metaDefinitions from './meta-definitions.json' with { type: 'json' };
import { toOpenApi3, toSwagger2 } from './openapi-schemas.ts';
import { openApiV2 } from './openapi-v2.ts';
import { openApiV3 } from './openapi-v3.ts';
import { groupsOf } from './served-version.ts';

const GROUP = 'multicluster.x-k8s.io';
const ours = definitions.filter(({ groupRole }) => groupRole === 'multicluster');
const served = ours.map((definition) => ({ group: GROUP, definition }));
const versions = groupsOf(served).flatMap((group) => group.versions);
const v2 = openApiV2(versions, 'v0.1.0');
const v3 = versions.map((version) => [version.name, openApiV3(version, 'v0.1.0')] as const);

/** Every object inside `value`, with its path. */
function objectsIn(value: unknown, path = ''): readonly (readonly [path: string, value: JsonObject])[] {
  if (Array.isArray(value)) return value.flatMap((item, index) => objectsIn(item, `${path}/${index}`));
  if (!isJsonObject(value)) return [];
  return [[path, value], ...Object.entries(value).flatMap(([key, item]) => objectsIn(item, `${path}/${key}`))];
}

/** Every property below a schema, with its path; one of them may itself be called `properties`. */
function propertiesIn(schema: unknown, path = ''): readonly (readonly [path: string, schema: JsonObject])[] {
  if (!isJsonObject(schema)) return [];
  const properties = isJsonObject(schema['properties']) ? Object.entries(schema['properties']) : [];
  const own = properties.flatMap(([key, value]) => (isJsonObject(value) ? [[`${path}/${key}`, value] as const] : []));
  const inner = own.flatMap(([at, value]) => propertiesIn(value, at));
  const elements = [schema['items'], schema['additionalProperties']].flatMap((one) => propertiesIn(one, `${path}/*`));
  return [...own, ...inner, ...elements];
}

function at(document: JsonObject, ...path: readonly string[]): JsonObject {
  const found = path.reduce<unknown>((value, key) => (isJsonObject(value) ? value[key] : undefined), document);
  if (!isJsonObject(found)) throw new Error(`nothing at ${path.join(' ')}`);
  return found;
}

function references(document: JsonObject): readonly string[] {
  return objectsIn(document).flatMap(([, value]) => (typeof value['$ref'] === 'string' ? [value['$ref']] : []));
}

/** The kinds that a version of the group has. */
function kindsOf(version: string): readonly ResourceDefinition[] {
  return ours.filter((definition) => definition.versions.some(({ name }) => name === version));
}

/** The last two parts of a path. */
function lastParts(path: string): string {
  return path.split('/').slice(-2).join('/');
}

describe('OpenAPI v2', () => {
  test('holds no keyword that Swagger 2.0 does not know', () => {
    const forbidden = ['nullable', 'oneOf', 'anyOf', 'not', 'deprecated', 'content', 'components', 'writeOnly'];
    for (const [path, value] of objectsIn(v2)) {
      if (path.endsWith('/properties')) continue;
      for (const key of forbidden) expect(Object.keys(value), path).not.toContain(key);
    }
  });

  test('every reference resolves inside the document', () => {
    const names = Object.keys(at(v2, 'definitions')).map((name) => `#/definitions/${name}`);
    expect(names).toEqual(expect.arrayContaining([...new Set(references(v2))]));
  });

  test('holds no definition that nothing refers to', () => {
    const used = new Set(references(v2));
    for (const name of Object.keys(at(v2, 'definitions'))) expect([...used], name).toContain(`#/definitions/${name}`);
  });

  test('shared meta types are exactly those of kube-apiserver', () => {
    for (const [name, definition] of Object.entries(metaDefinitions)) {
      expect(at(v2, 'definitions', name)).toEqual(definition);
    }
  });

  test('operations have names of their own; beside reads only patches of rows and questions are listed', () => {
    const methods = Object.entries(at(v2, 'paths')).flatMap(([path, item]) =>
      Object.keys(item as JsonObject)
        .filter((method) => method !== 'parameters')
        .map((method) => [method, path] as const),
    );
    const writes = methods.filter(([method]) => method !== 'get').map(([method, path]) => [method, lastParts(path)]);
    const profiles = [['patch', 'clusterprofiles/{name}']];
    const services = [
      ['patch', 'serviceexports/{name}'],
      ['post', '{name}/simulation'],
    ];
    expect(writes.toSorted()).toEqual([...profiles, ...profiles, ...services, ...services, ...services].toSorted());
    const ids = objectsIn(v2).flatMap(([, value]) => value['operationId'] ?? []);
    expect(new Set(ids).size).toBe(ids.length);
    expect(ids).toHaveLength(methods.length);
  });

  test('only paths below the own group are there', () => {
    for (const path of Object.keys(at(v2, 'paths'))) expect(path).toMatch(/^\/apis\/multicluster\.x-k8s\.io\/v1\w+\/./);
  });
});

describe.each(v3)('OpenAPI v3 of %s', (version, document) => {
  test('every reference resolves inside the document', () => {
    const names = Object.keys(at(document, 'components', 'schemas')).map((name) => `#/components/schemas/${name}`);
    expect(names).toEqual(expect.arrayContaining([...new Set(references(document))]));
  });

  test('a reference has no siblings', () => {
    for (const [path, value] of objectsIn(document)) {
      if ('$ref' in value && !path.endsWith('/properties')) expect(Object.keys(value), path).toEqual(['$ref']);
    }
  });

  test('kubectl explain finds each kind on every path form', () => {
    for (const { resource, kind } of kindsOf(version)) {
      const base = `/apis/${GROUP}/${version}`;
      const gvk = { group: GROUP, version, kind };
      for (const [path, action] of [
        [`${base}/${resource}`, 'list'],
        [`${base}/namespaces/{namespace}/${resource}`, 'list'],
        [`${base}/namespaces/{namespace}/${resource}/{name}`, 'get'],
      ] as const) {
        const operation = at(document, 'paths', path, 'get');
        expect(operation['x-kubernetes-group-version-kind']).toEqual(gvk);
        expect(operation['x-kubernetes-action']).toBe(action);
      }
      const schema = at(document, 'components', 'schemas', `io.x-k8s.multicluster.${version}.${kind}`);
      expect(schema['x-kubernetes-group-version-kind']).toEqual([gvk]);
    }
  });

  test('the status path is there where the version has a status', () => {
    const base = `/apis/${GROUP}/${version}/namespaces/{namespace}`;
    const paths = Object.keys(at(document, 'paths')).filter((path) => path.endsWith('/status'));
    // ServiceImport v1alpha2 has its fields at the root.
    const having = kindsOf(version).filter(({ kind }) => version !== 'v1alpha2' || kind !== 'ServiceImport');
    expect(paths.toSorted()).toEqual(having.map(({ resource }) => `${base}/${resource}/{name}/status`).toSorted());
  });

  test('path parameters are declared and required', () => {
    for (const [path, item] of Object.entries(at(document, 'paths'))) {
      const placeholders = [...path.matchAll(/\{(\w+)\}/g)].map((match) => match[1]);
      const parameters = (item as JsonObject)['parameters'] as readonly JsonObject[];
      const declared = parameters.filter((parameter) => parameter['in'] === 'path');
      expect(declared.map((parameter) => parameter['name']).toSorted(), path).toEqual(placeholders.toSorted());
      expect(declared.every((parameter) => parameter['required'] === true)).toBe(true);
    }
  });

  test('server-side validation is promised for what is written, and for nothing else', () => {
    const validated = Object.entries(at(document, 'paths')).filter(([, item]) =>
      JSON.stringify(item).includes('fieldValidation'),
    );
    const written = kindsOf(version).filter(({ implementedVerbs }) => implementedVerbs.includes('patch'));
    expect(validated.map(([path]) => lastParts(path)).toSorted()).toEqual(
      written.map(({ resource }) => `${resource}/{name}`).toSorted(),
    );
  });

  test('every property of our kinds is described', () => {
    for (const [name, schema] of Object.entries(at(document, 'components', 'schemas'))) {
      if (name.startsWith('io.k8s.')) continue;
      for (const [path, property] of propertiesIn(schema)) {
        expect(property['description'], `${name}${path}`).toMatch(/\S/);
      }
    }
  });
});

describe('schemas in the two forms', () => {
  test('Swagger 2.0 leaves out what it does not know, also deep inside', () => {
    const structural: JsonObject = {
      type: 'object',
      nullable: true,
      oneOf: [{ required: ['a'] }],
      properties: {
        nullable: { type: 'string', nullable: true, description: 'A property of that name stays.' },
        a: { type: 'array', items: { type: 'string', 'x-kubernetes-int-or-string': true, anyOf: [] } },
        b: { type: 'object', additionalProperties: { type: 'string', not: {} }, 'x-kubernetes-map-type': 'atomic' },
        c: { type: 'boolean', enum: [true], default: { nullable: true } },
      },
    };
    expect(toSwagger2(structural)).toEqual({
      properties: {
        nullable: { description: 'A property of that name stays.' },
        a: { type: 'array', items: { 'x-kubernetes-int-or-string': true } },
        b: { type: 'object', additionalProperties: { type: 'string' }, 'x-kubernetes-map-type': 'atomic' },
        c: { type: 'boolean', enum: [true], default: { nullable: true } },
      },
    });
  });

  test('a reference with a description becomes allOf in v3, a bare one stays', () => {
    expect(toOpenApi3({ properties: { a: { description: 'A.', $ref: '#/definitions/X' } } })).toEqual({
      properties: { a: { description: 'A.', allOf: [{ $ref: '#/components/schemas/X' }] } },
    });
    expect(toOpenApi3({ items: { $ref: '#/definitions/X' } })).toEqual({ items: { $ref: '#/components/schemas/X' } });
  });

  test('a cluster-scoped kind has no namespaced paths', () => {
    const [first] = definitions;
    if (first === undefined) throw new Error('no definition');
    const widget: ResourceDefinition = { ...first, resource: 'widgets', kind: 'Widget', scope: 'Cluster' };
    const [group] = groupsOf([{ group: 'dev.example-x.io', definition: widget }]);
    const document = openApiV2(group?.versions.slice(0, 1) ?? [], 'v0.1.0');
    expect(Object.keys(at(document, 'paths'))).toEqual([
      '/apis/dev.example-x.io/v1beta1/widgets',
      '/apis/dev.example-x.io/v1beta1/widgets/{name}',
      '/apis/dev.example-x.io/v1beta1/widgets/{name}/status',
    ]);
    expect(at(document, 'paths', '/apis/dev.example-x.io/v1beta1/widgets', 'get')).toMatchObject({
      operationId: 'listDevExampleXIoV1beta1Widget',
      tags: ['devExampleXIo_v1beta1'],
    });
  });
});

test('a kind that can be patched says that the server itself finds unknown fields, and another kind lists no write', () => {
  const [first] = definitions;
  if (first === undefined) throw new Error('no definition');
  const readable: ResourceDefinition = { ...first, implementedVerbs: ['get', 'list', 'watch'] };
  const patchable: ResourceDefinition = { ...first, implementedVerbs: ['get', 'list', 'patch', 'watch'] };
  const path = `/apis/${GROUP}/v1beta1/namespaces/{namespace}/serviceexports/{name}`;
  const verbs = (definition: ResourceDefinition): readonly string[] => {
    const [group] = groupsOf([{ group: GROUP, definition }]);
    const documents = group?.versions
      .slice(0, 1)
      .flatMap((version) => [openApiV2([version], 'v0'), openApiV3(version, 'v0')]);
    return (documents ?? []).map((document) => Object.keys(at(document, 'paths', path)).join(','));
  };
  expect(verbs(readable)).toEqual(['get,parameters', 'get,parameters']);
  expect(verbs(patchable)).toEqual(['get,patch,parameters', 'get,patch,parameters']);
  const [group] = groupsOf([{ group: GROUP, definition: patchable }]);
  const document = openApiV3(group?.versions[0] ?? { group: '', name: '', kinds: [] }, 'v0');
  expect(JSON.stringify(at(document, 'paths', path, 'patch')['parameters'])).toContain('"name":"fieldValidation"');
});
