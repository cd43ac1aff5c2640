import type { KubeConnection } from '../../connection/index.ts';
import { profileConnection, settingsDigest } from '../../connection/index.ts';
import { MULTICLUSTER_GROUP } from '../../kube/domain.ts';
import { type JsonObject, textAt } from '../../kube/object.ts';
import { succeeded } from '../../kube/outcome.ts';
import type { Convention } from './convention.ts';
import { refusedCandidate } from './kubeconfig-registration.ts';
import { memberNameOf } from './member-name.ts';
import { isOwnProfile } from './own-inventory.ts';
import type { ProviderFile } from './provider-file.ts';
import type { Candidate } from './registration-book.ts';
import { profileOfProfile } from './written-profile.ts';

/** Both versions that exist are read alike; this one every server has. */
const VERSION = 'v1alpha1';

export interface ClusterProfilesAt {
  readonly connection: KubeConnection;
  readonly namespace: string;
  /** Managers whose profiles we follow: whoever writes a profile says where credentials are sent. */
  readonly managers: readonly string[];
  readonly ownManager: string;
  readonly access: ProviderFile;
}

/** The ClusterProfiles of other managers (KEP-4322), reached through our own access providers. */
export function clusterProfiles(at: ClusterProfilesAt): Convention {
  const { connection, namespace } = at;
  return {
    name: `ClusterProfiles in namespace ${namespace}`,
    connection,
    path: `/apis/${MULTICLUSTER_GROUP}/${VERSION}/namespaces/${encodeURIComponent(namespace)}/clusterprofiles`,
    labelSelector: undefined,
    fieldSelector: undefined,
    candidate: (profile, name) => candidateOf(profile, name, at),
    follow: at.access.follow,
  };
}

function candidateOf(profile: JsonObject, profileName: string, at: ClusterProfilesAt): Candidate | undefined {
  const { namespace, managers, ownManager, access } = at;
  if (isOwnProfile(profile, ownManager)) return undefined;
  const found = {
    origin: profileName,
    source: `ClusterProfile ${namespace}/${profileName}`,
    name: profileName,
  };
  const manager = textAt(profile, 'spec', 'clusterManager', 'name') ?? '';
  if (!managers.includes(manager)) {
    return refusedCandidate({ ...found, standing: 'untrusted' }, `its manager "${manager}" is not trusted`);
  }
  const name = memberNameOf(profileName);
  if (!name.ok) return refusedCandidate(found, name.error);
  const settings = profileConnection(profile, access.providers());
  if (!settings.ok) return refusedCandidate(found, settings.error);
  const { value } = settings;
  const said = profileOfProfile(profile);
  const registration = {
    ...{ name: name.value, source: found.source, settings: value, digest: settingsDigest(value) },
    ...(said === undefined ? {} : { profile: said }),
  };
  return { origin: found.origin, outcome: succeeded(registration) };
}
