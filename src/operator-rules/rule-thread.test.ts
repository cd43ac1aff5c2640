import { afterEach, describe, expect, test, vi } from 'vitest';
import type { RulesText } from './compile.ts';
import { compileRules } from './compile.ts';
import type { RuleQuestion } from './question.ts';
import type { RuleReply } from './rule-queue.ts';
import type { RuleThreadDeps } from './rule-thread.ts';
import { createRuleThread } from './rule-thread.ts';

const TEXT: RulesText = {
  rules: `apiVersion: clusterset-apiserver.dev/v1alpha1
kind: AdmissionRules
rules:
${[1, 2, 3, 4, 5].map((number) => `- {name: r${number}, match: {groups: ['*'], resources: ['*'], operations: ['*']}, expression: "true", action: deny}`).join('\n')}
`,
  params: undefined,
};
const QUESTION: RuleQuestion = {
  ...{ object: null, oldObject: null, namespaceObject: null, clusterset: null, namesOthers: true },
  request: { operation: 'CREATE', resource: { group: 'example.com', version: 'v1', resource: 'things' } },
};

afterEach(() => {
  vi.useRealTimers();
});

async function ask(more: Pick<RuleThreadDeps, 'start' | 'monotonic'>): Promise<RuleReply> {
  const set = compileRules(TEXT);
  if (!set.ok) throw new Error(set.error);
  const thread = createRuleThread({ set: set.value, text: TEXT, onEnded: () => undefined, ...more });
  return thread.ask({ question: QUESTION, rules: [0, 1, 2, 3, 4], isAwaited: () => true });
}

describe('the thread of rules', () => {
  test('counts the starts of new threads in the time of a write', async () => {
    let nowMs = 0;
    const start = (): Promise<undefined> => {
      nowMs += 900;
      return Promise.resolve(undefined);
    };
    const reply = await ask({ start, monotonic: () => nowMs });
    const answers = reply.type === 'answered' ? reply.answers : [];
    expect(answers.map(({ message }) => /error: (.*)$/.exec(message ?? '')?.[1])).toEqual([
      ...Array<string>(3).fill('the thread that evaluated it ended'),
      ...Array<string>(2).fill('not evaluated: the rules before it took 2000 ms'),
    ]);
  });

  test('blames no rule when no thread is ready in time', async () => {
    vi.useFakeTimers();
    const reply = ask({ start: () => new Promise(() => undefined), monotonic: () => 0 });
    await vi.advanceTimersByTimeAsync(2_000);
    expect(await reply).toEqual({ type: 'refused', reason: 'late' });
  });
});
