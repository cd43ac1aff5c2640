import { stringifyJson } from '../kube/json.ts';
import { parseTimeSeconds } from '../kube/time.ts';
import type { JsonObject } from '../kube/object.ts';
import { isJsonObject } from '../kube/object.ts';
import type { Outcome } from '../kube/outcome.ts';
import { failed, succeeded } from '../kube/outcome.ts';
import type { RunExec } from './exec-runner.ts';
import { keyPairFault, tokenFault } from './pem.ts';
import type { ConnectionSettings, ExecSettings } from './settings.ts';
import { ConnectionError } from './types.ts';

/** What a plugin handed out. */
export interface ExecCredential {
  readonly token: string | undefined;
  readonly certificate: { readonly certificate: string; readonly key: string } | undefined;
  /** Epoch milliseconds; undefined means until the server says 401. */
  readonly expiresMs: number | undefined;
}

export interface ExecCredentialSource {
  /** The credential to use now; rejects with ConnectionError (CredentialsUnavailable). */
  readonly current: () => Promise<ExecCredential>;
  /** After a 401 with `used`: another credential, or undefined if it is too early to ask for one again. */
  readonly renew: (used: ExecCredential) => Promise<ExecCredential | undefined>;
  /** Why the plugin's last run gave nothing; undefined when it gave something, or none has ended. */
  readonly problem: () => string | undefined;
}

export interface ExecCredentialDeps {
  readonly runExec: RunExec;
  readonly clock: () => number;
  /** PEM of the trusted certificates, for plugins that ask for cluster information. */
  readonly certificateAuthority: () => Promise<string | undefined>;
}

/** A new credential is fetched this long before the old one ends, while the old one is still used. */
const REFRESH_AHEAD_MS = 60_000;
/** Short-lived credentials are renewed after this part of their life instead. */
const SHORT_LIFE_MS = 5 * 60_000;
const SHORT_LIFE_PART = 0.8;
const RENEW_INTERVAL_MIN_MS = 10_000;
const BACKOFF_MIN_MS = 1_000;
const BACKOFF_MAX_MS = 60_000;

interface Held {
  readonly credential: ExecCredential;
  readonly obtainedMs: number;
}

/** Keeps the credential of one plugin fresh: one run at a time, back-off after failures, refresh before the end. */
export function createExecCredentialSource(
  settings: ConnectionSettings & { readonly exec: ExecSettings },
  deps: ExecCredentialDeps,
): ExecCredentialSource {
  let held: Held | undefined;
  let pending: Promise<ExecCredential> | undefined;
  let failure: { readonly message: string; readonly delayMs: number; readonly untilMs: number } | undefined;

  const run = async (): Promise<ExecCredential> => {
    const outcome = await runPlugin(settings, deps);
    const now = deps.clock();
    if (!outcome.ok) {
      const delayMs = failure === undefined ? BACKOFF_MIN_MS : Math.min(failure.delayMs * 2, BACKOFF_MAX_MS);
      failure = { message: outcome.error, delayMs, untilMs: now + delayMs };
      throw unavailable(outcome.error);
    }
    failure = undefined;
    held = { credential: outcome.value, obtainedMs: now };
    return outcome.value;
  };
  const refresh = (): Promise<ExecCredential> => {
    if (pending !== undefined) return pending;
    if (failure !== undefined && deps.clock() < failure.untilMs) return Promise.reject(unavailable(failure.message));
    pending = run().finally(() => (pending = undefined));
    return pending;
  };

  return {
    current: async () => {
      const now = deps.clock();
      if (held === undefined || isOver(held, now)) return refresh();
      // The old one is good until its end, so a failure here is told only when it is needed.
      if (isDue(held, now)) refresh().catch(() => undefined);
      return held.credential;
    },
    renew: async (used) => {
      if (held !== undefined && held.credential !== used) return held.credential;
      if (held !== undefined && deps.clock() - held.obtainedMs < RENEW_INTERVAL_MIN_MS) return undefined;
      return refresh();
    },
    problem: () => failure?.message,
  };
}

function isOver(held: Held, now: number): boolean {
  return held.credential.expiresMs !== undefined && now >= held.credential.expiresMs;
}

function isDue(held: Held, now: number): boolean {
  const { expiresMs } = held.credential;
  if (expiresMs === undefined) return false;
  const lifeMs = expiresMs - held.obtainedMs;
  return now >= (lifeMs < SHORT_LIFE_MS ? held.obtainedMs + lifeMs * SHORT_LIFE_PART : expiresMs - REFRESH_AHEAD_MS);
}

function unavailable(message: string): ConnectionError {
  return new ConnectionError('CredentialsUnavailable', message, { sent: false });
}

