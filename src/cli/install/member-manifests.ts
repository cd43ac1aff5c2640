import { memberReadRules } from '../../resources/index.ts';
import { bindClusterRole, clusterRole } from './hub-access.ts';
import type { Manifest } from './manifest.ts';
import { manifest } from './manifest.ts';
import { MEMBER_NAME } from './names.ts';

/** What a member needs: one service account that may read what the clusterset is computed from, and nothing else. */
export function memberManifests(namespace: string): readonly Manifest[] {
  return [
    manifest({ apiVersion: 'v1', kind: 'Namespace', name: namespace }, {}),
    manifest({ apiVersion: 'v1', kind: 'ServiceAccount', name: MEMBER_NAME, namespace }, {}),
    clusterRole(MEMBER_NAME, memberReadRules(), {}),
    bindClusterRole(MEMBER_NAME, { name: MEMBER_NAME, namespace }),
  ];
}
