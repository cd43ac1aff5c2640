import { X509Certificate } from 'node:crypto';
import type { Outcome } from '../kube/outcome.ts';
import { failed, succeeded } from '../kube/outcome.ts';

/** Whom to believe about the identity of a request. A new value replaces the old one as a whole. */
export interface AuthenticationTrust {
  /** PEM authorities of the front proxy's client certificate; undefined: identity headers are never believed. */
  readonly requestHeaderCa: string | undefined;
  /** Common names that the front proxy may have; empty: any certificate of its authority. */
  readonly allowedNames: readonly string[];
  readonly usernameHeaders: readonly string[];
  readonly uidHeaders: readonly string[];
  readonly groupHeaders: readonly string[];
  readonly extraPrefixes: readonly string[];
  /** PEM authorities of client certificates that name their user themselves; undefined: there are none. */
  readonly clientCa: string | undefined;
}

/** Parts that are given instead of read from the hub (`--requestheader-*`, `--client-ca-file`). CAs are PEM texts. */
export interface TrustOverrides {
  readonly requestHeaderCa?: string | undefined;
  readonly clientCa?: string | undefined;
  readonly names: TrustNames;
}

export type TrustNames = Partial<Omit<AuthenticationTrust, 'requestHeaderCa' | 'clientCa'>>;

/** `data` of ConfigMap kube-system/extension-apiserver-authentication. */
export type AuthenticationData = Readonly<Record<string, string>>;

// Uid headers have no default: older kube-apiservers do not remove them from what a client sends.
const DEFAULT_USERNAME_HEADERS = ['x-remote-user'];
const DEFAULT_GROUP_HEADERS = ['x-remote-group'];
const DEFAULT_EXTRA_PREFIXES = ['x-remote-extra-'];
const CERTIFICATE_BLOCK = /-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g;

/**
 * Joins what the hub publishes with what was configured. A configured front-proxy authority replaces the hub's whole
 * front-proxy part; every other setting replaces just its own field.
 */
export function parseTrust(data: AuthenticationData, overrides: TrustOverrides): Outcome<AuthenticationTrust, string> {
  const published = parsePublished(overrides.requestHeaderCa === undefined ? data : withoutFrontProxy(data));
  if (!published.ok) return published;
  const requestHeaderCa = parseOverride(overrides.requestHeaderCa, '--requestheader-client-ca-file');
  if (!requestHeaderCa.ok) return requestHeaderCa;
  const clientCa = parseOverride(overrides.clientCa, '--client-ca-file');
  if (!clientCa.ok) return clientCa;
  const trust: AuthenticationTrust = {
    ...published.value,
    ...overrides.names,
    ...(requestHeaderCa.value === undefined ? {} : { requestHeaderCa: requestHeaderCa.value }),
    ...(clientCa.value === undefined ? {} : { clientCa: clientCa.value }),
  };
  const ambiguity = trustAmbiguity(trust);
  return ambiguity === undefined ? succeeded(trust) : failed(ambiguity);
}

function withoutFrontProxy(data: AuthenticationData): AuthenticationData {
  return { 'client-ca-file': data['client-ca-file'] ?? '' };
}

function parsePublished(data: AuthenticationData): Outcome<AuthenticationTrust, string> {
  const problems: string[] = [];
  const take = <T>(parsed: Outcome<T, string>, otherwise: T): T => {
    if (parsed.ok) return parsed.value;
    problems.push(parsed.error);
    return otherwise;
  };
  const names = (key: string, defaults: readonly string[]): readonly string[] => {
    const found = take(parseNames(data, key), []);
    return found.length === 0 ? defaults : found;
  };
  const trust: AuthenticationTrust = {
    requestHeaderCa: take(parseCertificates(data, 'requestheader-client-ca-file'), undefined),
    allowedNames: names('requestheader-allowed-names', []),
    usernameHeaders: names('requestheader-username-headers', DEFAULT_USERNAME_HEADERS),
    uidHeaders: names('requestheader-uid-headers', []),
    groupHeaders: names('requestheader-group-headers', DEFAULT_GROUP_HEADERS),
    extraPrefixes: names('requestheader-extra-headers-prefix', DEFAULT_EXTRA_PREFIXES),
    clientCa: take(parseCertificates(data, 'client-ca-file'), undefined),
  };
  return problems.length === 0 ? succeeded(trust) : failed(problems.join('; '));
}

function parseOverride(text: string | undefined, flag: string): Outcome<string | undefined, string> {
  if (text === undefined) return succeeded(undefined);
  const certificates = parseCertificates({ [flag]: text }, flag);
  return certificates.ok && certificates.value === undefined
    ? failed(`${flag} holds no PEM certificate`)
    : certificates;
}

/**
 * Without allowed names every certificate of the front proxy's authority may speak for anybody. When ordinary clients
 * get certificates from the same authority, each of them could: such a configuration is refused.
 */
export function trustAmbiguity(trust: AuthenticationTrust): string | undefined {
  if (trust.allowedNames.length > 0) return undefined;
  const clientKeys = new Set(publicKeysOf(trust.clientCa));
  if (!publicKeysOf(trust.requestHeaderCa).some((key) => clientKeys.has(key))) return undefined;
  return (
    'the front-proxy CA also signs ordinary client certificates and no requestheader-allowed-names are set, ' +
    'so any client could act as any user; set --requestheader-allowed-names on kube-apiserver or here'
  );
}

function publicKeysOf(bundle: string | undefined): readonly string[] {
  return splitCertificates(bundle ?? '').map((pem) =>
    new X509Certificate(pem).publicKey.export({ type: 'spki', format: 'der' }).toString('base64'),
  );
}

function splitCertificates(pem: string): readonly string[] {
  return pem.match(CERTIFICATE_BLOCK) ?? [];
}

/** The certificates without the text around them, so that only a change of authorities is a change. */
function parseCertificates(data: AuthenticationData, key: string): Outcome<string | undefined, string> {
  const text = data[key];
  if (text === undefined || text.trim() === '') return succeeded(undefined);
  const blocks = splitCertificates(text);
  if (blocks.length === 0) return failed(`${key} holds no PEM certificate`);
  try {
    return succeeded(blocks.map((block) => new X509Certificate(block).toString()).join(''));
  } catch {
    return failed(`${key} holds a certificate that cannot be parsed`);
  }
}

function parseNames(data: AuthenticationData, key: string): Outcome<readonly string[], string> {
  const text = data[key];
  if (text === undefined || text === '') return succeeded([]);
  const problem = failed(`${key} is not a JSON array of strings`);
  try {
    const parsed: unknown = JSON.parse(text);
    if (!Array.isArray(parsed)) return problem;
    const names = parsed.filter((item): item is string => typeof item === 'string');
    return names.length === parsed.length ? succeeded(names) : problem;
  } catch {
    return problem;
  }
}
