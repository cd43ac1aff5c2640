import type { Registry } from 'prom-client';
import { Gauge } from 'prom-client';
import type { NotSynced } from '../../../../webhooks/index.ts';
import { createClusterSetView, type MemberFacts, minuteText } from '../../../clusterset/index.ts';
import type { Config } from '../../../config/index.ts';
import type { KubeConnection } from '../../../connection/index.ts';
import type { ClusterId } from '../../../kube/cluster-id.ts';
import type { MemberStatus } from '../../../kube/member-event.ts';
import { createMembers, DEFAULT_OBJECT_LIMITS, isInitialSyncOver } from '../../../members/index.ts';
import type { Members, MembersLog } from '../../../members/index.ts';
import type { AdmissionContext, PredictConsequences } from '../../../resources/index.ts';
import { createAdmissionContext } from '../admission-context.ts';
import { apiGroupsOf } from '../api-runtime.ts';
import { monotonic, schedule } from '../clockwork.ts';
import { createPrediction } from '../forecast.ts';
import { logMemberStates } from '../member-log.ts';
import { createMemberMetrics } from '../member-metrics.ts';
import { createPump } from '../pump.ts';
import type { HubConnection } from './hub-connection.ts';
import { createHubFeed, type HubFeed, type HubFeedDeps, type HubKnowledge } from './hub-feed.ts';
import type { Standing } from './hub-members.ts';

/** Who was refused before the member was read may try again after this. */
const RETRY_AFTER_SECONDS = 2;
/** Nothing here waits for what follows from events, so what they concern is forgotten from time to time. */
const FORGET_INTERVAL_MS = 1_000;

export interface MemberViewDeps {
  readonly config: Config;
  readonly own: ClusterId;
  /** To the member that we run in. */
  readonly connection: KubeConnection;
  /** To the hub; undefined: nothing is known of other members. */
  readonly openHub: ((onReplaced: () => void) => HubConnection) | undefined;
  readonly log: MembersLog;
  readonly registry: Registry;
}

/** The ClusterSet as a member sees it: itself directly, the others through the hub. */
export interface MemberView {
  readonly admission: AdmissionContext;
  /** To the hub, always the newest one; undefined: none is named. */
  readonly hub: (() => KubeConnection) | undefined;
  /** What the safety webhook waits for; undefined once the member itself was read. */
  readonly notSynced: () => NotSynced | undefined;
  /** Why nobody should ask yet: the member may still be read in time. */
  readonly problem: () => string | undefined;
  readonly start: () => void;
  readonly stop: () => void;
}

export function openMemberView(deps: MemberViewDeps): MemberView {
  const { config, own, connection, registry } = deps;
  const view = createClusterSetView({ clusterSet: config.clusterSet, ipFamilyMode: config['merge.ipFamilies'] });
  const metrics = createMemberMetrics(registry);
  const pump = createPump({
    ...{ view, writer: { commit: () => [] }, clock: Date.now, monotonic, schedule },
    onDerived: metrics.derived,
  });
  const members = openOwnMember(deps);
  metrics.follow(members);
  logMemberStates(members, deps.log);
  members.onEvent(pump.accept);
  const hub = openHub(deps, pump.accept);
  const knowledge = (): HubKnowledge => hub?.feed.knowledge() ?? { type: 'never' };
  createFeedMetrics(registry, hub?.feed);
  const statusOf = (cluster: ClusterId): MemberStatus | undefined =>
    cluster === own ? members.status(own) : statusByHub(cluster, knowledge(), hub?.feed.standing(cluster));
  const sync = createSync(config, members);
  let cancel = (): void => undefined;
  const forget = (): void => {
    view.forgetChanges();
    cancel = schedule(forget, FORGET_INTERVAL_MS);
  };
  return {
    hub: hub?.connection.current,
    admission: createAdmissionContext({
      config,
      facts: withDoubt(view.facts, () => knowledge().type === 'current' && hub?.feed.knowsMembers() === true),
      predict: withKnowledge(createPrediction({ view, statusOf, clock: Date.now }), {
        knowledge,
        knowsMembers: () => hub?.feed.knowsMembers() === true,
      }),
      isReachable: (cluster) => statusOf(cluster)?.phase === 'live',
      profiles: () => hub?.feed.profiles() ?? [],
      // Only the hub sees what is written in other clusters at the same time.
      pending: () => [],
    }),
    notSynced: () => (members.status(own)?.synced === true ? undefined : notYet(members.status(own))),
    problem: () => (sync.isOver() ? undefined : 'the member was not read yet'),
    start: () => {
      sync.start();
      members.update([{ name: own, digest: 'own', connect: () => ({ ...connection, close: () => undefined }) }]);
      void hub?.connection.start().then(hub.feed.start);
      forget();
    },
    stop: () => {
      cancel();
      hub?.feed.stop();
      hub?.connection.stop();
      members.stop();
    },
  };
}

