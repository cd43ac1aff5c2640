import type { ClusterId } from '../../kube/cluster-id.ts';
import { compareText } from '../../kube/object.ts';
import type { Outcome } from '../../kube/outcome.ts';
import type { MemberRegistration, RefusedRegistration, RegistrationObject, RegistrationUpdate } from './types.ts';

/** What one entry of a source (a context, a Secret) says now. */
export interface Candidate {
  /** Identifies the entry within its source, over its changes. */
  readonly origin: string;
  readonly outcome: Outcome<MemberRegistration, RefusedRegistration>;
  readonly object?: RegistrationObject;
}

type Complete = Extract<RegistrationUpdate, { type: 'complete' }>;

/** Turns what a source holds into who is registered; no I/O and no clock of its own. */
export interface RegistrationBook {
  /** Takes the present entries, all of them. Ends nothing whose grace runs. */
  readonly apply: (candidates: readonly Candidate[], nowMs: number) => Complete;
  /** Ends the registrations whose grace is over. */
  readonly expire: (nowMs: number) => Complete;
  /** When `expire` has something to do next. */
  readonly nextExpiryMs: () => number | undefined;
}

interface Held {
  readonly registration: MemberRegistration;
  /** When its entry vanished; it comes back unharmed within the grace. */
  readonly goneSinceMs: number | undefined;
}

/**
 * A name belongs to the entry that has it, else to the first that asks. An unusable entry keeps its last registration.
 * A vanished entry keeps its registration for `graceMs`, unless another entry takes the name.
 */
export function createRegistrationBook({ graceMs }: { graceMs: number }): RegistrationBook {
  let held = new Map<string, Held>();
  let refused: readonly RefusedRegistration[] = [];

  const result = (): Complete => ({
    type: 'complete',
    registrations: [...held.values()]
      .map(({ registration }) => registration)
      .sort((a, b) => compareText(a.name, b.name)),
    refused,
  });
  return {
    apply: (candidates, nowMs) => {
      const present = new Set(candidates.map(({ origin }) => origin));
      const claims = settleClaims(candidates, held);
      const next = new Map<string, Held>();
      const namesTaken = new Set<ClusterId>();
      for (const registration of claims.accepted.values()) namesTaken.add(registration.name);
      for (const [origin, registration] of claims.accepted) next.set(origin, { registration, goneSinceMs: undefined });
      for (const [origin, { registration, goneSinceMs }] of held) {
        if (next.has(origin) || namesTaken.has(registration.name)) continue;
        namesTaken.add(registration.name);
        next.set(origin, { registration, goneSinceMs: present.has(origin) ? undefined : (goneSinceMs ?? nowMs) });
      }
      held = next;
      refused = claims.refused;
      return result();
    },
    expire: (nowMs) => {
      held = withoutExpired(held, nowMs, graceMs);
      return result();
    },
    nextExpiryMs: () => {
      const times = [...held.values()].flatMap(({ goneSinceMs }) => (goneSinceMs === undefined ? [] : [goneSinceMs]));
      return times.length === 0 ? undefined : Math.min(...times) + graceMs;
    },
  };
}

interface Owner {
  readonly origin: string;
  /** For people. */
  readonly source: string;
}

interface Claims {
  readonly accepted: ReadonlyMap<string, MemberRegistration>;
  readonly refused: readonly RefusedRegistration[];
}

function settleClaims(candidates: readonly Candidate[], held: ReadonlyMap<string, Held>): Claims {
  const owners = new Map<string, Owner>();
  const isPresent = new Set(candidates.map(({ origin }) => origin));
  for (const [origin, { registration }] of held) {
    // Present entries defend their name; vanished ones do not.
    if (isPresent.has(origin)) owners.set(registration.name, { origin, source: registration.source });
  }
  const accepted = new Map<string, MemberRegistration>();
  for (const { origin, outcome, ...object } of candidates) {
    if (!outcome.ok) continue;
    const { name, source } = outcome.value;
    const owner = owners.get(name) ?? { origin, source };
    owners.set(name, owner);
    if (owner.origin === origin) accepted.set(origin, { ...outcome.value, ...object });
  }
  return { accepted, refused: candidates.flatMap((one) => (accepted.has(one.origin) ? [] : refusalOf(one, owners))) };
}

/** Who is refused for another reason may have a name that is taken as well. */
function refusalOf({ origin, outcome, ...object }: Candidate, owners: ReadonlyMap<string, Owner>): RefusedRegistration {
  const { name } = outcome.ok ? outcome.value : outcome.error;
  const owner = owners.get(name);
  const isTaken = owner !== undefined && owner.origin !== origin;
  const taken = isTaken ? [`cluster name "${name}" is taken by ${owner.source}`] : [];
  const texts = outcome.ok ? [`${outcome.value.source}: ${taken.join('')}`] : [outcome.error.message, ...taken];
  const standing = outcome.ok || outcome.error.standing === undefined ? {} : { standing: outcome.error.standing };
  return { name, message: texts.join('; '), ...standing, ...(isTaken ? { holder: owner.source } : {}), ...object };
}

function withoutExpired(held: ReadonlyMap<string, Held>, nowMs: number, graceMs: number): Map<string, Held> {
  return new Map([...held].filter(([, { goneSinceMs }]) => goneSinceMs === undefined || nowMs - goneSinceMs < graceMs));
}
