import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Answer, Call, ContractTarget } from '../../test/contract/target.ts';
import { call } from '../../test/contract/target.ts';
import type { RunningEmbeddedMember } from '../../test/support/embedded-member.ts';
import { startEmbeddedMember } from '../../test/support/embedded-member.ts';

const EXPORTS = '/apis/multicluster.x-k8s.io/v1beta1/namespaces/default/serviceexports';
const JSON_BODY = { headers: { 'Content-Type': 'application/json' } };

let running: RunningEmbeddedMember;
let target: ContractTarget;

beforeAll(async () => {
  running = await startEmbeddedMember('east');
  const { cert, key } = running.admin;
  target = { baseUrl: running.url, tls: { ca: running.ca, cert, key }, close: () => Promise.resolve() };
});

afterAll(() => running.member.close());

function ask(path: string, options: Call = {}): Promise<Answer> {
  return call(target, path, { accept: 'application/json', ...options });
}

async function bodyOf(path: string, options: Call = {}): Promise<unknown> {
  return JSON.parse((await ask(path, options)).text);
}

describe('an embedded member', () => {
  it('has what a member is recognised and probed by', async () => {
    expect(await bodyOf('/api/v1/namespaces/kube-system')).toMatchObject({
      metadata: { name: 'kube-system', uid: expect.stringMatching(/^[0-9a-f-]{36}$/) as string },
    });
    expect((await ask('/readyz')).text).toBe('ok');
    expect(await bodyOf('/version')).toMatchObject({ gitVersion: expect.stringMatching(/^v1\./) as string });
  });

  it('is as ready as its checks say', async () => {
    const problems: string[] = [];
    const { member, url, ca, admin } = await startEmbeddedMember('sick', {
      readiness: [{ name: 'etcd', check: () => problems[0] }],
    });
    const sick = { ...target, baseUrl: url, tls: { ca, cert: admin.cert, key: admin.key } };
    expect((await call(sick, '/readyz')).status).toBe(200);
    problems.push('no quorum');
    const answer = await call(sick, '/readyz');
    expect(answer.status).toBe(500);
    expect(answer.text).toContain('[-]etcd failed: reason withheld');
    member.close();
  });

  it('tells what it serves', async () => {
    const names = async (path: string): Promise<unknown> =>
      ((await bodyOf(path)) as { resources: { name: string }[] }).resources.map(({ name }) => name);
    expect(await names('/api/v1')).toEqual(['namespaces', 'namespaces/status', 'services', 'services/status']);
    expect(await names('/apis/multicluster.x-k8s.io/v1alpha1')).toEqual([
      'serviceexports',
      'serviceexports/status',
      'serviceimports',
      'serviceimports/status',
    ]);
    expect(await names('/apis/discovery.k8s.io/v1')).toEqual(['endpointslices']);
    expect(await names('/apis/coordination.k8s.io/v1')).toEqual(['leases']);
    expect(await names('/apis/about.k8s.io/v1beta1')).toEqual(['clusterproperties', 'clusterproperties/status']);
  });

  it('knows nobody but its administrator', async () => {
    const anonymous = { ...target, tls: { ca: running.ca } };
    expect((await call(anonymous, '/api/v1/services')).status).toBe(403);
    const other = await startEmbeddedMember('west');
    const stranger = { ...target, tls: { ca: running.ca, cert: other.admin.cert, key: other.admin.key } };
    expect((await call(stranger, '/api/v1/services')).status).toBe(401);
    other.member.close();
  });

  it('takes an object in one version and gives it in another', async () => {
    const body = JSON.stringify({
      apiVersion: 'multicluster.x-k8s.io/v1alpha1',
      kind: 'ServiceExport',
      metadata: { name: 'api' },
    });
    const path = EXPORTS.replace('v1beta1', 'v1alpha1');
    expect((await ask(path, { method: 'POST', body, ...JSON_BODY })).status).toBe(201);
    expect(await bodyOf(`${EXPORTS}/api`)).toMatchObject({ apiVersion: 'multicluster.x-k8s.io/v1beta1' });
  });

  it('refuses a body that is too large', async () => {
    const answer = await ask(EXPORTS, { method: 'POST', body: `"${'x'.repeat(3 * 1024 * 1024)}"`, ...JSON_BODY });
    expect(answer.status).toBe(413);
  });

  it('warns of unknown fields unless it is told otherwise', async () => {
    const body = JSON.stringify({ ...JSON.parse((await ask(`${EXPORTS}/api`)).text), spec: { surprise: 1 } });
    const put = (query: string): Promise<Answer> =>
      ask(`${EXPORTS}/api?dryRun=All${query}`, { method: 'PUT', body, ...JSON_BODY });
    expect((await put('')).headers.warning).toBe('299 - "unknown field \\"spec.surprise\\""');
    expect((await put('&fieldValidation=Ignore')).headers.warning).toBeUndefined();
    expect((await put('&fieldValidation=Strict')).status).toBe(400);
  });
});

describe('a patch of an embedded member', () => {
  const patch = (path: string, contentType: string, body: unknown): Promise<Answer> =>
    ask(path, { method: 'PATCH', headers: { 'Content-Type': contentType }, body: JSON.stringify(body) });

  it('may be a JSON patch, of built-in and custom kinds', async () => {
    const operations = [
      { op: 'test', path: '/kind', value: 'Namespace' },
      { op: 'add', path: '/metadata/labels/tier', value: 'front' },
    ];
    const answer = await patch('/api/v1/namespaces/default', 'application/json-patch+json', operations);
    expect(JSON.parse(answer.text)).toMatchObject({ metadata: { labels: { tier: 'front' } } });
    const [created] = [{ apiVersion: 'multicluster.x-k8s.io/v1beta1', kind: 'ServiceExport', metadata: { name: 'p' } }];
    await ask(EXPORTS, { method: 'POST', ...JSON_BODY, body: JSON.stringify(created) });
    const labels = [{ op: 'add', path: '/metadata/labels', value: { a: 'b' } }];
    const changed = await patch(`${EXPORTS}/p`, 'application/json-patch+json', labels);
    expect(JSON.parse(changed.text)).toMatchObject({ metadata: { name: 'p', labels: { a: 'b' } } });
  });

  it('that cannot be applied changes nothing and says why', async () => {
    const operations = [
      { op: 'add', path: '/metadata/labels/half', value: 'done' },
      { op: 'test', path: '/kind', value: 'Other' },
    ];
    const answer = await patch('/api/v1/namespaces/default', 'application/json-patch+json', operations);
    expect(answer.status).toBe(422);
    expect(answer.text).toContain('operation 1: testing value /kind failed: test failed');
    expect((await ask('/api/v1/namespaces/default')).text).not.toContain('half');
  });
});
