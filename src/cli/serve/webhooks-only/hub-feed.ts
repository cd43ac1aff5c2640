import type { KubeConnection } from '../../../connection/index.ts';
import { ConnectionError } from '../../../connection/index.ts';
import type { ClusterId } from '../../../kube/cluster-id.ts';
import type { MemberEvent } from '../../../kube/member-event.ts';
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
import { createHubRows, type HubResource } from './hub-rows.ts';

/** How often it is asked whether the hub's API still answers: a watch of a dead network is silent for minutes. */
const PROBE_INTERVAL_MS = 10_000;
/** For one such question. */
const PROBE_TIMEOUT_MS = 5_000;
/** The answer is one short document. */
const PROBE_BYTES_MAX = 256 * 1024;
/** One lost probe is no news: watches may go on. */
const PROBE_FAILURES_TO_TELL = 2;

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
  /** Members that the hub told of, but for the own one. */
  readonly clusters: () => readonly ClusterId[];
  /** Rows held, by resource. */
  readonly figures: () => Readonly<Record<HubResource, number>>;
}

const RESOURCES: readonly HubResource[] = ['clusterproperties', 'serviceexports'];

interface Feed {
  readonly deps: HubFeedDeps;
  readonly reflectors: Record<HubResource, Reflector>;
  readonly failures: Map<HubResource, string>;
  readonly life: AbortController;
  probeFailures: number;
  probeProblem: string | undefined;
  cancelProbe: (() => void) | undefined;
  toldProblem: string | undefined;
}

export function createHubFeed(deps: HubFeedDeps): HubFeed {
  const rows = createHubRows({ own: deps.own, emit: deps.emit });
  const shared = { ...deps, listGate: createListGate(), sharing: createSharing(), member: 'hub' };
  const newReflector = (resource: HubResource): Reflector =>
    createReflector({
      ...shared,
      source: sourceOf(resource, deps.groups),
      parse: (value) => parseRow(value, resource === 'serviceexports' ? 'Namespaced' : 'Cluster'),
      connection: deps.connection,
      admit: () => Promise.resolve(undefined),
      labelSelector: () => undefined,
      wants: () => true,
      sink: {
        changed: (difference) => rows.changed(resource, difference),
        synced: () => {
          rows.synced(resource);
          tellProblem(feed);
        },
        health: (failure) => noteHealth(feed, resource, failure),
        contact: () => undefined,
        mayHold: (objects) => objects <= DEFAULT_OBJECT_LIMITS.objectsMax[resource],
        tooLarge: () => noteHealth(feed, resource, { type: 'malformed', message: 'it holds more than may be held' }),
      },
    });
  const feed: Feed = {
    deps,
    reflectors: {
      serviceexports: newReflector('serviceexports'),
      clusterproperties: newReflector('clusterproperties'),
    },
    failures: new Map(),
    life: new AbortController(),
    probeFailures: 0,
    probeProblem: undefined,
    cancelProbe: undefined,
    toldProblem: undefined,
  };
  return {
    start: () => {
      for (const resource of RESOURCES) feed.reflectors[resource].start(true);
      scheduleProbe(feed);
    },
    stop: () => {
      feed.life.abort();
      feed.cancelProbe?.();
      for (const resource of RESOURCES) feed.reflectors[resource].stop();
    },
    kick: () => kick(feed),
    knowledge: () => knowledgeOf(feed),
    clusters: rows.clusters,
    figures: () => ({
      serviceexports: feed.reflectors.serviceexports.figures().objects,
      clusterproperties: feed.reflectors.clusterproperties.figures().objects,
    }),
  };
}

function sourceOf(resource: HubResource, groups: ApiGroups): ReflectedSource {
  return resource === 'serviceexports'
    ? { resource, group: groups.multicluster, versions: ['v1beta1', 'v1alpha2', 'v1alpha1'], discovered: true }
    : { resource, group: groups.about, versions: ['v1beta1', 'v1alpha1'], discovered: true };
}

function knowledgeOf(feed: Feed): HubKnowledge {
  const proofs = RESOURCES.map((resource) => feed.reflectors[resource].figures().currentMs);
  const known = proofs.filter((proof) => proof !== undefined);
  if (known.length < RESOURCES.length) return { type: 'never' };
  return problemOf(feed) === undefined ? { type: 'current' } : { type: 'stale', asOfMs: Math.min(...known) };
}

function problemOf({ failures, probeFailures, probeProblem }: Feed): string | undefined {
  const [failure] = failures.values();
  return failure ?? (probeFailures >= PROBE_FAILURES_TO_TELL ? probeProblem : undefined);
}

function noteHealth(feed: Feed, resource: HubResource, failure: Failure | undefined): void {
  if (failure === undefined) feed.failures.delete(resource);
  else feed.failures.set(resource, `${resource}: ${failure.message}`);
  tellProblem(feed);
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
}

function scheduleProbe(feed: Feed): void {
  const { startTimer, random } = feed.deps;
  feed.cancelProbe = startTimer(PROBE_INTERVAL_MS * (0.9 + 0.2 * random()), () => {
    void probe(feed).finally(() => {
      if (!feed.life.signal.aborted) scheduleProbe(feed);
    });
  });
}

function kick({ reflectors }: Feed): void {
  for (const resource of RESOURCES) reflectors[resource].kick();
}

async function probe(feed: Feed): Promise<void> {
  const problem = await askHub(feed);
  if (feed.life.signal.aborted) return;
  const wasAway = feed.probeFailures >= PROBE_FAILURES_TO_TELL;
  feed.probeFailures = problem === undefined ? 0 : feed.probeFailures + 1;
  feed.probeProblem = problem;
  if (wasAway && problem === undefined) kick(feed);
  tellProblem(feed);
}

/** Discovery of our group: it is our own server that answers, behind the hub's kube-apiserver. */
async function askHub({ deps, reflectors, life }: Feed): Promise<string | undefined> {
  const version = reflectors.serviceexports.version();
  const path = version === undefined ? '/apis' : versionPath(deps.groups.multicluster, version);
  const limits = { timeoutMs: PROBE_TIMEOUT_MS, bodyBytesMax: PROBE_BYTES_MAX, signal: life.signal };
  try {
    const { status } = await deps.connection().request({ method: 'GET', path, ...limits });
    return status === 200 ? undefined : `discovery answers ${status}`;
  } catch (error) {
    if (error instanceof ConnectionError) return error.message;
    throw error;
  }
}
