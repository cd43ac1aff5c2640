import type { Brand } from './brand.ts';

/**
 * Our resourceVersion line (KEP-5504: decimal, comparable, increasing): 256 x k + incarnation, a safe integer.
 * k counts in units of 256 microseconds since the epoch but never stands still: two changes never share a revision.
 */
export type Revision = Brand<number, 'Revision'>;

/** The start counter of this process modulo 256; a revision of another incarnation is never resumed from. */
export type Incarnation = Brand<number, 'Incarnation'>;

export const INCARNATIONS = 256;
const MICROSECONDS_PER_TICK = 256;

export function toIncarnation(startCounter: number): Incarnation {
  return (((startCounter % INCARNATIONS) + INCARNATIONS) % INCARNATIONS) as Incarnation;
}

/** The revision after `previous` at wall clock `nowMs`; strictly greater than `previous` even if the clock steps back. */
export function nextRevision(previous: Revision, nowMs: number, incarnation: Incarnation): Revision {
  const clockTick = Math.floor((nowMs * 1000) / MICROSECONDS_PER_TICK);
  const previousTick = Math.floor(previous / INCARNATIONS);
  return (Math.max(previousTick + 1, clockTick) * INCARNATIONS + incarnation) as Revision;
}

export function incarnationOf(revision: Revision): Incarnation {
  return (revision % INCARNATIONS) as Incarnation;
}

export function formatRevision(revision: Revision): string {
  return String(revision);
}

/** Reads a decimal resourceVersion that fits a safe integer; undefined for everything else ('' and '0' included). */
export function parseRevision(text: string): Revision | undefined {
  if (!/^[0-9]{1,16}$/.test(text)) return undefined;
  const value = Number(text);
  return value > 0 && Number.isSafeInteger(value) ? (value as Revision) : undefined;
}

/** A revision from a number this process wrote itself (durable mark); 0 means none. */
export function toRevision(value: number): Revision {
  if (!Number.isSafeInteger(value) || value < 0) throw new Error(`not a revision: ${value}`);
  return value as Revision;
}
