import { WEBHOOK_PATHS } from '../../webhooks/index.ts';
import type { ControlPlane } from '../support/control-plane/index.ts';
import { startControlPlane } from '../support/control-plane/index.ts';
import { eventually } from '../support/eventually.ts';
import { median, percentile, say, withProgress } from './clock.ts';
import { cpuMs } from './processes.ts';
import type { Row } from './table.ts';
import type { WebhookSide } from './webhook-target.ts';
import { endpointOf } from './world.ts';
import type { WriteClient } from './write-client.ts';
import { createWriteClient } from './write-client.ts';

const MEMBER = 'member';
const SERVICES = '/api/v1/namespaces/default/services';
const ADVICE = 'clusterset-advice';
const ROUNDS = 5;
const WRITES = 100;
const PATCH_TYPE = 'application/merge-patch+json';
const JSON_TYPE = 'application/json';

/** One round of updates: how long each took, and what our webhook used for it. */
interface Round {
  readonly latenciesMs: readonly number[];
  readonly cpuMs: number;
}

/** What a changed Service costs more in a member where the advice webhook is asked about it. */
export async function measureServiceWrites(webhook: WebhookSide): Promise<readonly Row[]> {
  const controlPlane = await withProgress('starting a member', () => startControlPlane([MEMBER], say));
  const client = createWriteClient(endpointOf(controlPlane.cluster(MEMBER)));
  try {
    await withProgress('a Service to write', () => eventually('the namespace', () => createService(client)));
    const [plain, asked]: [Round[], Round[]] = [[], []];
    await update(client, webhook);
    for (let round = 0; round < ROUNDS; round += 1) {
      plain.push(await withProgress('Services without webhook', () => update(client, webhook)));
      await configure(controlPlane, webhook);
      asked.push(await withProgress('Services with webhook', () => update(client, webhook)));
      await controlPlane.kubectl(MEMBER)('delete', 'validatingwebhookconfiguration', ADVICE);
      await eventually('the webhook to be asked no more', () => untilAsked(client, webhook, false));
    }
    return rowsOf(plain, asked);
  } finally {
    client.close();
    await controlPlane.stop();
  }
}

function rowsOf(plain: readonly Round[], asked: readonly Round[]): readonly Row[] {
  const all = (rounds: readonly Round[]): readonly number[] => rounds.flatMap(({ latenciesMs }) => latenciesMs);
  const [before, after] = [all(plain), all(asked)];
  const usedUs = (asked.reduce((sum, round) => sum + round.cpuMs, 0) * 1000) / after.length;
  const added = (percent: number): number => percentile(after, percent) - percentile(before, percent);
  const note = `of ${median(before).toFixed(2)} ms; p99 ${added(99).toFixed(2)} of ${percentile(before, 99).toFixed(2)} ms`;
  return [
    { measure: 'advice on a Service update: added p50', unit: 'ms', ours: added(50), peer: undefined, note },
    { measure: 'advice on a Service update: CPU of the webhook', unit: 'µs', ours: usedUs, peer: undefined },
  ];
}

async function createService(client: WriteClient): Promise<void> {
  const service = {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name: 'api' },
    spec: { selector: { app: 'api' }, ports: [{ name: 'http', port: 80 }] },
  };
  await client.send({ method: 'POST', path: SERVICES, contentType: JSON_TYPE, body: JSON.stringify(service) });
}

let portNext = 1000;

/** Changes the spec, each time to something new. */
async function change(client: WriteClient): Promise<number> {
  portNext += 1;
  const body = JSON.stringify({ spec: { ports: [{ name: 'http', port: portNext % 60_000 }] } });
  const write = { method: 'PATCH', path: `${SERVICES}/api`, contentType: PATCH_TYPE, body } as const;
  return (await client.send(write)).wallMs;
}

async function update(client: WriteClient, { pid }: WebhookSide): Promise<Round> {
  const before = cpuMs(pid);
  const latenciesMs: number[] = [];
  for (let write = 0; write < WRITES; write += 1) latenciesMs.push(await change(client));
  return { latenciesMs, cpuMs: cpuMs(pid) - before };
}

/** As it is installed: changed and deleted Services, nothing waits longer than a second, and nothing depends on it. */
async function configure(controlPlane: ControlPlane, webhook: WebhookSide): Promise<void> {
  await controlPlane.kubectl(MEMBER).apply({
    apiVersion: 'admissionregistration.k8s.io/v1',
    kind: 'ValidatingWebhookConfiguration',
    metadata: { name: ADVICE },
    webhooks: [
      {
        name: 'advice.clusterset-apiserver.dev',
        clientConfig: { url: webhook.url(WEBHOOK_PATHS.advice), caBundle: webhook.caBundle },
        rules: [{ apiGroups: [''], apiVersions: ['v1'], operations: ['UPDATE', 'DELETE'], resources: ['services'] }],
        matchConditions: [
          { name: 'changed', expression: "request.operation != 'UPDATE' || object.spec != oldObject.spec" },
        ],
        admissionReviewVersions: ['v1'],
        sideEffects: 'None',
        failurePolicy: 'Ignore',
        timeoutSeconds: 1,
      },
    ],
  });
  const client = createWriteClient(endpointOf(controlPlane.cluster(MEMBER)));
  await eventually('the webhook to be asked', () => untilAsked(client, webhook, true));
  client.close();
}

async function untilAsked(client: WriteClient, webhook: WebhookSide, isAsked: boolean): Promise<void> {
  const before = await webhook.calls();
  await change(client);
  if ((await webhook.calls()) > before !== isAsked) throw new Error(isAsked ? 'not asked yet' : 'still asked');
}
