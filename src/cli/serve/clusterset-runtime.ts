import type { Registry } from 'prom-client';
import type { ClusterSetFreshness } from '../../../apiservice/types.ts';
import { createClusterSetView, createIdentityReservations } from '../../clusterset/index.ts';
import type { ClusterSetOptions, ClusterSetView, IdentityReservations, Provenance } from '../../clusterset/index.ts';
import type { Config } from '../../config/index.ts';
import { ABOUT_GROUP, MULTICLUSTER_GROUP } from '../../kube/domain.ts';
import type { ClusterId } from '../../kube/cluster-id.ts';
import type { MemberEvent, MemberStatus } from '../../kube/member-event.ts';
import type { ObjectKey } from '../../kube/object.ts';
import { createMembers, DEFAULT_OBJECT_LIMITS, isInitialSyncOver, stalenessWarning } from '../../members/index.ts';
import type { Members, MembersLog } from '../../members/index.ts';
import type { RegistrationSource } from '../../members/sources/index.ts';
import type { Profiles } from '../../profiles/index.ts';
import type { AdmissionContext } from '../../resources/index.ts';
import type { DurableStore } from '../../durable/types.ts';
import { createAdmissionContext } from './admission-context.ts';
import { monotonic, schedule } from './clockwork.ts';
import { createForecast, createPrediction } from './forecast.ts';
import type { ForecastDeps, MakeForecast } from './forecast.ts';
import { createIdentityWatch } from './identity-watch.ts';
import type { IdentityWatch } from './identity-watch.ts';
import { logMemberStates } from './member-log.ts';
import { openMemberRecords } from './member-records.ts';
import type { MemberRecords } from './member-records.ts';
import { createMemberMetrics, createRegistrationMetrics } from './member-metrics.ts';
import { createExplain } from './explanations.ts';
import type { ProfilePlace } from './profile-runtime.ts';
import { createProfileRuntime } from './profile-runtime.ts';
import { createPump } from './pump.ts';
import type { Pump } from './pump.ts';
import { createRegistrations } from './registrations.ts';
import type { Registrations } from './registrations.ts';

const RETRY_AFTER_SECONDS = 1;
/** Status changes of many members come close together; looking at all of them each time would cost their square. */
const LOOK_INTERVAL_MS = 20;

export interface ClusterSetDeps {
  readonly config: Config;
  readonly sources: readonly RegistrationSource[];
  readonly durable: DurableStore;
  readonly profiles: ProfilePlace;
  readonly log: MembersLog;
  readonly registry: Registry;
  readonly hubFingerprint: string | undefined;
  /** A further warning for every list, such as definitions on the hub that we hide. */
  readonly otherWarning: () => string | undefined;
  /** Told once, when everything known then is in the store and data is served. */
  readonly onServing: () => void;
}

/** The members, the view over them, and what the API must know about how fresh it is. */
export interface ClusterSetRuntime {
  readonly freshness: ClusterSetFreshness;
  readonly members: Members;
  /** What begins and ends of identity problems from now on. */
  readonly onIdentityNews: IdentityWatch['onNews'];
  readonly onNameClash: Registrations['onNameClash'];
  readonly registrationObject: Registrations['objectOf'];
  /** The registered member of this name. */
  readonly findMember: (name: string) => ClusterId | undefined;
  readonly view: ClusterSetView;
  /** Sources of registrations that have not told their members once. */
  readonly sourcesPending: () => number;
  /** Resolves once all that members told of this name until now is in the store. */
  readonly settle: Pump['settle'];
  readonly profiles: Profiles;
  /** What rules judge writes by. */
  readonly admission: AdmissionContext;
  /** Who members are about to become. */
  readonly reservations: IdentityReservations;
  /** Why the ServiceImport of a name is as the store has it at this moment. */
  readonly explain: (key: ObjectKey) => Provenance | undefined;
  /** What a change of a member would bring about, by the rules that judge it once it happens. */
  readonly forecast: MakeForecast;
  /** Why data is not served yet; undefined once it is. */
  readonly problem: () => string | undefined;
  readonly start: () => void;
  readonly stop: () => Promise<void>;
}

