import type { Registry } from 'prom-client';
import { Counter, Gauge, Histogram } from 'prom-client';
import type { RuleEffect } from '../src/resources/index.ts';
import type { AdmissionAnswer } from './admission/answer.ts';
import type { WebhookPath } from './paths.ts';

export type ReviewType = 'admission' | 'conversion';

/** What of a review is counted. Names and members are not: they would make a series each. */
export interface ReviewLabels {
  readonly effect: RuleEffect;
  readonly resource: string;
  readonly operation: string;
}

export interface WebhookMetrics {
  readonly requestEnded: (webhook: WebhookPath, code: number, seconds: number) => void;
  readonly inFlight: (webhook: WebhookPath, current: number) => void;
  readonly bodyBytes: (review: ReviewType, current: number) => void;
  readonly reviewed: (labels: ReviewLabels, answer: AdmissionAnswer) => void;
  readonly converted: (result: 'success' | 'failure', objects: number) => void;
}

/** The answer to an unfinished request: the caller left. */
const ABORTED = 'aborted';
const LATENCY_SECONDS = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30];

/** Registers its metrics; a registry can be given to one instance only. `resources` bounds the values of that label. */
export function createWebhookMetrics(registry: Registry, resources: ReadonlySet<string>): WebhookMetrics {
  const registers = [registry];
  const counter = <L extends string>(name: string, help: string, labelNames: readonly L[]): Counter<L> =>
    new Counter({ name, help, labelNames, registers });
  const requests = counter('clusterset_webhook_requests_total', 'Calls of the webhooks by what was answered.', [
    'webhook',
    'code',
  ]);
  const duration = new Histogram({
    name: 'clusterset_webhook_request_duration_seconds',
    help: 'Time from the head of a call to the end of its answer.',
    labelNames: ['webhook'],
    buckets: LATENCY_SECONDS,
    registers,
  });
  // Read when somebody asks: they change several times in a call.
  const inFlight = new Map<WebhookPath, number>();
  const bodyBytes: Record<ReviewType, number> = { admission: 0, conversion: 0 };
  new Gauge({
    name: 'clusterset_webhook_requests_in_flight',
    help: 'Calls being answered.',
    labelNames: ['webhook'],
    registers,
    collect() {
      for (const [webhook, current] of inFlight) this.set({ webhook }, current);
    },
  });
  new Gauge({
    name: 'clusterset_webhook_body_bytes_in_flight',
    help: 'Bytes of bodies being received or answered.',
    labelNames: ['review'],
    registers,
    collect() {
      this.set({ review: 'admission' }, bodyBytes.admission);
      this.set({ review: 'conversion' }, bodyBytes.conversion);
    },
  });
  const reviews = counter('clusterset_webhook_reviews_total', 'Reviewed writes by what was said of them.', [
    'webhook',
    'resource',
    'operation',
    'verdict',
  ]);
  const conversions = counter('clusterset_webhook_conversions_total', 'ConversionReviews by result.', ['result']);
  const objects = counter('clusterset_webhook_converted_objects_total', 'Objects that were converted.', []);
  return {
    requestEnded: (webhook, code, seconds) => {
      requests.inc({ webhook, code: code === 0 ? ABORTED : String(code) });
      duration.observe({ webhook }, seconds);
    },
    inFlight: (webhook, current) => {
      inFlight.set(webhook, current);
    },
    bodyBytes: (review, current) => {
      bodyBytes[review] = current;
    },
    reviewed: ({ effect, resource, operation }, answer) =>
      reviews.inc({
        webhook: effect === 'deny' ? 'safety' : 'advice',
        resource: resources.has(resource) ? resource : 'other',
        operation: OPERATIONS.has(operation) ? operation : 'other',
        verdict: verdictOf(answer),
      }),
    converted: (result, count) => {
      conversions.inc({ result });
      if (result === 'success') objects.inc(count);
    },
  };
}

const OPERATIONS: ReadonlySet<string> = new Set(['CREATE', 'UPDATE', 'DELETE', 'CONNECT']);

/** `allowed`, `warned`, or the code of the denial. */
function verdictOf({ status, warnings = [] }: AdmissionAnswer): string {
  if (status !== undefined) return String(status.code);
  return warnings.length > 0 ? 'warned' : 'allowed';
}
