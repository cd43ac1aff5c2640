import { createHash } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { connect } from 'node:tls';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { issueAuthority, issueServing } from '../../certs/issue.ts';
import type { Child } from '../support/control-plane/index.ts';
import { eventually } from '../support/eventually.ts';
import type { TestClusterSet } from './support/clusterset.ts';
import { API_SERVICES, NAMESPACE, startClusterSet } from './support/clusterset.ts';
import { memberDefinitions } from './support/crds.ts';
import { rawRequest } from './support/http.ts';
import { namespace, service, serviceExport } from './support/objects.ts';
import type { View } from './support/views.ts';
import { keyOf, viewOf } from './support/views.ts';

const IMPORTS = '/apis/multicluster.x-k8s.io/v1beta1/serviceimports';
const DAY_MS = 24 * 3600 * 1000;

let set: TestClusterSet;
let hub: View;
let certFile: string;
let keyFile: string;
let watches = 0;

async function exportService(name: string): Promise<void> {
  await set.member('east').apply(service('prod', name));
  await set.member('east').apply(serviceExport('prod', name));
}

function watch(...args: string[]): Child {
  watches += 1;
  const logFile = join(set.controlPlane.directory, `watch-${watches}.log`);
  return set.hub.start(['get', 'svcim', '-n', 'prod', '--watch', '--output-watch-events', ...args], logFile);
}

function sees(child: Child, pattern: RegExp): Promise<void> {
  return eventually(`${String(pattern)} in a watch`, () => expect(child.output()).toMatch(pattern));
}

/** Puts a certificate of a new authority in the files; returns the fingerprint of the certificate. */
async function replaceCertificate(): Promise<void> {
  const validity = { nowMs: Date.now(), lifetimeMs: DAY_MS };
  const authority = await issueAuthority({ commonName: 'test-serving-ca', validity });
  const dnsNames = ['localhost', `clusterset-apiserver.${NAMESPACE}.svc`];
  const { cert, key } = await issueServing({ dnsNames, ips: ['127.0.0.1'], authority, validity });
  await writeFile(certFile, `${cert}${authority.cert}`);
  await writeFile(keyFile, key);
}

/** The certificate that a new connection is shown. */
function servedCertificate(): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect({ host: '127.0.0.1', port: set.port, rejectUnauthorized: false }, () => {
      resolve(createHash('sha256').update(socket.getPeerCertificate().raw).digest('hex'));
      socket.destroy();
    });
    socket.once('error', reject);
  });
}

async function caBundle(apiService: string): Promise<string | undefined> {
  const object = await set.hub.json<{ spec: { caBundle?: string } }>('get', 'apiservice', apiService);
  return object.spec.caBundle;
}

async function listRevision(): Promise<number> {
  const { status, body } = await rawRequest(set.controlPlane.cluster('hub'), IMPORTS);
  expect(status).toBe(200);
  return Number((JSON.parse(body) as { metadata: { resourceVersion: string } }).metadata.resourceVersion);
}

beforeAll(async () => {
  set = await startClusterSet(['east']);
  hub = viewOf(set.hub);
  await set.member('east').apply(namespace('prod'));
  await exportService('api');
  certFile = join(set.controlPlane.directory, 'tls.crt');
  keyFile = join(set.controlPlane.directory, 'tls.key');
  await replaceCertificate();
  await set.startServer(['--tls-cert-file', certFile, '--tls-private-key-file', keyFile]);
});

afterAll(() => set.stop());

describe('a certificate from files', () => {
  it('is renewed, authority and all, without an end to a running watch', async () => {
    const child = watch();
    await sees(child, /ADDED +api/);
    const before = await servedCertificate();
    const bundles = await Promise.all(API_SERVICES.map(caBundle));
    await replaceCertificate();
    await eventually('the new certificate', async () => expect(await servedCertificate()).not.toBe(before));
    await eventually('the hub to trust it', async () => {
      const now = await Promise.all(API_SERVICES.map(caBundle));
      for (const [index, bundle] of now.entries()) expect(bundle).not.toBe(bundles[index]);
      await hub.list('svcim');
    });
    await exportService('renewed');
    await sees(child, /ADDED +renewed/);
    expect(child.process.exitCode).toBeNull();
    await child.stop();
  });
});

describe('the caBundle of an APIService', () => {
  it('is put right again when somebody wipes it', async () => {
    const [name = ''] = API_SERVICES;
    const before = await caBundle(name);
    const wipe = ['patch', 'apiservice', name, '--type=merge', '-p', '{"spec":{"caBundle":null}}'];
    // What the patch answers: a moment later it is put right already.
    expect(await set.hub(...wipe, '-o', 'jsonpath={.spec.caBundle}')).toBe('');
    await eventually('the caBundle', async () => expect(await caBundle(name)).toBe(before));
    await eventually('the API', () => hub.list('svcim'));
  });
});

describe('a definition of our group that appears on the hub', () => {
  it('changes nothing of our API, and is told in answers and an Event', async () => {
    const [definition] = memberDefinitions(['v1beta1']);
    await set.hub.apply(definition);
    await eventually(
      'the warning',
      async () => {
        const { stderr } = await set.hub.result(['get', 'svcim', '-A']);
        expect(stderr).toMatch(/^Warning: .*serviceexports\.multicluster\.x-k8s\.io/m);
      },
      90_000,
    );
    expect((await hub.list('svcex')).map(keyOf)).toContain('prod/east.api');
    const events = await set.hub('get', 'events.events.k8s.io', '-n', NAMESPACE, '-o', 'wide');
    expect(events).toContain('DefinitionHidden');
    await set.hub('delete', 'crd', 'serviceexports.multicluster.x-k8s.io');
  });
});

describe('a restart under a running watch', () => {
  it('ends the watch cleanly, and the next one goes on where things are', async () => {
    const child = watch();
    await sees(child, /ADDED +api/);
    const before = await listRevision();
    const object = await hub.read('svcim', 'prod/api');
    expect(await set.stopServer()).toBe(0);
    expect(await child.exited).toBe(0);
    expect(child.output()).not.toMatch(/error/i);
    await exportService('meanwhile');
    await set.startServer();
    const next = watch();
    await sees(next, /ADDED +meanwhile/);
    await next.stop();
    expect(await listRevision()).toBeGreaterThan(before);
    const after = await hub.read('svcim', 'prod/api');
    expect(after.metadata.uid).toBe(object.metadata.uid);
    expect(after.status).toEqual(object.status);
  });

  it('never resumes a watch on the numbering of another life', async () => {
    const revision = await listRevision();
    expect(await set.stopServer()).toBe(0);
    await set.startServer();
    const path = `${IMPORTS}?watch=true&timeoutSeconds=5&resourceVersion=${String(revision)}`;
    const { body } = await rawRequest(set.controlPlane.cluster('hub'), path);
    expect(body).toMatch(/"reason":"Expired".*"code":410/);
  });

  it('lets kubectl wait for what comes after', async () => {
    const waiting = set.hub('wait', '--for=create', 'svcim/awaited', '-n', 'prod', '--timeout=60s');
    await exportService('awaited');
    expect(await waiting).toContain('condition met');
  });
});