export async function openClusterSet(deps: ClusterSetDeps): Promise<ClusterSetRuntime> {
  const { config, log } = deps;
  const options: ClusterSetOptions = { clusterSet: config.clusterSet, ipFamilyMode: config['merge.ipFamilies'] };
  const view = createClusterSetView(options);
  const metrics = createMemberMetrics(deps.registry);
  const pump = createPump({
    ...{ view, writer: deps.profiles.store.writer, clock: Date.now, monotonic, schedule },
    onDerived: metrics.derived,
  });
  const records = await openMemberRecords({ store: deps.durable, view, members: () => members, log });
  const members = createMembers({
    ...{ clock: Date.now, random: Math.random, log },
    startTimer: (delayMs, run) => schedule(run, delayMs),
    hubFingerprint: () => deps.hubFingerprint,
    allowHub: leavesHubKinds(config),
    snapshotOf: records.take,
    probeIntervalMs: config['members.probeIntervalMs'],
    limits: { ...DEFAULT_OBJECT_LIMITS, memberObjectsMax: config['members.objectsMax'] },
  });
  metrics.follow(members);
  logMemberStates(members, log);
  members.onEvent((event) => carry(event, { pump, records, reservations }));
  const registrations = createRegistrations({
    allowedPlugins: config['members.allowedPlugins'],
    sources: deps.sources,
    restored: [...new Set([...records.clusters(), ...deps.profiles.kept.profiles.keys()])],
    update: (registered) => {
      members.update(registered);
      profiles.registered(registered.map(({ name }) => name));
    },
    onReported: () => sync.look(),
    log,
  });
  createRegistrationMetrics(deps.registry, registrations.figures);
  const profiles = createProfileRuntime({
    ...{ config, members, log, ...deps.profiles },
    identities: view.facts,
    registrationOf: registrations.registrationOf,
    isComplete: () => registrations.pending() === 0,
  });
  const open = (whenReady: () => void): void => pump.open(() => void profiles.open().then(whenReady));
  const sync = createInitialSync({ config, members, registrations, open, onServing: deps.onServing, log });
  const warning = createWarning(members, () => joinTexts([profiles.warning(), deps.otherWarning()]));
  const reservations = createIdentityReservations({ monotonic, known: view.facts.knownIdentity });
  const forecasting = { view, statusOf: createStatusCache(members), clock: Date.now };
  return {
    members,
    reservations,
    onIdentityNews: followIdentities(deps, { members, view, pump, profiles }),
    findMember: (name) => members.writable(name)?.cluster,
    view,
    ...{ sourcesPending: registrations.pending, onNameClash: registrations.onNameClash, settle: pump.settle },
    registrationObject: registrations.objectOf,
    profiles,
    admission: createAdmission({ ...forecasting, config, reservations, profiles }),
    explain: createExplain({ options, view, contactOf: members.status, deriveNow: pump.deriveNow }),
    forecast: createForecast(forecasting),
    freshness: createFreshness({ isServing: sync.isServing, warning, view, profiles }),
    problem: () => (sync.isServing() ? undefined : 'the members were not read yet'),
    start: () => {
      registrations.start();
      sync.start();
    },
    stop: async () => {
      await registrations.stop();
      // What was read last is kept before the connections end.
      await Promise.all([records.close(), profiles.close()]);
      members.stop();
    },
  };
}

interface Followed {
  readonly members: Members;
  readonly view: ClusterSetView;
  readonly pump: Pump;
  readonly profiles: Pick<ReturnType<typeof createProfileRuntime>, 'identified'>;
}

function followIdentities(deps: ClusterSetDeps, { members, view, pump, profiles }: Followed): IdentityWatch['onNews'] {
  const { config, log, registry } = deps;
  const about = { members, facts: view.facts, taken: pump.taken, clusterSet: config.clusterSet };
  const { onNews } = createIdentityWatch({ ...about, schedule, log, registry });
  onNews(({ cluster }) => profiles.identified(cluster));
  return onNews;
}

/** Under the upstream groups the hub's own kinds are hidden, so that it cannot be read as a member. */
function leavesHubKinds(config: Config): boolean {
  return config['apiGroups.multicluster'] !== MULTICLUSTER_GROUP && config['apiGroups.about'] !== ABOUT_GROUP;
}

interface AdmissionDeps extends ForecastDeps {
  readonly config: Config;
  readonly view: ClusterSetView;
  readonly reservations: IdentityReservations;
  readonly profiles: Pick<ReturnType<typeof createProfileRuntime>, 'list'>;
}

