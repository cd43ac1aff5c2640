import { parentPort, workerData } from 'node:worker_threads';
import { compileRules } from './compile.ts';
import { askRules } from './evaluate.ts';
import type { ThreadData, ThreadMessage, ThreadQuestion } from './thread-messages.ts';

/** The thread in which operators' rules are evaluated: it has nothing but the rules and what it is asked. */
function answerQuestions(data: ThreadData): void {
  const rules = compileRules(data);
  if (!rules.ok) throw new Error(rules.error);
  const say = (message: ThreadMessage): void => parentPort?.postMessage(message);
  parentPort?.on('message', (asked: ThreadQuestion) => {
    const ask = askRules(rules.value, asked.question);
    for (const index of asked.rules) say({ type: 'answer', answer: ask(index) });
  });
  say({ type: 'ready' });
}

// eslint-disable-next-line @typescript-eslint/no-unsafe-argument -- it comes from startThread only
answerQuestions(workerData);
