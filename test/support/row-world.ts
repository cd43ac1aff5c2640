import type { Pump } from '../../src/cli/serve/pump.ts';
import { createPump } from '../../src/cli/serve/pump.ts';
import type { ClusterSetView } from '../../src/clusterset/index.ts';
import { createClusterSetView } from '../../src/clusterset/index.ts';
import type { ClusterId } from '../../src/kube/cluster-id.ts';
import type { MemberEvent } from '../../src/kube/member-event.ts';
import { toIncarnation, toRevision } from '../../src/kube/revision.ts';
import { MEMBER_RESOURCES } from '../../src/members/index.ts';
import { createStore } from '../../src/store/index.ts';
import type { StoreReader } from '../../src/store/types.ts';
import type { ManualTime } from './manual-time.ts';
import { createManualTime } from './manual-time.ts';

/** The view, the pump and the store as they are put together; what members tell goes to `pump.accept`. */
export interface RowWorld {
  readonly time: ManualTime;
  readonly view: ClusterSetView;
  readonly pump: Pump;
  readonly store: StoreReader;
}

/** With members registered that hold nothing. */
export function openRowWorld(clusters: readonly ClusterId[]): RowWorld {
  const time = createManualTime();
  const view = createClusterSetView({ clusterSet: undefined, ipFamilyMode: 'intersection' });
  const store = createStore({
    resources: ['serviceexports', 'serviceimports', 'clusterproperties'],
    incarnation: toIncarnation(1),
    startRevision: toRevision(0),
    clock: time.now,
  });
  const pump = createPump({
    ...{ view, writer: store.writer, clock: time.now, monotonic: time.now, schedule: time.schedule },
    onDerived: () => undefined,
  });
  for (const cluster of clusters) beginning(cluster).forEach(pump.accept);
  pump.open(() => undefined);
  return { time, view, pump, store: store.reader };
}

/** What a member tells that is registered and holds nothing. */
export function beginning(cluster: ClusterId): readonly MemberEvent[] {
  return [
    { type: 'registered', cluster, fingerprint: `f-${cluster}` },
    ...MEMBER_RESOURCES.map((resource): MemberEvent => ({ type: 'synced', cluster, resource })),
  ];
}
