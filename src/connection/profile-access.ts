import { stringifyJson } from '../kube/json.ts';
import type { JsonObject, JsonValue } from '../kube/object.ts';
import { isJsonList, isJsonObject } from '../kube/object.ts';
import type { Outcome } from '../kube/outcome.ts';
import { failed, succeeded } from '../kube/outcome.ts';
import type { AccessProvider } from './access-provider.ts';
import { CLUSTER_EXTENSION } from './exec-settings.ts';
import { parseKubeconfig } from './kubeconfig.ts';
import { resolveContext } from './resolve-context.ts';
import type { ConnectionSettings } from './settings.ts';

const ARGUMENTS_EXTENSION = 'clusterprofiles.multicluster.x-k8s.io/exec/additional-args';
const VARIABLES_EXTENSION = 'clusterprofiles.multicluster.x-k8s.io/exec/additional-envs';
/** Arguments and variables that one profile may add. */
const ADDITIONS_MAX = 100;
/** Variables that decide which code runs, in the plugin or in its interpreter; no profile sets them, whatever the policy. */
const REFUSED_VARIABLES =
  /^(PATH|KUBERNETES_EXEC_INFO|LD_.*|DYLD_.*|GCONV_PATH|NODE_.*|ENV|BASH_ENV|PYTHON.*|PERL5.*|RUBY.*|JAVA_TOOL_OPTIONS)$/;
const VARIABLE_NAME = /^[A-Za-z_][A-Za-z0-9_]*$/;

/**
 * The connection that a ClusterProfile offers, logged in by the first provider of ours that it names: our order decides,
 * not the profile's. Only the provider's credential is sent, and only to the profile's server. Everything is built anew
 * for each profile, so that no argument of one reaches another. Errors name fields, never values.
 */
export function profileConnection(
  profile: JsonObject,
  providers: readonly AccessProvider[],
): Outcome<ConnectionSettings, string> {
  const offered = offeredAccess(profile);
  const provider = providers.find(({ name }) => offered.has(name));
  if (provider === undefined) {
    const names = [...offered.keys()].map((name) => `"${name}"`).join(', ');
    return failed(
      names === '' ? 'it offers no access provider' : `none of its access providers is configured: ${names}`,
    );
  }
  const cluster = offered.get(provider.name) ?? {};
  const extensions = readExtensions(cluster['extensions']);
  if (!extensions.ok) return failed(`access provider "${provider.name}": ${extensions.error}`);
  const exec = execOf(provider, extensions.value);
  if (!exec.ok) return failed(`access provider "${provider.name}": ${exec.error}`);
  const settings = settingsOf(cluster, exec.value, extensions.value.get(CLUSTER_EXTENSION));
  return settings.ok ? settings : failed(`access provider "${provider.name}": ${settings.error}`);
}

/** By name; `accessProviders` wins over its deprecated twin. */
function offeredAccess(profile: JsonObject): ReadonlyMap<string, JsonObject> {
  const status = isJsonObject(profile['status']) ? profile['status'] : {};
  const offered = new Map<string, JsonObject>();
  for (const list of [status['accessProviders'], status['credentialProviders']]) {
    for (const entry of Array.isArray(list) ? list : []) {
      if (!isJsonObject(entry) || typeof entry['name'] !== 'string' || offered.has(entry['name'])) continue;
      offered.set(entry['name'], isJsonObject(entry['cluster']) ? entry['cluster'] : {});
    }
  }
  return offered;
}

function execOf(provider: AccessProvider, extensions: ReadonlyMap<string, JsonValue>): Outcome<JsonObject, string> {
  const args = argumentsOf(provider, extensions.get(ARGUMENTS_EXTENSION));
  if (!args.ok) return args;
  const env = variablesOf(provider, extensions.get(VARIABLES_EXTENSION));
  return env.ok ? succeeded({ ...provider.exec, args: args.value, env: env.value }) : env;
}

