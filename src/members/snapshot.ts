import type { ClusterId } from '../kube/cluster-id.ts';
import { parseClusterId } from '../kube/cluster-id.ts';
import type { MemberResource } from '../kube/member-event.ts';
import type { JsonObject, KubeObject } from '../kube/object.ts';
import { isJsonObject } from '../kube/object.ts';
import type { Outcome } from '../kube/outcome.ts';
import { failed, succeeded } from '../kube/outcome.ts';
import { parseMemberObject } from './cut.ts';
import { MEMBER_RESOURCES, RESOURCE_SOURCES } from './member-resource.ts';
import type { Sharing } from './sharing.ts';

/** The complete state of one resource, as it was last known. */
export interface ResourceSnapshot {
  readonly resourceVersion: string | undefined;
  readonly objects: readonly KubeObject[];
}

/** A member's last complete state; what a restart shows as stale until the member itself has answered. */
export interface MemberSnapshot {
  readonly cluster: ClusterId;
  readonly fingerprint: string;
  readonly version: string | undefined;
  readonly lastContactMs: number | undefined;
  readonly resources: Readonly<Partial<Record<MemberResource, ResourceSnapshot>>>;
}

/** So many objects are judged in one turn of the event loop. */
const OBJECTS_PER_TURN_MAX = 200;

export interface SnapshotReading {
  readonly sharing: Sharing;
  /** Lets other work go first: a process has half a million objects to judge when it starts. */
  readonly pause: () => Promise<void>;
}

/**
 * Reads a stored snapshot (parsed JSON). Objects are judged anew, as if the member had sent them: rules may have become
 * stricter, and storage may lie. One bad object costs only itself.
 */
export async function parseSnapshot(
  value: unknown,
  reading: SnapshotReading,
): Promise<Outcome<MemberSnapshot, string>> {
  if (!isJsonObject(value)) return failed('the snapshot is not an object');
  const { cluster, fingerprint, version, lastContactMs, resources } = value;
  const id = parseClusterId(typeof cluster === 'string' ? cluster : '');
  if (!id.ok) return id;
  if (typeof fingerprint !== 'string' || fingerprint === '') return failed('the snapshot has no fingerprint');
  if (!isJsonObject(resources)) return failed('the snapshot has no resources');
  return succeeded({
    cluster: id.value,
    fingerprint,
    version: typeof version === 'string' ? version : undefined,
    lastContactMs: typeof lastContactMs === 'number' ? lastContactMs : undefined,
    resources: await parseResources(resources, reading),
  });
}

async function parseResources(resources: JsonObject, reading: SnapshotReading): Promise<MemberSnapshot['resources']> {
  const parsed: Partial<Record<MemberResource, ResourceSnapshot>> = {};
  for (const resource of MEMBER_RESOURCES) {
    const stored = await parseResource(resource, resources[resource], reading);
    if (stored !== undefined) parsed[resource] = stored;
  }
  return parsed;
}

async function parseResource(
  resource: MemberResource,
  value: unknown,
  { sharing, pause }: SnapshotReading,
): Promise<ResourceSnapshot | undefined> {
  if (!isJsonObject(value) || !Array.isArray(value['objects'])) return undefined;
  const { resourceVersion } = value;
  const stored: readonly unknown[] = value['objects'];
  const objects: KubeObject[] = [];
  for (const [index, object] of stored.entries()) {
    const cut = parseMemberObject(object, RESOURCE_SOURCES[resource], sharing);
    if (cut.type === 'kept') objects.push(cut.object);
    if (index % OBJECTS_PER_TURN_MAX === OBJECTS_PER_TURN_MAX - 1) await pause();
  }
  return { resourceVersion: typeof resourceVersion === 'string' ? resourceVersion : undefined, objects };
}
