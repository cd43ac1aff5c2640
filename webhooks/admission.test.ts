import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { serviceExport } from '../test/support/clusterset-objects.ts';
import { admissionContext } from '../test/support/admission.ts';
import type { AdmissionParts, WebhookServer } from '../test/support/webhooks.ts';
import { admissionReview, rulesJudge, startWebhooks } from '../test/support/webhooks.ts';
import { WEBHOOK_PATHS } from './paths.ts';
import type { ReviewDecision } from './types.ts';

interface Response {
  readonly uid: string;
  readonly allowed: boolean;
  readonly status?: Record<string, unknown>;
  readonly warnings?: readonly string[];
}

let server: WebhookServer;

beforeAll(async () => {
  const lookup = { predict: () => ['PortConflict expected: web is TCP/80 in east (oldest)'] };
  server = await startWebhooks({ judge: rulesJudge(admissionContext(lookup)) });
});

afterAll(() => server.stop());

async function ask(webhook: 'safety' | 'advice', parts: AdmissionParts, on = server): Promise<Response> {
  const { code, text } = await on.post(`${WEBHOOK_PATHS[webhook]}?timeout=10s`, admissionReview(parts));
  expect(code, text).toBe(200);
  const review = JSON.parse(text) as { apiVersion: string; kind: string; response: Response };
  expect([review.apiVersion, review.kind]).toEqual(['admission.k8s.io/v1', 'AdmissionReview']);
  return review.response;
}

const bad = serviceExport({ name: 'a.b' });

describe('a write with a fault', () => {
  it('is denied by the safety webhook, with causes and a message that can be read alone', async () => {
    const response = await ask('safety', { name: 'a.b', object: bad });
    expect(response).toEqual({
      uid: '705ab4f5-6393-11e8-b7cc-42010a800002',
      allowed: false,
      status: {
        kind: 'Status',
        apiVersion: 'v1',
        metadata: {},
        status: 'Failure',
        reason: 'Invalid',
        code: 422,
        message: `ServiceExport.multicluster.x-k8s.io "a.b" is invalid: metadata.name: Invalid value: "a.b": no Service can have this name: must not contain dots`,
        details: {
          name: 'a.b',
          group: 'multicluster.x-k8s.io',
          kind: 'ServiceExport',
          causes: [
            {
              reason: 'FieldValueInvalid',
              field: 'metadata.name',
              message: 'Invalid value: "a.b": no Service can have this name: must not contain dots',
            },
          ],
        },
      },
    });
  });

  it('is allowed by the advice webhook, which only warns', async () => {
    expect(await ask('advice', { name: 'a.b', object: bad })).toEqual({
      uid: '705ab4f5-6393-11e8-b7cc-42010a800002',
      allowed: true,
      warnings: ['PortConflict expected: web is TCP/80 in east (oldest)'],
    });
  });
});

describe('what is never denied', () => {
  const deleting = { deletionTimestamp: '2026-01-05T10:00:00Z', finalizers: ['example.com/hold'] };
  const decisions: readonly ReviewDecision[] = [
    { type: 'deny', causes: [], warnings: [] },
    { type: 'fail', failure: { rule: 'broken', error: new Error('bug') } },
  ];

  it.each(decisions)(
    'the removal of finalizers from what is being deleted, whatever a rule says: $type',
    async (decision) => {
      const denying = await startWebhooks({ judge: () => decision });
      const parts = {
        operation: 'UPDATE',
        oldObject: serviceExport({ name: 'a.b', ...deleting }),
        object: serviceExport({ name: 'a.b', ...deleting, finalizers: [] }),
      };
      expect(await ask('safety', parts, denying)).toMatchObject({ allowed: true });
      const changed = { ...parts, object: serviceExport({ ...deleting }, { spec: { exportedLabels: { a: 'b' } } }) };
      expect(await ask('safety', changed, denying)).toMatchObject({ allowed: false });
      await denying.stop();
    },
  );

  it.each([
    ['CONNECT', { operation: 'CONNECT', object: { kind: 'ServiceProxyOptions' } }],
    ['an operation of a later time', { operation: 'MERGE', object: bad }],
    ['a resource that no rule knows', { resource: { group: '', version: 'v1', resource: 'pods' }, object: bad }],
    [
      'a version that no rule knows',
      { resource: { group: 'multicluster.x-k8s.io', version: 'v7', resource: 'serviceexports' }, object: bad },
    ],
    [
      'a subresource with a kind of its own',
      { kind: { group: 'autoscaling', version: 'v1', kind: 'Scale' }, subResource: 'scale', object: { kind: 'Scale' } },
    ],
    [
      'a kind that is not the one of the resource',
      { kind: { group: 'multicluster.x-k8s.io', version: 'v1beta1', kind: 'Other' }, object: bad },
    ],
    ['a deletion without the object', { operation: 'DELETE', name: '' }],
  ])('%s', async (_what, parts) => {
    const asked = server.judged.length;
    expect(await ask('safety', parts)).toMatchObject({ allowed: true });
    expect(server.judged).toHaveLength(asked);
  });
});

