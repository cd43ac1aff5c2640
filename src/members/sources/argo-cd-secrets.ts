import { isJsonObject, type JsonObject, type JsonValue, textAt } from '../../kube/object.ts';
import type { Outcome } from '../../kube/outcome.ts';
import { failed, succeeded } from '../../kube/outcome.ts';
import { type Convention, secretsPath } from './convention.ts';
import { kubeconfigRegistration, refusedCandidate, secretText } from './kubeconfig-registration.ts';
import type { SecretsAt } from './kubeconfig-secrets.ts';
import { memberNameOf } from './member-name.ts';
import { CLUSTER_MANAGER_LABEL } from './own-inventory.ts';
import type { Candidate } from './registration-book.ts';
import { profileOfObject } from './written-profile.ts';

const LABEL_SELECTOR = 'argocd.argoproj.io/secret-type=cluster';
/** Argo CD's name for the cluster that it runs in, which is no member by being that. */
const IN_CLUSTER_SERVER = 'https://kubernetes.default.svc';

/** Ways to log in that would need another program, another cloud's account, or a password. */
const REFUSED_CREDENTIALS: Readonly<Record<string, string>> = {
  username: 'user name and password are refused; use a token or a client certificate',
  awsAuthConfig: 'awsAuthConfig needs a program of Argo CD; use a token or a client certificate',
  execProviderConfig: 'execProviderConfig would run a program named by a Secret, which is refused',
};

export interface ArgoCdSecretsAt extends SecretsAt {
  /** Our own name as a cluster manager: Secrets that Argo CD made of our profiles are not read back. */
  readonly ownManager: string;
}

/** Argo CD's cluster Secrets: name, server and a JSON document with the credentials. */
export function argoCdSecrets(at: ArgoCdSecretsAt): Convention {
  const { connection, namespace } = at;
  return {
    name: `Argo CD Secrets in namespace ${namespace}`,
    connection,
    path: secretsPath(namespace),
    secretsIn: namespace,
    labelSelector: LABEL_SELECTOR,
    fieldSelector: undefined,
    candidate: (secret, secretName) => candidateOf(secret, secretName, at),
  };
}

function candidateOf(
  secret: JsonObject,
  secretName: string,
  { namespace, policy, ownManager }: ArgoCdSecretsAt,
): Candidate | undefined {
  const server = secretText(secret, 'server') ?? '';
  if (server === IN_CLUSTER_SERVER) return undefined;
  if (textAt(secret, 'metadata', 'labels', CLUSTER_MANAGER_LABEL) === ownManager) return undefined;
  const name = secretText(secret, 'name') ?? secretName;
  const found = { origin: secretName, source: `Argo CD Secret ${namespace}/${secretName}`, name };
  if (server === '') return refusedCandidate(found, 'it has no key "server"');
  const user = readConfig(secretText(secret, 'config') ?? '{}');
  if (!user.ok) return refusedCandidate(found, user.error);
  const kubeconfig = kubeconfigOf(server, user.value);
  // Argo CD shows its users the name as it is written; ours may have to be another.
  const profile = profileOfObject(secret, { displayName: isLegalName(name) ? undefined : name });
  return kubeconfigRegistration(JSON.stringify(kubeconfig), { ...found, context: undefined, policy, profile });
}

function isLegalName(name: string): boolean {
  const member = memberNameOf(name);
  return member.ok && member.value === name;
}

function readConfig(text: string): Outcome<JsonObject, string> {
  const config = parseDocument(text);
  if (config === undefined) return failed('its key "config" is not a JSON document');
  for (const [field, reason] of Object.entries(REFUSED_CREDENTIALS)) {
    const value = config[field];
    if (value !== undefined && value !== null && value !== '') return failed(reason);
  }
  return succeeded(config);
}

/** The same as a kubeconfig, so that one place decides what is allowed in either. */
function kubeconfigOf(server: string, config: JsonObject): JsonObject {
  const tls = isJsonObject(config['tlsClientConfig']) ? config['tlsClientConfig'] : {};
  const cluster = present({
    'certificate-authority-data': tls['caData'],
    'tls-server-name': tls['serverName'],
    'insecure-skip-tls-verify': tls['insecure'],
    'proxy-url': config['proxyUrl'],
    'disable-compression': config['disableCompression'],
  });
  const user = present({
    token: config['bearerToken'],
    'client-certificate-data': tls['certData'],
    'client-key-data': tls['keyData'],
  });
  return {
    'current-context': 'argo-cd',
    clusters: [{ name: 'argo-cd', cluster: { server, ...cluster } }],
    users: [{ name: 'argo-cd', user }],
    contexts: [{ name: 'argo-cd', context: { cluster: 'argo-cd', user: 'argo-cd' } }],
  };
}

function present(fields: Readonly<Record<string, JsonValue | undefined>>): JsonObject {
  const kept: Record<string, JsonValue> = {};
  for (const [name, value] of Object.entries(fields)) {
    if (value !== undefined && value !== null && value !== '' && value !== false) kept[name] = value;
  }
  return kept;
}

function parseDocument(text: string): JsonObject | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return isJsonObject(value) ? value : undefined;
  } catch {
    // The parser's message quotes the text, which holds credentials.
    return undefined;
  }
}
