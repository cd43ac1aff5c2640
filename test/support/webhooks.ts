import type { Server } from 'node:http';
import { createServer } from 'node:http';
import { Registry } from 'prom-client';
import { ADMISSION_SUBJECTS, evaluateRules } from '../../src/resources/index.ts';
import type { AdmissionContext } from '../../src/resources/index.ts';
import type { Judge, ReviewedWrite, Webhooks, WebhooksDeps } from '../../webhooks/index.ts';
import { CONVERTIBLE_KINDS, createWebhooks, DEFAULT_WEBHOOK_LIMITS } from '../../webhooks/index.ts';
import { admissionContext } from './admission.ts';
import { clusterId } from './clusterset-objects.ts';

const CLUSTER = clusterId('east');

/** Judges by the rules of the subject, those with the effect that is asked for, as the server itself does. */
export function rulesJudge(context: AdmissionContext = admissionContext()): Judge {
  return (write) => {
    const { subject, effect, object, oldObject } = write;
    const rules = subject.rules.filter(({ effects }) => effects.includes(effect));
    const { subresource, requestVersion, dryRun, user } = write;
    const circumstances = { cluster: CLUSTER, subresource, requestVersion, dryRun, user };
    switch (write.operation) {
      case 'CREATE':
        return evaluateRules(
          rules,
          { operation: 'CREATE', object: given(object), oldObject: undefined, ...circumstances },
          context,
        );
      case 'UPDATE':
        return evaluateRules(
          rules,
          { operation: 'UPDATE', object: given(object), oldObject: given(oldObject), ...circumstances },
          context,
        );
      case 'DELETE':
        return evaluateRules(
          rules,
          { operation: 'DELETE', object: undefined, oldObject: given(oldObject), ...circumstances },
          context,
        );
    }
  };
}

function given<T>(value: T | undefined): T {
  if (value === undefined) throw new Error('a write without its object');
  return value;
}

export interface LogLine {
  readonly message: string;
  readonly fields: object;
}

/** Webhooks behind a plain listener on loopback. */
export interface WebhookServer {
  readonly url: string;
  readonly webhooks: Webhooks;
  readonly registry: Registry;
  readonly logged: readonly LogLine[];
  /** What the judge was asked. */
  readonly judged: readonly ReviewedWrite[];
  readonly post: (path: string, body: string | Buffer, headers?: Record<string, string>) => Promise<WebhookAnswer>;
  readonly stop: () => Promise<void>;
}

export interface WebhookAnswer {
  readonly code: number;
  readonly headers: Headers;
  readonly text: string;
}

export async function startWebhooks(more: Partial<WebhooksDeps> = {}): Promise<WebhookServer> {
  const registry = new Registry();
  const logged: LogLine[] = [];
  const judged: ReviewedWrite[] = [];
  const log = (fields: object, message: string): void => void logged.push({ fields, message });
  const judge = more.judge ?? rulesJudge();
  const webhooks = createWebhooks({
    subjects: ADMISSION_SUBJECTS,
    callers: { type: 'ownMember', convertible: CONVERTIBLE_KINDS },
    notSynced: () => undefined,
    safetyBeforeSync: 'judge',
    limits: DEFAULT_WEBHOOK_LIMITS,
    logger: { info: log, warn: log, error: log },
    registry,
    clock: () => Date.now(),
    ...more,
    judge: (write) => {
      judged.push(write);
      return judge(write);
    },
  });
  const server = createServer(webhooks.handle);
  const url = `http://127.0.0.1:${await listen(server)}`;
  return {
    ...{ url, webhooks, registry, logged, judged },
    post: async (path, body, headers = {}) => {
      const response = await fetch(`${url}${path}`, {
        method: 'POST',
        headers: { 'Content-Type': 'application/json', ...headers },
        body: typeof body === 'string' ? body : new Uint8Array(body),
      });
      return { code: response.status, headers: response.headers, text: await response.text() };
    },
    stop: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

function listen(server: Server): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      if (address === null || typeof address === 'string') reject(new Error('no port'));
      else resolve(address.port);
    });
  });
}

/** What kube-apiserver puts around a write. */
export interface AdmissionParts {
  readonly operation?: string;
  readonly resource?: { readonly group: string; readonly version: string; readonly resource: string };
  readonly kind?: { readonly group: string; readonly version: string; readonly kind: string };
  readonly [field: string]: unknown;
}

const GROUP = 'multicluster.x-k8s.io';

/** An AdmissionReview for a ServiceExport, unless it says otherwise. */
export function admissionReview(request: AdmissionParts): string {
  return JSON.stringify({
    kind: 'AdmissionReview',
    apiVersion: 'admission.k8s.io/v1',
    request: {
      uid: '705ab4f5-6393-11e8-b7cc-42010a800002',
      kind: { group: GROUP, version: 'v1beta1', kind: 'ServiceExport' },
      resource: { group: GROUP, version: 'v1beta1', resource: 'serviceexports' },
      namespace: 'prod',
      name: 'api',
      operation: 'CREATE',
      userInfo: { username: 'jane', groups: ['system:authenticated'], extra: { scopes: ['a'] } },
      object: null,
      oldObject: null,
      dryRun: false,
      options: { kind: 'CreateOptions', apiVersion: 'meta.k8s.io/v1' },
      ...request,
    },
  });
}

/** A ConversionReview as kube-apiserver writes it. */
export function conversionReview(desiredVersion: string, objects: readonly unknown[]): string {
  return conversionReviewOf(desiredVersion, JSON.stringify(objects));
}

/** The same around a list that is text already. */
export function conversionReviewOf(desiredVersion: string, objects: string): string {
  const request = `{"uid":"c2","desiredAPIVersion":"${GROUP}/${desiredVersion}","objects":${objects}}`;
  return `{"kind":"ConversionReview","apiVersion":"apiextensions.k8s.io/v1","request":${request}}`;
}
