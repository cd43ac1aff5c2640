import type { IdentityClaim, KnownIdentity, MemberFacts, MemberIdentity } from '../../clusterset/index.ts';
import type { Config } from '../../config/index.ts';
import type { ClusterId } from '../../kube/cluster-id.ts';
import type { AdmissionContext, ClusterSetLookup, PredictConsequences } from '../../resources/index.ts';

export interface AdmissionContextDeps {
  readonly config: Config;
  readonly facts: MemberFacts;
  readonly predict: PredictConsequences;
  readonly isReachable: (cluster: ClusterId) => boolean;
  readonly profiles: ClusterSetLookup['profiles'];
  /** Who members are about to become. */
  readonly pending: () => readonly IdentityClaim[];
}

/** Whether a caller may be told names and values of other clusters. Who asks this API is always authenticated. */
export function tellsOthers(config: Config, isAuthenticated: boolean): boolean {
  const told = config['admission.tellOtherClusters'];
  return told === 'always' || (told === 'authenticated' && isAuthenticated);
}

/** What admission rules may look at, and what was decided about them. */
export function createAdmissionContext({
  config,
  facts,
  predict,
  isReachable,
  profiles,
  pending,
}: AdmissionContextDeps): AdmissionContext {
  return {
    lookup: {
      ...facts,
      predict,
      identityOf: (cluster) => ({ ...facts.knownIdentity(cluster), reachable: isReachable(cluster) }),
      otherIdentities: (cluster) =>
        [...facts.knownIdentities(), ...pending().map(expectedIdentity)]
          .filter(({ name }) => name !== cluster)
          .map((known): MemberIdentity => ({ ...known, reachable: isReachable(known.name) })),
      profiles,
    },
    policy: {
      forbiddenNamespaces: config['admission.forbiddenNamespaces'],
      warnedNamespaces: config['admission.warnedNamespaces'],
      warnings: config['admission.warnings'],
      namesOthers: tellsOthers(config, true),
      exportedMetadataSupported: config['admission.exportedMetadataSupported'],
      profileManager: config['profiles.managerName'],
      controllers: config['admission.controllers'],
      administrators: config['admission.administrators'],
      standardProperties: config['admission.standardProperties'],
      strictClusterSetNames: config['admission.strictClusterSetNames'],
    },
  };
}

function expectedIdentity({ cluster, clusterID, clusterSet }: IdentityClaim): KnownIdentity {
  return { name: cluster, clusterID, clusterSet, observed: true };
}
