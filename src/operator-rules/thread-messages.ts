import type { RulesText } from './compile.ts';
import type { RuleAnswer } from './evaluate.ts';
import type { RuleQuestion } from './question.ts';

/** What the thread is started with. */
export type ThreadData = RulesText;

/** To the thread. */
export interface ThreadQuestion {
  readonly question: RuleQuestion;
  /** Numbers of the rules to be answered, in this order. */
  readonly rules: readonly number[];
}

/** From the thread: `ready` once, then one answer for each rule that was asked. */
export type ThreadMessage = { readonly type: 'ready' } | { readonly type: 'answer'; readonly answer: RuleAnswer };
