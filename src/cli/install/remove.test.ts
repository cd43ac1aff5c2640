import { describe, expect, test } from 'vitest';
import type { JsonObject } from '../../kube/object.ts';
import type { ClusterClient } from './cluster-client.ts';
import type { Manifest } from './manifest.ts';
import { objectPath } from './manifest.ts';
import { FIELD_MANAGER, MEMBER_NAME, NAME, WEBHOOKS_NAME } from './names.ts';
import { removeInstalled } from './remove.ts';

const CRD: Manifest = {
  apiVersion: 'apiextensions.k8s.io/v1',
  kind: 'CustomResourceDefinition',
  metadata: { name: 'things.example.com' },
};
const POLICY: Manifest = {
  apiVersion: 'admissionregistration.k8s.io/v1',
  kind: 'ValidatingAdmissionPolicy',
  metadata: { name: 'things' },
};

const installed = (object: Manifest, spec: JsonObject = {}): JsonObject => ({
  ...object,
  metadata: { ...object.metadata, labels: { 'app.kubernetes.io/managed-by': FIELD_MANAGER } },
  spec,
});

const versions = (...served: readonly boolean[]): JsonObject => ({
  group: 'example.com',
  names: { plural: 'things' },
  versions: served.map((isServed, index) => ({ name: `v${index + 1}`, served: isServed })),
});

interface Removal {
  readonly removed: readonly string[];
  readonly said: readonly string[];
}

/** Removes a policy, while which somebody makes these objects, and then the definition. */
async function removal(spec: JsonObject, objects: Readonly<Record<string, readonly JsonObject[]>>): Promise<Removal> {
  const present = new Map([CRD, POLICY].map((object) => [objectPath(object), installed(object, spec)]));
  const removed: string[] = [];
  const said: string[] = [];
  const client: Pick<ClusterClient, 'get' | 'remove' | 'listMetadata'> = {
    get: (path) => Promise.resolve(present.get(path)),
    remove: ({ metadata }) => {
      removed.push(metadata.name);
      return Promise.resolve(true);
    },
    listMetadata: (path) => Promise.resolve(removed.length === 0 ? [] : (objects[path] ?? [])),
  };
  const plan = { manifests: [CRD, POLICY], dryRun: false };
  await removeInstalled({ say: (line) => said.push(line) }, client as ClusterClient, plan);
  return { removed, said };
}

describe('removeInstalled', () => {
  test('removes a definition that has no objects', async () => {
    expect((await removal(versions(true), {})).removed).toEqual(['things', 'things.example.com']);
  });

  test.each([[versions(true)], [versions(false, true)]])(
    'keeps a definition that has objects by then: %j',
    async (spec) => {
      const objects = { '/apis/example.com/v1/things': [{}], '/apis/example.com/v2/things': [{}] };
      const { removed, said } = await removal(spec, objects);
      expect(removed).toEqual(['things']);
      expect(said).toContain(
        'CustomResourceDefinition things.example.com kept: there are 1 object(s) of it by now, which would be deleted with it',
      );
    },
  );

  test('keeps a definition whose objects nobody can see', async () => {
    const { removed, said } = await removal(versions(false), {});
    expect(removed).toEqual(['things']);
    expect(said.at(-1)).toContain('kept: it serves no version');
  });
});

test('keeps the namespace while the server of the hub, or another account of ours, lives in it', async () => {
  const namespace: Manifest = { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'ours' } };
  const account = (name: string): Manifest => ({
    apiVersion: 'v1',
    kind: 'ServiceAccount',
    metadata: { name, namespace: 'ours' },
  });
  const keptFor = async (present: readonly string[], before: readonly string[] = []): Promise<string> => {
    const objects = [namespace, ...present.map(account)];
    const client: Pick<ClusterClient, 'get' | 'remove' | 'listNames'> = {
      get: (path) => {
        const found = objects.find((object) => objectPath(object) === path);
        return Promise.resolve(found === undefined ? undefined : installed(found));
      },
      remove: () => Promise.resolve(true),
      listNames: () => Promise.resolve([]),
    };
    const said: string[] = [];
    const manifests = [namespace, account(MEMBER_NAME)];
    const plan = { manifests, dryRun: false, before: before.map(account) };
    await removeInstalled({ say: (line) => said.push(line) }, client as ClusterClient, plan);
    return said.at(-1) ?? '';
  };
  expect(await keptFor([MEMBER_NAME])).toBe('Namespace ours removed');
  expect(await keptFor([MEMBER_NAME, NAME])).toBe(
    'Namespace ours kept: account clusterset-apiserver in it is still used',
  );
  expect(await keptFor([MEMBER_NAME, WEBHOOKS_NAME])).toContain('kept: account clusterset-webhooks');
  // In a dry run what went before is still there.
  expect(await keptFor([MEMBER_NAME, NAME], [NAME])).toBe('Namespace ours removed');
});
