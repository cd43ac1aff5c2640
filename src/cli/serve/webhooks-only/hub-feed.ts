import { cutProfileRow } from '../../../clusterset/index.ts';
import type { KubeConnection } from '../../../connection/index.ts';
import type { ClusterId } from '../../../kube/cluster-id.ts';
import type { MemberEvent } from '../../../kube/member-event.ts';
import { exhausted } from '../../../kube/outcome.ts';
import {
  createListGate,
  createReflector,
  createSharing,
  DEFAULT_OBJECT_LIMITS,
  parseRow,
  versionPath,
} from '../../../members/index.ts';
import type { Failure, MembersLog, ReflectedSource, Reflector, StartTimer } from '../../../members/index.ts';
import type { ApiGroups } from '../../../resources/index.ts';
import type { Standing } from './hub-members.ts';
import { createHubProbe, type HubProbe } from './hub-probe.ts';
import { createHubRows, type HubResource, type HubRows } from './hub-rows.ts';

const FORBIDDEN = 403;
/** A profile of each of 200 members in 50 inventories. */
const PROFILES_MAX = 10_000;

export interface HubFeedDeps {
  /** Always the newest one. */
  readonly connection: () => KubeConnection;
  readonly groups: ApiGroups;
  readonly own: ClusterId;
  /** What the other members would tell. */
  readonly emit: (event: MemberEvent) => void;
  readonly log: MembersLog;
  readonly clock: () => number;
  readonly random: () => number;
  readonly startTimer: StartTimer;
}

/** How far what is known of other members can be relied on. */
export type HubKnowledge =
  | { readonly type: 'current' }
  /** The hub does not answer, or not in full; what it told before is used. */
  | { readonly type: 'stale'; readonly asOfMs: number }
  /** Nothing is known of other members. */
  | { readonly type: 'never' };

/** Follows the hub's API, from `start` to `stop`. */
export interface HubFeed {
  readonly start: () => void;
  readonly stop: () => void;
  /** The connection is another one now: whoever waits to try again tries now. */
  readonly kick: () => void;
  readonly knowledge: () => HubKnowledge;
  /** Whether the hub tells of every member by its profile, also of those that have neither exports nor properties. */
  readonly knowsMembers: () => boolean;
  /** Whether the hub itself reaches a member, as it said last. */
  readonly standing: (cluster: ClusterId) => Standing;
  /** ClusterProfiles that the hub serves, the own ones included. */
  readonly profiles: HubRows['profiles'];
  /** Members that the hub told of, but for the own one. */
  readonly clusters: () => readonly ClusterId[];
  /** Rows held, by resource. */
  readonly figures: () => Readonly<Record<HubResource, number>>;
}

const RESOURCES: readonly HubResource[] = ['clusterproperties', 'serviceexports', 'clusterprofiles'];

interface Feed {
  readonly deps: HubFeedDeps;
  readonly rows: HubRows;
  readonly reflectors: Record<HubResource, Reflector>;
  readonly failures: Map<HubResource, string>;
  /** Why profiles cannot be read where all else can: other members are then known by their rows alone. */
  profilesProblem: string | undefined;
  readonly probe: HubProbe;
  toldProblem: string | undefined;
  toldNoProfiles: boolean;
}

export function createHubFeed(deps: HubFeedDeps): HubFeed {
  const rows = createHubRows({ own: deps.own, emit: deps.emit });
  const shared = { ...deps, listGate: createListGate(), sharing: createSharing(), member: 'hub' };
  const newReflector = (resource: HubResource): Reflector =>
    createReflector({
      ...shared,
      source: sourceOf(resource, deps.groups),
      parse: (value) => parse(resource, value),
      connection: deps.connection,
      admit: () => Promise.resolve(undefined),
      labelSelector: () => undefined,
      wants: () => true,
      sink: {
        changed: (difference) => {
          rows.changed(resource, difference);
          if (resource === 'clusterprofiles') feed.probe.hurry();
        },
        synced: () => {
          rows.synced(resource);
          tellProblem(feed);
          // What the hub cannot answer for decides how the rows are to be read.
          feed.probe.hurry();
        },
        health: (failure) => noteHealth(feed, resource, failure),
        contact: () => undefined,
        mayHold: (objects) => objects <= objectsMax(resource),
        tooLarge: () => noteHealth(feed, resource, { type: 'malformed', message: 'it holds more than may be held' }),
      },
    });
  const feed: Feed = {
    ...{ deps, rows },
    reflectors: {
      serviceexports: newReflector('serviceexports'),
      clusterproperties: newReflector('clusterproperties'),
      clusterprofiles: newReflector('clusterprofiles'),
    },
    probe: createHubProbe({
      ...{ connection: deps.connection, random: deps.random, startTimer: deps.startTimer },
      // The shortest of the lists that there always are.
      listPath: () => propertiesPath(feed),
      ...{ onAsk: rows.asked, onReport: rows.report },
      onAnswer: (isBack) => {
        if (isBack) kick(feed);
        tellProblem(feed);
      },
    }),
    failures: new Map(),
    profilesProblem: undefined,
    toldProblem: undefined,
    toldNoProfiles: false,
  };
  return {
    start: () => {
      for (const resource of RESOURCES) feed.reflectors[resource].start(true);
      feed.probe.start();
    },
    stop: () => {
      feed.probe.stop();
      for (const resource of RESOURCES) feed.reflectors[resource].stop();
    },
    kick: () => kick(feed),
    knowledge: () => knowledgeOf(feed),
    knowsMembers: () => problemOfProfiles(feed) === undefined,
    ...{ standing: rows.standing, profiles: rows.profiles, clusters: rows.clusters },
    figures: () => ({
      serviceexports: feed.reflectors.serviceexports.figures().objects,
      clusterproperties: feed.reflectors.clusterproperties.figures().objects,
      clusterprofiles: feed.reflectors.clusterprofiles.figures().objects,
    }),
  };
}

