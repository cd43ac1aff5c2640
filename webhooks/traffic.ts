import type { ServerResponse } from 'node:http';
import type { WebhookLimits } from './limits.ts';
import type { WebhookMetrics } from './metrics.ts';
import type { WebhookPath } from './paths.ts';

/** The requests that are being answered. */
export interface Traffic {
  /** Counts a request until its answer was taken or its caller left. */
  readonly enter: (webhook: WebhookPath, response: ServerResponse) => void;
  /** A place among the reviews that are being answered, for as long; false when all are taken. */
  readonly takePlace: (webhook: WebhookPath, response: ServerResponse) => boolean;
  readonly isDraining: () => boolean;
  /** Resolves once nothing is being answered. */
  readonly drain: () => Promise<void>;
}

export interface TrafficDeps {
  readonly limits: WebhookLimits;
  readonly metrics: WebhookMetrics;
  /** Epoch milliseconds. */
  readonly clock: () => number;
}

export function createTraffic({ limits, metrics, clock }: TrafficDeps): Traffic {
  const current: Record<WebhookPath, number> = { safety: 0, advice: 0, convert: 0 };
  const placed: Record<WebhookPath, number> = { safety: 0, advice: 0, convert: 0 };
  const waiting: (() => void)[] = [];
  let isDraining = false;
  const isFull = (webhook: WebhookPath): boolean =>
    webhook === 'convert'
      ? placed.convert >= limits.conversionsInFlightMax
      : placed.safety + placed.advice >= limits.admissionsInFlightMax;
  const isIdle = (): boolean => current.safety + current.advice + current.convert === 0;
  const change = (webhook: WebhookPath, by: 1 | -1): void => {
    current[webhook] += by;
    metrics.inFlight(webhook, current[webhook]);
  };
  return {
    enter: (webhook, response) => {
      const startedMs = clock();
      change(webhook, 1);
      response.once('close', () => {
        change(webhook, -1);
        const code = response.writableFinished ? response.statusCode : 0;
        metrics.requestEnded(webhook, code, Math.max(0, clock() - startedMs) / 1000);
        if (isIdle()) waiting.splice(0).forEach((resolve) => resolve());
      });
    },
    takePlace: (webhook, response) => {
      if (isFull(webhook)) return false;
      placed[webhook] += 1;
      response.once('close', () => (placed[webhook] -= 1));
      return true;
    },
    isDraining: () => isDraining,
    drain: () => {
      isDraining = true;
      return new Promise((resolve) => {
        if (isIdle()) resolve();
        else waiting.push(resolve);
      });
    },
  };
}
