import { describe, expect, test } from 'vitest';
import type { RuleAnswer } from './evaluate.ts';
import { NOTHING_SAID } from './evaluate.ts';
import { QUEUE_REQUESTS_MAX, QUEUE_WAIT_MS_MAX } from './limits.ts';
import type { RuleQuestion } from './question.ts';
import type { RuleQueue, RuleReply } from './rule-queue.ts';
import { createRuleQueue } from './rule-queue.ts';

const QUESTION: RuleQuestion = {
  ...{ object: null, oldObject: null, namespaceObject: null, clusterset: null, namesOthers: true },
  request: { operation: 'CREATE', resource: { group: 'example.com', version: 'v1', resource: 'things' } },
};
const ANSWERED: RuleReply = { type: 'answered', answers: [NOTHING_SAID] };

interface Bench {
  readonly queue: RuleQueue;
  readonly evaluated: readonly number[];
  readonly ask: (rule: number, isAwaited?: () => boolean) => Promise<RuleReply>;
}

/** A queue whose writes take so long each, by a clock that nothing else moves. */
function bench(eachMs: number, answer: RuleAnswer | 'none' = NOTHING_SAID): Bench {
  let nowMs = 0;
  const evaluated: number[] = [];
  const queue = createRuleQueue({
    monotonic: () => nowMs,
    evaluate: (_, rules) => {
      nowMs += eachMs;
      evaluated.push(...rules);
      return Promise.resolve(answer === 'none' ? undefined : [answer]);
    },
  });
  const ask: Bench['ask'] = (rule, isAwaited = () => true) =>
    queue.ask({ question: QUESTION, rules: [rule], isAwaited });
  return { queue, evaluated, ask };
}

const numbers = (count: number): readonly number[] => Array.from({ length: count }, (_, index) => index);
const refused = (reason: string): object => ({ type: 'refused', reason });

describe('the queue of rules', () => {
  test('answers one write after another', async () => {
    const { ask, evaluated } = bench(1);
    expect(await Promise.all(numbers(3).map((rule) => ask(rule)))).toEqual([ANSWERED, ANSWERED, ANSWERED]);
    expect(evaluated).toEqual([0, 1, 2]);
  });

  test('refuses at once when too many wait', async () => {
    const { ask } = bench(0);
    const replies = await Promise.all(numbers(QUEUE_REQUESTS_MAX + 1).map((rule) => ask(rule)));
    expect(replies.filter(({ type }) => type === 'answered')).toHaveLength(QUEUE_REQUESTS_MAX);
    expect(replies.at(-1)).toEqual(refused('full'));
  });

  test('evaluates nothing for whoever has gone', async () => {
    const { ask, evaluated } = bench(1);
    let isAwaited = true;
    const replies = [ask(0), ask(1, () => isAwaited), ask(2)];
    isAwaited = false;
    expect(await Promise.all(replies)).toEqual([ANSWERED, refused('abandoned'), ANSWERED]);
    expect(evaluated).toEqual([0, 2]);
  });

  test('refuses what has waited too long, so that the rest is answered in time', async () => {
    const { ask, evaluated } = bench(QUEUE_WAIT_MS_MAX / 2);
    const replies = await Promise.all(numbers(5).map((rule) => ask(rule)));
    expect(replies).toEqual([ANSWERED, ANSWERED, ANSWERED, refused('late'), refused('late')]);
    expect(evaluated).toEqual([0, 1, 2]);
  });

  test('refuses at once what would wait too long, going by what writes took before, and takes the next when it is idle', async () => {
    const { ask, evaluated } = bench(QUEUE_WAIT_MS_MAX / 4);
    await ask(0);
    const replies = await Promise.all(numbers(7).map((rule) => ask(rule)));
    expect(replies.map(({ type }) => type)).toEqual([...Array<string>(5).fill('answered'), 'refused', 'refused']);
    expect(evaluated).toHaveLength(6);
    expect(await ask(8)).toEqual(ANSWERED);
  });

  test('refuses when no thread was ready in time', async () => {
    expect(await bench(1, 'none').ask(0)).toEqual(refused('late'));
  });
});
