import { isAbsolute, resolve } from 'node:path';
import type { JsonObject } from '../kube/object.ts';
import type { Outcome } from '../kube/outcome.ts';
import { failed, succeeded } from '../kube/outcome.ts';
import { parseExecSettings } from './exec-settings.ts';
import type { Kubeconfig, KubeconfigEntry } from './kubeconfig.ts';
import { certificateFault, keyPairFault, tokenFault } from './pem.ts';
import { createSecret } from './secret.ts';
import type { ClientCertificate, ConnectionSettings, ExecSettings, Material, ProxySettings } from './settings.ts';
import { parseServer, plainSettings } from './settings.ts';

/** What a kubeconfig may ask of us; who wrote it decides. */
export interface KubeconfigPolicy {
  /** Run credential plugins. */
  readonly allowExec: boolean;
  /** Read files that it names. */
  readonly allowFiles: boolean;
  readonly allowHttp: false;
  /** Honour insecure-skip-tls-verify. */
  readonly allowInsecure: boolean;
}

const IMPERSONATION_FIELDS = ['as', 'as-uid', 'as-groups', 'as-user-extra'];

/** Everything that a context says, checked against `policy`. Without a name, the current context. */
export function resolveContext(
  kubeconfig: Kubeconfig,
  contextName: string | undefined,
  policy: KubeconfigPolicy,
): Outcome<ConnectionSettings, string> {
  const name = contextName ?? kubeconfig.currentContext;
  if (name === undefined) return failed('kubeconfig has no current-context, and no context was named');
  const entry = kubeconfig.entry(name);
  if (!entry.ok) return entry;
  const settings = readEntry(entry.value, { baseDirectory: kubeconfig.baseDirectory, policy });
  return settings.ok ? settings : failed(`context "${name}": ${settings.error}`);
}

interface Reading {
  readonly baseDirectory: string;
  readonly policy: KubeconfigPolicy;
}

function readEntry(entry: KubeconfigEntry, reading: Reading): Outcome<ConnectionSettings, string> {
  const cluster = readCluster(entry, reading);
  if (!cluster.ok) return failed(`cluster "${entry.cluster.name}": ${cluster.error}`);
  const user = readUser(entry, reading);
  if (!user.ok) return failed(`user "${entry.userName}": ${user.error}`);
  return succeeded({ ...cluster.value, ...user.value });
}

function readCluster(entry: KubeconfigEntry, reading: Reading): Outcome<ConnectionSettings, string> {
  const { cluster, clusterFields } = entry;
  const server = parseServer(cluster.server);
  if (!server.ok) return failed(`server ${server.error}`);
  const certificateAuthority = readMaterial(clusterFields, 'certificate-authority', reading);
  if (!certificateAuthority.ok) return certificateAuthority;
  const ca = certificateAuthority.value;
  const caFault = ca?.type === 'inline' ? certificateFault(ca.value.reveal()) : undefined;
  if (caFault !== undefined) return failed(`certificate-authority-data ${caFault}`);
  const insecure = readInsecure(cluster.skipTLSVerify, ca, reading.policy);
  if (insecure !== undefined) return failed(insecure);
  const proxy = readProxy(cluster.proxyUrl);
  if (!proxy.ok) return proxy;
  return succeeded({
    ...plainSettings(server.value),
    tlsServerName: nonEmpty(cluster.tlsServerName),
    insecureSkipTlsVerify: cluster.skipTLSVerify,
    certificateAuthority: ca,
    proxy: proxy.value,
    disableCompression: clusterFields['disable-compression'] === true,
  });
}

function readInsecure(insecure: boolean, ca: Material | undefined, policy: KubeconfigPolicy): string | undefined {
  if (!insecure) return undefined;
  if (!policy.allowInsecure)
    return 'insecure-skip-tls-verify is refused: anybody on the way could read the credentials';
  return ca === undefined ? undefined : 'insecure-skip-tls-verify and a certificate authority exclude each other';
}

/** kubectl takes http, https and socks5 proxies; SOCKS is not offered here. */
function readProxy(text: string | undefined): Outcome<ProxySettings | undefined, string> {
  if (nonEmpty(text) === undefined) return succeeded(undefined);
  if (typeof text !== 'string' || !URL.canParse(text))
    return failed('proxy-url must be a URL such as http://host:3128');
  const url = new URL(text);
  if (url.protocol.startsWith('socks')) {
    return failed('proxy-url: SOCKS proxies are not supported; use an http or https proxy that allows CONNECT');
  }
  if (url.protocol !== 'http:' && url.protocol !== 'https:') return failed('proxy-url must be an http or https URL');
  const hasUser = url.username !== '' || url.password !== '';
  return succeeded({ url: url.origin, authorization: hasUser ? basicAuthorization(url) : undefined });
}

function basicAuthorization(url: URL): ReturnType<typeof createSecret> {
  return createSecret(
    `Basic ${Buffer.from(`${unescaped(url.username)}:${unescaped(url.password)}`).toString('base64')}`,
  );
}

