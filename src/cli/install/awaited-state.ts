import { failed, succeeded } from '../../kube/outcome.ts';
import type { Outcome } from '../../kube/outcome.ts';
import type { InstallDeps } from './target.ts';

/** Between two looks at what is awaited. */
const POLL_MS = 500;
/** What takes longer than this is told. */
const SILENCE_MS = 2_000;
/** The same state is told again after this time, so that nobody takes waiting for hanging. */
const REPEAT_MS = 15_000;

/** What one look found. */
export type Look<T> =
  | { readonly type: 'reached'; readonly value: T }
  /** One sentence without a full stop: what is there instead. */
  | { readonly type: 'waiting'; readonly reason: string }
  /** It will not come by waiting. */
  | { readonly type: 'failed'; readonly reason: string };

export interface AwaitedState<T> {
  readonly timeoutMs: number;
  /** A look that throws is one that has to be made again. */
  readonly look: () => Promise<Look<T>>;
}

/** Looks until it is reached, and says what it waits for; the error is the last thing seen. */
export async function awaitState<T>(
  { say, monotonic, sleep }: Pick<InstallDeps, 'say' | 'monotonic' | 'sleep'>,
  { timeoutMs, look }: AwaitedState<T>,
): Promise<Outcome<T, string>> {
  const startMs = monotonic();
  let told = { reason: '', atMs: startMs };
  for (;;) {
    const found = await lookOnce(look);
    if (found.type === 'reached') return succeeded(found.value);
    const nowMs = monotonic();
    const waitedMs = nowMs - startMs;
    if (found.type === 'failed') return failed(found.reason);
    if (waitedMs >= timeoutMs) return failed(`${found.reason}, after ${seconds(waitedMs)}`);
    const isNews = found.reason !== told.reason || nowMs - told.atMs >= REPEAT_MS;
    if (waitedMs >= SILENCE_MS && isNews) {
      say(`waiting: ${found.reason} (${seconds(waitedMs)} of at most ${seconds(timeoutMs)})`);
      told = { reason: found.reason, atMs: nowMs };
    }
    await sleep(Math.min(POLL_MS, timeoutMs - waitedMs));
  }
}

async function lookOnce<T>(look: () => Promise<Look<T>>): Promise<Look<T>> {
  try {
    return await look();
  } catch (error) {
    return { type: 'waiting', reason: error instanceof Error ? error.message : String(error) };
  }
}

function seconds(durationMs: number): string {
  return `${Math.round(durationMs / 1000)} s`;
}
