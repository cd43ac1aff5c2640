import { createPrivateKey, X509Certificate } from 'node:crypto';
import type { KeyObject } from 'node:crypto';
import type { CertificateAndKey } from './issue.ts';
import { BACKDATE_MS } from './issue.ts';

/** What a usable pair says of itself. Times are epoch milliseconds. */
export interface PairFacts {
  /** The first certificate of the PEM text, which the key belongs to. */
  readonly leaf: X509Certificate;
  /** Every certificate of the PEM text, the leaf first. */
  readonly chain: readonly X509Certificate[];
  readonly notBeforeMs: number;
  readonly notAfterMs: number;
}

export type PairReading =
  | { readonly type: 'usable'; readonly facts: PairFacts }
  /** One sentence without any key material. */
  | { readonly type: 'broken'; readonly problem: string };

const CERTIFICATE_BLOCK = /-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g;
const KEY_BLOCK = /-----BEGIN [A-Z ]*PRIVATE KEY-----[^-]+-----END [A-Z ]*PRIVATE KEY-----/g;

/** Reads a PEM pair and checks that the key belongs to the first certificate. Validity dates are not judged. */
export function readPair(pair: CertificateAndKey): PairReading {
  const chain = readCertificates(pair.cert);
  if (chain === undefined) return { type: 'broken', problem: 'the certificate cannot be parsed' };
  const leaf = chain[0];
  if (leaf === undefined) return { type: 'broken', problem: 'there is no PEM certificate in it' };
  const key = readKey(pair.key);
  if (key === undefined) return { type: 'broken', problem: 'the private key cannot be parsed' };
  if (!leaf.checkPrivateKey(key)) {
    return { type: 'broken', problem: 'the private key does not belong to the certificate' };
  }
  const facts = { leaf, chain, notBeforeMs: Date.parse(leaf.validFrom), notAfterMs: Date.parse(leaf.validTo) };
  return { type: 'usable', facts };
}

/** When a certificate of ours should be replaced: two thirds of its life, counted from its issue, are over. */
export function renewalMs(facts: { readonly notBeforeMs: number; readonly notAfterMs: number }): number {
  const issuedMs = facts.notBeforeMs + BACKDATE_MS;
  return issuedMs + Math.floor(((facts.notAfterMs - issuedMs) * 2) / 3);
}

/** True when every name and address is an alternative name of the certificate. */
export function coversNames(leaf: X509Certificate, dnsNames: readonly string[], ips: readonly string[]): boolean {
  return (
    dnsNames.every((name) => leaf.checkHost(name, { subject: 'never' }) !== undefined) &&
    ips.every((ip) => leaf.checkIP(ip) !== undefined)
  );
}

/** True when `authority` is the issuer by name and by signature. */
export function isIssuedBy(leaf: X509Certificate, authority: X509Certificate): boolean {
  return leaf.checkIssued(authority) && leaf.verify(authority.publicKey);
}

/** The certificates of a PEM text; undefined when one of them cannot be parsed. */
export function readCertificates(pem: string): readonly X509Certificate[] | undefined {
  try {
    return splitCertificates(pem).map((block) => new X509Certificate(block));
  } catch {
    return undefined;
  }
}

export function splitCertificates(pem: string): readonly string[] {
  return (pem.match(CERTIFICATE_BLOCK) ?? []).map((block) => `${block}\n`);
}

export function splitKeys(pem: string): readonly string[] {
  return (pem.match(KEY_BLOCK) ?? []).map((block) => `${block}\n`);
}

function readKey(pem: string): KeyObject | undefined {
  try {
    return createPrivateKey(pem);
  } catch {
    return undefined;
  }
}
