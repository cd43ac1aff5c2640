import { ABOUT_GROUP, MULTICLUSTER_GROUP } from '../kube/domain.ts';
import type { MemberResource } from '../kube/member-event.ts';
import type { Scope } from './object-metadata.ts';
import type { ReflectorOptions } from './reflector-state.ts';

/** What is listed and watched, and in which versions. */
export interface ReflectedSource extends ReflectorOptions {
  readonly resource: string;
  /** '' is the core group. */
  readonly group: string;
}

/** How one resource is read from members. */
export interface ResourceSource extends ReflectedSource {
  readonly resource: MemberResource;
  readonly kind: string;
  readonly scope: Scope;
  /** What our copies say they are, whatever version the member serves. */
  readonly apiVersion: string;
}

export const RESOURCE_SOURCES: Readonly<Record<MemberResource, ResourceSource>> = {
  serviceexports: {
    resource: 'serviceexports',
    group: MULTICLUSTER_GROUP,
    versions: ['v1beta1', 'v1alpha2', 'v1alpha1'],
    discovered: true,
    kind: 'ServiceExport',
    scope: 'Namespaced',
    apiVersion: `${MULTICLUSTER_GROUP}/v1beta1`,
  },
  services: {
    resource: 'services',
    group: '',
    versions: ['v1'],
    discovered: false,
    kind: 'Service',
    scope: 'Namespaced',
    apiVersion: 'v1',
  },
  namespaces: {
    resource: 'namespaces',
    group: '',
    versions: ['v1'],
    discovered: false,
    kind: 'Namespace',
    scope: 'Cluster',
    apiVersion: 'v1',
  },
  clusterproperties: {
    resource: 'clusterproperties',
    group: ABOUT_GROUP,
    versions: ['v1beta1', 'v1alpha1'],
    discovered: true,
    kind: 'ClusterProperty',
    scope: 'Cluster',
    apiVersion: `${ABOUT_GROUP}/v1beta1`,
  },
  endpointslices: {
    resource: 'endpointslices',
    group: 'discovery.k8s.io',
    versions: ['v1'],
    discovered: false,
    kind: 'EndpointSlice',
    scope: 'Namespaced',
    apiVersion: 'discovery.k8s.io/v1',
  },
};

/** In the order in which a member's state is told: what rules need to judge an export comes before the exports. */
export const MEMBER_RESOURCES: readonly MemberResource[] = [
  'namespaces',
  'clusterproperties',
  'services',
  'serviceexports',
  'endpointslices',
];

export function isMemberResource(text: string): text is MemberResource {
  return Object.hasOwn(RESOURCE_SOURCES, text);
}

/** Path of a group and version on a member: `/api/v1`, `/apis/<group>/<version>`. */
export function versionPath(group: string, version: string): string {
  return group === '' ? `/api/${version}` : `/apis/${group}/${version}`;
}
