import type { ClusterId } from '../kube/cluster-id.ts';
import { IMPORTED_SERVICE_LABEL } from '../kube/domain.ts';
import { compareText, isJsonObject, keyString, type KubeObject, type ObjectKey, textAt } from '../kube/object.ts';
import { propertyValue } from '../kube/cluster-property.ts';
import type { MemberContent } from './member-content.ts';
import { type IdentityProblem, identityProblems } from './identity-problems.ts';
import { identityOfMember, memberSince, type KnownIdentity, unknownIdentity } from './member-identity.ts';
import type { MemberIndex } from './member-index.ts';
import { readServiceFacts, serviceTypeOf } from './service-facts.ts';

/** What is known of the Service of a name in one member; `unknown` while the member's Services were not read. */
export type ServiceState =
  | {
      readonly type: 'present';
      /** ClusterIP when the Service names none. */
      readonly serviceType: string;
      readonly headless: boolean;
      readonly internalTrafficPolicy: string | undefined;
      /** A multi-cluster controller made it for a ServiceImport. */
      readonly imported: boolean;
    }
  /** It is being deleted, and counts as absent. */
  | { readonly type: 'terminating' }
  | { readonly type: 'absent' }
  | { readonly type: 'unknown' };

export type NamespaceState = 'active' | 'terminating' | 'absent' | 'unknown';

/** `unknown` while a member that was not read yet may export the name. */
export type ExportState = 'exported' | 'none' | 'unknown';

/** Single facts of single members, as of now and as far as they were read. */
export interface MemberFacts {
  readonly serviceIn: (cluster: ClusterId, key: ObjectKey) => ServiceState;
  readonly namespaceIn: (cluster: ClusterId, namespace: string) => NamespaceState;
  /** The Namespace as far as it is kept: names, labels and phase; undefined where it is absent or not known. */
  readonly namespaceObjectIn: (cluster: ClusterId, namespace: string) => KubeObject | undefined;
  /** The members that are known not to have the namespace, by name. */
  readonly membersWithoutNamespace: (namespace: string) => readonly ClusterId[];
  /** Whether the member is known to have a ServiceExport of this name, whatever becomes of it. */
  readonly hasExport: (cluster: ClusterId, key: ObjectKey) => boolean;
  /** Whether any member validly exports the name. */
  readonly exportState: (key: ObjectKey) => ExportState;
  /** How many members are registered, read or not. */
  readonly memberCount: () => number;
  /** Value of a ClusterProperty of a member; undefined if it has none, as far as was read. */
  readonly propertyIn: (cluster: ClusterId, name: string) => string | undefined;
  /** Nothing but its name while no such member is registered. */
  readonly knownIdentity: (cluster: ClusterId) => KnownIdentity;
  /** Of every registered member, by name. */
  readonly knownIdentities: () => readonly KnownIdentity[];
  /** What of the identity rules does not hold among the members now. */
  readonly identityProblems: () => readonly IdentityProblem[];
}

/** All that needs no judgement of exports. */
export function createMemberFacts({ members }: Pick<MemberIndex, 'members'>): Omit<MemberFacts, 'exportState'> {
  const namespaceIn = (cluster: ClusterId, namespace: string): NamespaceState => {
    const member = members.get(cluster);
    return member === undefined ? 'unknown' : namespaceState(member, namespace);
  };
  return {
    serviceIn: (cluster, key) => {
      const member = members.get(cluster);
      return member === undefined ? { type: 'unknown' } : serviceState(member, keyString(key));
    },
    namespaceIn,
    namespaceObjectIn: (cluster, namespace) =>
      members.get(cluster)?.resources.namespaces.objects.get(namespaceKey(namespace)),
    membersWithoutNamespace: (namespace) =>
      [...members.values()]
        .filter((member) => namespaceState(member, namespace) === 'absent')
        .map(({ cluster }) => cluster)
        .sort(),
    hasExport: (cluster, key) => members.get(cluster)?.resources.serviceexports.objects.has(keyString(key)) === true,
    propertyIn: (cluster, name) => {
      const key = keyString({ namespace: '', name });
      const value = propertyValue(members.get(cluster)?.resources.clusterproperties.objects.get(key));
      return value === '' ? undefined : value;
    },
    memberCount: () => members.size,
    knownIdentity: (cluster) => {
      const member = members.get(cluster);
      return member === undefined ? unknownIdentity(cluster) : identityOfMember(member);
    },
    identityProblems: () =>
      identityProblems(
        [...members.values()].map((member) => ({ ...identityOfMember(member), ...memberSince(member) })),
      ),
    knownIdentities: () => [...members.values()].map(identityOfMember).sort((a, b) => compareText(a.name, b.name)),
  };
}

function serviceState({ resources }: MemberContent, key: string): ServiceState {
  const { objects, synced } = resources.services;
  const service = objects.get(key);
  if (service === undefined) return { type: synced ? 'absent' : 'unknown' };
  if (isDeleting(service)) return { type: 'terminating' };
  const { type, internalTrafficPolicy } = readServiceFacts(service);
  return {
    type: 'present',
    serviceType: serviceTypeOf(service),
    headless: type === 'Headless',
    internalTrafficPolicy,
    imported: isImported(service),
  };
}

function namespaceState({ resources }: MemberContent, name: string): NamespaceState {
  const { objects, synced } = resources.namespaces;
  const namespace = objects.get(namespaceKey(name));
  if (namespace === undefined) return synced ? 'absent' : 'unknown';
  return isDeleting(namespace) || textAt(namespace, 'status', 'phase') === 'Terminating' ? 'terminating' : 'active';
}

function namespaceKey(name: string): string {
  return keyString({ namespace: '', name });
}

function isDeleting({ metadata }: KubeObject): boolean {
  return textAt(metadata, 'deletionTimestamp') !== undefined;
}

function isImported({ metadata }: KubeObject): boolean {
  const labels: unknown = metadata.labels;
  return isJsonObject(labels) && labels[IMPORTED_SERVICE_LABEL] !== undefined;
}
