import { Worker } from 'node:worker_threads';
import { THREAD_MEMORY_MIB_MAX } from './limits.ts';
import type { ThreadData } from './thread-messages.ts';

declare const __RULE_WORKER__: string | undefined;

/** Runs the thread's program from its source, where this program itself runs from its sources. */
const FROM_SOURCE = `import('tsx/esm/api').then((tsx) => {
  tsx.register();
  return import(${JSON.stringify(new URL('./rule-worker.ts', import.meta.url).href)});
});`;

/** Starts a thread that has no environment and little memory. */
export function startThread(workerData: ThreadData): Worker {
  return new Worker(typeof __RULE_WORKER__ === 'string' ? __RULE_WORKER__ : FROM_SOURCE, {
    ...{ workerData, eval: true, env: {}, execArgv: [], name: 'operator-rules' },
    resourceLimits: { maxOldGenerationSizeMb: THREAD_MEMORY_MIB_MAX },
  });
}
