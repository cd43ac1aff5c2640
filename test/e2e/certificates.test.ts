import { X509Certificate } from 'node:crypto';
import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import type { Server } from 'node:https';
import { createServer } from 'node:https';
import { join } from 'node:path';
import { connect } from 'node:tls';
import { Registry } from 'prom-client';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { CertificateFiles, ServingCertificate } from '../../certs/index.ts';
import {
  createOwnSource,
  createServingCertificate,
  formatRequest,
  overviewOf,
  REQUEST_FILE,
} from '../../certs/index.ts';
import type { CaBundles } from '../../src/cli/serve/ca-bundles.ts';
import { createCaBundles } from '../../src/cli/serve/ca-bundles.ts';
import { schedule } from '../../src/cli/serve/clockwork.ts';
import { OPERATOR_POLICY, readKubeconfigFile } from '../../src/cli/kubeconfig-file.ts';
import type { KubeConnection } from '../../src/connection/index.ts';
import { createConnection } from '../../src/connection/index.ts';
import type { CaBundleKeeper, CaBundleTarget, CertificateSecret } from '../../src/hub/index.ts';
import { createCertificateSecret } from '../../src/hub/index.ts';
import { freePorts } from '../support/control-plane/index.ts';
import { eventually } from '../support/eventually.ts';
import type { TestClusterSet } from './support/clusterset.ts';
import { API_SERVICES, NAMESPACE, program, runProgram, startClusterSet } from './support/clusterset.ts';

let set: TestClusterSet;
let hub: KubeConnection;

beforeAll(async () => {
  set = await startClusterSet([]);
  const config = join(set.controlPlane.directory, 'certificates.yaml');
  await writeFile(config, 'serving:\n  rotationSettleSeconds: 1\n  rotationRetireSeconds: 1\n');
  await set.startServer(['--config', config]);
  const settings = await readKubeconfigFile(kubeconfig(), undefined, OPERATOR_POLICY);
  if (!settings.ok) throw new Error(settings.error);
  hub = createConnection(settings.value, { userAgent: 'test' });
});

afterAll(async () => {
  hub.close();
  await set.stop();
});

function kubeconfig(): string {
  return set.controlPlane.cluster('hub').adminKubeconfig;
}

interface Load {
  /** Ends the calls; how many there were, and what went wrong. */
  readonly stop: () => Promise<{ readonly calls: number; readonly failures: readonly string[] }>;
}

const CALLERS = 3;

/** Calls without a pause, several at a time, until it is stopped. */
function startLoad(call: () => Promise<void>): Load {
  const failures: string[] = [];
  let calls = 0;
  let isStopped = false;
  const isGoing = (): boolean => !isStopped;
  const caller = async (): Promise<void> => {
    while (isGoing()) {
      calls += 1;
      await call().catch((error: unknown) => failures.push(String(error)));
    }
  };
  const callers = Array.from({ length: CALLERS }, caller);
  return {
    stop: async () => {
      isStopped = true;
      await Promise.all(callers);
      return { calls, failures };
    },
  };
}

async function expectOk(method: 'GET' | 'POST', path: string, given: object = {}): Promise<string> {
  const { status, body } = await hub.request({ method, path, timeoutMs: 10_000, ...given });
  const text = body.toString('utf8');
  if (status < 200 || status > 299) throw new Error(`${method} ${path}: ${status}: ${text}`);
  return text;
}

async function bundleOfApiService(): Promise<string> {
  const text = await expectOk('GET', `/apis/apiregistration.k8s.io/v1/apiservices/${API_SERVICES[0] ?? ''}`);
  const { spec } = JSON.parse(text) as { spec: { caBundle?: string } };
  return Buffer.from(spec.caBundle ?? '', 'base64').toString();
}

/** A new connection that trusts what the APIService says at this moment. */
async function shakeHands(): Promise<void> {
  const ca = await bundleOfApiService();
  const socket = connect({ host: '127.0.0.1', port: set.port, servername: 'localhost', ca });
  try {
    await once(socket, 'secureConnect');
  } finally {
    socket.destroy();
  }
}

