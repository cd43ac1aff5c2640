import type { ClusterId } from '../kube/cluster-id.ts';
import { DOMAIN } from '../kube/domain.ts';
import { keyOf, keyString, type KubeObject, type ObjectKey } from '../kube/object.ts';
import { DNS_UUID_NAMESPACE, isUuid, uuidV5 } from '../kube/uuid.ts';

/** Below this name all uids stand that we make from names. */
const UUID_NAMESPACE = uuidV5(DNS_UUID_NAMESPACE, DOMAIN);

/** The same for one name in one ClusterSet, whoever exports it and after re-creation too. */
export function serviceImportUid(clusterSet: string | undefined, key: ObjectKey): string {
  return uuidV5(UUID_NAMESPACE, `${clusterSet ?? ''}/serviceimports/${keyString(key)}`);
}

/** The member whose object is shown: its fingerprint survives a change of name, its name does for want of one. */
export interface RowMember {
  readonly cluster: ClusterId;
  readonly fingerprint: string | undefined;
}

/** Stable over our restarts, another one when the member's object was made anew. */
export function rowUid(member: RowMember, memberObject: KubeObject): string {
  const uid: unknown = memberObject.metadata.uid;
  const name = typeof uid === 'string' && uid !== '' ? uid : keyString(keyOf(memberObject));
  return uuidV5(memberNamespace(member), name);
}

function memberNamespace({ cluster, fingerprint }: RowMember): string {
  if (fingerprint !== undefined && isUuid(fingerprint)) return fingerprint;
  return uuidV5(UUID_NAMESPACE, fingerprint === undefined ? `members/${cluster}` : `fingerprints/${fingerprint}`);
}
