import type { RuleAnswer } from './evaluate.ts';
import { QUEUE_REQUESTS_MAX, QUEUE_WAIT_MS_MAX } from './limits.ts';
import type { RuleQuestion } from './question.ts';

export interface AskedRules {
  readonly question: RuleQuestion;
  /** Numbers of the rules to be answered. */
  readonly rules: readonly number[];
  /** False once nobody waits for the answer any more. */
  readonly isAwaited: () => boolean;
}

/** `full`: too many wait; `late`: they would wait, or waited, too long; `abandoned`: whoever asked has gone. */
export type QueueRefusal = 'full' | 'late' | 'abandoned';

export type RuleReply =
  | { readonly type: 'answered'; readonly answers: readonly RuleAnswer[] }
  | { readonly type: 'refused'; readonly reason: QueueRefusal };

/** One write after another, each within a time that its caller still has. */
export interface RuleQueue {
  readonly ask: (asked: AskedRules) => Promise<RuleReply>;
  /** Resolves when nothing waits any more. */
  readonly drain: () => Promise<void>;
}

export interface RuleQueueDeps {
  readonly monotonic: () => number;
  /** One answer for each of the rules; undefined when no thread was ready in time. Never rejects. */
  readonly evaluate: (question: RuleQuestion, rules: readonly number[]) => Promise<readonly RuleAnswer[] | undefined>;
}

/** How much the last write counts in what the next one is expected to take. */
const LAST_SHARE = 0.3;

export function createRuleQueue({ monotonic, evaluate }: RuleQueueDeps): RuleQueue {
  let last: Promise<unknown> = Promise.resolve();
  let waiting = 0;
  /** Of one write; unknown before the first. */
  let expectedMs: number | undefined;

  const answer = async ({ question, rules, isAwaited }: AskedRules, arrivedMs: number): Promise<RuleReply> => {
    if (!isAwaited()) return refused('abandoned');
    const startedMs = monotonic();
    if (startedMs - arrivedMs > QUEUE_WAIT_MS_MAX) return refused('late');
    const answers = await evaluate(question, rules);
    const tookMs = monotonic() - startedMs;
    expectedMs = expectedMs === undefined ? tookMs : expectedMs + (tookMs - expectedMs) * LAST_SHARE;
    return answers === undefined ? refused('late') : { type: 'answered', answers };
  };
  return {
    ask: (asked) => {
      if (waiting >= QUEUE_REQUESTS_MAX) return Promise.resolve(refused('full'));
      if (waiting * (expectedMs ?? 0) > QUEUE_WAIT_MS_MAX) return Promise.resolve(refused('late'));
      waiting += 1;
      const arrivedMs = monotonic();
      const reply = last.then(() => answer(asked, arrivedMs));
      last = reply.finally(() => {
        waiting -= 1;
      });
      return reply;
    },
    drain: async () => {
      await last;
    },
  };
}

function refused(reason: QueueRefusal): RuleReply {
  return { type: 'refused', reason };
}