describe('the certificates of the server on a hub', () => {
  const shown = async () =>
    JSON.parse(await program('certs', 'show', '--kubeconfig', kubeconfig(), '-o', 'json')) as {
      certificates: { what: string; fingerprint: string; state: string }[];
      rotation: { phase: string };
    };

  it('are shown with their expiries, and without a key', async () => {
    const table = await program('certs', 'show', '--kubeconfig', kubeconfig());
    expect(table).toMatch(/^WHAT +SUBJECT +NAMES +ISSUER +NOT AFTER +DAYS LEFT +WHERE +STATE$/m);
    expect(table).toMatch(/^CA +CN=clusterset-apiserver-ca@\d+ .* 36\d\d +Secret clusterset-system\/\S+ +in use$/m);
    expect(table).toMatch(/^serving +CN=clusterset-apiserver\.clusterset-system\.svc .* 36\d +.* in use$/m);
    expect(table).not.toContain('KEY');
  });

  it('are replaced, the CA too, without one failed call', async () => {
    const before = await shown();
    const gets = startLoad(async () => {
      await expectOk('GET', '/apis/multicluster.x-k8s.io/v1beta1/serviceimports');
    });
    const handshakes = startLoad(shakeHands);
    const leaf = await program('certs', 'rotate', '--serving-only', '--kubeconfig', kubeconfig());
    const whole = await program('certs', 'rotate', '--kubeconfig', kubeconfig());
    const after = await shown();
    for (const load of [gets, handshakes]) {
      const { calls, failures } = await load.stop();
      expect(failures).toEqual([]);
      expect(calls).toBeGreaterThan(20);
    }
    expect(leaf).toMatch(/^asked for a new serving certificate in place of CN=.*\ndone: CN=/);
    expect(whole).toMatch(
      /^asked for a new CA in place of CN=clusterset-apiserver-ca@\d+\n[^]*retiring: [^]*done: CN=/,
    );
    expect(after).toMatchObject({ rotation: { phase: 'steady' }, certificates: [{ what: 'CA' }, { what: 'serving' }] });
    const fingerprints = before.certificates.map(({ fingerprint }) => fingerprint);
    expect(after.certificates.filter(({ fingerprint }) => fingerprints.includes(fingerprint))).toEqual([]);
    const [authority] = after.certificates;
    await eventually('one CA in every caBundle', async () => {
      expect(new X509Certificate(await bundleOfApiService()).fingerprint256).toBe(authority?.fingerprint);
    });
  });

  it('have their caBundle put right by the watch when somebody wipes it', async () => {
    const right = await bundleOfApiService();
    const patch = JSON.stringify([{ op: 'remove', path: '/spec/caBundle' }]);
    await set.hub('patch', 'apiservice', API_SERVICES[0] ?? '', '--type=json', '-p', patch);
    // Far below the interval in which it would be found without a watch.
    await eventually('the repair', async () => expect(await bundleOfApiService()).toBe(right), 8000);
  });

  it('are not where nobody keeps any', async () => {
    const none = await runProgram(['certs', 'show', '--member', '--kubeconfig', kubeconfig()]);
    expect(none).toMatchObject({ code: 2, stdout: '' });
    expect(none.stderr).toContain(
      'refused: Secret clusterset-system/clusterset-webhooks-certificates holds no certificates',
    );
    const nowhere = await runProgram(['certs', 'rotate', '--directory', set.controlPlane.directory]);
    expect(nowhere.stderr).toMatch(/refused: \S+serving holds no certificates/);
  });
});

const GROUP = 'test.clusterset-apiserver.dev';
const SECRET = 'webhook-certificates';

/** What converts and admits, with the certificate that the process below keeps: one connection per call. */
function startHooks(): Server {
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const review = JSON.parse(Buffer.concat(chunks).toString()) as Review;
      response.writeHead(200, { 'content-type': 'application/json', connection: 'close' });
      response.end(JSON.stringify(answerReview(review)));
    });
  });
  return server;
}

interface Review {
  readonly apiVersion: string;
  readonly kind: string;
  readonly request: { readonly uid: string; readonly desiredAPIVersion?: string; readonly objects?: object[] };
}

function answerReview({ apiVersion, kind, request: { uid, desiredAPIVersion, objects } }: Review): object {
  const response =
    objects === undefined
      ? { uid, allowed: true }
      : {
          uid,
          result: { status: 'Success' },
          convertedObjects: objects.map((object) => ({ ...object, apiVersion: desiredAPIVersion })),
        };
  return { apiVersion, kind, response };
}

