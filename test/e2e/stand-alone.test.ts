import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { eventually } from '../support/eventually.ts';
import type { Child, ControlPlane, Kubectl } from '../support/control-plane/index.ts';
import { createKubectl, freePorts, startChild, startControlPlane } from '../support/control-plane/index.ts';
import { PROGRAM } from './support/clusterset.ts';
import { memberDefinitions } from './support/crds.ts';
import type { DirectAnswer } from './support/direct.ts';
import { directGet } from './support/direct.ts';
import { namespace, service, serviceExport } from './support/objects.ts';

const EXPORTS = '/apis/multicluster.x-k8s.io/v1beta1/namespaces/prod/serviceexports';

let controlPlane: ControlPlane;
let server: Child | undefined;
let port: number;

/** No hub: a members' kubeconfig, a front proxy whose CA is a file, and a cluster that only reviews. */
beforeAll(async () => {
  controlPlane = await startControlPlane(['reviewer', 'east']);
  const east = controlPlane.kubectl('east');
  for (const crd of memberDefinitions()) await east.apply(crd);
  await east('wait', '--for=condition=Established', 'crd', '--all', '--timeout=30s');
  for (const object of [namespace('prod'), service('prod', 'api'), serviceExport('prod', 'api')]) {
    await east.apply(object);
  }
  const reviewer = controlPlane.kubectl('reviewer');
  const rules = [{ apiGroups: ['multicluster.x-k8s.io'], resources: ['serviceexports'], verbs: ['list'] }];
  const kind = { apiVersion: 'rbac.authorization.k8s.io/v1', kind: 'ClusterRole' };
  await reviewer.apply({ ...kind, metadata: { name: 'exports' }, rules });
  await reviewer('create', 'namespace', 'prod');
  await reviewer('create', 'rolebinding', 'jane', '-n', 'prod', '--clusterrole=exports', '--user=jane');
  const account = '--serviceaccount=prod:robot';
  await reviewer('create', 'serviceaccount', 'robot', '-n', 'prod');
  await reviewer('create', 'rolebinding', 'robot', '-n', 'prod', '--clusterrole=exports', account);
  const [free] = await freePorts(1);
  if (free === undefined) throw new Error('no free port');
  port = free;
  const { directory, adminKubeconfig } = controlPlane.cluster('reviewer');
  const started = startChild({
    name: 'clusterset-apiserver',
    command: process.execPath,
    args: [
      ...[PROGRAM, 'serve', '--members-kubeconfig', controlPlane.cluster('east').adminKubeconfig],
      ...['--bind-address', '127.0.0.1', '--secure-port', String(port)],
      ...['--durable-directory', durable(), '--client-ca-file', join(directory, 'ca.crt')],
      ...['--requestheader-client-ca-file', join(directory, 'front-proxy-ca.crt')],
      ...['--requestheader-allowed-names', 'front-proxy-client', '--requestheader-username-headers', 'X-Proxy-User'],
      ...['--authentication-kubeconfig', adminKubeconfig, '--authorization-kubeconfig', adminKubeconfig],
    ],
    logFile: join(controlPlane.directory, 'clusterset-apiserver.log'),
  });
  server = started;
  await eventually('the export of the member', async () => {
    if (started.process.exitCode !== null) throw new Error(`exited: ${started.output().slice(-3000)}`);
    expect(await administrator()('get', 'serviceexports', '-n', 'prod', '-o', 'name')).toContain('east.api');
  });
});

afterAll(async () => {
  await server?.stop();
  await controlPlane.stop();
});

const durable = (): string => join(controlPlane.directory, 'stand-alone');

function administrator(): Kubectl {
  return createKubectl({
    binary: controlPlane.binaries.path('kubectl'),
    kubeconfig: join(durable(), 'kubeconfig'),
    cacheDirectory: join(controlPlane.directory, 'cache'),
  });
}

async function get(
  path: string,
  headers: Readonly<Record<string, string>>,
  client?: { readonly cert: string; readonly key: string },
): Promise<DirectAnswer> {
  const { clusters } = JSON.parse(await kubeconfigJson()) as {
    clusters: { cluster: { 'certificate-authority-data': string } }[];
  };
  const ca = Buffer.from(clusters[0]?.cluster['certificate-authority-data'] ?? '', 'base64').toString();
  return directGet(port, path, { ca, headers, ...(client === undefined ? {} : { client }) });
}

async function kubeconfigJson(): Promise<string> {
  return administrator()('config', 'view', '--raw', '-o', 'json');
}

function frontProxy(): { cert: string; key: string } {
  return controlPlane.cluster('reviewer').keys.frontProxyClient;
}

describe('behind a front proxy without a hub', () => {
  it('believes the configured header of the configured proxy, and asks the reviewer for rights', async () => {
    expect((await get(EXPORTS, { 'x-proxy-user': 'jane' }, frontProxy())).body).toContain('east.api');
    const elsewhere = await get(EXPORTS.replace('prod', 'other'), { 'x-proxy-user': 'jane' }, frontProxy());
    expect(elsewhere.status).toBe(403);
    expect(elsewhere.body).toContain('User \\"jane\\" cannot list resource');
  });

  it('does not believe the default header once another one is configured', async () => {
    expect((await get(EXPORTS, { 'x-remote-user': 'jane' }, frontProxy())).status).toBe(401);
  });

  it('does not believe the header without the certificate of the proxy', async () => {
    const anonymous = await get(EXPORTS, { 'x-proxy-user': 'jane' });
    expect(anonymous.status).toBe(403);
    expect(anonymous.body).toContain('system:anonymous');
    const asUser = await controlPlane.cluster('reviewer').keys.user('somebody');
    const user = await get(EXPORTS, { 'x-proxy-user': 'jane' }, asUser);
    expect(user.body).toContain('User \\"somebody\\" cannot list');
  });
});

describe('direct access without a hub', () => {
  it('accepts client certificates of --client-ca-file', async () => {
    const jane = await controlPlane.cluster('reviewer').keys.user('jane');
    expect((await get(EXPORTS, {}, jane)).body).toContain('east.api');
  });

  it('has bearer tokens reviewed by --authentication-kubeconfig', async () => {
    const token = (await controlPlane.kubectl('reviewer')('create', 'token', 'robot', '-n', 'prod')).trim();
    expect((await get(EXPORTS, { authorization: `Bearer ${token}` })).body).toContain('east.api');
    expect((await get(EXPORTS, { authorization: 'Bearer wrong' })).status).toBe(401);
    expect(await readFile(join(controlPlane.directory, 'clusterset-apiserver.log'), 'utf8')).not.toContain(token);
  });

  it('counts what it asked the reviewer', async () => {
    const metrics = await administrator()('get', '--raw', '/metrics');
    expect(metrics).toMatch(/^apiserver_delegated_authn_request_total\{code="201"\} [1-9]/m);
    expect(metrics).toMatch(/^apiserver_delegated_authz_request_total\{code="201"\} [1-9]/m);
  });

  it('says where the kubeconfig of its administrator is', () => {
    expect(server?.output()).toContain(join(durable(), 'kubeconfig'));
  });
});
