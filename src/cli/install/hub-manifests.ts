import type { ResourceDefinition } from '../../resources/definition.ts';
import type { ApiGroups } from '../../resources/index.ts';
import { groupName } from '../../resources/index.ts';
import type { CertManagerIssuer } from './certificate-issuer.ts';
import { certificateManifest, withInjection } from './certificate-issuer.ts';
import type { ExternalAddress } from './external-address.ts';
import type { Aggregation } from './hub-access.ts';
import { accessManifests } from './hub-access.ts';
import type { GivenRules } from './operator-rules.ts';
import { rulesManifests } from './operator-rules.ts';
import { workloadManifests } from './hub-workload.ts';
import type { Manifest } from './manifest.ts';
import { manifest } from './manifest.ts';
import { isCoexistence, NAME, POD_LABELS, SECURE_PORT } from './names.ts';
import { externalService, inClusterService, SERVICE_PORT } from './service-manifests.ts';

export interface HubOptions {
  readonly namespace: string;
  readonly apiGroups: ApiGroups;
  readonly definitions: readonly ResourceDefinition[];
  readonly aggregate: Aggregation;
  readonly image: string;
  readonly external: ExternalAddress | undefined;
  /** Undefined: certificates of our own CA. */
  readonly issuer: CertManagerIssuer | undefined;
  /** The operator's own admission rules; a server outside the cluster reads its own file. */
  readonly operatorRules?: GivenRules | undefined;
}

/** One group and version to register, from the definitions. */
export interface ServedVersion {
  readonly group: string;
  readonly version: string;
  /** 1..1000, the preferred version highest. */
  readonly priority: number;
}

/** Above what CRDs get (1000), so that short names of the upstream group mean ours; coexistence stays below. */
const GROUP_PRIORITY = 1100;
const COEXISTENCE_GROUP_PRIORITY = 100;

/** The versions of each served group, the first of a definition being the preferred one. */
export function servedVersions(definitions: readonly ResourceDefinition[], apiGroups: ApiGroups): ServedVersion[] {
  const seen = new Map<string, ServedVersion>();
  for (const definition of definitions) {
    const group = groupName(definition.groupRole, apiGroups);
    definition.versions.forEach(({ name: version }, index) => {
      const key = `${version}.${group}`;
      if (!seen.has(key)) seen.set(key, { group, version, priority: 100 - 10 * index });
    });
  }
  return [...seen.values()];
}

/** Everything that is installed on a hub, in the order in which it is applied; the APIServices come last. */
export function hubManifests(options: HubOptions): readonly Manifest[] {
  const versions = servedVersions(options.definitions, options.apiGroups);
  const { namespace, external, issuer, operatorRules } = options;
  const place = { namespace, name: NAME };
  return [
    manifest({ apiVersion: 'v1', kind: 'Namespace', name: namespace }, {}),
    manifest({ apiVersion: 'v1', kind: 'ServiceAccount', name: NAME, namespace }, {}),
    ...accessManifests({ ...options, apiServiceNames: versions.map(({ group, version }) => `${version}.${group}`) }),
    ...(issuer === undefined ? [] : [certificateManifest(place, issuer)]),
    ...(external === undefined
      ? [
          ...rulesManifests(place, operatorRules),
          inClusterService(place, { selector: POD_LABELS, port: SECURE_PORT }),
          ...workloadManifests({ ...options, hasRules: operatorRules !== undefined }),
        ]
      : externalService(place, external)),
    ...versions.map((served) =>
      withInjection(apiService(served, namespace, external?.port ?? SERVICE_PORT), place, issuer),
    ),
  ];
}

/** Without caBundle: the server keeps that field itself, so that a GitOps tool that applies this does not fight it. */
function apiService(served: ServedVersion, namespace: string, port: number): Manifest {
  return manifest(
    {
      apiVersion: 'apiregistration.k8s.io/v1',
      kind: 'APIService',
      name: `${served.version}.${served.group}`,
    },
    {
      spec: {
        group: served.group,
        version: served.version,
        groupPriorityMinimum: isCoexistence(served.group) ? COEXISTENCE_GROUP_PRIORITY : GROUP_PRIORITY,
        versionPriority: served.priority,
        service: { name: NAME, namespace, port },
      },
    },
  );
}
