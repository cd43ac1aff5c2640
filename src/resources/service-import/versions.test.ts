import { expect, it } from 'vitest';
import { isJsonObject } from '../../kube/object.ts';
import { serviceImport } from './definition.ts';

function within(value: unknown, ...path: readonly string[]): unknown {
  return path.reduce<unknown>((inner, key) => (isJsonObject(inner) ? inner[key] : undefined), value);
}

/** No rule judges it: every definition of a member has to. */
it.each(serviceImport.versions)('the schema of $name keeps a cluster from being listed twice', ({ name, schema }) => {
  const fields = name === 'v1alpha2' ? ['clusters'] : ['status', 'properties', 'clusters'];
  expect(within(schema, 'properties', ...fields)).toMatchObject({
    'x-kubernetes-list-type': 'map',
    'x-kubernetes-list-map-keys': ['cluster'],
  });
});