it('tells once in the log what it was asked about and does not know', async () => {
  const own = await startWebhooks();
  const parts = { resource: { group: 'apps', version: 'v1', resource: 'deployments' } };
  await ask('safety', parts, own);
  await ask('advice', parts, own);
  expect(own.logged).toEqual([
    {
      message: 'a webhook was asked about what it does not know, and allowed it',
      fields: { unknown: 'resource apps/deployments' },
    },
  ]);
  await own.stop();
});

describe('what the rules see', () => {
  it('is everything that the envelope says of the write', async () => {
    await ask('safety', {
      operation: 'UPDATE',
      object: serviceExport(),
      oldObject: serviceExport({ generation: 2 }),
      dryRun: true,
      subResource: 'status',
      requestKind: { group: 'multicluster.x-k8s.io', version: 'v1alpha1', kind: 'ServiceExport' },
    });
    expect(server.judged.at(-1)).toMatchObject({
      effect: 'deny',
      origin: { member: undefined, authenticated: false },
      subject: { resource: 'serviceexports' },
      operation: 'UPDATE',
      subresource: 'status',
      namespace: 'prod',
      name: 'api',
      object: serviceExport(),
      oldObject: serviceExport({ generation: 2 }),
      requestVersion: 'v1alpha1',
      user: { name: 'jane', uid: undefined, groups: ['system:authenticated'], extra: { scopes: ['a'] } },
      dryRun: true,
    });
  });

  it('is the storage version, whichever version is reviewed', async () => {
    const gvr = { group: 'multicluster.x-k8s.io', version: 'v1alpha2' };
    await ask('safety', {
      resource: { ...gvr, resource: 'serviceimports' },
      kind: { ...gvr, kind: 'ServiceImport' },
      object: {
        apiVersion: 'multicluster.x-k8s.io/v1alpha2',
        kind: 'ServiceImport',
        metadata: { name: 'api', namespace: 'prod' },
        type: 'ClusterSetIP',
        ports: [],
      },
    });
    expect(server.judged.at(-1)?.object).toMatchObject({
      apiVersion: 'multicluster.x-k8s.io/v1beta1',
      spec: { type: 'ClusterSetIP', ports: [] },
    });
  });

  it('is the object that goes, when a collection is deleted and nothing is named', async () => {
    await ask('advice', { operation: 'DELETE', name: '', oldObject: serviceExport() });
    expect(server.judged.at(-1)).toMatchObject({ operation: 'DELETE', name: 'api', object: undefined });
  });

  it('is an object without a name, where kube-apiserver has still to make one', async () => {
    const { apiVersion, kind } = serviceExport();
    await ask('safety', { name: '', object: { apiVersion, kind, metadata: { generateName: 'api-' } } });
    expect(server.judged.at(-1)).toMatchObject({ name: '', object: { metadata: { generateName: 'api-', name: '' } } });
  });

  it('has exact integers, keys such as __proto__ as fields, and of keys given twice the last', async () => {
    const object = `{"apiVersion":"multicluster.x-k8s.io/v1beta1","kind":"ServiceExport","metadata":{"name":"x","name":"api"},"spec":{"n":9007199254740993,"__proto__":{"polluted":true},"constructor":1}}`;
    const text = admissionReview({ object: 'OBJECT' }).replace('"OBJECT"', object);
    expect((await server.post(WEBHOOK_PATHS.safety, text)).code).toBe(200);
    const judged = server.judged.at(-1)?.object;
    expect(judged?.metadata.name).toBe('api');
    expect(judged?.spec).toHaveProperty('n', 9007199254740993n);
    expect(Object.keys(judged?.spec ?? {})).toEqual(['n', '__proto__', 'constructor']);
    expect({}).not.toHaveProperty('polluted');
  });
});