async function runPlugin(
  settings: ConnectionSettings & { readonly exec: ExecSettings },
  deps: ExecCredentialDeps,
): Promise<Outcome<ExecCredential, string>> {
  const { exec } = settings;
  const info = await execInfo(settings, deps);
  const env: Record<string, string> = {};
  for (const { name, value } of exec.env) env[name] = value.reveal();
  const output = await deps.runExec({
    command: exec.command,
    args: exec.args.map((arg) => arg.reveal()),
    // Last, so that nothing configured can replace it.
    env: { ...env, KUBERNETES_EXEC_INFO: info },
  });
  const name = `credential plugin "${exec.command}"`;
  if (!output.ok) {
    return failed(`${name} ${output.error}${exec.installHint === undefined ? '' : `; hint: ${exec.installHint}`}`);
  }
  const credential = parseExecCredential(output.value, exec.apiVersion);
  if (!credential.ok) return failed(`${name} ${credential.error}`);
  const { expiresMs } = credential.value;
  // Else it would be run again for every request.
  if (expiresMs !== undefined && expiresMs <= deps.clock()) {
    return failed(`${name} wrote a credential whose time is over; compare the clocks`);
  }
  return credential;
}

/** The ExecCredential that a plugin reads from KUBERNETES_EXEC_INFO. */
async function execInfo(
  settings: ConnectionSettings & { readonly exec: ExecSettings },
  deps: ExecCredentialDeps,
): Promise<string> {
  const { exec } = settings;
  const ca = exec.provideClusterInfo ? await deps.certificateAuthority() : undefined;
  const cluster = {
    server: settings.server,
    'tls-server-name': settings.tlsServerName,
    'insecure-skip-tls-verify': settings.insecureSkipTlsVerify || undefined,
    'certificate-authority-data': ca === undefined ? undefined : Buffer.from(ca).toString('base64'),
    'proxy-url': settings.proxy?.url,
    'disable-compression': settings.disableCompression || undefined,
    config: exec.clusterConfig,
  };
  const spec = { interactive: false, ...(exec.provideClusterInfo ? { cluster } : {}) };
  return stringifyJson({ apiVersion: exec.apiVersion, kind: 'ExecCredential', spec });
}

/** Checks what a plugin wrote; the error is a phrase without any of it. */
export function parseExecCredential(text: string, apiVersion: string): Outcome<ExecCredential, string> {
  const document = parseDocument(text);
  if (document === undefined) return failed('did not write one JSON object');
  if (document['kind'] !== 'ExecCredential') return failed('wrote an object that is not an ExecCredential');
  if (document['apiVersion'] !== apiVersion) return failed(`wrote another apiVersion than ${apiVersion}`);
  const status = document['status'];
  if (!isJsonObject(status)) return failed('wrote an ExecCredential without status');
  return readStatus(status);
}

const STATUS_FIELDS = ['token', 'clientCertificateData', 'clientKeyData', 'expirationTimestamp'];
/** RFC 3339, as strict as Go. */
const TIMESTAMP = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)$/;

function readStatus(status: JsonObject): Outcome<ExecCredential, string> {
  const odd = STATUS_FIELDS.find((field) => !['string', 'undefined'].includes(typeof (status[field] ?? undefined)));
  if (odd !== undefined) return failed(`wrote a status whose ${odd} is not a string`);
  const expiresMs = readExpiry(optionalText(status['expirationTimestamp']));
  if (!expiresMs.ok) return expiresMs;
  const token = optionalText(status['token']);
  const certificate = optionalText(status['clientCertificateData']);
  const key = optionalText(status['clientKeyData']);
  if (token === undefined && certificate === undefined && key === undefined) {
    return failed('wrote neither a token nor a client certificate');
  }
  const fault = tokenOrPairFault(token, certificate, key);
  if (fault !== undefined) return failed(fault);
  const pair = certificate === undefined || key === undefined ? undefined : { certificate, key };
  return succeeded({ token, certificate: pair, expiresMs: expiresMs.value });
}

function readExpiry(text: string | undefined): Outcome<number | undefined, string> {
  if (text === undefined) return succeeded(undefined);
  const seconds = TIMESTAMP.test(text) ? parseTimeSeconds(text) : undefined;
  return seconds === undefined ? failed('wrote an expirationTimestamp that is no time') : succeeded(seconds * 1000);
}

function tokenOrPairFault(token?: string, certificate?: string, key?: string): string | undefined {
  const badToken = token === undefined ? undefined : tokenFault(token);
  if (badToken !== undefined) return `wrote a status that ${badToken}`;
  if (certificate === undefined && key === undefined) return undefined;
  if (certificate === undefined || key === undefined) return 'wrote half of a client certificate and its key';
  const badPair = keyPairFault(certificate, key);
  return badPair === undefined ? undefined : `wrote a bad pair: ${badPair}`;
}

function optionalText(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined;
}

function parseDocument(text: string): JsonObject | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return isJsonObject(value) ? value : undefined;
  } catch {
    // The parser's message quotes the text, which may be a credential.
    return undefined;
  }
}