function createAdmission(deps: AdmissionDeps): AdmissionContext {
  const { config, view, reservations, profiles, statusOf } = deps;
  return createAdmissionContext({
    ...{ config, facts: view.facts, profiles: profiles.list, predict: createPrediction(deps) },
    pending: reservations.pending,
    isReachable: (cluster) => statusOf(cluster)?.phase === 'live',
  });
}

function createFreshness(of: {
  readonly isServing: () => boolean;
  readonly warning: () => string | undefined;
  readonly view: Pick<ClusterSetView, 'couldHold'>;
  readonly profiles: Pick<Profiles, 'couldHold'>;
}): ClusterSetFreshness {
  return {
    retryAfterSeconds: () => (of.isServing() ? undefined : RETRY_AFTER_SECONDS),
    staleWarning: of.warning,
    couldHold: ({ resource }, key) =>
      resource === 'clusterprofiles' ? of.profiles.couldHold(key) : of.view.couldHold(resource, key),
  };
}

interface Carriers {
  readonly pump: Pump;
  readonly records: MemberRecords;
  readonly reservations: IdentityReservations;
}

function carry(event: MemberEvent, { pump, records, reservations }: Carriers): void {
  pump.accept(event);
  if (event.type === 'changed' && event.resource === 'clusterproperties') reservations.look();
  if (event.type === 'left') records.left(event.cluster);
  else if (event.type === 'changed' || event.type === 'synced') records.changed(event.cluster);
}

/** The status of a member as of its last change: of one that is not live the time of contact stands still. */
function createStatusCache(members: Pick<Members, 'status' | 'onStatusChange'>): Members['status'] {
  const known = new Map<ClusterId, MemberStatus>();
  members.onStatusChange(({ cluster }) => known.delete(cluster));
  return (cluster) => {
    const status = known.get(cluster) ?? members.status(cluster);
    if (status !== undefined) known.set(cluster, status);
    return status;
  };
}

/** The Warning text is made once after a status changed, by the first request that needs it. */
function createWarning(members: Members, other: () => string | undefined): () => string | undefined {
  let stale: string | undefined;
  let isOutdated = false;
  members.onStatusChange(() => {
    isOutdated = true;
  });
  return () => {
    if (isOutdated) stale = stalenessWarning(members.statuses());
    isOutdated = false;
    return joinTexts([stale, other()]);
  };
}

function joinTexts(texts: readonly (string | undefined)[]): string | undefined {
  const given = texts.filter((text) => text !== undefined);
  return given.length === 0 ? undefined : given.join('; ');
}

interface InitialSyncDeps {
  readonly config: Config;
  readonly members: Members;
  readonly registrations: Registrations;
  readonly open: (whenReady: () => void) => void;
  readonly onServing: () => void;
  readonly log: MembersLog;
}

interface InitialSync {
  readonly isServing: () => boolean;
  readonly look: () => void;
  readonly start: () => void;
}

/** Holds data back until every source has reported and every member was read or restored, or the time for it is over. */
function createInitialSync({ config, members, registrations, open, onServing, log }: InitialSyncDeps): InitialSync {
  const initialSyncMs = config['members.initialSyncSeconds'] * 1000;
  let startedMs = performance.now();
  let isOver = false;
  let isServing = false;
  const look = (): void => {
    if (isOver) return;
    const elapsedMs = performance.now() - startedMs;
    const facts = { sourcesPending: registrations.pending(), statuses: members.statuses(), elapsedMs, initialSyncMs };
    if (!isInitialSyncOver(false, facts)) return;
    isOver = true;
    open(() => {
      isServing = true;
      log.info({ members: members.statuses().length, elapsedMs: Math.round(elapsedMs) }, 'serving data');
      onServing();
    });
  };
  let isPlanned = false;
  members.onStatusChange(() => {
    if (isOver || isPlanned) return;
    isPlanned = true;
    schedule(() => {
      isPlanned = false;
      look();
    }, LOOK_INTERVAL_MS);
  });
  return {
    isServing: () => isServing,
    look,
    start: () => {
      startedMs = performance.now();
      schedule(look, initialSyncMs + 1);
      look();
    },
  };
}
