import type { AccessEntry } from '../../clusterset/index.ts';
import type { ConnectionSettings } from '../../connection/index.ts';
import { createSecret } from '../../connection/index.ts';
import type { JsonObject } from '../../kube/object.ts';
import { isJsonList, isJsonObject } from '../../kube/object.ts';
import { KUBECONFIG_READER } from './profile-settings.ts';
import type { UsableRegistration } from './registrations.ts';

/** What credential plugins read as the configuration of a cluster (client.authentication.k8s.io). */
const EXEC_EXTENSION = 'client.authentication.k8s.io/exec';
const PRIVATE_KEY = /-----BEGIN ([A-Z ]*PRIVATE KEY)-----[\s\S]*?(-----END \1-----\s*|$)/g;

export interface AccessOptions {
  /** Name of the access provider under which members are published; '' publishes none. */
  readonly provider: string;
  /** Whether consumers are told in which Secret the kubeconfig of a member lies. */
  readonly publishesKubeconfigs: boolean;
}

/**
 * The ways to a member as its profile tells them: never credentials, and no paths of our files. Plugins are told the
 * member's name, by which those of the Cluster Inventory API find its credential on their side; or, where that is asked
 * for, the Secret that registers it.
 */
export function memberAccess(
  clusterName: string,
  { settings, profile, kubeconfig }: UsableRegistration,
  options: AccessOptions,
): readonly AccessEntry[] {
  const configured = options.provider === '' ? [] : [options.provider];
  const providers = profile.accessProviders ?? configured;
  const { extensions, ...fields } = profile.accessCluster;
  const address = addressOf(settings, fields);
  const entry = (name: string, plugin: readonly JsonObject[]): AccessEntry => ({
    name,
    cluster: { ...address, extensions: [...plugin] },
  });
  const given = isJsonList(extensions) ? extensions.filter(isJsonObject) : [];
  const direct = withDefault(given, pluginConfig({ clusterName }));
  const entries = providers.map((provider) => entry(provider, direct));
  if (kubeconfig === undefined || !options.publishesKubeconfigs) return entries;
  const { name, key, namespace, context } = kubeconfig;
  const secret = pluginConfig({ name, key, namespace, ...(context === undefined ? {} : { context }) });
  const others = given.filter((extension) => extension['name'] !== EXEC_EXTENSION);
  return [...entries, entry(KUBECONFIG_READER, [secret, ...others])];
}

function pluginConfig(extension: JsonObject): JsonObject {
  return { name: EXEC_EXTENSION, extension };
}

function withDefault(given: readonly JsonObject[], extension: JsonObject): readonly JsonObject[] {
  return given.some(({ name }) => name === EXEC_EXTENSION) ? given : [extension, ...given];
}

/** What was said at registration counts more than how we reach the member ourselves. */
function addressOf(settings: ConnectionSettings, said: JsonObject): JsonObject {
  const { server, tlsServerName, proxy } = settings;
  const isInsecure = settings.insecureSkipTlsVerify && said['certificate-authority-data'] === undefined;
  const authority = settings.insecureSkipTlsVerify ? undefined : authorityOf(settings);
  const cluster: JsonObject = {
    server,
    ...(authority === undefined ? {} : { 'certificate-authority-data': Buffer.from(authority).toString('base64') }),
    ...(isInsecure ? { 'insecure-skip-tls-verify': true } : {}),
    ...(tlsServerName === undefined ? {} : { 'tls-server-name': tlsServerName }),
    ...(proxy === undefined ? {} : { 'proxy-url': proxy.url }),
    ...said,
  };
  // An empty text takes away what we have.
  return Object.fromEntries(Object.entries(cluster).filter(([, value]) => value !== ''));
}

/** Certificates are public; a key that somebody put beside them is not. A file is read by whoever follows it. */
function authorityOf({ certificateAuthority }: ConnectionSettings): string | undefined {
  if (certificateAuthority?.type !== 'inline') return undefined;
  return certificateAuthority.value.reveal().replace(PRIVATE_KEY, '');
}

/** The file whose text is needed to publish the ways to a member; undefined: none. */
export function authorityFileOf({ settings, profile }: UsableRegistration): string | undefined {
  const { certificateAuthority, insecureSkipTlsVerify } = settings;
  const isReplaced = profile.accessCluster['certificate-authority-data'] !== undefined;
  if (certificateAuthority?.type !== 'file' || insecureSkipTlsVerify || isReplaced) return undefined;
  return certificateAuthority.path;
}

/** The same with the text of that file. */
export function withAuthority(registration: UsableRegistration, text: string): UsableRegistration {
  const certificateAuthority = { type: 'inline' as const, value: createSecret(text) };
  return { ...registration, settings: { ...registration.settings, certificateAuthority } };
}
