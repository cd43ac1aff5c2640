import { deepEqual } from '../kube/deep-equal.ts';
import type { MemberResource } from '../kube/member-event.ts';
import { createMemberClock } from './clock-skew.ts';
import type { Outcome } from '../kube/outcome.ts';
import type { Failure } from './failure.ts';
import { NOTHING_OBSERVED, observe } from './health.ts';
import type { Identity } from './identity.ts';
import { createIdentity } from './identity.ts';
import type { MemberContent } from './member-content.ts';
import { createMemberContent } from './member-content.ts';
import type { Member, MemberDeps, MemberRegistration } from './member-deps.ts';
import { MEMBER_RESOURCES } from './member-resource.ts';
import type { Refusal } from './member-status.ts';
import { isSameStatus } from './member-status.ts';
import type { ProbeResult } from './probe.ts';
import { createProbe } from './probe.ts';
import type { Running } from './running-member.ts';
import { completeFingerprint, countersOf, observationOf, snapshotOf, statusOf, writableOf } from './running-member.ts';

/** Share of the interval by which probes of many members are spread. */
const PROBE_JITTER = 0.2;

/** One lost probe is no news: watches may go on, and a flapping status is worse than a late one. */
const PROBE_FAILURES_TO_TELL = 2;

/** A member with too many objects is asked again this much later: each time costs a whole list. */
const TOO_LARGE_RETRY_MS = 300_000;

/** One member: its content, its health, and whether it is the cluster that it should be. */
export function createMember(deps: MemberDeps): Member {
  const { registration, snapshot } = deps;
  const running: Running = {
    deps,
    registration,
    memberClock: createMemberClock(),
    identity: newIdentity(() => running, snapshot?.fingerprint),
    ...connect(deps, registration),
    content: newContent(deps, () => running),
    isTold: false,
    isStopped: false,
    hasLeft: false,
    refusal: undefined,
    refusedMs: 0,
    probeFailures: 0,
    probeProblem: undefined,
    cancelProbe: undefined,
    lastContactMs: snapshot?.lastContactMs,
    version: snapshot?.version,
    healthState: NOTHING_OBSERVED,
    probes: 0,
    probeRestMs: 0,
    toldObservation: undefined,
    toldStatus: undefined,
  };
  return {
    digest: () => running.registration.digest,
    start: () => start(running),
    rotate: (next) => rotate(running, next),
    note: (registration) => {
      running.registration = registration;
      tellStatus(running);
    },
    remove: () => {
      stop(running);
      running.hasLeft = true;
      tellLeft(running);
      deps.release();
    },
    stop: () => stop(running),
    status: () => statusOf(running),
    observation: () => observationOf(running),
    writable: () => writableOf(running),
    snapshot: () => snapshotOf(running),
    hasSnapshot: () => completeFingerprint(running) !== undefined,
    counters: () => countersOf(running),
  };
}

function newIdentity(running: () => Running, expected: string | undefined): Identity {
  const deps = {
    clock: () => running().deps.clock(),
    connection: () => running().connection,
    signal: () => running().life.signal,
    claim: (fingerprint: string) => running().deps.claim(fingerprint),
    onIdentified: (fingerprint: string) => onIdentified(running(), fingerprint),
    onRefused: (refusal: Refusal) => refuse(running(), refusal),
    onConfirmed: () => onConfirmed(running()),
  };
  return createIdentity(deps, expected);
}

function newContent(deps: MemberDeps, running: () => Running): MemberContent {
  const cluster = deps.registration.name;
  return createMemberContent({
    ...deps,
    member: cluster,
    connection: () => running().connection,
    admit: () => running().identity.confirm(),
    onChanged: (resource, { applied, deleted }) => {
      deps.emit({ type: 'changed', cluster, resource, applied, deleted });
    },
    onSynced: (resource) => deps.emit({ type: 'synced', cluster, resource }),
    onHealth: () => {
      tellStatus(running());
      tellObservation(running());
    },
    onContact: () => onContact(running()),
    onTooLarge: (resource) => refuse(running(), tooLarge(resource)),
  });
}

function tooLarge(resource: MemberResource): Refusal {
  return { reason: 'TooLarge', message: `it holds more ${resource} than may be held` };
}

function start(running: Running): void {
  const { deps } = running;
  tellRegistered(running);
  // A snapshot of a cluster that another member stands for by now is not shown.
  if (deps.snapshot !== undefined && deps.claim(deps.snapshot.fingerprint) === undefined) {
    running.content.restore(deps.snapshot);
  }
  tellStatus(running);
  probeNow(running);
}

function stop(running: Running): void {
  running.isStopped = true;
  disconnect(running);
}

/** What lasts as long as one connection. */
function connect(
  { clock }: MemberDeps,
  registration: MemberRegistration,
): Pick<Running, 'connection' | 'life' | 'probe'> {
  const connection = registration.connect();
  const life = new AbortController();
  return { connection, life, probe: createProbe({ connection, clock, signal: life.signal }) };
}

function disconnect(running: Running): void {
  running.cancelProbe?.();
  running.content.stop();
  running.life.abort();
  running.identity.invalidate();
  running.connection.close();
}