describe('certificates of webhooks', () => {
  let server: Server;
  let url: string;
  let secret: CertificateSecret;
  let running: Running;
  /** Of every process, each one once. */
  let phases: string[] = [];
  const targets = (): readonly CaBundleTarget[] => [
    { type: 'ValidatingWebhookConfiguration', name: 'probes', endpoint: { type: 'url', url } },
    { type: 'CustomResourceDefinition', name: `probes.${GROUP}`, endpoint: { type: 'url', url } },
  ];

  interface Running {
    readonly certificate: ServingCertificate;
    readonly stop: () => void;
  }

  /** What a process does for its certificates; `unreachable`: a member whose kube-apiserver does not answer. */
  const start = async (unreachable?: KubeConnection): Promise<Running> => {
    const silent = { info: () => undefined, warn: () => undefined, error: () => undefined, debug: () => undefined };
    const bundles: CaBundles = createCaBundles({
      config: { 'serving.caBundleInjection': 'self' },
      log: silent,
      registry: new Registry(),
    });
    const certificate = createServingCertificate({
      source: createOwnSource({
        load: () => secret.load(),
        save: (files: CertificateFiles) => secret.save(files),
        confirmation: bundles.confirmation,
        onProgress: ({ phase }) => {
          if (phases.at(-1) !== phase.type) phases.push(phase.type);
        },
        clock: Date.now,
        authorityName: 'probes',
        dnsNames: ['localhost'],
        ips: ['127.0.0.1'],
        // A kube-apiserver learns of a new caBundle by its watch, on a busy machine not at once.
        settleMs: 4000,
        // Certificates tell whole seconds: less could be over when the certificate is made.
        retireMs: 2000,
      }),
      clock: Date.now,
      schedule,
    });
    await certificate.start();
    const serve = (): void => server.setSecureContext(certificate.current());
    serve();
    certificate.onChange(serve);
    const keepers: CaBundleKeeper[] = [
      bundles.open({ connection: hub, cluster: 'hub', targets: targets(), certificate }),
    ];
    if (unreachable !== undefined) {
      keepers.push(
        bundles.open({ connection: unreachable, cluster: 'member east', targets: targets().slice(0, 1), certificate }),
      );
    }
    await Promise.all(keepers.map((keeper) => keeper.start()));
    bundles.complete();
    return {
      certificate,
      stop: () => {
        bundles.end();
        for (const keeper of keepers) keeper.close();
        certificate.close();
      },
    };
  };

  const overview = async () => overviewOf((await secret.load()) ?? {}, Date.now());
  const authority = async () => (await overview()).rows[0]?.fingerprint;
  const ask = async (force: readonly string[] = []) =>
    secret.patch({ [REQUEST_FILE]: formatRequest({ authority: await authority(), serving: undefined, force }) });

  beforeAll(async () => {
    secret = createCertificateSecret({ connection: hub, namespace: NAMESPACE, name: SECRET });
    server = startHooks();
    const [port] = await freePorts(1);
    server.listen(port, '127.0.0.1');
    await once(server, 'listening');
    url = `https://127.0.0.1:${port ?? 0}`;
    await set.hub.apply(probeDefinition(url));
    await set.hub.apply(probeConfiguration(url));
    running = await start();
    await set.hub('wait', '--for=condition=Established', 'crd', `probes.${GROUP}`, '--timeout=30s');
    await eventually('the first probe', async () => {
      await expectOk('POST', `/apis/${GROUP}/v1/probes`, { body: JSON.stringify(probe('stored')) });
    });
  });

  afterAll(() => {
    running.stop();
    server.close();
  });

  const admit = async (): Promise<void> => {
    const given = { query: { dryRun: 'All' }, body: JSON.stringify(probe('dry')) };
    await expectOk('POST', `/apis/${GROUP}/v1/probes`, given);
  };
  const convert = async (): Promise<void> => {
    const text = await expectOk('GET', `/apis/${GROUP}/v2/probes/stored`);
    expect(text).toContain(`"apiVersion":"${GROUP}/v2"`);
  };

  /** Goes on until the CA is another one and alone; a new process takes over in every phase. */
  const rotate = async (): Promise<void> => {
    const before = await authority();
    const restartedIn = new Set<string>();
    await eventually('the end of the rotation', async () => {
      await running.certificate.refresh();
      const phase = phases.at(-1);
      if (phase !== undefined && !restartedIn.has(phase)) {
        restartedIn.add(phase);
        running.stop();
        running = await start();
      }
      expect((await overview()).phase).toBe('steady');
      expect(await authority()).not.toBe(before);
    });
  };

  it('are replaced with their CA without one failed call, by a new process in every step', async () => {
    const loads = [startLoad(admit), startLoad(convert)];
    await ask();
    phases = [];
    await rotate();
    for (const load of loads) {
      const { calls, failures } = await load.stop();
      expect(failures).toEqual([]);
      expect(calls).toBeGreaterThan(10);
    }
    // How long everybody was read back before the new CA signs is short here, and may pass between two looks.
    expect([...new Set(phases)].filter((phase) => /announced|retiring/.test(phase))).toEqual(['announced', 'retiring']);
    expect(phases.at(-1)).toBe('steady');
  });

  it('have their caBundles put right when somebody changes them', async () => {
    const wipe = JSON.stringify([{ op: 'remove', path: '/webhooks/0/clientConfig/caBundle' }]);
    await set.hub('patch', 'validatingwebhookconfiguration', 'probes', '--type=json', '-p', wipe);
    await eventually('admission', admit, 8000);
    const other = Buffer.from(await bundleOfApiService()).toString('base64');
    const spoil = JSON.stringify([
      { op: 'replace', path: '/spec/conversion/webhook/clientConfig/caBundle', value: other },
    ]);
    await set.hub('patch', 'crd', `probes.${GROUP}`, '--type=json', '-p', spoil);
    await eventually('conversion', convert, 8000);
  });

  it('wait for a member that cannot be reached, and go on without it when it is named', async () => {
    const [port] = await freePorts(1);
    const nobody = join(set.controlPlane.directory, 'nobody.kubeconfig');
    await writeFile(nobody, nobodyKubeconfig(port ?? 1));
    const settings = await readKubeconfigFile(nobody, undefined, OPERATOR_POLICY);
    if (!settings.ok) throw new Error(settings.error);
    const unreachable = createConnection(settings.value, { userAgent: 'test' });
    running.stop();
    running = await start(unreachable);
    const before = await authority();
    await ask();
    await eventually('the announcement', async () => {
      await running.certificate.refresh();
      const { phase, awaited } = await overview();
      expect(phase).toBe('announced');
      expect(awaited).toEqual([
        {
          cluster: 'member east',
          target: 'ValidatingWebhookConfiguration probes',
          reason: expect.stringContaining('ECONNREFUSED') as string,
        },
      ]);
    });
    const place = ['--kubeconfig', kubeconfig(), '--service-name', 'webhook'];
    const waiting = await runProgram(['certs', 'rotate', ...place, '--timeout', '3']);
    expect(waiting.code).toBe(1);
    expect(waiting.stderr).toContain('not done after 3 s (announced); the server goes on by itself');
    expect(waiting.stderr).toContain('member east/ValidatingWebhookConfiguration probes: ');
    await ask(['member east/ValidatingWebhookConfiguration probes']);
    await eventually('the end of the rotation', async () => {
      await running.certificate.refresh();
      expect((await overview()).phase).toBe('steady');
      expect(await authority()).not.toBe(before);
    });
    await admit();
    unreachable.close();
  });
});

