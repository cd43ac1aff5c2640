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
import { certificatesName } from '../install/names.ts';
import { schedule } from './clockwork.ts';
import type { HubAccess } from './hub-access.ts';

const DAY_MS = 24 * 3600 * 1000;
const CLIENT_AUTHORITY_LIFETIME_MS = 3650 * DAY_MS;
const CLIENT_LIFETIME_MS = 365 * DAY_MS;
const LOOPBACK = ['127.0.0.1', '::1'];

export interface CertificatePlace {
  readonly config: Config;
  readonly hub: HubAccess | undefined;
  readonly directory: string | undefined;
}

/** The serving certificate from files, or our own, kept in a Secret on the hub or in the durable directory. */
export async function openServingCertificate(place: CertificatePlace): Promise<ServingCertificate> {
  const certificate = createServingCertificate({ source: createSource(place), clock: Date.now, schedule });
  const started = await certificate.start();
  if (started.type === 'failed') throw new UsageError(`refusing to start: ${started.problem}`);
  return certificate;
}

function createSource({ config, hub, directory }: CertificatePlace): CertificateSource {
  const certFile = config['serving.tlsCertFile'];
  const keyFile = config['serving.tlsPrivateKeyFile'];
  if (certFile !== undefined && keyFile !== undefined) {
    const read = (path: string): Promise<string> => readFile(path, 'utf8');
    return createFileSource({ certFile, keyFile, caFile: config['serving.caFile'], readFile: read, clock: Date.now });
  }
  const names = [...serviceNames(config), 'localhost', ...config['serving.dnsNames'], config['serving.bindAddress']];
  return createOwnSource({
    ...keeper({ config, hub, directory }),
    clock: Date.now,
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
