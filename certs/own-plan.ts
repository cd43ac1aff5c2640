import { renewalMs } from './inspect.ts';
import { BACKDATE_MS } from './issue.ts';

export interface Lifespan {
  readonly notBeforeMs: number;
  readonly notAfterMs: number;
}

export interface OwnState {
  /** Oldest first. */
  readonly authorities: readonly Lifespan[];
  /** undefined when there is none, or none that can be used. */
  readonly serving: (Lifespan & { readonly authority: number; readonly coversNames: boolean }) | undefined;
}

export interface OwnPlan {
  /** Indices of authorities that stay in the bundle. */
  readonly kept: readonly number[];
  readonly newAuthority: boolean;
  /** Which authority signs a new serving certificate (an index, or the new one); undefined: the present one stays. */
  readonly servingSigner: number | 'new' | undefined;
}

/**
 * What is due now. An authority is replaced after two thirds of its life; from then on the bundle holds both, and the
 * new one signs only after `overlapMs`, when every client has had the time to learn it. An authority leaves the bundle
 * when it expires.
 */
export function planOwnCertificates(state: OwnState, nowMs: number, overlapMs: number): OwnPlan {
  const kept = state.authorities.flatMap((authority, index) => (nowMs < authority.notAfterMs ? [index] : []));
  const newest = kept.at(-1);
  const newestLife = newest === undefined ? undefined : state.authorities[newest];
  const newAuthority = newestLife === undefined || nowMs >= renewalMs(newestLife);
  const mature = kept.filter((index) => nowMs >= issuedMs(state.authorities[index]) + overlapMs);
  const signer = mature.at(-1) ?? kept[0] ?? 'new';
  return { kept, newAuthority, servingSigner: isServingGood(state, kept, nowMs) ? undefined : signer };
}

function isServingGood({ serving }: OwnState, kept: readonly number[], nowMs: number): boolean {
  return serving !== undefined && serving.coversNames && kept.includes(serving.authority) && nowMs < renewalMs(serving);
}

function issuedMs(authority: Lifespan | undefined): number {
  return authority === undefined ? Infinity : authority.notBeforeMs + BACKDATE_MS;
}