function readExtensions(value: JsonValue | undefined): Outcome<ReadonlyMap<string, JsonValue>, string> {
  const extensions = new Map<string, JsonValue>();
  for (const entry of Array.isArray(value) ? value : []) {
    if (!isJsonObject(entry) || typeof entry['name'] !== 'string') return failed('an extension has no name');
    const { name, extension = null } = entry;
    if (extensions.has(name)) return failed(`extension "${name}" is there twice`);
    extensions.set(name, extension);
  }
  return succeeded(extensions);
}

function argumentsOf(
  { exec, argumentsPolicy }: AccessProvider,
  added: JsonValue | undefined,
): Outcome<JsonValue[], string> {
  const own: JsonValue[] = isJsonList(exec['args']) ? [...exec['args']] : [];
  if (argumentsPolicy === 'Ignore' || added === undefined || added === null) return succeeded(own);
  if (!isJsonList(added) || added.length > ADDITIONS_MAX || added.some((one) => typeof one !== 'string')) {
    return failed(`its additional arguments are not a list of at most ${ADDITIONS_MAX} strings`);
  }
  return succeeded([...own, ...added]);
}

function variablesOf(
  { exec, variablesPolicy }: AccessProvider,
  added: JsonValue | undefined,
): Outcome<JsonValue[], string> {
  const own: JsonValue[] = isJsonList(exec['env']) ? [...exec['env']] : [];
  if (variablesPolicy === 'Ignore' || added === undefined || added === null) return succeeded(own);
  const variables = readVariables(added);
  if (!variables.ok) return variables;
  const named = (entry: JsonValue): boolean =>
    isJsonObject(entry) && typeof entry['name'] === 'string' && variables.value.has(entry['name']);
  const ownNames = new Set(own.map((entry) => (isJsonObject(entry) ? entry['name'] : undefined)));
  const kept = variablesPolicy === 'Replace' ? own.filter((entry) => !named(entry)) : own;
  const news = [...variables.value].filter(([name]) => variablesPolicy === 'Replace' || !ownNames.has(name));
  return succeeded([...kept, ...news.map(([name, value]) => ({ name, value }))]);
}

function readVariables(added: JsonValue): Outcome<ReadonlyMap<string, string>, string> {
  const variables = new Map<string, string>();
  const fault = failed(`its additional variables are not a map of at most ${ADDITIONS_MAX} strings with legal names`);
  if (!isJsonObject(added) || Object.keys(added).length > ADDITIONS_MAX) return fault;
  for (const [name, value] of Object.entries(added)) {
    if (typeof value !== 'string' || !VARIABLE_NAME.test(name)) return fault;
    if (REFUSED_VARIABLES.test(name)) return failed(`no profile may set the variable ${name}`);
    variables.set(name, value);
  }
  return succeeded(variables);
}

/**
 * The same as a kubeconfig, so that one place decides what is allowed in either. What is for the plugin alone does not go
 * through it: its integers may be larger than YAML keeps them.
 */
function settingsOf(
  offered: JsonObject,
  exec: JsonObject,
  clusterConfig: JsonValue | undefined,
): Outcome<ConnectionSettings, string> {
  const cluster = { ...offered, extensions: [] };
  const kubeconfig = {
    'current-context': 'profile',
    clusters: [{ name: 'profile', cluster }],
    users: [{ name: 'profile', user: { exec } }],
    contexts: [{ name: 'profile', context: { cluster: 'profile', user: 'profile' } }],
  };
  const parsed = parseKubeconfig(stringifyJson(kubeconfig), { baseDirectory: '/' });
  if (!parsed.ok) return parsed;
  const policy = { allowExec: true, allowFiles: false, allowHttp: false, allowInsecure: false } as const;
  const settings = resolveContext(parsed.value, undefined, policy);
  if (!settings.ok || settings.value.exec === undefined) return settings;
  return succeeded({ ...settings.value, exec: { ...settings.value.exec, clusterConfig } });
}
