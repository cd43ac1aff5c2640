import { isAbsolute, resolve } from 'node:path';
import type { JsonObject, JsonValue } from '../kube/object.ts';
import { isJsonObject } from '../kube/object.ts';
import type { Outcome } from '../kube/outcome.ts';
import { failed, succeeded } from '../kube/outcome.ts';
import type { Secret } from './secret.ts';
import { createSecret } from './secret.ts';
import type { ExecSettings } from './settings.ts';

const API_VERSIONS = ['client.authentication.k8s.io/v1', 'client.authentication.k8s.io/v1beta1'];
/** Name of the cluster's extension that is handed to the plugin. */
export const CLUSTER_EXTENSION = 'client.authentication.k8s.io/exec';
const INSTALL_HINT_CHARACTERS_MAX = 500;
const INTERACTIVE_MODES = ['Never', 'IfAvailable'];

/** Where an exec section stands. */
export interface ExecPlace {
  readonly baseDirectory: string;
  /** The cluster's entry, for its extensions. */
  readonly clusterFields: JsonObject;
}

/** Reads the `exec` section of a user (clientcmd ExecConfig). Errors name fields, never values. */
export function parseExecSettings(exec: unknown, place: ExecPlace): Outcome<ExecSettings, string> {
  if (!isJsonObject(exec)) return failed('exec must be a mapping');
  const head = readHead(exec);
  if (!head.ok) return head;
  const args = readArgs(exec['args']);
  if (!args.ok) return args;
  const env = readEnv(exec['env']);
  if (!env.ok) return env;
  const hint = exec['installHint'];
  return succeeded({
    apiVersion: head.value.apiVersion,
    command: resolvedCommand(head.value.command, place.baseDirectory),
    args: args.value,
    env: env.value,
    provideClusterInfo: exec['provideClusterInfo'] === true,
    clusterConfig: clusterExtension(place.clusterFields),
    installHint: typeof hint === 'string' && hint !== '' ? hint.slice(0, INSTALL_HINT_CHARACTERS_MAX) : undefined,
  });
}

function readHead(exec: JsonObject): Outcome<{ apiVersion: string; command: string }, string> {
  const { apiVersion, command } = exec;
  if (typeof apiVersion !== 'string' || !API_VERSIONS.includes(apiVersion)) {
    return failed(`exec.apiVersion must be ${API_VERSIONS.join(' or ')}`);
  }
  if (!isText(command) || command === '') return failed('exec.command must be set');
  const fault = interactiveModeFault(exec['interactiveMode'], apiVersion);
  return fault === undefined ? succeeded({ apiVersion, command }) : failed(`exec.interactiveMode ${fault}`);
}

/** v1 demands a mode, v1beta1 has IfAvailable as its default. */
function interactiveModeFault(mode: JsonValue | undefined, apiVersion: string): string | undefined {
  if (mode === undefined || mode === null) return apiVersion.endsWith('/v1') ? 'must be set' : undefined;
  if (mode === 'Always') return 'is Always, but a server has no terminal';
  return INTERACTIVE_MODES.some((known) => known === mode) ? undefined : `must be ${INTERACTIVE_MODES.join(' or ')}`;
}

/** A path with a slash is relative to the kubeconfig's directory; a bare name is looked up in PATH. */
function resolvedCommand(command: string, baseDirectory: string): string {
  return command.includes('/') && !isAbsolute(command) ? resolve(baseDirectory, command) : command;
}

function readArgs(value: JsonValue | undefined): Outcome<readonly Secret[], string> {
  if (value === undefined || value === null) return succeeded([]);
  if (!Array.isArray(value)) return failed('exec.args must be a list of strings');
  const args: Secret[] = [];
  for (const arg of value) {
    if (!isText(arg)) return failed('exec.args must be a list of strings');
    args.push(createSecret(arg));
  }
  return succeeded(args);
}

function readEnv(value: JsonValue | undefined): Outcome<ExecSettings['env'], string> {
  if (value === undefined || value === null) return succeeded([]);
  if (!Array.isArray(value)) return failed('exec.env must be a list');
  const variables: { name: string; value: Secret }[] = [];
  for (const [index, entry] of value.entries()) {
    if (!isJsonObject(entry)) return failed(`exec.env[${index}] must be a mapping`);
    const { name, value: text = '' } = entry;
    if (!isText(name) || !/^[^=]+$/.test(name)) return failed(`exec.env[${index}].name must be set`);
    if (!isText(text)) return failed(`exec.env[${index}].value must be a string`);
    variables.push({ name, value: createSecret(text) });
  }
  return succeeded(variables);
}

/** A string that a process can be given: without NUL. */
function isText(value: unknown): value is string {
  return typeof value === 'string' && !value.includes('\0');
}

/** The cluster-specific configuration that upstream reserves for credential plugins. */
function clusterExtension(clusterFields: JsonObject): JsonValue | undefined {
  const extensions = clusterFields['extensions'];
  if (!Array.isArray(extensions)) return undefined;
  for (const entry of extensions) {
    if (isJsonObject(entry) && entry['name'] === CLUSTER_EXTENSION) return entry['extension'];
  }
  return undefined;
}
