import { describe, expect, it } from 'vitest';
import type { JsonObject } from '../../kube/object.ts';
import { isJsonObject } from '../../kube/object.ts';
import type { ClusterClient } from './cluster-client.ts';
import { objectPath, resourceOf } from './manifest.ts';
import type { InstallDeps, Target } from './target.ts';
import { credentialSecret, hubAccountManifests } from './webhooks-hub.ts';
import { hubFinding } from './webhooks-hub-look.ts';

const PART = {
  ...{ namespace: 'ours', member: 'east' },
  ...{ apiGroup: 'multicluster.x-k8s.io', aboutApiGroup: 'about.k8s.io' },
};
const MANIFESTS = hubAccountManifests(PART);
const NAMESPACE = { '/api/v1/namespaces/ours': {} };
const SECRET = credentialSecret('ours', { text: 'the kubeconfig', expires: undefined });
const ALONE = 'know this cluster only: no conflicts are foreseen, joins are refused';

type Rights = (right: JsonObject) => boolean;

function cluster(objects: Readonly<Record<string, JsonObject>>, mayNot: Rights = () => false): ClusterClient {
  const client: Pick<ClusterClient, 'server' | 'get' | 'create'> = {
    server: 'https://hub',
    get: (path) => Promise.resolve(objects[path]),
    create: (_, { spec }) => {
      const right = isJsonObject(spec) ? spec['resourceAttributes'] : undefined;
      return Promise.resolve({ status: { allowed: !(isJsonObject(right) && mayNot(right)) } });
    },
  };
  return client as ClusterClient;
}

interface World {
  readonly hub?: ClusterClient;
  readonly member?: ClusterClient;
  readonly hubKubeconfig?: string;
  readonly opens?: Partial<Pick<InstallDeps, 'openText'>>;
}

async function told({ hub = cluster(NAMESPACE), member = cluster({}), hubKubeconfig, opens }: World): Promise<string> {
  const target = { client: hub, server: '', ca: undefined, tlsServerName: undefined };
  const deps = {
    open: (): Promise<Target> => Promise.resolve(target),
    openText: (text: string): Promise<Target> => {
      expect(text).toBe('the kubeconfig');
      return Promise.resolve(target);
    },
    ...opens,
  };
  const { level, message } = await hubFinding(deps, member, { ...PART, hubKubeconfig, hubContext: undefined });
  return `${level}: ${message}`;
}

describe('with a kubeconfig of the hub', () => {
  const hubKubeconfig = 'hub.kubeconfig';

  it('each right to make the account is looked at', async () => {
    expect(await told({ hubKubeconfig })).toBe('ok: the account of the webhooks can be made on https://hub');
    for (const object of MANIFESTS) {
      const { group, resource } = resourceOf(object);
      const hub = cluster(NAMESPACE, (right) => right['verb'] === 'create' && right['resource'] === resource);
      const title = group === '' ? resource : `${resource}.${group}`;
      expect(await told({ hubKubeconfig, hub })).toContain(`refused: you may not create ${title}`);
    }
  });

  it('so is the right to its token, and it is told what does not work without', async () => {
    const hub = cluster(NAMESPACE, ({ subresource }) => subresource === 'token');
    expect(await told({ hubKubeconfig, hub })).toBe(
      `refused: you may not create serviceaccounts/token in ours on https://hub: without their account there webhooks ${ALONE}; ` +
        "use an administrator's kubeconfig of the hub, or install without --hub-kubeconfig",
    );
  });

  it('nobody gives the account rights that they do not have themselves', async () => {
    const hub = cluster(NAMESPACE, ({ verb, resource }) => verb === 'escalate' || resource === 'clusterprofiles');
    expect(await told({ hubKubeconfig, hub })).toContain('you may not list clusterprofiles.multicluster.x-k8s.io');
  });

  it('a hub without our namespace is told', async () => {
    expect(await told({ hubKubeconfig, hub: cluster({}) })).toBe(
      `warning: https://hub has no namespace ours: install there first, else the webhooks ${ALONE}`,
    );
  });

  it('what would stay behind is told', async () => {
    const hub = cluster(NAMESPACE, ({ verb, resource }) => verb === 'delete' && resource === 'clusterroles');
    expect(await told({ hubKubeconfig, hub })).toBe(
      'warning: you may not delete clusterroles.rbac.authorization.k8s.io on https://hub: uninstall would leave the account of the webhooks there',
    );
  });
});

describe('without one', () => {
  const member = cluster({ [objectPath(SECRET)]: SECRET });
  const mended = 'install with --hub-kubeconfig makes a new account and credential';

  it('webhooks that have no credential know their own cluster only', async () => {
    expect(await told({})).toBe(
      `warning: the webhooks have no credential on the hub, and ${ALONE}; --hub-kubeconfig makes them one`,
    );
  });

  it('each right of the credential that they have is looked at', async () => {
    expect(await told({ member })).toBe('ok: the webhooks may do on https://hub what they need there');
    const unread = 'what other clusters have stays unknown, and no conflict with it is foreseen';
    for (const resource of ['serviceexports', 'clusterprofiles']) {
      const hub = cluster({}, (right) => right['resource'] === resource && right['verb'] === 'watch');
      expect(await told({ member, hub })).toBe(
        `warning: the webhooks may not watch ${resource}.multicluster.x-k8s.io on https://hub: ${unread}; ${mended}`,
      );
    }
    const properties = cluster({}, ({ verb, resource }) => verb === 'list' && resource === 'clusterproperties');
    expect(await told({ member, hub: properties })).toContain(`may not list clusterproperties.about.k8s.io`);
  });

  it('so is the right to ask for joins, of both properties', async () => {
    for (const name of ['east.clusterset.k8s.io', 'east.cluster.clusterset.k8s.io']) {
      const hub = cluster({}, (right) => right['subresource'] === 'join' && [undefined, name].includes(nameOf(right)));
      expect(await told({ member, hub })).toBe(
        `warning: the webhooks may not create clusterproperties/join.about.k8s.io on https://hub: joins are refused; ${mended}`,
      );
    }
  });

  it('a hub that does not take it is told with its reason', async () => {
    const opens = { openText: () => Promise.reject(new Error('https://hub: Unauthorized')) };
    expect(await told({ member, opens })).toBe(
      `warning: the hub could not be asked by the credential of the webhooks: https://hub: Unauthorized; ${mended}`,
    );
  });
});

function nameOf({ name }: JsonObject): string | undefined {
  return typeof name === 'string' ? name : undefined;
}