describe('what is decided', () => {
  it.each<[string, ReviewDecision, object]>([
    [
      '403',
      { type: 'forbid', because: 'not from kube-system', warnings: [] },
      {
        code: 403,
        reason: 'Forbidden',
        message: 'serviceexports.multicluster.x-k8s.io "api" is forbidden: not from kube-system',
        details: { name: 'api', group: 'multicluster.x-k8s.io', kind: 'serviceexports' },
      },
    ],
    [
      '503, and when to come again',
      { type: 'unavailable', because: 'the hub cannot be reached', retryAfterSeconds: 5, warnings: [] },
      {
        code: 503,
        reason: 'ServiceUnavailable',
        message: 'the hub cannot be reached',
        details: { retryAfterSeconds: 5 },
      },
    ],
    [
      '500, by the name of the rule',
      { type: 'fail', failure: { rule: 'broken', error: new Error('secret') } },
      { code: 500, reason: 'InternalError', message: 'Internal error occurred: the admission rule "broken" failed' },
    ],
  ])('becomes %s in the safety webhook and nothing in the advice webhook', async (_what, decision, status) => {
    const own = await startWebhooks({ judge: () => decision });
    const response = await ask('safety', { object: serviceExport() }, own);
    expect(response).toMatchObject({ allowed: false, status });
    expect(JSON.stringify(response)).not.toContain('secret');
    expect(await ask('advice', { object: serviceExport() }, own)).toMatchObject({ allowed: true });
    await own.stop();
  });

  it('becomes 500 when nobody could decide', async () => {
    const own = await startWebhooks({ judge: () => Promise.reject(new Error('bug')) });
    expect(await ask('safety', { object: serviceExport() }, own)).toMatchObject({ status: { code: 500 } });
    expect(own.logged).toMatchObject([{ message: 'an admission rule failed', fields: { rule: 'all' } }]);
    await own.stop();
  });

  it('comes with its audit annotations', async () => {
    const auditAnnotations = { rule: 'no-latest' };
    const own = await startWebhooks({
      judge: () => ({ type: 'allow', warnings: [], failures: [], auditAnnotations }),
    });
    expect(await ask('safety', { object: serviceExport() }, own)).toMatchObject({ allowed: true, auditAnnotations });
    await own.stop();
  });

  it('warns in no more than 4096 characters, of 255 each', async () => {
    const warnings = Array.from({ length: 40 }, (_, index) => `${index} ${'é'.repeat(400)}`);
    const own = await startWebhooks({ judge: () => ({ type: 'allow', warnings, failures: [] }) });
    const said = (await ask('advice', { object: serviceExport() }, own)).warnings ?? [];
    expect(said.length).toBeGreaterThan(10);
    expect(Math.max(...said.map(({ length }) => length))).toBe(255);
    expect(said.join('').length).toBeLessThanOrEqual(4096);
    await own.stop();
  });
});

describe('before the ClusterSet is known', () => {
  const notSynced = () => ({ because: 'west was not read yet', retryAfterSeconds: 7 });

  it('advice says so', async () => {
    const own = await startWebhooks({ notSynced });
    expect(await ask('advice', { object: serviceExport() }, own)).toMatchObject({
      allowed: true,
      warnings: ['Not all is known yet: west was not read yet'],
    });
    await own.stop();
  });

  it('the safety webhook judges by what is known, if it is configured so', async () => {
    const own = await startWebhooks({ notSynced, safetyBeforeSync: 'judge' });
    expect(await ask('safety', { object: serviceExport() }, own)).toMatchObject({ allowed: true });
    expect(await ask('safety', { name: 'a.b', object: bad }, own)).toMatchObject({ status: { code: 422 } });
    await own.stop();
  });

  it('it refuses with 503 otherwise, but no deletion', async () => {
    const own = await startWebhooks({ notSynced, safetyBeforeSync: 'refuse' });
    expect(await ask('safety', { object: serviceExport() }, own)).toMatchObject({
      allowed: false,
      status: { code: 503, message: 'west was not read yet', details: { retryAfterSeconds: 7 } },
    });
    const deletion = { operation: 'DELETE', oldObject: serviceExport() };
    expect(await ask('safety', deletion, own)).toMatchObject({ allowed: true });
    await own.stop();
  });
});