function rotate(running: Running, registration: MemberRegistration): void {
  disconnect(running);
  running.registration = registration;
  Object.assign(running, connect(running.deps, registration));
  running.probeFailures = 0;
  running.probeProblem = undefined;
  running.deps.log.info({ memberCluster: registration.name }, 'the registration of a member changed: connecting anew');
  probeNow(running);
}

function probeNow(running: Running): void {
  const { life, deps } = running;
  probe(running, life.signal)
    .catch((err: unknown) => {
      deps.log.error({ memberCluster: deps.registration.name, err }, 'a probe of a member failed unexpectedly');
    })
    .finally(() => {
      if (life.signal.aborted) return;
      tellStatus(running);
      tellObservation(running);
      const delayMs = deps.probeIntervalMs * (1 - PROBE_JITTER / 2 + PROBE_JITTER * deps.random());
      running.cancelProbe = deps.startTimer(Math.max(delayMs, running.probeRestMs), () => probeNow(running));
    });
}

async function probe(running: Running, signal: AbortSignal): Promise<void> {
  const { deps } = running;
  const { result, observation } = await running.probe();
  if (signal.aborted) return;
  running.healthState = observe(running.healthState, observation, deps.clock());
  running.probes += 1;
  running.probeRestMs = restAfter(result);
  if (!result.ok) {
    onProbeFailed(running, result.error);
    return;
  }
  onProbed(running, result.value);
  if (isTooLargeForNow(running)) return;
  if (running.content.isRunning()) running.content.kick();
  else await begin(running, signal);
}

function restAfter(result: Outcome<ProbeResult, Failure>): number {
  if (result.ok || result.error.type !== 'http') return 0;
  return (result.error.retryAfterSeconds ?? 0) * 1000;
}

/** The member answers: is it the expected one, and may it be read? */
async function begin(running: Running, signal: AbortSignal): Promise<void> {
  const problem = await running.identity.confirm();
  if (!signal.aborted && problem === undefined) running.content.start(false);
}

function onProbeFailed(running: Running, failure: Failure): void {
  running.probeFailures += 1;
  const mustTell = running.probeFailures >= PROBE_FAILURES_TO_TELL || !running.content.isRunning();
  if (mustTell) running.probeProblem = failure;
}

function onProbed(running: Running, { version, clockSkewSeconds }: ProbeResult): void {
  running.probeFailures = 0;
  running.probeProblem = undefined;
  running.version = version ?? running.version;
  if (clockSkewSeconds !== undefined && running.memberClock.measured(clockSkewSeconds)) onClockChanged(running);
  onContact(running);
}

function onClockChanged(running: Running): void {
  const { deps, memberClock } = running;
  const skewSeconds = memberClock.coarseSkewSeconds();
  if (running.isTold) deps.emit({ type: 'clock', cluster: deps.registration.name, skewSeconds });
}

function isTooLargeForNow({ refusal, refusedMs, deps }: Running): boolean {
  return refusal?.reason === 'TooLarge' && deps.clock() - refusedMs < TOO_LARGE_RETRY_MS;
}

function onContact(running: Running): void {
  running.lastContactMs = running.deps.clock();
}

function onIdentified(running: Running, fingerprint: string): void {
  if (running.isTold) running.deps.emit({ type: 'identified', cluster: running.deps.registration.name, fingerprint });
}

/** The expected cluster answers: what was refused before may be read again, from the beginning. */
function onConfirmed(running: Running): void {
  if (running.refusal === undefined || running.isStopped) return;
  running.refusal = undefined;
  if (!running.isTold) tellRegistered(running);
  running.content.start(true);
}

/** Nothing more is read. Rows stay as they were, unless they never should have been there. */
function refuse(running: Running, refusal: Refusal): void {
  const { deps } = running;
  const isKnown = running.refusal?.reason === refusal.reason;
  running.refusal = refusal;
  running.refusedMs = deps.clock();
  running.content.stop();
  if (refusal.reason === 'DuplicateMember' || refusal.reason === 'IsHub') {
    tellLeft(running);
    for (const resource of MEMBER_RESOURCES) deps.mayHold(resource, 0);
  }
  if (isKnown) return;
  deps.log.warn({ memberCluster: deps.registration.name, reason: refusal.reason }, 'a member is refused');
  tellStatus(running);
}

function tellRegistered(running: Running): void {
  running.isTold = true;
  const fingerprint = running.identity.fingerprint();
  const cluster = running.deps.registration.name;
  running.deps.emit({ type: 'registered', cluster, fingerprint });
  const skewSeconds = running.memberClock.coarseSkewSeconds();
  if (skewSeconds !== 0) running.deps.emit({ type: 'clock', cluster, skewSeconds });
}

function tellLeft(running: Running): void {
  if (!running.isTold) return;
  running.isTold = false;
  running.content = newContent(running.deps, () => running);
  running.deps.emit({ type: 'left', cluster: running.deps.registration.name });
}

function tellStatus(running: Running): void {
  const status = statusOf(running);
  if (running.toldStatus !== undefined && isSameStatus(running.toldStatus, status)) return;
  running.toldStatus = status;
  if (!running.isStopped) running.deps.onStatusChange(status);
}

function tellObservation(running: Running): void {
  const observation = observationOf(running);
  if (running.isStopped || deepEqual(running.toldObservation, observation)) return;
  running.toldObservation = observation;
  running.deps.onObservation();
}