function probe(name: string): object {
  return { apiVersion: `${GROUP}/v1`, kind: 'Probe', metadata: { name } };
}

/** Two versions, converted by a webhook; without caBundle, which is the keeper's to write. */
function probeDefinition(url: string): object {
  const schema = { openAPIV3Schema: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true } };
  return {
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: { name: `probes.${GROUP}` },
    spec: {
      group: GROUP,
      names: { plural: 'probes', singular: 'probe', kind: 'Probe', listKind: 'ProbeList' },
      scope: 'Cluster',
      versions: [
        { name: 'v1', served: true, storage: true, schema },
        { name: 'v2', served: true, storage: false, schema },
      ],
      conversion: {
        strategy: 'Webhook',
        webhook: { conversionReviewVersions: ['v1'], clientConfig: { url: `${url}/convert` } },
      },
    },
  };
}

function probeConfiguration(url: string): object {
  return {
    apiVersion: 'admissionregistration.k8s.io/v1',
    kind: 'ValidatingWebhookConfiguration',
    metadata: { name: 'probes' },
    webhooks: [
      {
        name: 'probes.clusterset-apiserver.dev',
        clientConfig: { url: `${url}/validate` },
        rules: [{ apiGroups: [GROUP], apiVersions: ['*'], resources: ['probes'], operations: ['CREATE'] }],
        failurePolicy: 'Fail',
        sideEffects: 'None',
        admissionReviewVersions: ['v1'],
        timeoutSeconds: 5,
      },
    ],
  };
}

function nobodyKubeconfig(port: number): string {
  const { ca, admin } = set.controlPlane.cluster('hub').keys;
  const base64 = (text: string): string => Buffer.from(text).toString('base64');
  return JSON.stringify({
    apiVersion: 'v1',
    kind: 'Config',
    'current-context': 'east',
    contexts: [{ name: 'east', context: { cluster: 'east', user: 'east' } }],
    clusters: [
      { name: 'east', cluster: { server: `https://127.0.0.1:${port}`, 'certificate-authority-data': base64(ca) } },
    ],
    users: [
      { name: 'east', user: { 'client-certificate-data': base64(admin.cert), 'client-key-data': base64(admin.key) } },
    ],
  });
}
