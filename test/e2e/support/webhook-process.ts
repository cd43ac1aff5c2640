import { Registry } from 'prom-client';
import { createHttpsServer, DEFAULT_LISTENER_LIMITS } from '../../../apiservice/index.ts';
import { issueAuthority, issueServing } from '../../../certs/index.ts';
import { ADMISSION_SUBJECTS } from '../../../src/resources/index.ts';
import type { AdmissionContext } from '../../../src/resources/index.ts';
import { CONVERTIBLE_KINDS, createWebhooks, DEFAULT_WEBHOOK_LIMITS } from '../../../webhooks/index.ts';
import { rulesJudge } from '../../support/webhooks.ts';
import type { Kubectl } from '../../support/control-plane/index.ts';

const LIFETIME_MS = 24 * 3600 * 1000;
export const WEBHOOKS_NAMESPACE = 'clusterset-system';
export const WEBHOOKS_SERVICE = 'clusterset-webhooks';

/** Our webhooks with TLS, without the rest of the server; they can be away and come back at the same port. */
export interface WebhookProcess {
  readonly port: number;
  /** base64 of PEM, for the caBundle of configurations. */
  readonly caBundle: string;
  readonly url: (path: string) => string;
  /** How often a path was asked. */
  readonly calls: (path: string) => number;
  readonly start: () => Promise<void>;
  /** Ends at once: what is being answered is cut off. */
  readonly kill: () => void;
}

export async function startWebhookProcess(context?: AdmissionContext): Promise<WebhookProcess> {
  const validity = { nowMs: Date.now(), lifetimeMs: LIFETIME_MS };
  const authority = await issueAuthority({ commonName: 'webhooks-ca', validity });
  const dnsNames = [`${WEBHOOKS_SERVICE}.${WEBHOOKS_NAMESPACE}.svc`];
  const serving = await issueServing({ dnsNames, ips: ['127.0.0.1'], authority, validity });
  const calls = new Map<string, number>();
  const log = (fields: object, message: string): void => console.log('[webhooks]', message, fields);
  const open = async (port: number): Promise<{ readonly port: number; readonly kill: () => void }> => {
    const webhooks = createWebhooks({
      subjects: ADMISSION_SUBJECTS,
      judge: rulesJudge(context),
      callers: { type: 'ownMember', convertible: CONVERTIBLE_KINDS },
      notSynced: () => undefined,
      safetyBeforeSync: 'judge',
      limits: DEFAULT_WEBHOOK_LIMITS,
      logger: { info: log, warn: log, error: log },
      registry: new Registry(),
      clock: () => Date.now(),
    });
    const server = createHttpsServer({
      handle: (message, response) => {
        const [path = ''] = (message.url ?? '').split('?');
        calls.set(path, (calls.get(path) ?? 0) + 1);
        webhooks.handle(message, response);
      },
      material: { cert: serving.cert, key: serving.key, clientCas: [] },
      limits: DEFAULT_LISTENER_LIMITS,
      onHandshakeFailed: () => undefined,
    });
    return { port: await server.listen('127.0.0.1', port), kill: server.closeAll };
  };
  let running = await open(0);
  const { port } = running;
  return {
    port,
    caBundle: Buffer.from(authority.cert).toString('base64'),
    url: (path) => `https://127.0.0.1:${port}${path}`,
    calls: (path) => calls.get(path) ?? 0,
    start: async () => {
      running = await open(port);
    },
    kill: () => running.kill(),
  };
}

/** A Service by which a kube-apiserver without a network of pods finds a process on loopback. */
export async function applyWebhookService(kubectl: Kubectl): Promise<void> {
  await kubectl.apply({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: WEBHOOKS_NAMESPACE } });
  await kubectl.apply({
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name: WEBHOOKS_SERVICE, namespace: WEBHOOKS_NAMESPACE },
    spec: { type: 'ExternalName', externalName: 'localhost' },
  });
}
