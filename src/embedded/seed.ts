import type { ObjectChange } from '../kube/object-change.ts';
import type { KubeObject } from '../kube/object.ts';
import { keyOf } from '../kube/object.ts';
import { formatTime } from '../kube/time.ts';
import { DNS_UUID_NAMESPACE, uuidV5 } from '../kube/uuid.ts';
import type { AssignAddress } from './kind.ts';
import { kindNamed } from './kinds.ts';

export interface SeedContext {
  readonly member: string;
  readonly nowMs: number;
  readonly assignAddress: AssignAddress;
}

/**
 * Objects as a cluster that has had them for a while holds them. The uid of a name is always the same: a member that
 * starts anew is still the same cluster.
 */
export function seedChanges(objects: readonly KubeObject[], context: SeedContext): readonly ObjectChange[] {
  return objects.map((object) => {
    const { served, traits } = kindNamed(object.kind);
    const { resource } = served.definition;
    const key = keyOf(object);
    const metadata = {
      uid: uuidV5(DNS_UUID_NAMESPACE, `${context.member}.embedded ${resource} ${key.namespace}/${key.name}`),
      creationTimestamp: formatTime(context.nowMs),
      ...(traits.hasGeneration ? { generation: 1 } : {}),
      ...object.metadata,
    };
    return { resource, key, object: traits.complete({ ...object, metadata }, undefined, context.assignAddress) };
  });
}
