import type { Logger } from 'pino';
import { nodeTimer } from '../../../apiservice/index.ts';
import { issueAuthority, issueClient, issueServing } from '../../../certs/index.ts';
import type { CertificateAndKey } from '../../../certs/index.ts';
import type { Config } from '../../config/index.ts';
import type { ConnectionSettings, Material } from '../../connection/index.ts';
import { createSecret, plainSettings, settingsDigest } from '../../connection/index.ts';
import type { DurableStore } from '../../durable/types.ts';
import type { EmbeddedMember, ExampleMember } from '../../embedded/index.ts';
import { createEmbeddedMember, exampleObjects, startExampleChanges } from '../../embedded/index.ts';
import { parseClusterId } from '../../kube/cluster-id.ts';
import type { MemberRegistration, RegistrationSource } from '../../members/sources/index.ts';
import { schedule } from './clockwork.ts';
import type { KubeconfigContext } from './stand-alone.ts';

const CERTIFICATE_LIFETIME_MS = 365 * 24 * 3600 * 1000;
const CLUSTER_SET = 'example';

/** Three member clusters in this process, registered like any others. */
export interface EmbeddedExample {
  readonly source: RegistrationSource;
  /** How a person reaches each member. */
  readonly contexts: readonly KubeconfigContext[];
  readonly stop: () => void;
}

interface Running {
  readonly member: EmbeddedMember;
  readonly context: KubeconfigContext;
}

export async function startEmbeddedExample(config: Config, log: Logger): Promise<EmbeddedExample> {
  const { east, west, north } = {
    east: await startMember('east', config, log),
    west: await startMember('west', config, log),
    north: await startMember('north', config, log),
  } satisfies Record<ExampleMember, Running>;
  const all = [east, west, north];
  const members = { east: east.member.objects, west: west.member.objects, north: north.member.objects };
  const onError = (error: unknown): void => log.debug({ err: error }, 'a change of the example was left out');
  const stopChanges = config['embedded.changing']
    ? startExampleChanges({ members, schedule, onError })
    : (): void => undefined;
  return {
    source: sourceOf(all.map(({ context }) => context)),
    contexts: all.map(({ context }) => context),
    stop: () => {
      stopChanges();
      for (const { member } of all) member.close();
    },
  };
}

/** Each member has an authority of its own, as real clusters have. */
async function startMember(name: ExampleMember, config: Config, log: Logger): Promise<Running> {
  const nowMs = Date.now();
  const validity = { nowMs, lifetimeMs: CERTIFICATE_LIFETIME_MS };
  const authority = await issueAuthority({ commonName: `embedded-${name}-ca`, validity });
  const serving = await issueServing({ dnsNames: ['localhost'], ips: ['127.0.0.1'], authority, validity });
  const client = await issueClient({
    commonName: `${name}-admin`,
    organizations: ['system:masters'],
    authority,
    validity,
  });
  const member = createEmbeddedMember({
    name,
    tls: { ...serving, clientCa: authority.cert },
    logger: log.child({ embeddedMember: name }),
    clock: Date.now,
    timer: nodeTimer,
  });
  member.seed(exampleObjects(name, { clusterSet: config.clusterSet ?? CLUSTER_SET, nowMs }));
  const server = await member.listen();
  return { member, context: { name, server, ca: authority.cert, client } };
}

function sourceOf(contexts: readonly KubeconfigContext[]): RegistrationSource {
  return {
    name: 'embedded example',
    start: (listener) => listener({ type: 'complete', registrations: contexts.map(registrationOf), refused: [] }),
    stop: () => Promise.resolve(),
  };
}

function registrationOf({ name, server, ca, client }: KubeconfigContext): MemberRegistration {
  const id = parseClusterId(name);
  if (!id.ok) throw new Error(id.error);
  const settings: ConnectionSettings = {
    ...plainSettings(server),
    certificateAuthority: inline(ca ?? ''),
    clientCertificate: credentialsOf(client),
  };
  return { name: id.value, source: 'embedded example', settings, digest: settingsDigest(settings) };
}

function credentialsOf({ cert, key }: CertificateAndKey): ConnectionSettings['clientCertificate'] {
  return { certificate: inline(cert), key: inline(key) };
}

function inline(text: string): Material {
  return { type: 'inline', value: createSecret(text) };
}

/** Remembers nothing over a restart: embedded members begin anew each time. */
export function createForgetfulStore(): DurableStore {
  const values = new Map<string, Uint8Array>();
  return {
    read: (name) => Promise.resolve(values.get(name)),
    write: (name, value) => {
      values.set(name, value);
      return Promise.resolve();
    },
    remove: (name) => {
      values.delete(name);
      return Promise.resolve();
    },
    list: (prefix) => Promise.resolve([...values.keys()].filter((name) => name.startsWith(prefix)).sort()),
  };
}
