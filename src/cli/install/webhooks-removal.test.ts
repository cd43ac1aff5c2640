import { describe, expect, it } from 'vitest';
import type { JsonObject } from '../../kube/object.ts';
import { isJsonObject } from '../../kube/object.ts';
import type { ClusterClient } from './cluster-client.ts';
import type { Manifest } from './manifest.ts';
import { manifest, objectPath, resourceOf } from './manifest.ts';
import { FIELD_MANAGER } from './names.ts';
import { everyWebhooksManifest } from './webhooks-plan.ts';
import { removalFinding, serverObjects } from './webhooks-removal.ts';

const NAMESPACE = 'ours';
const LABELS = { 'app.kubernetes.io/managed-by': FIELD_MANAGER };
const POLICY = 'old-advice.clusterset-apiserver.dev';
const EVERY = everyWebhooksManifest(NAMESPACE);
const ASKING = EVERY.filter(({ kind }) => kind === 'ValidatingWebhookConfiguration').slice(0, 1);

interface Found {
  readonly objects?: readonly JsonObject[];
  readonly policies?: readonly string[];
  readonly mayNot?: (right: JsonObject) => boolean;
}

/** A member with these objects, and policies of an earlier run. */
function member({ objects = [], policies = [], mayNot = () => false }: Found): ClusterClient {
  const all = new Map(objects.map((object) => [objectPath(object as Manifest), object]));
  const client: Pick<ClusterClient, 'server' | 'get' | 'create' | 'listNames'> = {
    server: 'https://east',
    get: (path) =>
      Promise.resolve(path.endsWith('/v1') ? { resources: [{ name: 'validatingadmissionpolicies' }] } : all.get(path)),
    listNames: (path) => Promise.resolve(path.endsWith('/validatingadmissionpolicies') ? policies : []),
    create: (_, { spec }) => {
      const right = isJsonObject(spec) ? spec['resourceAttributes'] : undefined;
      return Promise.resolve({ status: { allowed: !(isJsonObject(right) && mayNot(right)) } });
    },
  };
  return client as ClusterClient;
}

async function told(found: Found, applied: readonly Manifest[] = EVERY): Promise<string> {
  const { level, message } = await removalFinding(member(found), { namespace: NAMESPACE, applied, asking: ASKING });
  return `${level}: ${message}`;
}

const OLD_POLICY: Manifest = manifest(
  { apiVersion: 'admissionregistration.k8s.io/v1', kind: 'ValidatingAdmissionPolicy', name: POLICY },
  {},
);

describe('what uninstall takes away', () => {
  it('may be deleted by whoever may do all', async () => {
    expect(await told({})).toBe('ok: everything that uninstall takes away may be deleted');
  });

  it('is looked at object by object, those of the running webhooks too, and hinders no installation', async () => {
    for (const object of [...EVERY, ...serverObjects(NAMESPACE)]) {
      const { group, resource } = resourceOf(object);
      const title = group === '' ? resource : `${resource}.${group}`;
      const where = object.metadata.namespace === undefined ? '' : ` in ${object.metadata.namespace}`;
      const mayNot = (right: JsonObject): boolean =>
        right['verb'] === 'delete' && right['group'] === group && right['resource'] === resource;
      expect(await told({ mayNot })).toBe(
        `warning: you may not delete ${title}${where}: install works without, uninstall does not`,
      );
    }
  });

  it('does not include definitions', async () => {
    const name = 'serviceexports.multicluster.x-k8s.io';
    const crd = manifest({ apiVersion: 'apiextensions.k8s.io/v1', kind: 'CustomResourceDefinition', name }, {});
    const mayNot = ({ resource }: JsonObject): boolean => resource === 'customresourcedefinitions';
    expect(await told({ mayNot }, [...EVERY, crd])).toMatch(/^ok/);
  });
});

describe('what install itself has to take away', () => {
  const mayNot = ({ verb, group }: JsonObject): boolean =>
    verb === 'delete' && group === 'admissionregistration.k8s.io';
  const others = EVERY.filter(({ kind }) => kind !== 'ValidatingWebhookConfiguration');

  it('is refused while it may not be deleted: what an earlier run made', async () => {
    const ours = { ...OLD_POLICY, metadata: { name: POLICY, labels: LABELS } };
    expect(await told({ policies: [POLICY], objects: [ours], mayNot }, [...others, ...ASKING])).toBe(
      'refused: you may not delete validatingadmissionpolicies.admissionregistration.k8s.io: install takes away what an earlier run made and this one does not',
    );
  });

  it('is not what somebody else made', async () => {
    const theirs = { ...OLD_POLICY, metadata: { name: POLICY } };
    expect(await told({ policies: [POLICY], objects: [theirs], mayNot }, [...others, ...ASKING])).toMatch(/^warning/);
  });

  it('is refused while it may not be deleted: a configuration that is reached in the other way', async () => {
    const [configuration] = ASKING;
    const present = { ...configuration, webhooks: [{ name: 'other', clientConfig: { url: 'https://a' } }] };
    expect(await told({ objects: [present], mayNot }, [...others, ...ASKING])).toContain(
      'refused: you may not delete validatingwebhookconfigurations.admissionregistration.k8s.io',
    );
  });
});
