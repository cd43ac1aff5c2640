import { describe, expect, it } from 'vitest';
import { createRequest, deleteRequest, memberIdentity, updateRequest } from '../../../../test/support/admission.ts';
import { clusterId } from '../../../../test/support/clusterset-objects.ts';
import type { ReviewedWrite } from '../../../../webhooks/index.ts';
import { ConnectionError } from '../../../connection/index.ts';
import type { KubeConnection, KubeRequest } from '../../../connection/index.ts';
import type { KubeObject } from '../../../kube/object.ts';
import type { AdmissionRequest } from '../../../resources/index.ts';
import { createJoinCall } from './join-call.ts';

const EAST = clusterId('east');
const WRITE = {} as ReviewedWrite;

function property(name: string, value: string): KubeObject {
  return { apiVersion: 'about.k8s.io/v1beta1', kind: 'ClusterProperty', metadata: { name }, spec: { value } };
}

/** What the hub answers, or that it does not. */
type Hub = { readonly status: number; readonly body: unknown } | ConnectionError;

/** What is decided for a member of this identity, and what the hub was asked. */
async function decide(request: AdmissionRequest, hub: Hub, identity = { clusterID: 'one', clusterSet: '' }) {
  const asked: KubeRequest[] = [];
  const connection: KubeConnection = {
    server: 'https://hub',
    request: (sent) => {
      asked.push(sent);
      if (hub instanceof ConnectionError) return Promise.reject(hub);
      const text = typeof hub.body === 'string' ? hub.body : JSON.stringify(hub.body);
      return Promise.resolve({ status: hub.status, headers: {}, body: Buffer.from(text) });
    },
    openStream: () => Promise.reject(new Error('not asked for')),
    close: () => undefined,
  };
  const call = createJoinCall({
    ...{ connection: () => connection, aboutGroup: 'about.k8s.io', own: EAST },
    identityOf: (cluster) => memberIdentity(cluster, identity),
  });
  return { decision: await call(request, WRITE), asked };
}

const answered = (status: object): Hub => ({ status: 201, body: { status } });
const ALLOWED = answered({ allowed: true });
const JOIN = createRequest(property('clusterset.k8s.io', 'prod'));

describe('a write that would give the cluster an identity in a ClusterSet', () => {
  it('is asked of the hub, with who the cluster would be', async () => {
    const { decision, asked } = await decide({ ...JOIN, dryRun: true }, ALLOWED);
    expect(decision).toEqual({ type: 'allow', warnings: [], failures: [] });
    expect(asked.map(({ method, path }) => [method, path])).toEqual([
      ['POST', '/apis/about.k8s.io/v1beta1/clusterproperties/east.clusterset.k8s.io/join'],
    ]);
    expect(JSON.parse(asked[0]?.body ?? '')).toEqual({
      apiVersion: 'clusterset-apiserver.dev/v1alpha1',
      kind: 'ClusterPropertyJoin',
      spec: { value: 'prod', clusterID: 'one', clusterSet: 'prod', dryRun: true },
    });
  });

  it('is asked too when the id comes after the ClusterSet', async () => {
    const id = createRequest(property('cluster.clusterset.k8s.io', 'one'));
    const { asked } = await decide(id, ALLOWED, { clusterID: '', clusterSet: 'prod' });
    expect(asked).toHaveLength(1);
  });

  it.each<[string, AdmissionRequest]>([
    ['another property', createRequest(property('location.example.com', 'eu'))],
    ['leaving', deleteRequest(property('clusterset.k8s.io', 'prod'))],
    ['a status', { ...JOIN, subresource: 'status' }],
    ['another kind', createRequest({ ...property('clusterset.k8s.io', 'prod'), kind: 'ServiceExport' })],
  ])('is not %s, of which nobody is asked', async (_, request) => {
    expect(await decide(request, ALLOWED)).toEqual({ decision: undefined, asked: [] });
  });

  it('is denied as the hub denies it', async () => {
    const causes = [{ field: 'spec.value', reason: 'FieldValueDuplicate', message: 'taken' }];
    expect((await decide(JOIN, answered({ allowed: false, code: 422, message: 'x', causes }))).decision).toEqual({
      ...{ type: 'deny', causes, warnings: [] },
    });
    expect((await decide(JOIN, answered({ allowed: false, code: 403, message: 'no' }))).decision).toEqual({
      ...{ type: 'forbid', because: 'no', warnings: [] },
    });
    const busy = answered({ allowed: false, code: 503, message: 'busy', retryAfterSeconds: 1 });
    expect((await decide(JOIN, busy)).decision).toEqual({
      ...{ type: 'unavailable', because: 'busy', retryAfterSeconds: 1, warnings: [] },
    });
  });

  it.each<[string, Hub]>([
    ['cannot be reached', new ConnectionError('Unreachable', 'cannot be reached', { sent: false })],
    ['not ready', { status: 503, body: { kind: 'Status', message: 'not ready' } }],
    ['it answers 404', { status: 404, body: '404 page not found' }],
    ['it answers 201', { status: 201, body: { kind: 'Else' } }],
    ['it answers 201', { status: 201, body: [] }],
  ])('is put off while the hub gives no decision: %s', async (problem, hub) => {
    expect((await decide(JOIN, hub)).decision).toEqual({
      type: 'unavailable',
      because: `whether this identity is free can only be decided by the hub, which cannot be asked: ${problem}`,
      retryAfterSeconds: 5,
      warnings: [],
    });
  });

  it('is put off where no hub is named', async () => {
    const identityOf = () => memberIdentity('east', { clusterID: 'one' });
    const call = createJoinCall({ connection: undefined, aboutGroup: 'about.k8s.io', own: EAST, identityOf });
    expect(await call(JOIN, WRITE)).toMatchObject({
      type: 'unavailable',
      because: expect.stringContaining('no hub') as string,
    });
  });
});

describe('an id that changes outside all ClusterSets', () => {
  const OLD = property('cluster.clusterset.k8s.io', 'one');
  const CHANGED = updateRequest(OLD, property('cluster.clusterset.k8s.io', 'two'));
  const ALLOW = { type: 'allow', warnings: [], failures: [] };

  it.each<[string, AdmissionRequest, string]>([
    ['changed', CHANGED, 'two'],
    ['dropped', deleteRequest(OLD), ''],
  ])('is told to the hub when it is %s', async (_, request, value) => {
    const { decision, asked } = await decide(request, ALLOWED);
    expect(decision).toEqual(ALLOW);
    expect(asked.map(({ path, timeoutMs }) => [path, timeoutMs])).toEqual([
      ['/apis/about.k8s.io/v1beta1/clusterproperties/east.cluster.clusterset.k8s.io/join', 1_000],
    ]);
    expect(JSON.parse(asked[0]?.body ?? '')).toMatchObject({ spec: { value, clusterID: value, clusterSet: '' } });
  });

  it('waits for a join that is under way', async () => {
    const busy = answered({ allowed: false, code: 503, message: 'busy', retryAfterSeconds: 1 });
    expect((await decide(CHANGED, busy)).decision).toMatchObject({ type: 'unavailable', because: 'busy' });
  });

  it.each<[string, Hub]>([
    ['is away', new ConnectionError('Unreachable', 'cannot be reached', { sent: false })],
    ['is not ready', { status: 503, body: { kind: 'Status', message: 'not ready' } }],
    ['knows no such question', { status: 422, body: { kind: 'Status', message: 'spec.value: Required value' } }],
  ])('goes on when the hub %s', async (_, hub) => {
    expect((await decide(CHANGED, hub)).decision).toEqual(ALLOW);
  });
});
