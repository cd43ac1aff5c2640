import { isAbsolute } from 'node:path';
import type { JsonObject, JsonValue } from '../kube/object.ts';
import { isJsonList, isJsonObject } from '../kube/object.ts';
import type { Outcome } from '../kube/outcome.ts';
import { failed, succeeded } from '../kube/outcome.ts';
import { parseExecSettings } from './exec-settings.ts';

export type ArgumentsPolicy = 'Append' | 'Ignore';
export type VariablesPolicy = 'AppendIfNotExists' | 'Replace' | 'Ignore';

/** How one kind of access to clusters logs in (KEP-4322 §Access providers): a plugin of ours, never of a profile's. */
export interface AccessProvider {
  readonly name: string;
  /** The `exec` section of a kubeconfig user. */
  readonly exec: JsonObject;
  /** Whether profiles may add arguments and variables to the plugin. */
  readonly argumentsPolicy: ArgumentsPolicy;
  readonly variablesPolicy: VariablesPolicy;
}

export interface AccessProviders {
  readonly providers: readonly AccessProvider[];
  /** What in the file means nothing, a sentence each. */
  readonly warnings: readonly string[];
}

/** Of a provider file. */
export const PROVIDER_FILE_BYTES_MAX = 1024 * 1024;
/** Of one provider file. */
const PROVIDERS_MAX = 100;
const ARGUMENTS_POLICIES: readonly ArgumentsPolicy[] = ['Append', 'Ignore'];
const VARIABLES_POLICIES: readonly VariablesPolicy[] = ['AppendIfNotExists', 'Replace', 'Ignore'];
const PROVIDER_FIELDS = new Set(['name', 'execConfig', 'profileSourcedCLIArgsPolicy', 'profileSourcedEnvVarsPolicy']);
const EXEC_FIELDS = new Set([
  ...['command', 'args', 'env', 'apiVersion', 'provideClusterInfo', 'installHint', 'interactiveMode'],
]);

/** Reads a provider file (JSON). Policies are checked now, not when the first profile uses them. Never tells values. */
export function parseAccessProviders(text: string): Outcome<AccessProviders, string> {
  if (Buffer.byteLength(text) > PROVIDER_FILE_BYTES_MAX) {
    return failed(`is longer than ${PROVIDER_FILE_BYTES_MAX} bytes`);
  }
  const document = parseDocument(text);
  if (document === undefined) return failed('is not a JSON object');
  const list = document['providers'];
  if (!isJsonList(list)) return failed('has no list "providers"');
  if (list.length > PROVIDERS_MAX) return failed(`has more than ${PROVIDERS_MAX} providers`);
  const providers: AccessProvider[] = [];
  const warnings = unknownFields(document, new Set(['providers']), '');
  for (const [index, entry] of list.entries()) {
    const provider = readProvider(entry, `providers[${index}]`);
    if (!provider.ok) return provider;
    if (providers.some(({ name }) => name === provider.value.provider.name)) {
      return failed(`providers[${index}].name: "${provider.value.provider.name}" is there twice`);
    }
    providers.push(provider.value.provider);
    warnings.push(...provider.value.warnings);
  }
  return succeeded({ providers, warnings });
}

function readProvider(
  entry: JsonValue,
  at: string,
): Outcome<{ provider: AccessProvider; warnings: readonly string[] }, string> {
  if (!isJsonObject(entry)) return failed(`${at} must be an object`);
  const { name, execConfig } = entry;
  if (typeof name !== 'string' || name === '') return failed(`${at}.name must be set`);
  if (!isJsonObject(execConfig)) return failed(`${at}.execConfig must be an object`);
  const argumentsPolicy = readPolicy(entry['profileSourcedCLIArgsPolicy'], ARGUMENTS_POLICIES);
  if (argumentsPolicy === undefined)
    return failed(`${at}.profileSourcedCLIArgsPolicy must be one of ${ARGUMENTS_POLICIES.join(', ')}`);
  const variablesPolicy = readPolicy(entry['profileSourcedEnvVarsPolicy'], VARIABLES_POLICIES);
  if (variablesPolicy === undefined)
    return failed(`${at}.profileSourcedEnvVarsPolicy must be one of ${VARIABLES_POLICIES.join(', ')}`);
  // A server has no terminal, whatever the file was written for; `config` belongs to the profile's cluster.
  const known = Object.entries(execConfig).filter(([field]) => EXEC_FIELDS.has(field));
  const exec = { ...Object.fromEntries(known), interactiveMode: 'Never' };
  const fault = pluginFault(exec);
  if (fault !== undefined) return failed(`${at}.execConfig: ${fault}`);
  return succeeded({
    provider: { name, exec, argumentsPolicy, variablesPolicy },
    warnings: [
      ...unknownFields(entry, PROVIDER_FIELDS, `${at}.`),
      ...unknownFields(execConfig, EXEC_FIELDS, `${at}.execConfig.`),
    ],
  });
}

/** What would fail when the first profile uses it. A relative path would depend on where we were started. */
function pluginFault(exec: JsonObject): string | undefined {
  const settings = parseExecSettings(exec, { baseDirectory: '/', clusterFields: {} });
  if (!settings.ok) return settings.error;
  const command = exec['command'];
  const isRelative = typeof command === 'string' && command.includes('/') && !isAbsolute(command);
  return isRelative ? 'exec.command must be an absolute path, or a name that PATH resolves' : undefined;
}

function readPolicy<P extends string>(
  value: JsonValue | undefined,
  policies: readonly (P | 'Ignore')[],
): P | 'Ignore' | undefined {
  if (value === undefined || value === null || value === '') return 'Ignore';
  return policies.find((policy) => policy === value);
}

function unknownFields(object: JsonObject, known: ReadonlySet<string>, prefix: string): string[] {
  return Object.keys(object)
    .filter((field) => !known.has(field))
    .map((field) => `${prefix}${field} is not a field of a provider file and is ignored`);
}

function parseDocument(text: string): JsonObject | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return isJsonObject(value) ? value : undefined;
  } catch {
    // The parser's message quotes the text; arguments and variables may hold secrets.
    return undefined;
  }
}
