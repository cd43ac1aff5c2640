import { describe, expect, test } from 'vitest';
import { buildDocuments } from '../../apiservice/documents/index.ts';
import { definitions, UPSTREAM_GROUPS } from '../../src/resources/index.ts';
import { expectGolden, goldenJson } from './golden.ts';

const AGGREGATED = 'application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList';

const version = {
  major: '1',
  minor: '36',
  gitVersion: 'v0.0.0-golden',
  gitCommit: '',
  gitTreeState: '',
  buildDate: '',
  goVersion: '',
  compiler: '',
  platform: '',
};
const documents = buildDocuments(
  definitions.map((definition) => ({ group: UPSTREAM_GROUPS[definition.groupRole], definition })),
  { version, otherPaths: [], clock: () => 0 },
);

function document(path: string, accept?: string): Record<string, unknown> {
  const answer = documents.answer(path, {
    accept,
    ifNoneMatch: undefined,
    acceptEncoding: undefined,
    query: new URLSearchParams(),
  });
  expect(answer?.status).toBe(200);
  return JSON.parse(answer?.body.toString() ?? 'null') as Record<string, unknown>;
}

/** Without the shared meta types, which are checked against kube-apiserver's own elsewhere. */
function withoutMeta(schemas: unknown): Record<string, unknown> {
  const own = Object.entries(schemas as Record<string, unknown>).filter(([name]) => !name.startsWith('io.k8s.'));
  return Object.fromEntries(own);
}

describe('published documents', () => {
  test('aggregated discovery', () => {
    expectGolden('discovery-aggregated', goldenJson(document('/apis', AGGREGATED)));
  });

  test('legacy discovery', () => {
    const paths = documents.paths.filter((path) => path.startsWith('/apis') && !path.endsWith('/'));
    expectGolden('discovery-legacy', goldenJson(Object.fromEntries(paths.map((path) => [path, document(path)]))));
  });

  test('OpenAPI v2', () => {
    const { definitions: schemas, ...rest } = document('/openapi/v2');
    expectGolden('openapi-v2', goldenJson({ ...rest, definitions: withoutMeta(schemas) }));
  });

  test.each([
    ['multicluster', 'v1beta1'],
    ['multicluster', 'v1alpha2'],
    ['multicluster', 'v1alpha1'],
    ['about', 'v1beta1'],
    ['about', 'v1alpha1'],
  ] as const)('OpenAPI v3 of %s in %s', (role, name) => {
    const { components, ...rest } = document(`/openapi/v3/apis/${UPSTREAM_GROUPS[role]}/${name}`);
    const { schemas } = components as Record<string, unknown>;
    expectGolden(
      role === 'multicluster' ? `openapi-v3-${name}` : `openapi-v3-${role}-${name}`,
      goldenJson({ ...rest, components: { schemas: withoutMeta(schemas) } }),
    );
  });
});
