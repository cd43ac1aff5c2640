import type { Registry } from 'prom-client';
import { readFile } from 'node:fs/promises';
import { isIP } from 'node:net';
import { join } from 'node:path';
import {
  createCertificateDirectory,
  createFileSource,
  createOwnSource,
  createServingCertificate,
  issueAuthority,
  issueClient,
} from '../../../certs/index.ts';
import type { CertificateAndKey, CertificateSource, ServingCertificate } from '../../../certs/index.ts';
import type { Config } from '../../config/index.ts';
import { createCertificateSecret } from '../../hub/index.ts';
import { UsageError } from '../exit.ts';
import type { MembersLog } from '../../members/index.ts';
import { certificatesName } from '../install/names.ts';
import type { CaBundles } from './ca-bundles.ts';
import { createCertificateMetrics, createRotationReports } from './certificate-reports.ts';
import { schedule } from './clockwork.ts';
import type { HubAccess } from './hub-access.ts';

const DAY_MS = 24 * 3600 * 1000;
const CLIENT_AUTHORITY_LIFETIME_MS = 3650 * DAY_MS;
const CLIENT_LIFETIME_MS = 365 * DAY_MS;
const LOOPBACK = ['127.0.0.1', '::1'];

/** Where several processes share certificates, each has read them anew long before an old CA goes, or is not ready. */
const SHARED_RETIRE_MS = 600_000;
/** A process that could not read shared certificates for this long may serve with ones that nobody trusts soon. */
const UNREAD_MAX_MS = 300_000;

export interface CertificatePlace {
  readonly config: Config;
  readonly hub: Pick<HubAccess, 'connection'> | undefined;
  readonly directory: string | undefined;
  /** True where other processes serve with the same certificates at the same time. */
  readonly isShared: boolean;
  readonly bundles: Pick<CaBundles, 'confirmation'>;
  readonly log: MembersLog;
  readonly registry: Registry;
}

/** The serving certificate from files, or our own, kept in a Secret on the hub or in the durable directory. */
export async function openServingCertificate(place: CertificatePlace): Promise<ServingCertificate> {
  const certificate = createServingCertificate({ source: createSource(place), clock: Date.now, schedule });
  const started = await certificate.start();
  if (started.type === 'failed') throw new UsageError(`refusing to start: ${started.problem}`);
  createCertificateMetrics(place.registry, certificate);
  return certificate;
}

/** For /readyz. A problem with renewing is told by logs and metrics; only what makes us useless is one of readiness. */
export function certificateProblem(certificate: ServingCertificate, isShared: boolean): string | undefined {
  const { expiresAtMs, unreadSinceMs } = certificate.describe();
  if (expiresAtMs <= Date.now()) return 'the serving certificate has expired';
  const isStale = isShared && unreadSinceMs !== undefined && Date.now() - unreadSinceMs > UNREAD_MAX_MS;
  return isStale ? 'the certificates that are shared with other processes cannot be read' : undefined;
}

function createSource(place: CertificatePlace): CertificateSource {
  const { config, isShared, bundles } = place;
  const certFile = config['serving.tlsCertFile'];
  const keyFile = config['serving.tlsPrivateKeyFile'];
  if (certFile !== undefined && keyFile !== undefined) {
    const read = (path: string): Promise<string> => readFile(path, 'utf8');
    return createFileSource({ certFile, keyFile, caFile: config['serving.caFile'], readFile: read, clock: Date.now });
  }
  if (config['serving.caBundleInjection'] === 'cert-manager') {
    throw new UsageError(
      'configuration: "serving.caBundleInjection: cert-manager" needs the certificate that cert-manager issues: --tls-cert-file, --tls-private-key-file and --tls-ca-file',
    );
  }
  const names = [...serviceNames(config), 'localhost', ...config['serving.dnsNames'], config['serving.bindAddress']];
  return createOwnSource({
    ...keeper(place),
    clock: Date.now,
    confirmation: bundles.confirmation,
    onProgress: createRotationReports(place.log, place.registry),
    keyAlgorithm: config['serving.keyAlgorithm'],
    settleMs: config['serving.rotationSettleSeconds'] * 1000,
    retireMs: Math.max(config['serving.rotationRetireSeconds'] * 1000, isShared ? SHARED_RETIRE_MS : 0),
    authorityName: `${config['serving.serviceName']}-ca`,
    dnsNames: [...new Set(names.filter((name) => isIP(name) === 0))],
    ips: [...new Set([...LOOPBACK, ...names.filter((name) => isIP(name) !== 0 && !isUnspecified(name))])],
  });
}

function keeper({
  config,
  hub,
  directory,
}: CertificatePlace): Pick<Parameters<typeof createOwnSource>[0], 'load' | 'save'> {
  if (directory !== undefined) return createCertificateDirectory(join(directory, 'serving'));
  if (hub === undefined) throw new Error('there is no place to keep certificates in');
  const name = certificatesName(config['serving.serviceName']);
  return createCertificateSecret({ connection: hub.connection, namespace: config['hub.namespace'], name });
}

/** The names under which the aggregator and clients in the cluster reach our Service. */
function serviceNames(config: Config): readonly string[] {
  const name = config['serving.serviceName'];
  const namespace = config['hub.namespace'];
  return [`${name}.${namespace}.svc`, `${name}.${namespace}`, name];
}

function isUnspecified(ip: string): boolean {
  return ip === '0.0.0.0' || ip === '::';
}

/** Our own administrator, stand-alone: an authority that signs nobody else, and a certificate in system:masters. */
export async function openOwnClient(
  directory: string,
): Promise<{ readonly authority: CertificateAndKey; readonly client: CertificateAndKey }> {
  const place = createCertificateDirectory(join(directory, 'client'));
  const files = await place.load();
  const nowMs = Date.now();
  const stored = { cert: files?.['ca.crt'], key: files?.['ca.key'] };
  const authority =
    stored.cert === undefined || stored.key === undefined
      ? await issueAuthority({
          commonName: 'clusterset-apiserver-client-ca',
          validity: { nowMs, lifetimeMs: CLIENT_AUTHORITY_LIFETIME_MS },
        })
      : { cert: stored.cert, key: stored.key };
  await place.save({ 'ca.crt': authority.cert, 'ca.key': authority.key });
  const client = await issueClient({
    commonName: 'clusterset-admin',
    organizations: ['system:masters'],
    authority,
    validity: { nowMs, lifetimeMs: CLIENT_LIFETIME_MS },
  });
  return { authority, client };
}
