import type { PairFacts } from './inspect.ts';
import { coversNames, isIssuedBy, readPair, splitCertificates, splitKeys } from './inspect.ts';
import type { CertificateAndKey } from './issue.ts';
import type { RotationState } from './rotation-plan.ts';
import { REPORT_FILE, REQUEST_FILE } from './rotation-request.ts';

/**
 * Texts by file name: `ca.crt` and `ca.key` (all authorities, oldest first), `tls.crt` and `tls.key`, what an operator
 * asks for and what a waiting rotation says (`rotation-request.json`, `rotation.json`).
 */
export type CertificateFiles = Readonly<Record<string, string>>;

/** Our certificates as they are kept. */
export interface KeptCertificates {
  /** Oldest first. */
  readonly authorities: readonly CertificateAndKey[];
  readonly serving: CertificateAndKey | undefined;
  /** Texts, as written. */
  readonly request: string;
  readonly report: string;
}

export const NO_CERTIFICATES: KeptCertificates = { authorities: [], serving: undefined, request: '', report: '' };

/** Certificates that can be served with: nothing that was cut or edited. */
export function isComplete({ authorities, serving }: KeptCertificates): boolean {
  if (serving === undefined) return false;
  const { leaf } = usableFacts(serving);
  return authorities.some((authority) => isIssuedBy(leaf, usableFacts(authority).leaf));
}

/** What the rotation is planned from. */
export function rotationState(
  certificates: KeptCertificates,
  names: { readonly dnsNames: readonly string[]; readonly ips: readonly string[] },
): RotationState {
  const authorities = certificates.authorities.map((authority) => usableFacts(authority));
  if (certificates.serving === undefined) return { authorities, serving: undefined };
  const serving = usableFacts(certificates.serving);
  const authority = authorities.findIndex((candidate) => isIssuedBy(serving.leaf, candidate.leaf));
  return {
    authorities,
    serving: { ...serving, authority, coversNames: coversNames(serving.leaf, names.dnsNames, names.ips) },
  };
}

export function bundleOf({ authorities }: Pick<KeptCertificates, 'authorities'>): string {
  return authorities.map(({ cert }) => cert).join('');
}

/** SHA-256, as people compare certificates. */
export function fingerprintOf(pair: CertificateAndKey | undefined): string | undefined {
  return pair && usableFacts(pair).leaf.fingerprint256;
}

/** Facts of a pair that was found usable before. */
export function usableFacts(pair: CertificateAndKey): PairFacts {
  const read = readPair(pair);
  if (read.type === 'broken') throw new Error(read.problem);
  return read.facts;
}

/** The request is not among them: it belongs to whoever asks. */
export function formatFiles(certificates: KeptCertificates): CertificateFiles {
  return {
    'ca.crt': bundleOf(certificates),
    'ca.key': certificates.authorities.map(({ key }) => key).join(''),
    'tls.crt': certificates.serving?.cert ?? '',
    'tls.key': certificates.serving?.key ?? '',
    [REPORT_FILE]: certificates.report,
  };
}

/**
 * Takes what can be used: an authority needs its key, the serving certificate its own. A store that was cut in the
 * middle of a write, or edited by hand, loses the broken part only.
 */
export function parseFiles(files: CertificateFiles): KeptCertificates {
  const keys = splitKeys(files['ca.key'] ?? '');
  const authorities = splitCertificates(files['ca.crt'] ?? '').flatMap((cert) => {
    const key = keys.find((candidate) => isAuthority({ key: candidate, cert }));
    return key === undefined ? [] : [{ key, cert }];
  });
  const serving = { key: files['tls.key'] ?? '', cert: files['tls.crt'] ?? '' };
  return {
    authorities,
    serving: readPair(serving).type === 'usable' ? serving : undefined,
    request: files[REQUEST_FILE] ?? '',
    report: files[REPORT_FILE] ?? '',
  };
}

function isAuthority(pair: CertificateAndKey): boolean {
  const read = readPair(pair);
  return read.type === 'usable' && read.facts.leaf.ca;
}
