import { describe, expect, test } from 'vitest';
import type { JsonObject } from '../kube/object.ts';
import { isJsonObject } from '../kube/object.ts';
import { definitions, groupName } from './registry.ts';

const versions = definitions.flatMap((definition) =>
  definition.versions.map((version) => ({ title: `${definition.kind} ${version.name}`, definition, version })),
);

/** Every schema of a property at or below this one, with its path. */
function propertiesBelow(schema: JsonObject, path: string): readonly (readonly [path: string, schema: JsonObject])[] {
  const named = isJsonObject(schema['properties']) ? Object.entries(schema['properties']) : [];
  const children = [...named, ['[]', schema['items']] as const].flatMap(([name, child]) =>
    isJsonObject(child) ? propertiesBelow(child, `${path}.${name}`) : [],
  );
  return [[path, schema], ...children];
}

const answers = [
  ...new Set(versions.flatMap(({ version }) => version.subresources.flatMap(({ answer }) => answer ?? []))),
];

describe('kinds that only a subresource has', () => {
  test.each(answers)('$kind: every part of the schema is described and has a type', ({ schema, kind }) => {
    for (const [path, part] of propertiesBelow(schema, kind)) {
      expect(part['description'], path).toMatch(/\S.*\.$/s);
      expect(part['type'], path).toMatch(/^(object|array|string|integer|number|boolean)$/);
      expect(Object.keys((part['properties'] ?? {}) as JsonObject), path).toEqual(
        expect.arrayContaining((part['required'] ?? []) as string[]),
      );
    }
  });

  test.each(answers)('$kind: one column names the row and all are described', ({ columns }) => {
    expect(columns.filter(({ format }) => format === 'name')).toHaveLength(1);
    for (const { description } of columns) expect(description).toMatch(/\S.*\.$/);
  });

  test('are the same in every version of their parent', () => {
    for (const { versions: all } of definitions) {
      const kinds = all.map(({ subresources }) => subresources.filter(({ answer }) => answer !== undefined));
      for (const of of kinds) expect(of).toEqual(kinds[0]);
    }
  });
});

describe('definitions', () => {
  test.each(definitions)('$kind: no name is used twice and the storage version exists', (definition) => {
    const names = definition.versions.map((version) => version.name);
    expect(new Set(names).size).toBe(names.length);
    expect(names).toContain(definition.storageVersion);
    expect(definition.resource).toBe(`${definition.singular}s`.replace(/ys$/, 'ies'));
    expect(definition.singular).toBe(definition.kind.toLowerCase());
  });

  test.each(definitions)('$kind: advertised verbs work, and none of them deletes', (definition) => {
    expect(definition.implementedVerbs).toEqual(expect.arrayContaining([...definition.advertisedVerbs]));
    if (definition.made === 'stored') return;
    expect(definition.advertisedVerbs).not.toContain('delete');
    expect(definition.advertisedVerbs).not.toContain('deletecollection');
  });

  test.each(definitions)('$kind: who cannot write is told the right way', (definition) => {
    const writes = ['create', 'update', 'patch', 'delete'] as const;
    const canAll = writes.every((verb) => definition.implementedVerbs.includes(verb));
    expect(definition.readOnlyMessage === undefined).toBe(canAll);
  });

  test.each(definitions)('$kind: the first column is the name and one column is the age', (definition) => {
    expect(definition.columns[0]).toMatchObject({ name: 'Name', type: 'string', format: 'name', priority: 0 });
    expect(definition.columns.filter((column) => column.type === 'date').map((column) => column.name)).toEqual(['Age']);
    expect(definition.columns.map((column) => column.description)).not.toContain('');
  });

  test('short names are unique over all kinds', () => {
    const names = definitions.flatMap((definition) => [
      definition.singular,
      definition.resource,
      ...definition.shortNames,
    ]);
    expect(new Set(names).size).toBe(names.length);
  });

  test.each(versions)('$title: every property is described and has a type', ({ version }) => {
    for (const [path, schema] of propertiesBelow(version.schema, version.name)) {
      expect(schema['description'], path).toMatch(/\S.*\.$/s);
      expect(schema['type'], path).toMatch(/^(object|array|string|integer|number|boolean)$/);
    }
  });

  test.each(versions)('$title: required properties exist', ({ version }) => {
    for (const [path, schema] of propertiesBelow(version.schema, version.name)) {
      const { required = [], properties = {} } = schema;
      expect(Object.keys(properties as JsonObject), path).toEqual(expect.arrayContaining(required as string[]));
    }
  });

  test.each(versions)(
    '$title: conversion to storage and back keeps group, kind and metadata',
    ({ definition, version }) => {
      const object = {
        apiVersion: `other.example.com/${version.name}`,
        kind: definition.kind,
        metadata: { name: 'a', namespace: 'b', annotations: { c: 'd' } },
      };
      const stored = version.toStorage(object);
      expect(stored).toEqual({ ...object, apiVersion: `other.example.com/${definition.storageVersion}` });
      expect(version.fromStorage(stored)).toEqual(object);
    },
  );

  test('ServiceImport v1alpha2 alone has no status subresource', () => {
    const hasStatus = (names: readonly { readonly name: string }[]): boolean =>
      names.some(({ name }) => name === 'status');
    const without = versions.filter(({ version }) => !hasStatus(version.subresources)).map(({ title }) => title);
    expect(without).toEqual(['ServiceImport v1alpha2']);
  });
});

test('the name of a group is configuration', () => {
  const apiGroups = { multicluster: 'multicluster.clusterset-apiserver.dev', about: 'about.k8s.io' };
  expect(groupName('multicluster', apiGroups)).toBe('multicluster.clusterset-apiserver.dev');
  expect(groupName('about', apiGroups)).toBe('about.k8s.io');
});