function unescaped(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

interface Credentials {
  readonly clientCertificate: ClientCertificate | undefined;
  readonly token: Material | undefined;
  readonly exec: ExecSettings | undefined;
}

function readUser(entry: KubeconfigEntry, reading: Reading): Outcome<Credentials, string> {
  const fields = entry.userFields;
  const refusal = refusedField(fields);
  if (refusal !== undefined) return failed(refusal);
  const clientCertificate = readClientCertificate(fields, reading);
  if (!clientCertificate.ok) return clientCertificate;
  const token = readToken(fields, reading);
  if (!token.ok) return token;
  const exec = readExec(entry, reading);
  if (!exec.ok) return exec;
  const others = clientCertificate.value !== undefined || token.value !== undefined;
  if (exec.value !== undefined && others)
    return failed('exec excludes a token and a client certificate; keep one of them');
  if (exec.value === undefined && !others) {
    return failed('no credentials: a client certificate with its key, a token, a tokenFile or exec must be set');
  }
  return succeeded({ clientCertificate: clientCertificate.value, token: token.value, exec: exec.value });
}

function refusedField(fields: JsonObject): string | undefined {
  if (isSet(fields['username']) || isSet(fields['password'])) {
    return 'username and password are refused: kube-apiserver no longer knows basic authentication';
  }
  if (isSet(fields['auth-provider'])) return 'auth-provider is refused: use exec, a token or a client certificate';
  const impersonation = IMPERSONATION_FIELDS.find((field) => isSet(fields[field]));
  if (impersonation === undefined) return undefined;
  return `${impersonation} is refused: impersonation in a kubeconfig is not supported; use credentials of that user`;
}

function readClientCertificate(fields: JsonObject, reading: Reading): Outcome<ClientCertificate | undefined, string> {
  const certificate = readMaterial(fields, 'client-certificate', reading);
  if (!certificate.ok) return certificate;
  const key = readMaterial(fields, 'client-key', reading);
  if (!key.ok) return key;
  if (certificate.value === undefined && key.value === undefined) return succeeded(undefined);
  if (certificate.value === undefined || key.value === undefined) {
    return failed('client-certificate and client-key need each other; one is missing');
  }
  const pair = { certificate: certificate.value, key: key.value };
  if (pair.certificate.type === 'inline' && pair.key.type === 'inline') {
    const fault = keyPairFault(pair.certificate.value.reveal(), pair.key.value.reveal());
    if (fault !== undefined) return failed(fault);
  }
  return succeeded(pair);
}

/** A token file has precedence over a token, as in client-go. */
function readToken(fields: JsonObject, reading: Reading): Outcome<Material | undefined, string> {
  const file = fields['tokenFile'];
  if (isSet(file)) return readFile(file, 'tokenFile', reading);
  const token = fields['token'];
  if (!isSet(token)) return succeeded(undefined);
  if (typeof token !== 'string') return failed('token must be a string');
  const fault = tokenFault(token);
  return fault === undefined ? succeeded({ type: 'inline', value: createSecret(token) }) : failed(`token ${fault}`);
}

function readExec(entry: KubeconfigEntry, reading: Reading): Outcome<ExecSettings | undefined, string> {
  const exec = entry.userFields['exec'];
  if (!isSet(exec)) return succeeded(undefined);
  if (!reading.policy.allowExec) return failed('exec is refused: credential plugins are not allowed here');
  return parseExecSettings(exec, { baseDirectory: reading.baseDirectory, clusterFields: entry.clusterFields });
}

/** `<field>-data` in base64, or the file that `<field>` names; client-go refuses both at once, and so do we. */
function readMaterial(fields: JsonObject, field: string, reading: Reading): Outcome<Material | undefined, string> {
  const data = fields[`${field}-data`];
  const file = fields[field];
  if (isSet(data) && isSet(file)) return failed(`${field} and ${field}-data exclude each other`);
  if (isSet(file)) return readFile(file, field, reading);
  if (!isSet(data)) return succeeded(undefined);
  if (typeof data !== 'string' || !/^[A-Za-z0-9+/\s]*={0,2}\s*$/.test(data))
    return failed(`${field}-data is not base64`);
  return succeeded({ type: 'inline', value: createSecret(Buffer.from(data, 'base64').toString('utf8')) });
}

function readFile(path: unknown, field: string, reading: Reading): Outcome<Material, string> {
  if (typeof path !== 'string') return failed(`${field} must be a path`);
  if (!reading.policy.allowFiles) return failed(`${field} is refused: files are not allowed here; put the content in`);
  return succeeded({ type: 'file', path: isAbsolute(path) ? path : resolve(reading.baseDirectory, path) });
}

function isSet(value: unknown): boolean {
  return value !== undefined && value !== null && value !== '';
}

function nonEmpty(text: string | undefined | null): string | undefined {
  return text === undefined || text === null || text === '' ? undefined : text;
}
