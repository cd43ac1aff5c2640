import { monitorEventLoopDelay } from 'node:perf_hooks';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Registry } from 'prom-client';
import { createHttpsServer, DEFAULT_LISTENER_LIMITS } from '../../apiservice/index.ts';
import { ADMISSION_SUBJECTS } from '../../src/resources/index.ts';
import { CONVERTIBLE_KINDS, createWebhooks, DEFAULT_WEBHOOK_LIMITS } from '../../webhooks/index.ts';
import { createJudge } from '../../src/cli/serve/judge.ts';
import { admissionContext } from '../support/admission.ts';
import { clusterId } from '../support/clusterset-objects.ts';

/*
 * Our webhooks in a process of their own, with the listener and the rules of the server: `webhook-server.ts PORT FOLDER`,
 * the folder with tls.crt and tls.key. `GET /longest-block` says for how many milliseconds the event loop was blocked at
 * most since the last such question, `GET /calls` how many reviews were asked for.
 */
const [port = '', certificates = ''] = process.argv.slice(2);
const read = (name: string): string => readFileSync(join(certificates, name), 'utf8');
const CLUSTER = clusterId('east');
const CONTEXT = admissionContext();
const log = (fields: object, message: string): void => console.log(message, fields);
const delays = monitorEventLoopDelay({ resolution: 1 });
delays.enable();
const webhooks = createWebhooks({
  subjects: ADMISSION_SUBJECTS,
  judge: createJudge({ memberOf: () => CLUSTER, contextFor: () => CONTEXT, decideElsewhere: undefined }),
  callers: { type: 'ownMember', convertible: CONVERTIBLE_KINDS },
  notSynced: () => undefined,
  safetyBeforeSync: 'judge',
  limits: DEFAULT_WEBHOOK_LIMITS,
  logger: { info: log, warn: log, error: log },
  registry: new Registry(),
  clock: () => Date.now(),
});
let calls = 0;
const longestBlock = (): string => {
  const longestMs = delays.max / 1e6;
  delays.reset();
  return String(longestMs);
};
const server = createHttpsServer({
  handle: (message, response) => {
    if (message.url === '/longest-block') response.end(longestBlock());
    else if (message.url === '/calls') response.end(String(calls));
    else {
      calls += 1;
      webhooks.handle(message, response);
    }
  },
  material: { cert: read('tls.crt'), key: read('tls.key'), clientCas: [] },
  limits: DEFAULT_LISTENER_LIMITS,
  onHandshakeFailed: () => undefined,
});
await server.listen('127.0.0.1', Number(port));
