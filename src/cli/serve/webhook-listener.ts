import type { RequestListener } from 'node:http';
import type { Logger } from 'pino';
import { createHttpsServer, DEFAULT_LISTENER_LIMITS } from '../../../apiservice/index.ts';
import type { ServingCertificate } from '../../../certs/index.ts';
import type { Webhooks } from '../../../webhooks/index.ts';
import { schedule, sleep } from './clockwork.ts';

/** After a reload of TLS material fails, it is tried again with the next change only; the failure is logged. */
const RELOAD_DEBOUNCE_MS = 50;
/** Reviews that are still not answered in a shutdown are cut off; no webhook may take longer than this. */
const DRAIN_MS = 30_000;

export interface WebhookListenerDeps {
  readonly handle: RequestListener;
  readonly webhooks: Pick<Webhooks, 'drain'>;
  readonly certificate: ServingCertificate;
  /** PEM bundles of the authorities whose client certificates are asked for. */
  readonly clientCas: () => readonly string[];
  readonly bindAddress: string;
  readonly log: Logger;
}

/** The HTTPS port that kube-apiservers call. */
export interface WebhookListener {
  /** Resolves with the port that was taken; 0 takes any. */
  readonly listen: (port: number) => Promise<number>;
  /** The authorities have changed. */
  readonly reload: () => void;
  /** Answers what has begun, each answer the last of its connection, and ends. */
  readonly drain: () => Promise<void>;
  readonly cut: () => void;
}

export function createWebhookListener(deps: WebhookListenerDeps): WebhookListener {
  const { certificate, log } = deps;
  const material = () => ({ ...certificate.current(), clientCas: deps.clientCas() });
  const server = createHttpsServer({
    handle: deps.handle,
    material: material(),
    limits: DEFAULT_LISTENER_LIMITS,
    onHandshakeFailed: (error) => log.debug({ err: error }, 'TLS handshake failed'),
  });
  let cancel = (): void => undefined;
  const reload = (): void => {
    cancel();
    cancel = schedule(() => {
      try {
        server.replaceMaterial(material());
        log.info({}, 'certificate of the webhooks reloaded');
      } catch (error) {
        log.error({ err: error }, 'the new TLS material of the webhooks cannot be used; the old one stays');
      }
    }, RELOAD_DEBOUNCE_MS);
  };
  certificate.onChange(reload);
  return {
    listen: (port) => server.listen(deps.bindAddress, port),
    reload,
    drain: async () => {
      server.stopAccepting();
      await Promise.race([deps.webhooks.drain(), sleep(DRAIN_MS)]);
      server.closeAll();
    },
    cut: () => server.closeAll(),
  };
}
