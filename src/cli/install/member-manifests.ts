import {
  memberImpersonationRules,
  memberPublishRules,
  memberReadRules,
  memberWriteRules,
} from '../../resources/index.ts';
import type { PolicyRule } from '../../resources/index.ts';
import { bindClusterRole, clusterRole } from './hub-access.ts';
import type { Manifest } from './manifest.ts';
import { manifest } from './manifest.ts';
import { MEMBER_IMPERSONATOR_NAME, MEMBER_NAME, MEMBER_PUBLISHER_NAME, MEMBER_WRITER_NAME } from './names.ts';

/** Rights beyond reading; none is given unless it is asked for. */
export interface MemberRights {
  readonly write: boolean;
  /** Writing as the callers of the hub. */
  readonly impersonate: boolean;
  readonly publish: boolean;
}

/** What a member needs: one service account that may read what the clusterset is computed from, and what was asked for. */
export function memberManifests(namespace: string, rights: MemberRights): readonly Manifest[] {
  return [
    manifest({ apiVersion: 'v1', kind: 'Namespace', name: namespace }, {}),
    manifest({ apiVersion: 'v1', kind: 'ServiceAccount', name: MEMBER_NAME, namespace }, {}),
    ...grant(MEMBER_NAME, memberReadRules(), namespace),
    ...(rights.write ? grant(MEMBER_WRITER_NAME, memberWriteRules(), namespace) : []),
    ...(rights.impersonate ? grant(MEMBER_IMPERSONATOR_NAME, memberImpersonationRules(), namespace) : []),
    ...(rights.publish ? grant(MEMBER_PUBLISHER_NAME, memberPublishRules(), namespace) : []),
  ];
}

/** The roles of an earlier run that this run did not ask for: running install again takes rights away, too. */
export function memberManifestsToRemove(namespace: string, rights: MemberRights): readonly Manifest[] {
  return [
    ...(rights.write ? [] : grant(MEMBER_WRITER_NAME, memberWriteRules(), namespace)),
    ...(rights.impersonate ? [] : grant(MEMBER_IMPERSONATOR_NAME, memberImpersonationRules(), namespace)),
    ...(rights.publish ? [] : grant(MEMBER_PUBLISHER_NAME, memberPublishRules(), namespace)),
  ];
}

function grant(name: string, rules: readonly PolicyRule[], namespace: string): readonly Manifest[] {
  return [clusterRole(name, rules, {}), bindClusterRole(name, { name: MEMBER_NAME, namespace })];
}
