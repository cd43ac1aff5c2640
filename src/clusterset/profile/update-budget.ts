/** Updates of one profile that may come at once (KEP-4322 §Scalability Implication). */
const UPDATES_BURST_MAX = 10;
/** On average one update of a profile per this time. */
const UPDATE_INTERVAL_MS = 30_000;

/** How many updates of one profile are left; a value that `takeUpdate` replaces. Times are on one monotonic clock. */
export interface UpdateBudget {
  readonly tokens: number;
  /** Up to when tokens were counted in. */
  readonly atMs: number;
}

export function fullBudget(nowMs: number): UpdateBudget {
  return { tokens: UPDATES_BURST_MAX, atMs: nowMs };
}

export type TakenUpdate =
  | { readonly type: 'taken'; readonly budget: UpdateBudget }
  /** Nothing is left: the newest state may be written then. */
  | { readonly type: 'empty'; readonly waitMs: number };

export function takeUpdate(budget: UpdateBudget, nowMs: number): TakenUpdate {
  const { tokens, atMs } = refilled(budget, nowMs);
  if (tokens < 1) return { type: 'empty', waitMs: atMs + UPDATE_INTERVAL_MS - nowMs };
  // A full bucket gains nothing by waiting: its next token is counted from the first update.
  const startMs = tokens === UPDATES_BURST_MAX ? nowMs : atMs;
  return { type: 'taken', budget: { tokens: tokens - 1, atMs: startMs } };
}

function refilled({ tokens, atMs }: UpdateBudget, nowMs: number): UpdateBudget {
  const gained = Math.floor((nowMs - atMs) / UPDATE_INTERVAL_MS);
  return { tokens: Math.min(UPDATES_BURST_MAX, tokens + gained), atMs: atMs + gained * UPDATE_INTERVAL_MS };
}
