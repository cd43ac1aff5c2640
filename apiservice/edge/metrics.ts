import type { Registry } from 'prom-client';
import { Counter, Gauge, Histogram } from 'prom-client';
import type { DataMetrics } from '../data/deps.ts';
import { createDataMetrics } from './data-metrics.ts';
import type { RequestLabels } from './request-labels.ts';

/** Counts what the edges see, under the names that dashboards for kube-apiserver use. */
export interface ApiMetrics {
  /** One answered request; watches when they end. */
  readonly requestEnded: (labels: RequestLabels, outcome: RequestOutcome) => void;
  /** The client left, or was cut off, before a short request was answered. */
  readonly requestAborted: (labels: RequestLabels) => void;
  /** Refused to protect ourselves (429, 504). */
  readonly requestTerminated: (labels: RequestLabels, code: number) => void;
  /** +1 when a watch starts, -1 when it ends. */
  readonly watchesChanged: (labels: RequestLabels, by: 1 | -1) => void;
  readonly inFlight: (kind: 'readOnly' | 'mutating', current: number) => void;
  readonly filterTook: (filter: 'authentication' | 'authorization', seconds: number) => void;
  readonly authenticated: (result: 'success' | 'failure', username: string) => void;
  readonly tlsHandshakeFailed: () => void;
  /** What the data paths count. */
  readonly data: DataMetrics;
  /** The whole registry as Prometheus text. */
  readonly expose: () => Promise<{ readonly contentType: string; readonly body: string }>;
}

export interface RequestOutcome {
  readonly code: number;
  readonly dryRun: boolean;
  readonly seconds: number;
  /** undefined for requests whose size says nothing (writes, watches). */
  readonly responseBytes: number | undefined;
}

const COMPONENT = 'apiserver';
const REQUEST = ['verb', 'group', 'version', 'resource', 'subresource', 'scope', 'component'] as const;
const LATENCY_SECONDS = [0.05, 0.1, 0.2, 0.4, 0.6, 0.8, 1, 1.25, 1.5, 2, 3, 4, 5, 6, 8, 10, 15, 20, 30, 45, 60];
const FILTER_SECONDS = [0.0001, 0.0003, 0.001, 0.003, 0.01, 0.03, 0.1, 0.3, 1, 5, 10, 15, 30];
const RESPONSE_BYTES = [1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9];

/** Registers its metrics; a registry can be given to one instance only. */
export function createApiMetrics(registry: Registry): ApiMetrics {
  const requests = requestMetrics(registry);
  const identity = identityMetrics(registry);
  return {
    ...requests,
    ...identity,
    data: createDataMetrics(registry),
    expose: async () => ({ contentType: registry.contentType, body: await registry.metrics() }),
  };
}

type RequestMetrics = Pick<
  ApiMetrics,
  'requestEnded' | 'requestAborted' | 'requestTerminated' | 'watchesChanged' | 'inFlight'
>;

function requestMetrics(registry: Registry): RequestMetrics {
  const registers = [registry];
  const counter = <L extends string>(name: string, help: string, labelNames: readonly L[]): Counter<L> =>
    new Counter({ name, help, labelNames, registers });
  const histogram = <L extends string>(
    name: string,
    labelNames: readonly L[],
    about: { readonly help: string; readonly buckets: readonly number[] },
  ): Histogram<L> => new Histogram({ name, help: about.help, labelNames, buckets: [...about.buckets], registers });
  const total = counter('apiserver_request_total', 'Requests answered.', [...REQUEST, 'dry_run', 'code']);
  const aborts = counter('apiserver_request_aborts_total', 'Requests that ended without an answer.', [...REQUEST]);
  const terminations = counter('apiserver_request_terminations_total', 'Requests refused in self-defense.', [
    ...REQUEST,
    'code',
  ]);
  const duration = histogram('apiserver_request_duration_seconds', [...REQUEST, 'dry_run'], {
    help: 'Time from the head of the request to the end of the answer.',
    buckets: [0.005, 0.025, ...LATENCY_SECONDS],
  });
  const sli = histogram('apiserver_request_sli_duration_seconds', [...REQUEST, 'dry_run'], {
    help: 'As apiserver_request_duration_seconds; there are no queues or webhooks to leave out.',
    buckets: LATENCY_SECONDS,
  });
  const sizes = histogram('apiserver_response_sizes', [...REQUEST], {
    help: 'Bytes of answers to reads.',
    buckets: RESPONSE_BYTES,
  });
  const inFlight = new Gauge({
    name: 'apiserver_current_inflight_requests',
    help: 'Short requests being answered.',
    labelNames: ['request_kind'],
    registers,
  });
  const running = new Gauge({
    name: 'apiserver_longrunning_requests',
    help: 'Watches being served.',
    labelNames: [...REQUEST],
    registers,
  });
  return {
    requestEnded: (labels, outcome) => {
      const request = { ...labels, component: COMPONENT };
      const withDryRun = { ...request, dry_run: outcome.dryRun ? 'All' : '' };
      total.inc({ ...withDryRun, code: String(outcome.code) });
      duration.observe(withDryRun, outcome.seconds);
      sli.observe(withDryRun, outcome.seconds);
      if (outcome.responseBytes !== undefined) sizes.observe(request, outcome.responseBytes);
    },
    requestAborted: (labels) => aborts.inc({ ...labels, component: COMPONENT }),
    requestTerminated: (labels, code) => terminations.inc({ ...labels, component: COMPONENT, code: String(code) }),
    watchesChanged: (labels, by) => running.inc({ ...labels, component: COMPONENT }, by),
    inFlight: (kind, current) => inFlight.set({ request_kind: kind }, current),
  };
}

type IdentityMetrics = Pick<ApiMetrics, 'filterTook' | 'authenticated' | 'tlsHandshakeFailed'>;

function identityMetrics(registry: Registry): IdentityMetrics {
  const registers = [registry];
  const filters = new Histogram({
    name: 'apiserver_request_filter_duration_seconds',
    help: 'Time of one step before a request is dispatched.',
    labelNames: ['filter'],
    buckets: FILTER_SECONDS,
    registers,
  });
  const attempts = new Counter({
    name: 'authentication_attempts',
    help: 'Requests by whether they could be authenticated.',
    labelNames: ['result'],
    registers,
  });
  const users = new Counter({
    name: 'authenticated_user_requests',
    help: 'Authenticated requests by user; all but a few well-known names are folded into one.',
    labelNames: ['username'],
    registers,
  });
  const handshakes = new Counter({
    name: 'apiserver_tls_handshake_errors_total',
    help: 'Connections that ended during the TLS handshake.',
    registers,
  });
  return {
    filterTook: (filter, seconds) => filters.observe({ filter }, seconds),
    authenticated: (result, username) => {
      attempts.inc({ result });
      if (result === 'success') users.inc({ username });
    },
    tlsHandshakeFailed: () => handshakes.inc(),
  };
}
