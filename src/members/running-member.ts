import type { KubeConnection } from '../connection/types.ts';
import type { MemberResource, MemberStatus } from '../kube/member-event.ts';
import type { MemberObservation } from '../kube/member-health.ts';
import type { MemberClock } from './clock-skew.ts';
import type { Failure } from './failure.ts';
import type { HealthState } from './health.ts';
import type { Identity } from './identity.ts';
import type { MemberContent } from './member-content.ts';

import type { MemberCounters, MemberDeps, MemberRegistration, WritableMember } from './member-deps.ts';
import type { Refusal } from './member-status.ts';
import { computeStatus } from './member-status.ts';
import type { Probe } from './probe.ts';
import type { MemberSnapshot } from './snapshot.ts';

/** The state of one member; only member.ts changes it. */
export interface Running {
  readonly deps: MemberDeps;
  readonly identity: Identity;
  readonly memberClock: MemberClock;
  registration: MemberRegistration;
  connection: KubeConnection;
  content: MemberContent;
  /** Ends with the connection. */
  life: AbortController;
  probe: () => Promise<Probe>;
  /** The core was told that the member exists. */
  isTold: boolean;
  isStopped: boolean;
  hasLeft: boolean;
  refusal: Refusal | undefined;
  refusedMs: number;
  probeFailures: number;
  probeProblem: Failure | undefined;
  cancelProbe: (() => void) | undefined;
  lastContactMs: number | undefined;
  version: string | undefined;
  healthState: HealthState;
  probes: number;
  /** The member asks not to be asked again before. */
  probeRestMs: number;
  toldObservation: MemberObservation | undefined;
  toldStatus: MemberStatus | undefined;
}

export function observationOf({ healthState, content, identity }: Running): MemberObservation {
  return {
    health: healthState.health,
    isConfirmed: identity.wasConfirmed(),
    isForbiddenProperties: isForbidden(content, 'clusterproperties'),
  };
}

function isForbidden(content: MemberContent, resource: MemberResource): boolean | undefined {
  const failure = content.problems().find((problem) => problem.resource === resource)?.failure;
  if (failure !== undefined) return failure.type === 'http' && failure.code === 403 ? true : undefined;
  return content.figures()[resource].currentMs === undefined ? undefined : false;
}

export function statusOf(running: Running): MemberStatus {
  const { content, identity } = running;
  const figures = Object.values(content.figures());
  return computeStatus({
    cluster: running.deps.registration.name,
    hasLeft: running.hasLeft,
    refusal: running.refusal,
    contactProblem: running.probeProblem ?? identity.problem(),
    resourceProblems: content.problems(),
    registrationProblem: running.registration.problem,
    isSynced: content.isSynced(),
    isCurrent: content.isCurrent(),
    invalidObjects: figures.reduce((sum, one) => sum + one.invalidNow, 0),
    invalidExample: figures.find((one) => one.invalidNow > 0)?.invalidExample,
    lastContactMs: running.lastContactMs,
    fingerprint: identity.fingerprint(),
    version: running.version,
    clockSkewSeconds: running.memberClock.skewSeconds(),
    coarseSkewSeconds: running.memberClock.coarseSkewSeconds(),
  });
}

export function writableOf(running: Running): WritableMember {
  const { connection, life } = running;
  const isOurs = (): boolean => !life.signal.aborted && running.refusal === undefined;
  return {
    cluster: running.deps.registration.name,
    status: () => statusOf(running),
    confirm: () => running.identity.confirm(),
    connection: () => connection,
    version: (resource) => running.content.reflector(resource).version(),
    wrote: (resource, value) => {
      if (isOurs()) running.content.reflector(resource).wrote(value);
    },
    deleted: (resource, key, uid) => {
      if (isOurs()) running.content.reflector(resource).deleted(key, uid);
    },
  };
}

/** Of which cluster everything is known. */
export function completeFingerprint({ isTold, identity, content }: Running): string | undefined {
  return isTold && content.isSynced() ? identity.fingerprint() : undefined;
}

export function snapshotOf(running: Running): MemberSnapshot | undefined {
  const fingerprint = completeFingerprint(running);
  if (fingerprint === undefined) return undefined;
  return {
    cluster: running.deps.registration.name,
    fingerprint,
    version: running.version,
    lastContactMs: running.lastContactMs,
    resources: running.content.snapshot(),
  };
}

export function countersOf(running: Running): MemberCounters {
  const currentMs = running.content.currentMs();
  return {
    cluster: running.deps.registration.name,
    lagMs: currentMs === undefined ? undefined : running.deps.clock() - currentMs,
    probes: running.probes,
    resources: running.content.figures(),
  };
}
