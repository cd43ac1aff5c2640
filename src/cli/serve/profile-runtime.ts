import { randomUUID } from 'node:crypto';
import type { ClusterSetView } from '../../clusterset/index.ts';
import type { Config } from '../../config/index.ts';
import type { ClusterId } from '../../kube/cluster-id.ts';
import { MEMBER_ID_LABEL } from '../../kube/domain.ts';
import type { Members, MembersLog } from '../../members/index.ts';
import { createProfiles } from '../../profiles/index.ts';
import type { KeptProfiles, ProfileRecords, Profiles } from '../../profiles/index.ts';
import type { ServedProfile } from '../../resources/index.ts';
import type { Store } from '../../store/index.ts';
import type { StoreReader } from '../../store/types.ts';
import { isDnsLabel, isManagerName } from './inventory-names.ts';
import { UsageError } from '../exit.ts';
import { monotonic, schedule } from './clockwork.ts';
import { createAuthorityFiles } from './authority-files.ts';
import { type AccessOptions, authorityFileOf } from './member-access.ts';
import { createMemberIds } from './member-ids.ts';
import { createProfileFacts } from './profile-facts.ts';
import { KUBECONFIG_READER, SETTING_LEFT_OUT } from './profile-settings.ts';
import type { Registrations } from './registrations.ts';

/** Whether the hub has a namespace, and how one hears that it came or went. */
export interface InventoryNamespaces {
  readonly has: (namespace: string) => boolean | undefined;
  readonly onChange: (listener: () => void) => void;
}

/** Where profiles are kept and shown. */
export interface ProfilePlace {
  readonly records: ProfileRecords;
  readonly kept: KeptProfiles;
  readonly store: Store;
  readonly namespaces: InventoryNamespaces;
}

export interface ProfileRuntimeDeps extends ProfilePlace {
  readonly config: Config;
  readonly members: Members;
  readonly identities: Pick<ClusterSetView['facts'], 'knownIdentities' | 'identityProblems'>;
  readonly registrationOf: Registrations['registrationOf'];
  readonly isComplete: () => boolean;
  readonly log: MembersLog;
}

export interface ProfileRuntime extends Profiles {
  /** Who is registered may have changed. */
  readonly registered: (clusters: Iterable<ClusterId>) => void;
  /** What is told of the identity of a member has changed. */
  readonly identified: (cluster: ClusterId) => void;
  /** What rules know of the profiles that are served. */
  readonly list: () => readonly ServedProfile[];
}

/** The namespaces that have profiles. Throws UsageError where a setting cannot be used. */
export function inventoryNamespaces(config: Config): readonly string[] {
  const configured = config['profiles.namespaces'];
  const wrong = configured.find((namespace) => !isDnsLabel(namespace));
  if (wrong !== undefined) throw new UsageError(`"profiles.namespaces" must be names of namespaces, got "${wrong}"`);
  const manager = config['profiles.managerName'];
  if (!isManagerName(manager)) {
    throw new UsageError(`"profiles.managerName" must be a label value of 1 to 63 characters, got "${manager}"`);
  }
  return configured.length === 0 ? [config['hub.namespace']] : [...new Set(configured)];
}

/** Computes the profiles from what members tell, and has them follow every change. */
export function createProfileRuntime(deps: ProfileRuntimeDeps): ProfileRuntime {
  const { config, members, kept, store, log } = deps;
  const namespaces = inventoryNamespaces(config);
  const facts = createProfileFacts({
    ...{ members, identities: deps.identities, registrationOf: deps.registrationOf },
    memberIds: createMemberIds({
      servedId: (cluster) => servedId(store.reader, namespaces, cluster),
      isRegistered: (cluster) => members.status(cluster) !== undefined,
      kept: keptIds(kept),
      onFault: (memberCluster, { message }) => log.warn({ memberCluster, problem: message }, SETTING_LEFT_OUT),
    }),
    access: accessOptions(config),
    authorityText: (path) => authorities.textOf(path),
    isMirrored: config['profiles.credentialProviders'],
  });
  for (const problem of kept.problems) log.warn({ err: problem }, 'a record of a profile cannot be read');
  const profiles = createProfiles(
    {
      ...{ records: deps.records, writer: store.writer, store: store.reader, log },
      namespaces,
      manager: config['profiles.managerName'],
      selection: {
        excludeLabels: config['profiles.excludeLabels'],
        requiredLabel: config['profiles.requiredLabel'],
      },
      hasNamespace: deps.namespaces.has,
      factsOf: facts.factsOf,
      isComplete: deps.isComplete,
      ...{ clock: Date.now, monotonic, schedule, newUid: randomUUID },
    },
    kept,
  );
  const everybody = (): void => profiles.changed(members.statuses().map(({ cluster }) => cluster));
  const authorities = createAuthorityFiles({ pathsInUse: () => authorityFiles(deps), onChange: everybody });
  members.onEvent((event) => {
    if (facts.apply(event)) everybody();
    profiles.changed([event.cluster]);
  });
  members.onStatusChange(({ cluster }) => profiles.changed([cluster]));
  members.onObservation((cluster) => profiles.changed([cluster]));
  deps.namespaces.onChange(everybody);
  return {
    ...profiles,
    registered: (clusters) => profiles.changed([...clusters, ...kept.profiles.keys()]),
    identified: (cluster) => {
      facts.identitiesChanged();
      profiles.changed([cluster]);
    },
    list: () => listProfiles(store.reader),
    close: () => {
      authorities.stop();
      return profiles.close();
    },
  };
}

function authorityFiles({ members, registrationOf }: ProfileRuntimeDeps): ReadonlySet<string> {
  const registrations = members.statuses().map(({ cluster }) => registrationOf(cluster));
  const files = registrations.map((registration) => registration && authorityFileOf(registration));
  return new Set(files.filter((file) => file !== undefined));
}

/** How members are published. Throws UsageError for two ways of one name. */
function accessOptions(config: Config): AccessOptions {
  const provider = config['profiles.accessProvider'];
  const publishesKubeconfigs = config['profiles.kubeconfigSecretReader'];
  if (publishesKubeconfigs && provider === KUBECONFIG_READER) {
    throw new UsageError(
      `"profiles.accessProvider" must not be "${KUBECONFIG_READER}" together with "profiles.kubeconfigSecretReader"`,
    );
  }
  return { provider, publishesKubeconfigs };
}

/** One member has one id in all inventories. */
function servedId(store: StoreReader, namespaces: readonly string[], cluster: ClusterId): string | undefined {
  for (const namespace of namespaces) {
    const stored = store.get('clusterprofiles', { namespace, name: cluster });
    const id = stored?.object.metadata.labels?.[MEMBER_ID_LABEL];
    if (id !== undefined) return id;
  }
  return undefined;
}

function keptIds({ profiles }: KeptProfiles): readonly (readonly [ClusterId, string])[] {
  return [...profiles].flatMap(([cluster, records]) =>
    records.flatMap(({ memberId }) => (memberId === undefined ? [] : [[cluster, memberId] as const])),
  );
}

function listProfiles(store: StoreReader): readonly ServedProfile[] {
  return store.list({ resource: 'clusterprofiles', namespace: '' }).items.map(({ key, object }) => ({
    ...key,
    memberId: object.metadata.labels?.[MEMBER_ID_LABEL] ?? '',
  }));
}
