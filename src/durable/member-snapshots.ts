import type { ClusterId } from '../kube/cluster-id.ts';
import { parseClusterId } from '../kube/cluster-id.ts';
import type { KubeObject } from '../kube/object.ts';
import { isJsonObject } from '../kube/object.ts';
import type { Outcome } from '../kube/outcome.ts';
import { failed, succeeded } from '../kube/outcome.ts';
import { DurableError, toDurableError } from './durable-error.ts';
import type { RecordKind } from './record.ts';
import { decodeRecord } from './record.ts';
import type { RecordWriterDeps } from './record-writer.ts';
import { createRecordWriter, DEFAULT_RECORD_WRITER_LIMITS } from './record-writer.ts';
import type { DurableStore } from './types.ts';

/** The last complete state of one resource of a member. */
export interface SnapshotResource {
  /** The member's own, for the record only: after a restart everything is listed anew. */
  readonly resourceVersion: string;
  /** The version that the member served. */
  readonly apiVersion?: string;
  readonly objects: readonly KubeObject[];
}

/** What is known of a member, to be shown as stale after a restart until the member answers again. */
export interface MemberSnapshot {
  readonly cluster: ClusterId;
  readonly fingerprint: string | undefined;
  /** Kubernetes version of the member (gitVersion). */
  readonly version?: string;
  readonly lastContactMs: number | undefined;
  readonly resources: Readonly<Record<string, SnapshotResource>>;
}

export interface SnapshotWriter {
  /** `produce` is asked when the write begins; its objects must not be changed afterwards. */
  readonly offer: (cluster: ClusterId, produce: () => MemberSnapshot) => void;
  /** Tries once to write all that is pending. Never rejects. */
  readonly flush: () => Promise<void>;
  /** The member left the clusterset: its snapshot is removed. */
  readonly forget: (cluster: ClusterId) => Promise<void>;
  /** Flushes and ends. */
  readonly close: () => Promise<void>;
}

export interface SnapshotWriterDeps extends Omit<RecordWriterDeps, 'onProblem'> {
  /** A member's state: why its snapshot could not be written or removed, or undefined when it is safe again. */
  readonly onProblem: (cluster: ClusterId, problem: DurableError | undefined) => void;
}

/** A record that exists but could not be used; name '' when even the list of records could not be read. */
export interface UnreadSnapshot {
  readonly name: string;
  readonly problem: DurableError;
}

const MEMBER_SNAPSHOT: RecordKind = { name: 'member-snapshot', format: 1 };
const NAME_PREFIX = 'member-';

/** Writes are debounced and bounded; a snapshot that is too large leaves the last one in place and is a problem. */
export function createSnapshotWriter(deps: SnapshotWriterDeps): SnapshotWriter {
  const clusters = new Map<string, ClusterId>();
  const writer = createRecordWriter({
    ...deps,
    onProblem: (name, problem) => {
      const cluster = clusters.get(name);
      if (cluster !== undefined) deps.onProblem(cluster, problem);
    },
  });
  const nameOf = (cluster: ClusterId): string => {
    const name = `${NAME_PREFIX}${cluster}`;
    clusters.set(name, cluster);
    return name;
  };

  return {
    offer: (cluster, produce) =>
      writer.offer(nameOf(cluster), { kind: MEMBER_SNAPSHOT, documents: () => toDocuments(produce()) }),
    flush: writer.flush,
    forget: (cluster) => writer.forget(nameOf(cluster)),
    close: writer.close,
  };
}

/**
 * Reads all snapshots, one after another as they are asked for: all of them at once would take more memory than what
 * is made of them. Never throws; what cannot be used is reported and left where it is.
 */
export async function* readSnapshots(
  store: DurableStore,
  { bytesMax = DEFAULT_RECORD_WRITER_LIMITS.bytesMax }: { readonly bytesMax?: number } = {},
): AsyncIterable<Outcome<MemberSnapshot, UnreadSnapshot>> {
  const names = await namesOf(store);
  if (!names.ok) yield names;
  for (const name of names.ok ? names.value : []) {
    const read = await readSnapshot(store, name, bytesMax).then(
      (snapshot) => snapshot && succeeded(snapshot),
      (error: unknown) => failed({ name, problem: toDurableError(error, `read record ${name}`) }),
    );
    if (read !== undefined) yield read;
  }
}

async function namesOf(store: DurableStore): Promise<Outcome<readonly string[], UnreadSnapshot>> {
  try {
    return succeeded(await store.list(NAME_PREFIX));
  } catch (error) {
    return failed({ name: '', problem: toDurableError(error, 'list records') });
  }
}

async function readSnapshot(store: DurableStore, name: string, bytesMax: number): Promise<MemberSnapshot | undefined> {
  const bytes = await store.read(name);
  if (bytes === undefined) return undefined;
  const { documents } = await decodeRecord(MEMBER_SNAPSHOT, bytes, bytesMax);
  const snapshot = fromDocuments(documents);
  if (snapshot !== undefined && name === `${NAME_PREFIX}${snapshot.cluster}`) return snapshot;
  throw new DurableError('corrupt', `record ${name}: not a valid snapshot of that member`);
}

/** First a head that says how many objects of which resource follow, then the objects: never one text of all. */
function* toDocuments(snapshot: MemberSnapshot): Iterable<unknown> {
  const resources = Object.entries(snapshot.resources);
  yield {
    ...snapshot,
    resources: resources.map(([resource, { resourceVersion, apiVersion, objects }]) => ({
      resource,
      resourceVersion,
      apiVersion,
      objects: objects.length,
    })),
  };
  for (const [, { objects }] of resources) yield* objects;
}

function fromDocuments([head, ...documents]: readonly unknown[]): MemberSnapshot | undefined {
  if (!isJsonObject(head) || !Array.isArray(head['resources']) || typeof head['cluster'] !== 'string') return undefined;
  const cluster = parseClusterId(head['cluster']);
  const objects = documents.filter(isKubeObject);
  const resources = parseResources(head['resources'], objects);
  if (!cluster.ok || objects.length !== documents.length || resources === undefined) return undefined;
  const { fingerprint, version, lastContactMs } = head;
  return {
    cluster: cluster.value,
    fingerprint: typeof fingerprint === 'string' ? fingerprint : undefined,
    ...(typeof version === 'string' ? { version } : {}),
    lastContactMs: typeof lastContactMs === 'number' ? lastContactMs : undefined,
    resources,
  };
}

function parseResources(
  heads: readonly unknown[],
  objects: readonly KubeObject[],
): Record<string, SnapshotResource> | undefined {
  const resources: Record<string, SnapshotResource> = {};
  let from = 0;
  for (const head of heads) {
    if (!isJsonObject(head)) return undefined;
    const { resource, resourceVersion, apiVersion, objects: count } = head;
    if (typeof resource !== 'string' || typeof resourceVersion !== 'string' || typeof count !== 'number')
      return undefined;
    const own = objects.slice(from, from + count);
    from += count;
    resources[resource] = {
      resourceVersion,
      ...(typeof apiVersion === 'string' ? { apiVersion } : {}),
      objects: own,
    };
  }
  return from === objects.length ? resources : undefined;
}

function isKubeObject(value: unknown): value is KubeObject {
  if (!isJsonObject(value) || !isJsonObject(value['metadata'])) return false;
  return [value['apiVersion'], value['kind'], value['metadata']['name']].every((field) => typeof field === 'string');
}