function parse(resource: HubResource, value: unknown): ReturnType<typeof parseRow> {
  const row = parseRow(value, resource === 'clusterproperties' ? 'Cluster' : 'Namespaced');
  return resource === 'clusterprofiles' && row.type === 'kept' ? { ...row, object: cutProfileRow(row.object) } : row;
}

function sourceOf(resource: HubResource, { multicluster, about }: ApiGroups): ReflectedSource {
  switch (resource) {
    case 'serviceexports':
      return { resource, group: multicluster, versions: ['v1beta1', 'v1alpha2', 'v1alpha1'], discovered: true };
    case 'clusterproperties':
      return { resource, group: about, versions: ['v1beta1', 'v1alpha1'], discovered: true };
    case 'clusterprofiles':
      return { resource, group: multicluster, versions: ['v1alpha1', 'v1alpha2'], discovered: true };
    default:
      return exhausted(resource);
  }
}

function objectsMax(resource: HubResource): number {
  return resource === 'clusterprofiles' ? PROFILES_MAX : DEFAULT_OBJECT_LIMITS.objectsMax[resource];
}

function knowledgeOf(feed: Feed): HubKnowledge {
  const needed = RESOURCES.filter(
    (resource) => !(resource === 'clusterprofiles' && feed.profilesProblem !== undefined),
  );
  const proofs = needed.map((resource) => feed.reflectors[resource].figures().currentMs);
  const known = proofs.filter((proof) => proof !== undefined);
  if (known.length < needed.length) return { type: 'never' };
  return problemOf(feed) === undefined ? { type: 'current' } : { type: 'stale', asOfMs: Math.min(...known) };
}

function problemOf({ failures, probe }: Feed): string | undefined {
  const [failure] = failures.values();
  return failure ?? probe.problem();
}

function problemOfProfiles({ rows, profilesProblem }: Feed): string | undefined {
  return profilesProblem ?? (rows.profiles().length === 0 ? 'it shows none' : undefined);
}

function noteHealth(feed: Feed, resource: HubResource, failure: Failure | undefined): void {
  if (resource === 'clusterprofiles') noteProfilesHealth(feed, failure);
  const isPassedOver = resource === 'clusterprofiles' && feed.profilesProblem !== undefined;
  if (failure === undefined || isPassedOver) feed.failures.delete(resource);
  else feed.failures.set(resource, `${resource}: ${failure.message}`);
  tellProblem(feed);
}

/** An account that may not read them reads all else. */
function noteProfilesHealth(feed: Feed, failure: Failure | undefined): void {
  const isRefused = failure?.type === 'http' && failure.code === FORBIDDEN;
  if (isRefused && feed.profilesProblem === undefined) feed.probe.hurry();
  feed.profilesProblem = isRefused ? failure.message : undefined;
}

/** Only that it begins and ends is news. */
function tellProblem(feed: Feed): void {
  const problem = problemOf(feed);
  const { log } = feed.deps;
  if (problem !== undefined && feed.toldProblem === undefined) {
    log.warn({ problem }, 'the hub cannot be read; advice rests on what it told before');
  }
  if (problem === undefined && feed.toldProblem !== undefined) log.info({}, 'the hub can be read again');
  feed.toldProblem = problem;
  tellProfiles(feed);
}

/** The same for profiles, once all is read that can be read. */
function tellProfiles(feed: Feed): void {
  if (knowledgeOf(feed).type === 'never') return;
  const problem = problemOfProfiles(feed);
  if (problem !== undefined && !feed.toldNoProfiles) {
    feed.deps.log.warn(
      { problem },
      'the hub tells no ClusterProfiles: members without exports and properties are not known',
    );
  }
  feed.toldNoProfiles = problem !== undefined;
}

function propertiesPath({ deps, reflectors }: Feed): string | undefined {
  const version = reflectors.clusterproperties.version();
  return version === undefined ? undefined : `${versionPath(deps.groups.about, version)}/clusterproperties`;
}

function kick({ reflectors }: Feed): void {
  for (const resource of RESOURCES) reflectors[resource].kick();
}
