import { X509Certificate } from 'node:crypto';
import type { Outcome } from '../kube/outcome.ts';
import { failed, succeeded } from '../kube/outcome.ts';

/** Whom to believe about the identity of a request. Certificates are PEM, one per element. */
export interface AuthenticationTrust {
  /** Authorities of the front proxy's client certificate; empty: identity headers are never believed. */
  readonly requestHeaderCa: readonly string[];
  /** Common names that the front proxy may have; empty: any certificate of its authority. */
  readonly allowedNames: readonly string[];
  readonly usernameHeaders: readonly string[];
  readonly uidHeaders: readonly string[];
  readonly groupHeaders: readonly string[];
  readonly extraPrefixes: readonly string[];
  /** Authorities of client certificates that name their user themselves. */
  readonly clientCa: readonly string[];
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
  const take = (parsed: Outcome<readonly string[], string>, otherwise: readonly string[] = []): readonly string[] => {
    if (!parsed.ok) problems.push(parsed.error);
    return parsed.ok && parsed.value.length > 0 ? parsed.value : otherwise;
  };
  const trust: AuthenticationTrust = {
    requestHeaderCa: take(parseCertificates(data, 'requestheader-client-ca-file')),
    allowedNames: take(parseNames(data, 'requestheader-allowed-names')),
    usernameHeaders: take(parseNames(data, 'requestheader-username-headers'), DEFAULT_USERNAME_HEADERS),
    uidHeaders: take(parseNames(data, 'requestheader-uid-headers')),
    groupHeaders: take(parseNames(data, 'requestheader-group-headers'), DEFAULT_GROUP_HEADERS),
    extraPrefixes: take(parseNames(data, 'requestheader-extra-headers-prefix'), DEFAULT_EXTRA_PREFIXES),
    clientCa: take(parseCertificates(data, 'client-ca-file')),
  };
  return problems.length === 0 ? succeeded(trust) : failed(problems.join('; '));
}

function parseOverride(text: string | undefined, flag: string): Outcome<readonly string[] | undefined, string> {
  if (text === undefined) return succeeded(undefined);
  const certificates = parseCertificates({ [flag]: text }, flag);
  return certificates.ok && certificates.value.length === 0 ? failed(`${flag} holds no PEM certificate`) : certificates;
}

/**
 * Without allowed names every certificate of the front proxy's authority may speak for anybody. When ordinary clients
 * get certificates from the same authority, each of them could: such a configuration is refused.
 */
export function trustAmbiguity(trust: AuthenticationTrust): string | undefined {
  if (trust.allowedNames.length > 0) return undefined;
  const clientKeys = new Set(trust.clientCa.map(publicKeyOf));
  if (!trust.requestHeaderCa.some((pem) => clientKeys.has(publicKeyOf(pem)))) return undefined;
  return (
    'the front-proxy CA also signs ordinary client certificates and no requestheader-allowed-names are set, ' +
    'so any client could act as any user; set --requestheader-allowed-names on kube-apiserver or here'
  );
}

function publicKeyOf(pem: string): string {
  return new X509Certificate(pem).publicKey.export({ type: 'spki', format: 'der' }).toString('base64');
}

function parseCertificates(data: AuthenticationData, key: string): Outcome<readonly string[], string> {
  const text = data[key];
  if (text === undefined || text.trim() === '') return succeeded([]);
  const blocks = text.match(CERTIFICATE_BLOCK) ?? [];
  if (blocks.length === 0) return failed(`${key} holds no PEM certificate`);
  try {
    return succeeded(blocks.map((block) => new X509Certificate(block).toString()));
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
