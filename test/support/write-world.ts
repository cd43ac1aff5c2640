import { projectedKind } from '../../src/cli/serve/projected-kinds.ts';
import type { KubeObject } from '../../src/kube/object.ts';
import { keyOf } from '../../src/kube/object.ts';
import type { RequestUser } from '../../src/kube/request-user.ts';
import type { RowTarget, RowWrite, RowWriteOptions, RowWrites } from '../../src/kube/row-write.ts';
import type { MemberEvent, MemberStatus } from '../../src/kube/member-event.ts';
import { createListGate } from '../../src/members/list-gate.ts';
import type { WritableMember } from '../../src/members/member-deps.ts';
import { RESOURCE_SOURCES } from '../../src/members/member-resource.ts';
import type { ObjectIntake } from '../../src/members/object-intake.ts';
import { createObjectIntake } from '../../src/members/object-intake.ts';
import { parseMemberObject } from '../../src/members/cut.ts';
import { createSharing } from '../../src/members/sharing.ts';
import { createRowWrites } from '../../src/members/write/index.ts';
import type { RowWritesDeps, WriteRecord } from '../../src/members/write/index.ts';
import { clusterProperty } from '../../src/resources/cluster-property/definition.ts';
import { serviceExport } from '../../src/resources/service-export/definition.ts';
import { clusterId } from './clusterset-objects.ts';
import type { FakeCluster, FakeResource } from './fake-cluster.ts';
import { createFakeCluster, FAKE_EXPORTS } from './fake-cluster.ts';
import type { ManualTime } from './manual-time.ts';
import { openRowWorld } from './row-world.ts';

export const JANE: RequestUser = { name: 'jane', uid: undefined, groups: ['system:authenticated'], extra: {} };
const EAST = clusterId('east');
const DEFINITIONS = { serviceexports: serviceExport, clusterproperties: clusterProperty };

export const LIVE: MemberStatus = {
  cluster: EAST,
  phase: 'live',
  synced: true,
  lastContactMs: 0,
  fingerprint: 'f',
  version: 'v1.36.4',
  reason: undefined,
  message: undefined,
  clockSkewSeconds: 0,
};

/** One member behind the real write path, intake, view, pump and store; its watch moves only when a test says so. */
export interface WriteWorld {
  readonly time: ManualTime;
  readonly east: FakeCluster;
  readonly writes: RowWrites;
  readonly records: WriteRecord[];
  readonly warned: string[];
  /** The member as writes find it; a test may change what it says. */
  readonly member: { -readonly [K in keyof WritableMember]: WritableMember[K] };
  readonly row: (name: string) => KubeObject | undefined;
  /** The watch tells up to `count` further changes; all of them unless said. */
  readonly watch: (count?: number) => void;
  /** A relist reads the member as it is now; what the watch has not told is skipped when it ends. */
  readonly beginList: () => void;
  readonly endList: () => void;
  readonly write: (name: string, more?: Partial<RowWriteOptions>, target?: Partial<RowTarget>) => RowWrite;
}

export function openWriteWorld(more: Partial<RowWritesDeps> = {}, of: FakeResource = FAKE_EXPORTS): WriteWorld {
  const { resource, group, version, kind, namespace } = of;
  const { time, view, store, pump } = openRowWorld([EAST]);
  const intake = openIntake(resource, time, pump.accept);
  const east = createFakeCluster(of);
  const watch = watchOf(east, intake);
  const member = memberOf(east, intake, watch.reached);
  const records: WriteRecord[] = [];
  const warned: string[] = [];
  const writes = createRowWrites({
    kinds: [projectedKind(DEFINITIONS[resource], { view, store, clock: time.now })].filter(
      (kind) => kind !== undefined,
    ),
    member: (cluster) => (cluster === EAST ? member : undefined),
    authorizeCluster: () => Promise.resolve({ type: 'allow' }),
    admit: () => ({ type: 'allow', warnings: [] }),
    impersonate: () => ({ ok: true, value: {} }),
    settle: pump.settle,
    record: (record) => records.push(record),
    monotonic: time.now,
    ...more,
  });
  return {
    ...{ time, east, writes, records, warned, member },
    row: (name) => store.get(resource, { namespace, name })?.object,
    watch: watch.tell,
    beginList: watch.beginList,
    endList: watch.endList,
    write: (name, options = {}, target = {}) => ({
      target: {
        ...{ resource, group, kind, version, namespace, name, subresource: '', ...target },
      },
      options: { dryRun: false, fieldManager: 'test', fieldValidation: 'Warn', ...options },
      user: JANE,
      auditId: 'audit-1',
      isOver: () => false,
      warn: (text) => warned.push(text),
    }),
  };
}

function openIntake(
  resource: FakeResource['resource'],
  time: ManualTime,
  accept: (event: MemberEvent) => void,
): ObjectIntake {
  const nothing = (): void => undefined;
  return createObjectIntake({
    clock: time.now,
    random: () => 0.5,
    startTimer: (delayMs, run) => time.schedule(run, delayMs),
    log: { info: nothing, warn: nothing, error: nothing },
    listGate: createListGate(),
    sharing: createSharing(),
    member: EAST,
    source: RESOURCE_SOURCES[resource],
    parse: (value) => parseMemberObject(value, RESOURCE_SOURCES[resource], createSharing()),
    connection: () => {
      throw new Error('the intake sends nothing');
    },
    admit: () => Promise.resolve(undefined),
    labelSelector: () => undefined,
    wants: () => true,
    sink: {
      changed: (difference) => accept({ type: 'changed', cluster: EAST, resource, ...difference }),
      synced: nothing,
      health: nothing,
      contact: nothing,
      mayHold: () => true,
      tooLarge: nothing,
    },
  });
}

function memberOf(east: FakeCluster, intake: ObjectIntake, reached: () => string): WriteWorld['member'] {
  return {
    cluster: EAST,
    status: () => LIVE,
    confirm: () => Promise.resolve(undefined),
    connection: () => east.connection,
    version: () => 'v1beta1',
    wrote: (_resource, value) => intake.wrote(value, reached()),
    deleted: (_resource, key, uid) => intake.deleted(key, uid),
  };
}

/** What the watch and the lists of a reflector do to its intake. */
function watchOf(east: FakeCluster, intake: ObjectIntake) {
  let told = 0;
  let listed: { readonly revision: string; readonly upTo: number } | undefined;
  let reached = east.revision();
  return {
    reached: () => reached,
    tell: (count = Infinity): void => {
      if (listed !== undefined) return;
      for (const change of east.changes.slice(told, told + count)) {
        told += 1;
        reached = change.revision;
        const cut = intake.cut(change.object, 'watch');
        if (change.type === 'applied' && cut.type === 'kept') intake.perform({ type: 'apply', object: cut.object });
        else intake.perform({ type: 'remove', key: keyOf(change.object), revision: change.revision });
      }
      intake.flush();
    },
    beginList: (): void => {
      intake.perform({ type: 'discardStaged' });
      listed = { revision: east.revision(), upTo: east.changes.length };
      const cuts = east.all().map((object) => intake.cut(object, 'list'));
      intake.perform({ type: 'stage', objects: cuts.flatMap((cut) => (cut.type === 'kept' ? [cut.object] : [])) });
    },
    endList: (): void => {
      if (listed === undefined) return;
      intake.perform({ type: 'publish', revision: listed.revision, compareContent: false });
      reached = listed.revision;
      told = listed.upTo;
      listed = undefined;
    },
  };
}
