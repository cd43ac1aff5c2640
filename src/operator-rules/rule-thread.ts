import type { Worker } from 'node:worker_threads';
import { celErrorMessage } from '../resources/index.ts';
import type { OperatorRuleSet, RulesText } from './compile.ts';
import type { RuleAnswer } from './evaluate.ts';
import {
  EVALUATION_CLOCK_MS_MAX,
  EVALUATION_TIMEOUT_MS,
  REQUEST_TIMEOUT_MS,
  THREAD_START_TIMEOUT_MS,
} from './limits.ts';
import type { RuleQuestion } from './question.ts';
import type { RuleQueue } from './rule-queue.ts';
import { createRuleQueue } from './rule-queue.ts';
import { startThread } from './start-thread.ts';
import type { ThreadMessage, ThreadQuestion } from './thread-messages.ts';

/** Evaluates rules of one file in a thread of its own. */
export interface RuleThread {
  /** It has loaded the rules, or cannot; before that, time that writes have would be spent on loading. */
  readonly ready: Promise<unknown>;
  /** Never rejects. */
  readonly ask: RuleQueue['ask'];
  /** After what waits is answered. */
  readonly close: () => Promise<void>;
}

export interface RuleThreadDeps {
  readonly set: OperatorRuleSet;
  readonly text: RulesText;
  readonly monotonic: () => number;
  /** A thread was ended because a rule took too long, or it died. */
  readonly onEnded: (reason: 'timeout' | 'died') => void;
  /** A thread that has loaded the rules; undefined when it cannot. */
  readonly start?: (text: RulesText) => Promise<Worker | undefined>;
}

const TOO_LONG = `evaluation took longer than ${String(EVALUATION_TIMEOUT_MS)} ms and was ended`;
const NO_TIME = `not evaluated: the rules before it took ${String(REQUEST_TIMEOUT_MS)} ms`;
const DIED = 'the thread that evaluated it ended';

export function createRuleThread(deps: RuleThreadDeps): RuleThread {
  const { set, text, monotonic, onEnded, start = startWhenReady } = deps;
  let worker: Promise<Worker | undefined> | undefined;

  const started = (): Promise<Worker | undefined> => (worker ??= start(text));
  const end = async (): Promise<void> => {
    const ending = await worker;
    worker = undefined;
    await ending?.terminate();
  };
  const failure = (index: number, error: string): RuleAnswer => ({
    message: celErrorMessage(set.rules[index]?.written.expression ?? '', error),
    isError: true,
  });
  const evaluate = async (
    question: RuleQuestion,
    rules: readonly number[],
  ): Promise<readonly RuleAnswer[] | undefined> => {
    const answers: RuleAnswer[] = [];
    const untilMs = monotonic() + REQUEST_TIMEOUT_MS;
    while (answers.length < rules.length) {
      const rest = rules.slice(answers.length);
      const thread = await within(untilMs - monotonic(), started);
      if (thread === 'late') {
        // Before the first answer no rule is to blame.
        return answers.length === 0 ? undefined : [...answers, ...rest.map((rule) => failure(rule, NO_TIME))];
      }
      const ended = thread === undefined ? 'died' : await converse(thread, { question, rules: rest }, answers);
      if (ended === undefined) break;
      onEnded(ended);
      await end();
      answers.push(failure(rules[answers.length] ?? 0, ended === 'timeout' ? TOO_LONG : DIED));
      // Whatever comes next finds it loaded, or nearly so.
      void started();
    }
    return answers;
  };
  const queue = createRuleQueue({ monotonic, evaluate });
  return {
    ready: started(),
    ask: queue.ask,
    close: async () => {
      await queue.drain();
      await end();
    },
  };
}

/** What is awaited, unless it takes longer. */
async function within<T>(timeoutMs: number, awaited: () => Promise<T>): Promise<T | 'late'> {
  if (timeoutMs <= 0) return 'late';
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<'late'>((resolve) => {
    timer = setTimeout(() => resolve('late'), timeoutMs);
  });
  const first = await Promise.race([awaited(), late]);
  clearTimeout(timer);
  return first;
}

/** The thread once it has loaded the rules; undefined when it cannot. */
function startWhenReady(text: RulesText): Promise<Worker | undefined> {
  const worker = startThread(text);
  worker.unref();
  return new Promise((resolve) => {
    const settle = (result: Worker | undefined): void => {
      clearTimeout(timer);
      worker.off('message', onMessage);
      resolve(result);
    };
    const onMessage = (): void => settle(worker);
    const timer = setTimeout(() => {
      void worker.terminate();
      settle(undefined);
    }, THREAD_START_TIMEOUT_MS);
    worker.on('message', onMessage);
    // Both stay: a thread that dies later must not end the process.
    worker.on('error', () => settle(undefined));
    worker.on('exit', () => settle(undefined));
  });
}

/** Asks, and takes the answers as they come; says how the thread failed to give them all. */
function converse(
  worker: Worker,
  asked: ThreadQuestion,
  answers: RuleAnswer[],
): Promise<'timeout' | 'died' | undefined> {
  const wanted = answers.length + asked.rules.length;
  return new Promise((resolve) => {
    let timer: NodeJS.Timeout;
    let isSettled = false;
    const settle = (result: 'timeout' | 'died' | undefined): void => {
      isSettled = true;
      clearTimeout(timer);
      worker.off('message', onMessage).off('exit', onExit);
      resolve(result);
    };
    const onExit = (): void => settle('died');
    const watch = (): void => {
      const before = answers.length;
      const usedMs = processorMs();
      let clockMs = 0;
      const wait = (timeoutMs: number): void => {
        clockMs += timeoutMs;
        // Where it was this thread that was late, the answer is there already, and is taken first.
        timer = setTimeout(() => setImmediate(expire), timeoutMs);
      };
      const expire = (): void => {
        if (isSettled || answers.length !== before) return;
        const restMs = Math.ceil(EVALUATION_TIMEOUT_MS - (processorMs() - usedMs));
        if (restMs <= 0 || clockMs >= EVALUATION_CLOCK_MS_MAX) settle('timeout');
        else wait(restMs);
      };
      wait(EVALUATION_TIMEOUT_MS);
    };
    const onMessage = (message: ThreadMessage): void => {
      if (message.type !== 'answer') return;
      clearTimeout(timer);
      answers.push(message.answer);
      if (answers.length === wanted) settle(undefined);
      else watch();
    };
    worker.on('message', onMessage).on('exit', onExit);
    watch();
    worker.postMessage(asked);
  });
}

/** What all threads of this process have used: the one that evaluates has not used more. */
function processorMs(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
}
