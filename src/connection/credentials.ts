import { createHash } from 'node:crypto';
import type { Outcome } from '../kube/outcome.ts';
import { failed, succeeded } from '../kube/outcome.ts';
import type { ExecCredential, ExecCredentialSource } from './exec-credential.ts';
import { createExecCredentialSource } from './exec-credential.ts';
import type { RunExec } from './exec-runner.ts';
import type { ReadTextFile } from './file-material.ts';
import { readCredentialFile } from './file-material.ts';
import { certificateFault, keyPairFault, tokenFault } from './pem.ts';
import type { ClientCertificate, ConnectionSettings, Material } from './settings.ts';
import { ConnectionError } from './types.ts';

/** What one call presents and trusts. */
export interface Credential {
  readonly token: string | undefined;
  readonly tls: TlsMaterial;
  /** The plugin's answer that it came from, to tell whether there is a newer one. */
  readonly exec: ExecCredential | undefined;
}

/** PEM texts of one TLS set-up; equal digests mean equal texts. */
export interface TlsMaterial {
  readonly certificateAuthority: string | undefined;
  readonly certificate: string | undefined;
  readonly key: string | undefined;
  readonly digest: string;
}

export interface CredentialSource {
  /** Rejects with ConnectionError (CredentialsUnavailable), which never holds credentials. */
  readonly current: () => Promise<Credential>;
  /** After a 401 with `used`: another credential after reading files or asking the plugin again, else undefined. */
  readonly renew: (used: Credential) => Promise<Credential | undefined>;
  /** Why the plugin's last run gave nothing; undefined when it gave something, or none has ended. */
  readonly problem: () => string | undefined;
}

export interface CredentialDeps {
  readonly clock: () => number;
  readonly readFile: ReadTextFile;
  readonly runExec: RunExec;
  /** Files are read again when this time has passed since they were last read. */
  readonly fileRereadMs: number;
}

/** Follows the files and the plugin that the settings name. */
export function createCredentialSource(settings: ConnectionSettings, deps: CredentialDeps): CredentialSource {
  const authority = follow(
    settings.certificateAuthority,
    { field: 'certificate-authority', fault: certificateFault },
    deps,
  );
  const token = follow(settings.token, { field: 'token', fault: tokenFault, trimmed: true }, deps);
  const pair = followPair(settings.clientCertificate, deps);
  const exec = execSource(settings, () => authority(false), deps);
  const tls = tlsMaterials();

  const read = async (force: boolean, execCredential: ExecCredential | undefined): Promise<Credential> => {
    const [ca, own, bearer] = await Promise.all([authority(false), pair(force), token(force)]);
    return {
      token: execCredential?.token ?? bearer,
      tls: tls(ca, execCredential?.certificate ?? own),
      exec: execCredential,
    };
  };
  return {
    current: async () => read(false, await exec?.current()),
    renew: async (used) => {
      if (exec !== undefined) {
        const renewed = used.exec === undefined ? undefined : await exec.renew(used.exec);
        return renewed === undefined ? undefined : read(false, renewed);
      }
      const again = await read(true, undefined);
      return again.token === used.token && again.tls.digest === used.tls.digest ? undefined : again;
    },
    problem: () => exec?.problem(),
  };
}

/** What a connection would trust because of this file now; the error is a phrase that follows its path. */
export const readAuthorityFile: ReadTextFile = async (path) =>
  usable(await readCredentialFile(path), { field: 'certificate-authority', fault: certificateFault });

function execSource(
  settings: ConnectionSettings,
  certificateAuthority: () => Promise<string | undefined>,
  deps: CredentialDeps,
): ExecCredentialSource | undefined {
  const { exec } = settings;
  if (exec === undefined) return undefined;
  const { runExec, clock } = deps;
  return createExecCredentialSource({ ...settings, exec }, { runExec, clock, certificateAuthority });
}

/** Gives the same object for the same texts, so that a digest is only computed when something changed. */
function tlsMaterials(): (ca: string | undefined, own: Pair | undefined) => TlsMaterial {
  let last: TlsMaterial | undefined;
  return (certificateAuthority, own) => {
    const { certificate, key } = own ?? { certificate: undefined, key: undefined };
    if (
      last?.certificateAuthority === certificateAuthority &&
      last?.certificate === certificate &&
      last?.key === key &&
      last !== undefined
    ) {
      return last;
    }
    const text = JSON.stringify([certificateAuthority, certificate, key]);
    last = { certificateAuthority, certificate, key, digest: createHash('sha256').update(text).digest('hex') };
    return last;
  };
}

interface Pair {
  readonly certificate: string;
  readonly key: string;
}

/** A rotation replaces two files one after the other: until they match again, the last matching pair is used. */
function followPair(
  settings: ClientCertificate | undefined,
  deps: CredentialDeps,
): (force: boolean) => Promise<Pair | undefined> {
  if (settings === undefined) return () => Promise.resolve(undefined);
  const certificateText = follow(settings.certificate, { field: 'client-certificate' }, deps);
  const keyText = follow(settings.key, { field: 'client-key' }, deps);
  let good: Pair | undefined;
  return async (force) => {
    const [certificate = '', key = ''] = await Promise.all([certificateText(force), keyText(force)]);
    if (good?.certificate === certificate && good.key === key) return good;
    const fault = keyPairFault(certificate, key);
    if (fault === undefined) good = { certificate, key };
    else if (good === undefined) throw unavailable(fault);
    return good;
  };
}

interface Followed {
  /** The kubeconfig field, for messages. */
  readonly field: string;
  readonly fault?: (text: string) => string | undefined;
  readonly trimmed?: boolean;
}

/**
 * A function that gives the present text of `material`. A file that cannot be read, or that holds nothing usable,
 * leaves the last good text in force; only if there was none it is an error.
 */
function follow(
  material: Material | undefined,
  what: Followed,
  deps: CredentialDeps,
): (force: boolean) => Promise<string | undefined> {
  if (material === undefined) return () => Promise.resolve(undefined);
  if (material.type === 'inline') {
    const text = material.value.reveal();
    return () => Promise.resolve(text);
  }
  const { path } = material;
  let good: string | undefined;
  let readMs = -Infinity;
  let pending: Promise<string> | undefined;
  const read = async (): Promise<string> => {
    const outcome = usable(await deps.readFile(path), what);
    if (outcome.ok) {
      good = outcome.value;
      readMs = deps.clock();
      return good;
    }
    if (good === undefined) throw unavailable(`${what.field} file "${path}" ${outcome.error}`);
    readMs = deps.clock();
    return good;
  };
  return (force) => {
    const isFresh = deps.clock() - readMs < deps.fileRereadMs;
    if (good !== undefined && isFresh && !force) return Promise.resolve(good);
    pending ??= read().finally(() => (pending = undefined));
    return pending;
  };
}

function usable(outcome: Outcome<string, string>, what: Followed): Outcome<string, string> {
  if (!outcome.ok) return outcome;
  const text = what.trimmed === true ? outcome.value.trim() : outcome.value;
  const fault = what.fault?.(text);
  return fault === undefined ? succeeded(text) : failed(fault);
}

function unavailable(message: string): ConnectionError {
  return new ConnectionError('CredentialsUnavailable', message, { sent: false });
}
