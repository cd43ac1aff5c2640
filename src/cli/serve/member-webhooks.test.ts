import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { request } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pino from 'pino';
import { Registry } from 'prom-client';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { admissionContext } from '../../../test/support/admission.ts';
import { clusterId, serviceExport } from '../../../test/support/clusterset-objects.ts';
import type { CertificateAndKey, ServingCertificate } from '../../../certs/index.ts';
import { issueAuthority, issueClient, issueServing } from '../../../certs/index.ts';
import { memberWebhookPath, WEBHOOK_PATHS } from '../../../webhooks/index.ts';
import { createIdentityReservations } from '../../clusterset/index.ts';
import { unknownIdentity } from '../../clusterset/member-identity.ts';
import { loadConfiguration } from '../../config/index.ts';
import { UsageError } from '../exit.ts';
import { type MemberWebhooks, openMemberWebhooks } from './member-webhooks.ts';

const validity = { nowMs: Date.now(), lifetimeMs: 3_600_000 };

let directory: string;
let authority: CertificateAndKey;
let serving: CertificateAndKey;
let clients: CertificateAndKey;
let webhooks: MemberWebhooks;

function servingCertificate(): ServingCertificate {
  return {
    current: () => ({ ...serving, caBundle: authority.cert }),
    onChange: () => () => undefined,
  } as unknown as ServingCertificate;
}

async function open(lines: readonly string[]): Promise<MemberWebhooks | undefined> {
  const config = loadConfiguration(['serving: { bindAddress: 127.0.0.1 }', ...lines].join('\n'), {});
  if (!config.ok) throw new Error(config.error);
  const lookup = {
    predict: (_: unknown, caller: { namesOthers: boolean }) => [caller.namesOthers ? 'west' : 'another cluster'],
  };
  return openMemberWebhooks({
    config: config.value,
    clusterSet: {
      admission: admissionContext(lookup),
      findMember: (name) => (name === 'east' || name === 'north' ? clusterId(name) : undefined),
      problem: () => undefined,
      reservations: createIdentityReservations({ monotonic: () => 0, known: unknownIdentity }),
    },
    certificate: servingCertificate(),
    log: pino({ enabled: false }),
    registry: new Registry(),
  });
}

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'member-webhooks-'));
  authority = await issueAuthority({ commonName: 'serving', validity });
  serving = await issueServing({ dnsNames: ['localhost'], ips: ['127.0.0.1'], authority, validity });
  clients = await issueAuthority({ commonName: 'webhook-clients', validity });
  await writeFile(join(directory, 'ca.crt'), clients.cert);
  const opened = await open([
    `webhooks: { enabled: true, port: 0, clientCaFile: ${join(directory, 'ca.crt')}, clientNames: [apiserver-of-north=north] }`,
  ]);
  if (opened === undefined) throw new Error('the webhooks are on');
  webhooks = opened;
});

afterAll(async () => {
  await webhooks.drain();
  await rm(directory, { recursive: true, force: true });
});

interface Answer {
  readonly status: number;
  readonly body: string;
}

async function ask(path: string, commonName?: string, issuer = clients): Promise<Answer> {
  const client =
    commonName === undefined ? {} : await issueClient({ commonName, organizations: [], authority: issuer, validity });
  const body = JSON.stringify({
    apiVersion: 'admission.k8s.io/v1',
    kind: 'AdmissionReview',
    request: {
      uid: 'u',
      kind: { group: 'multicluster.x-k8s.io', version: 'v1beta1', kind: 'ServiceExport' },
      resource: { group: 'multicluster.x-k8s.io', version: 'v1beta1', resource: 'serviceexports' },
      name: 'api',
      namespace: 'prod',
      operation: 'CREATE',
      userInfo: { username: 'jane' },
      object: serviceExport(),
      oldObject: null,
      dryRun: false,
    },
  });
  return new Promise((resolve, reject) => {
    const call = request(
      { host: '127.0.0.1', port: webhooks.port, path, method: 'POST', ca: authority.cert, ...client, agent: false },
      (response) => {
        let text = '';
        response.setEncoding('utf8').on('data', (chunk: string) => (text += chunk));
        response.once('end', () => resolve({ status: response.statusCode ?? 0, body: text }));
      },
    );
    call.setHeader('content-type', 'application/json');
    call.once('error', reject);
    call.end(body);
  });
}

const advice = (member: string, commonName?: string, issuer?: CertificateAndKey) =>
  ask(memberWebhookPath(member, 'advice'), commonName, issuer);

describe('webhooks of members on the hub', () => {
  it('tell of other clusters whoever proves to be the member that the path names', async () => {
    expect((await advice('east', 'clusterset-member:east')).body).toContain('"west"');
    expect((await advice('north', 'apiserver-of-north')).body).toContain('"west"');
  });

  it('answer anybody else without telling names', async () => {
    const strangers = await issueAuthority({ commonName: 'webhook-clients', validity });
    const answers = [
      await advice('east'),
      await advice('east', 'clusterset-member:north'),
      await advice('north', 'clusterset-member:east'),
      await advice('east', 'kubernetes-admin'),
      await advice('east', 'clusterset-member:east', strangers),
    ];
    for (const { status, body } of answers) {
      expect(status).toBe(200);
      expect(body).toContain('another cluster');
      expect(body).not.toContain('west');
    }
  });

  it('know no member that is not registered, no paths without a member, and convert nothing', async () => {
    expect((await advice('nowhere')).status).toBe(404);
    expect((await ask('/apis')).status).toBe(404);
    expect((await ask('/metrics')).status).toBe(404);
    for (const path of Object.values(WEBHOOK_PATHS)) expect((await ask(path)).status).toBe(404);
  });

  it('are off unless configured, and refuse names and files that cannot be meant', async () => {
    expect(await open([])).toBeUndefined();
    await expect(open(['webhooks: { enabled: true, clientNames: [east] }'])).rejects.toThrow(UsageError);
    await expect(open(['webhooks: { enabled: true, clientCaFile: /no/such/file }'])).rejects.toThrow(UsageError);
  });
});
