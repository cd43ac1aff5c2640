import { renewalMs } from './inspect.ts';
import { BACKDATE_MS } from './issue.ts';

/**
 * The life of our own certificates as a pure function: from what is kept and what is known now to the one step that is
 * due. Each step is kept before anything acts on it, so that a process which ends at any moment goes on where it was.
 *
 *   begin -> steady -> announce -> (every target read back, settled) -> sign -> (old certificate gone) -> retire -> steady
 */
export interface Lifespan {
  readonly notBeforeMs: number;
  readonly notAfterMs: number;
}

export interface RotationState {
  /** Oldest first; the bundle that clients should trust holds all of them. */
  readonly authorities: readonly Lifespan[];
  /** `authority` is the index of its signer, -1 for a stranger. undefined when there is none that can be used. */
  readonly serving: (Lifespan & { readonly authority: number; readonly coversNames: boolean }) | undefined;
}

export interface RotationTimes {
  /** From the last target read back until the new authority signs: kube-apiservers learn of a bundle by watching. */
  readonly settleMs: number;
  /** From the first certificate of the new authority until the old one goes: nobody serves an older one any more. */
  readonly retireMs: number;
  /** An old authority that ends within this time is not waited for any longer. */
  readonly lastResortMs: number;
}

export interface RotationInput {
  readonly nowMs: number;
  /** Somebody wants the newest authority replaced. */
  readonly isAuthorityAsked: boolean;
  /** Somebody wants the serving certificate replaced. */
  readonly isServingAsked: boolean;
  /** Since when all targets are known to hold exactly the present bundle; undefined: not all do. */
  readonly confirmedSinceMs: number | undefined;
  readonly times: RotationTimes;
}

export type RotationStep =
  | { readonly type: 'none' }
  /** Nothing usable is there: a new authority, and a serving certificate of it. */
  | { readonly type: 'begin' }
  /** A new authority joins the bundle; it signs nothing yet. */
  | { readonly type: 'announce' }
  /** A new serving certificate, signed by the authority of this index. */
  | { readonly type: 'sign'; readonly authority: number }
  /** These authorities leave the bundle. */
  | { readonly type: 'retire'; readonly authorities: readonly number[] };

export type RotationPhase =
  | { readonly type: 'steady' }
  /** The bundle holds a new authority that some targets do not have yet. */
  | { readonly type: 'announced' }
  /** All targets have it; it signs at that time. */
  | { readonly type: 'settling'; readonly untilMs: number }
  /** The new authority signs; the old one leaves the bundle at that time. */
  | { readonly type: 'retiring'; readonly untilMs: number };

/** The step that is due now. After it was kept, ask again. */
export function nextRotationStep(state: RotationState, input: RotationInput): RotationStep {
  const { nowMs } = input;
  const expired = state.authorities.flatMap(({ notAfterMs }, index) => (nowMs >= notAfterMs ? [index] : []));
  if (expired.length === state.authorities.length) return { type: 'begin' };
  if (expired.length > 0) return { type: 'retire', authorities: expired };
  const newest = state.authorities.length - 1;
  const isGood = isServingGood(state, input);
  if (newest > 0) return stepOfRotation(state, input, isGood);
  if (!isGood) return { type: 'sign', authority: newest };
  return isAuthorityDue(state, input) ? { type: 'announce' } : { type: 'none' };
}

/** Where a rotation stands, for people. */
export function rotationPhase(state: RotationState, input: RotationInput): RotationPhase {
  const newest = state.authorities.length - 1;
  if (newest <= 0) return { type: 'steady' };
  if (state.serving?.authority === newest) {
    return { type: 'retiring', untilMs: issuedMs(state.serving) + input.times.retireMs };
  }
  const { confirmedSinceMs } = input;
  if (confirmedSinceMs === undefined) return { type: 'announced' };
  return { type: 'settling', untilMs: confirmedSinceMs + input.times.settleMs };
}

/** With several authorities in the bundle. */
function stepOfRotation(state: RotationState, input: RotationInput, isGood: boolean): RotationStep {
  const newest = state.authorities.length - 1;
  const phase = rotationPhase(state, input);
  if (phase.type === 'retiring' && isGood) {
    const older = state.authorities.flatMap((_, index) => (index === newest ? [] : [index]));
    return input.nowMs >= phase.untilMs ? { type: 'retire', authorities: older } : { type: 'none' };
  }
  const maySign = phase.type === 'retiring' || isSettled(phase, input) || isLastResort(state, input);
  if (maySign) return { type: 'sign', authority: newest };
  // Every target has known the present signer, or else the oldest authority, for longest.
  return isGood ? { type: 'none' } : { type: 'sign', authority: Math.max(0, state.serving?.authority ?? 0) };
}

function isSettled(phase: RotationPhase, { nowMs }: RotationInput): boolean {
  return phase.type === 'settling' && nowMs >= phase.untilMs;
}

/** Whoever has only the old authority will trust nobody soon: waiting for it helps nobody. */
function isLastResort({ authorities }: RotationState, { nowMs, times }: RotationInput): boolean {
  return authorities.slice(0, -1).every(({ notAfterMs }) => notAfterMs - nowMs <= times.lastResortMs);
}

function isAuthorityDue({ authorities }: RotationState, { nowMs, isAuthorityAsked }: RotationInput): boolean {
  return isAuthorityAsked || authorities.every((authority) => nowMs >= renewalMs(authority));
}

function isServingGood({ serving }: RotationState, { nowMs, isServingAsked }: RotationInput): boolean {
  if (serving === undefined || isServingAsked) return false;
  return serving.coversNames && serving.authority >= 0 && nowMs < renewalMs(serving);
}

function issuedMs({ notBeforeMs }: Lifespan): number {
  return notBeforeMs + BACKDATE_MS;
}
