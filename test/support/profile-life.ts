import type { ProfileFacts } from '../../src/clusterset/index.ts';
import { parseProfileRecords } from '../../src/clusterset/index.ts';
import { DurableError } from '../../src/durable/index.ts';
import type { DurableProblem } from '../../src/durable/index.ts';
import type { ClusterId } from '../../src/kube/cluster-id.ts';
import type { KubeObject } from '../../src/kube/object.ts';
import type { Outcome } from '../../src/kube/outcome.ts';
import { failed, succeeded } from '../../src/kube/outcome.ts';
import { toIncarnation, toRevision } from '../../src/kube/revision.ts';
import type { ProfileRecords } from '../../src/profiles/profile-records.ts';
import type { Profiles } from '../../src/profiles/profiles.ts';
import { createProfiles } from '../../src/profiles/profiles.ts';
import { readKeptProfiles, restoredObjects } from '../../src/profiles/restore.ts';
import { createStore } from '../../src/store/index.ts';
import type { Store } from '../../src/store/index.ts';
import type { StoreEvent } from '../../src/store/types.ts';
import { clusterId } from './clusterset-objects.ts';
import { createManualTime } from './manual-time.ts';
import type { ManualTime } from './manual-time.ts';

export const EAST = clusterId('east');
export const PROFILE_KEY = { namespace: 'inventory', name: 'east' };

/** A member that is well. */
export function profileFacts(more: Partial<ProfileFacts> = {}): ProfileFacts {
  return {
    cluster: EAST,
    joined: 'registered',
    fingerprint: 'kube-system-uid',
    version: 'v1.36.4',
    health: { status: 'True', reason: 'APIServerReady', message: '' },
    properties: [],
    isForbiddenProperties: false,
    identity: undefined,
    accessProviders: [{ name: 'direct', cluster: { server: 'https://east.example.com' } }],
    isMirrored: false,
    settings: { isGiven: false, displayName: undefined, faults: [] },
    memberId: 'kube-system-uid',
    lastContactMs: 1_790_000_000_000,
    ...more,
  };
}

/** A medium that can be made to fail, and to lose the answer of a write that it did. */
export interface Medium extends ProfileRecords {
  readonly values: Map<ClusterId, string>;
  failing: { readonly on: 'read' | 'write' | 'list' | 'answer'; readonly problem: DurableProblem } | undefined;
  writes: number;
}

export function createMedium(): Medium {
  const values = new Map<ClusterId, string>();
  const answer = <T>(on: 'read' | 'write' | 'list' | 'answer', value: T): Promise<Outcome<T, DurableError>> => {
    const { failing } = medium;
    const outcome =
      failing?.on === on ? failed(new DurableError(failing.problem, 'as the test wants it')) : succeeded(value);
    return Promise.resolve(outcome);
  };
  const medium: Medium = {
    values,
    failing: undefined,
    writes: 0,
    read: (cluster) => {
      const text = values.get(cluster);
      return answer('read', text === undefined ? undefined : parseProfileRecords(JSON.parse(text)));
    },
    write: async (cluster, profiles) => {
      const written = await answer('write', undefined);
      if (!written.ok) return written;
      medium.writes += 1;
      if (profiles.length === 0) values.delete(cluster);
      else values.set(cluster, JSON.stringify(profiles));
      return answer('answer', undefined);
    },
    list: () => answer('list', [...values.keys()]),
  };
  return medium;
}

/** One life of the process on a medium. */
export interface ProfileLife {
  readonly time: ManualTime;
  readonly store: Store;
  readonly profiles: Profiles;
  readonly events: StoreEvent[];
  /** What is known of the member; undefined unregisters it. */
  facts: ProfileFacts | undefined;
  namespaces: Record<string, boolean | undefined>;
  isComplete: boolean;
  readonly shown: () => KubeObject | undefined;
  /** Tells that something changed, and lets everything that follows happen. */
  readonly tell: (more?: Partial<ProfileFacts>) => Promise<void>;
  readonly edit: (change: (object: KubeObject) => object) => Promise<unknown>;
}

let lives = 0;

export async function beginProfiles(
  medium: Medium,
  more: { readonly manager?: string; readonly facts?: ProfileFacts | undefined } = {},
): Promise<ProfileLife> {
  lives += 1;
  const time = createManualTime(1_790_000_000_000 + lives * 1_000_000);
  const kept = await readKeptProfiles(medium);
  const objects = restoredObjects(kept);
  const mark = objects.reduce((highest, { revision }) => Math.max(highest, revision), 0);
  const store = createStore({
    resources: ['clusterprofiles'],
    incarnation: toIncarnation(lives),
    startRevision: toRevision(mark),
    initial: new Map([['clusterprofiles', objects]]),
    clock: time.now,
  });
  const events: StoreEvent[] = [];
  store.reader.subscribe(
    { resource: 'clusterprofiles', namespace: '' },
    store.reader.current(),
    (news) => void events.push(...news),
  );
  let uids = 0;
  const log = {
    info: () => undefined,
    warn: () => undefined,
    error: (fields: object) => {
      throw new Error(JSON.stringify(fields));
    },
  };
  const profiles = createProfiles(
    {
      ...{ records: medium, writer: store.writer, store: store.reader, log },
      ...{
        namespaces: ['inventory'],
        manager: more.manager ?? 'hub',
        selection: { excludeLabels: [], requiredLabel: undefined },
      },
      hasNamespace: (namespace) => life.namespaces[namespace] ?? true,
      factsOf: (cluster) => (cluster === EAST ? life.facts : undefined),
      isComplete: () => life.isComplete,
      ...{ clock: time.now, monotonic: time.now, schedule: time.schedule },
      newUid: () => `uid-${lives}-${(uids += 1)}`,
    },
    kept,
  );
  const life: ProfileLife = {
    ...{ time, store, profiles, events },
    facts: 'facts' in more ? more.facts : profileFacts(),
    namespaces: {},
    isComplete: true,
    shown: () => store.reader.get('clusterprofiles', PROFILE_KEY)?.object,
    tell: async (change = {}) => {
      if (life.facts !== undefined) life.facts = { ...life.facts, ...change };
      profiles.changed([EAST]);
      await time.advance(100);
    },
    edit: (change) =>
      profiles.edit(PROFILE_KEY, ({ record }) => ({
        ...record,
        overlay: { ...record.overlay, ...change({} as KubeObject) },
      })),
  };
  const opened = profiles.open();
  // Nobody tells anything of a member that is not registered.
  if (life.facts !== undefined) profiles.changed([EAST]);
  await time.advance(100);
  await opened;
  return life;
}
