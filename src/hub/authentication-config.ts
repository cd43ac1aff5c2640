import type { KubeConnection } from '../connection/index.ts';
import type { Outcome } from '../kube/outcome.ts';
import { failed, succeeded } from '../kube/outcome.ts';
import type { AuthenticationData, AuthenticationTrust, TrustNames } from './authentication-trust.ts';
import { parseTrust } from './authentication-trust.ts';
import { askHub, objectAt } from './hub-request.ts';
import type { Schedule } from './repeat.ts';
import { createRepetition } from './repeat.ts';

const CONFIG_MAP = 'kube-system/extension-apiserver-authentication';
const CONFIG_MAP_PATH = '/api/v1/namespaces/kube-system/configmaps/extension-apiserver-authentication';
/** Authorities are rotated with an overlap of hours; half a minute also bounds how long a removed one is believed. */
const INTERVAL_MS = 30_000;

export interface AuthenticationFiles {
  /** `--client-ca-file` */
  readonly clientCaFile?: string;
  /** `--requestheader-client-ca-file` */
  readonly requestHeaderClientCaFile?: string;
}

export interface AuthenticationConfigDeps {
  /** The hub as `--authentication-kubeconfig` says; undefined: stand-alone, files and settings only. */
  readonly connection: KubeConnection | undefined;
  readonly files: AuthenticationFiles;
  /** Settings other than files (`--requestheader-allowed-names` and so on). */
  readonly settings: TrustNames;
  readonly readFile: (path: string) => Promise<string>;
  readonly schedule: Schedule;
}

export interface AuthenticationConfig {
  /** Reads everything once and begins to follow changes; a failure means: do not serve. */
  start(): Promise<Outcome<AuthenticationTrust, string>>;
  /** Only after a successful start. */
  current(): AuthenticationTrust;
  /** Called after each change; the returned function ends it. */
  onChange(listener: (trust: AuthenticationTrust) => void): () => void;
  /** Why the last reading was not taken (the previous trust stays in force); undefined while all is well. */
  problem(): string | undefined;
  /** Reads again now. */
  refresh(): Promise<void>;
  close(): void;
}

/** Follows whom the hub's kube-apiserver tells extension servers to believe. */
export function createAuthenticationConfig(deps: AuthenticationConfigDeps): AuthenticationConfig {
  const listeners = new Set<(trust: AuthenticationTrust) => void>();
  let trust: AuthenticationTrust | undefined;
  let problem: string | undefined;

  const repetition = createRepetition({
    intervalMs: INTERVAL_MS,
    schedule: deps.schedule,
    run: async () => {
      const read = await readTrust(deps);
      problem = read.ok ? undefined : read.error;
      if (!read.ok || JSON.stringify(read.value) === JSON.stringify(trust)) return;
      trust = read.value;
      for (const listener of listeners) listener(read.value);
    },
  });

  return {
    start: async () => {
      const read = await readTrust(deps);
      if (!read.ok) return read;
      trust = read.value;
      repetition.start();
      return read;
    },
    current: () => {
      if (trust === undefined) throw new Error('the authentication configuration was not read');
      return trust;
    },
    onChange: (listener) => {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
    problem: () => problem,
    refresh: () => repetition.now(),
    close: () => {
      repetition.stop();
      listeners.clear();
    },
  };
}

async function readTrust(deps: AuthenticationConfigDeps): Promise<Outcome<AuthenticationTrust, string>> {
  const clientCa = await readCa(deps, deps.files.clientCaFile, '--client-ca-file');
  if (!clientCa.ok) return clientCa;
  const requestHeaderCa = await readCa(deps, deps.files.requestHeaderClientCaFile, '--requestheader-client-ca-file');
  if (!requestHeaderCa.ok) return requestHeaderCa;
  const isComplete = clientCa.value !== undefined && requestHeaderCa.value !== undefined;
  const data = isComplete ? succeeded({}) : await readConfigMap(deps.connection);
  if (!data.ok) return data;
  const cas = { clientCa: clientCa.value, requestHeaderCa: requestHeaderCa.value };
  const trust = parseTrust(data.value, { ...cas, names: deps.settings });
  if (!trust.ok) return failed(`whom to trust cannot be told: ${trust.error}`);
  if (deps.connection !== undefined && trust.value.requestHeaderCa === undefined) {
    return failed(
      `ConfigMap ${CONFIG_MAP} has no requestheader-client-ca-file: the hub's kube-apiserver is not set up for ` +
        'aggregated API servers (--requestheader-client-ca-file)',
    );
  }
  return trust;
}

async function readCa(
  deps: AuthenticationConfigDeps,
  path: string | undefined,
  flag: string,
): Promise<Outcome<string | undefined, string>> {
  if (path === undefined) return succeeded(undefined);
  try {
    const text = await deps.readFile(path);
    return succeeded(text);
  } catch (error) {
    return failed(`${flag}: ${error instanceof Error ? error.message : String(error)}`);
  }
}

async function readConfigMap(connection: KubeConnection | undefined): Promise<Outcome<AuthenticationData, string>> {
  if (connection === undefined) return succeeded({});
  const answer = await askHub(connection, { method: 'GET', path: CONFIG_MAP_PATH });
  if (answer.ok) {
    const entries = Object.entries(objectAt(answer.value, 'data'));
    return succeeded(
      Object.fromEntries(entries.filter((entry): entry is [string, string] => typeof entry[1] === 'string')),
    );
  }
  const hint =
    answer.error.status === 403
      ? '; bind Role kube-system/extension-apiserver-authentication-reader to this service account'
      : '';
  return failed(`ConfigMap ${CONFIG_MAP} of the hub cannot be read: ${answer.error.message}${hint}`);
}