function openOwnMember({ config, log }: MemberViewDeps): Members {
  return createMembers({
    clock: Date.now,
    random: Math.random,
    startTimer: (delayMs, run) => schedule(run, delayMs),
    log,
    hubFingerprint: () => undefined,
    allowHub: true,
    snapshotOf: () => undefined,
    probeIntervalMs: config['members.probeIntervalMs'],
    limits: { ...DEFAULT_OBJECT_LIMITS, memberObjectsMax: config['members.objectsMax'] },
  });
}

interface Hub {
  readonly connection: HubConnection;
  readonly feed: HubFeed;
}

function openHub({ config, own, log, ...deps }: MemberViewDeps, emit: HubFeedDeps['emit']): Hub | undefined {
  const connection = deps.openHub?.(() => feed.kick());
  if (connection === undefined) return undefined;
  const feed = createHubFeed({
    ...{ connection: connection.current, groups: apiGroupsOf(config), own, emit, log },
    clock: Date.now,
    random: Math.random,
    startTimer: (delayMs, run) => schedule(run, delayMs),
  });
  return { connection, feed };
}

/** What the hub tells of a member is as old as what we know of the hub. */
function statusByHub(cluster: ClusterId, knowledge: HubKnowledge, standing: Standing | undefined): MemberStatus {
  const isLive = knowledge.type === 'current' && standing?.type === 'live';
  return {
    cluster,
    phase: isLive ? 'live' : 'stale',
    synced: true,
    lastContactMs: isLive ? undefined : contactByHub(knowledge, standing),
    ...{ fingerprint: undefined, version: undefined, reason: undefined, message: undefined },
    clockSkewSeconds: undefined,
  };
}

/** The hub knows nothing newer of a member than it told us, and we nothing newer than what it told. */
function contactByHub(knowledge: HubKnowledge, standing: Standing | undefined): number | undefined {
  const asOfMs = knowledge.type === 'stale' ? knowledge.asOfMs : undefined;
  if (standing?.type !== 'stale') return asOfMs;
  if (standing.lastContactMs === undefined || asOfMs === undefined) return standing.lastContactMs;
  return Math.min(standing.lastContactMs, asOfMs);
}

/** That nobody exports a name is said only where everybody who could is known as of now. */
function withDoubt(facts: MemberFacts, isSure: () => boolean): MemberFacts {
  return {
    ...facts,
    exportState: (key) => {
      const state = facts.exportState(key);
      return state === 'none' && !isSure() ? 'unknown' : state;
    },
  };
}

interface Knowing {
  readonly knowledge: () => HubKnowledge;
  readonly knowsMembers: () => boolean;
}

/** Advice about other clusters says what it rests on, or that it cannot be given. */
function withKnowledge(predict: PredictConsequences, { knowledge, knowsMembers }: Knowing): PredictConsequences {
  return (request, caller) => {
    const known = knowledge();
    if (known.type === 'never') return ['the hub was never reached: what other clusters export is not known here'];
    const predicted = predict(request, caller);
    const texts = predicted.length === 0 || knowsMembers() ? predicted : [...predicted, MEMBERS_NOT_KNOWN];
    return known.type === 'current'
      ? texts
      : [...texts, `the hub is away: other clusters are judged as of ${minuteText(known.asOfMs, Date.now())}`];
  };
}

const MEMBERS_NOT_KNOWN =
  'the hub tells no ClusterProfiles: clusters without exports and properties are not known here, nor counted';

function notYet(status: MemberStatus | undefined): NotSynced {
  const because = status?.message === undefined ? '' : `: ${status.message}`;
  return { because: `this cluster was not read yet${because}`, retryAfterSeconds: RETRY_AFTER_SECONDS };
}

/** Until the member was read, or the time for that is over: then whoever asks should hear why. */
function createSync(config: Config, members: Members): { readonly isOver: () => boolean; readonly start: () => void } {
  const initialSyncMs = config['members.initialSyncSeconds'] * 1000;
  let startedMs: number | undefined;
  let isOver = false;
  return {
    isOver: () => {
      if (startedMs === undefined) return false;
      const facts = {
        sourcesPending: 0,
        statuses: members.statuses(),
        elapsedMs: monotonic() - startedMs,
        initialSyncMs,
      };
      isOver ||= isInitialSyncOver(false, facts);
      return isOver;
    },
    start: () => {
      startedMs = monotonic();
    },
  };
}

const KNOWLEDGE = ['current', 'stale', 'never'] as const;

function createFeedMetrics(registry: Registry, feed: HubFeed | undefined): void {
  if (feed === undefined) return;
  new Gauge({
    name: 'clusterset_hub_knowledge',
    help: '1 for how far what is known of other members through the hub can be relied on.',
    labelNames: ['state'],
    registers: [registry],
    collect() {
      const { type } = feed.knowledge();
      for (const state of KNOWLEDGE) this.set({ state }, state === type ? 1 : 0);
    },
  });
  new Gauge({
    name: 'clusterset_hub_rows',
    help: 'Rows of the hub that are held.',
    labelNames: ['resource'],
    registers: [registry],
    collect() {
      for (const [resource, rows] of Object.entries(feed.figures())) this.set({ resource }, rows);
    },
  });
}
