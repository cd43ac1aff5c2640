import type { ClusterSetView } from '../../clusterset/index.ts';
import { createRecordWriter, createSnapshotWriter, readDocuments, readSnapshots } from '../../durable/index.ts';
import type { DurableError, SnapshotWriter } from '../../durable/index.ts';
import type { DurableStore } from '../../durable/types.ts';
import type { ClusterId } from '../../kube/cluster-id.ts';
import type { Members, MembersLog, MemberSnapshot } from '../../members/index.ts';
import { createSharing, parseSnapshot } from '../../members/index.ts';
import { pause, schedule } from './clockwork.ts';
import { openContactRecord } from './contact-record.ts';

const TRANSITIONS_BYTES_MAX = 64 * 1024 * 1024;
/** Encoding all of them takes half a second of processor time at 10,000 names, in small pieces. */
const TRANSITIONS_DEBOUNCE_MS = 60_000;

/** When the conditions that we compute changed last; kept, so that a restart is no transition. Format 1 was one document. */
const TRANSITIONS = {
  name: 'condition-transitions',
  kind: { name: 'condition-transitions', format: 2 },
  bytesMax: TRANSITIONS_BYTES_MAX,
};

/** What members said last, over our own restarts. */
export interface MemberRecords {
  /** The members whose state was kept over our restart and not handed over yet. */
  readonly clusters: () => readonly ClusterId[];
  /** The stored state of a member, once: it is handed over and forgotten here. */
  readonly take: (cluster: ClusterId) => MemberSnapshot | undefined;
  /** Something of this member changed: its state will be written, debounced. */
  readonly changed: (cluster: ClusterId) => void;
  readonly left: (cluster: ClusterId) => void;
  readonly close: () => Promise<void>;
}

export interface MemberRecordsDeps {
  readonly store: DurableStore;
  readonly view: ClusterSetView;
  readonly members: () => Members;
  readonly log: MembersLog;
}

/** Reads everything that was kept, puts the transitions back into the view, and keeps both up to date from then on. */
export async function openMemberRecords(deps: MemberRecordsDeps): Promise<MemberRecords> {
  const restored = await restoreSnapshots(deps);
  await restoreTransitions(deps);
  const contacts = await openContactRecord({ ...deps, schedule });
  contacts.start();
  const writer = createSnapshotWriter({
    store: deps.store,
    schedule,
    onProblem: (cluster, problem) => reportSnapshot(deps.log, cluster, problem),
  });
  const transitionWriter = createRecordWriter({
    store: deps.store,
    schedule,
    limits: { bytesMax: TRANSITIONS_BYTES_MAX, debounceMs: TRANSITIONS_DEBOUNCE_MS },
    onProblem: (name, problem) => {
      if (problem !== undefined) deps.log.warn({ err: problem, record: name }, 'a record cannot be kept');
      else deps.log.info({ record: name }, 'a record is safe again');
    },
  });
  return {
    clusters: () => [...restored.keys()],
    take: (cluster) => {
      const snapshot = restored.get(cluster);
      restored.delete(cluster);
      return snapshot && withContact(snapshot, contacts.lastContactMs(cluster));
    },
    changed: (cluster) => {
      if (deps.members().hasSnapshot(cluster)) writer.offer(cluster, () => completeState(deps.members(), cluster));
      transitionWriter.offer(TRANSITIONS.name, {
        kind: TRANSITIONS.kind,
        documents: deps.view.exportTransitions,
      });
    },
    left: (cluster) => void writer.forget(cluster),
    close: async () => {
      await Promise.all([writer.close(), transitionWriter.close(), contacts.close()]);
    },
  };
}

/** The snapshot says when the member last changed; it may have been heard of much later. */
function withContact(snapshot: MemberSnapshot, contactMs: number | undefined): MemberSnapshot {
  const { lastContactMs = 0 } = snapshot;
  return contactMs === undefined || contactMs <= lastContactMs ? snapshot : { ...snapshot, lastContactMs: contactMs };
}

type DurableSnapshot = ReturnType<Parameters<SnapshotWriter['offer']>[1]>;

/** Throws while the member has no complete state: half of one is never kept in place of a whole one. */
function completeState(members: Members, cluster: ClusterId): DurableSnapshot {
  const snapshot = members.snapshot(cluster);
  if (snapshot === undefined) throw new Error(`member ${cluster} has no complete state yet`);
  const { fingerprint, version, lastContactMs, resources } = snapshot;
  return {
    cluster,
    fingerprint,
    ...(version === undefined ? {} : { version }),
    lastContactMs,
    resources: Object.fromEntries(
      Object.entries(resources).map(([resource, { resourceVersion, objects }]) => [
        resource,
        { resourceVersion: resourceVersion ?? '', objects },
      ]),
    ),
  };
}

async function restoreSnapshots({ store, log }: MemberRecordsDeps): Promise<Map<ClusterId, MemberSnapshot>> {
  const reading = { sharing: createSharing(), pause };
  const restored = new Map<ClusterId, MemberSnapshot>();
  for await (const read of readSnapshots(store)) {
    if (!read.ok) {
      const { name, problem } = read.error;
      log.warn({ err: problem, record: name }, 'a member snapshot cannot be read');
      continue;
    }
    const parsed = await parseSnapshot(read.value, reading);
    if (parsed.ok) restored.set(parsed.value.cluster, parsed.value);
    else log.warn({ memberCluster: read.value.cluster, problem: parsed.error }, 'a member snapshot cannot be used');
  }
  return restored;
}

async function restoreTransitions({ store, view, log }: MemberRecordsDeps): Promise<void> {
  const read = await readDocuments(store, TRANSITIONS);
  if (!read.ok) {
    log.warn({ err: read.error }, 'the times of condition transitions cannot be read');
    return;
  }
  for (const document of read.value) {
    view.restoreTransitions(document);
    await pause();
  }
}

function reportSnapshot(log: MembersLog, memberCluster: ClusterId, problem: DurableError | undefined): void {
  if (problem === undefined) log.info({ memberCluster }, 'the member snapshot is safe again');
  else log.warn({ memberCluster, err: problem }, 'the member snapshot cannot be kept');
}
