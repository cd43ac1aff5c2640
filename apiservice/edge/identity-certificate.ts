import type { X509Certificate } from 'node:crypto';

/** When a verified chain is valid; undefined in place of it means that no chain was found. */
export interface VerifiedChain {
  readonly notBeforeMs: number;
  readonly notAfterMs: number;
}

const CLIENT_AUTH = '1.3.6.1.5.5.7.3.2';
const ANY_EXTENDED_KEY_USAGE = '2.5.29.37.0';
/** Certificates between the leaf and the anchor. */
const INTERMEDIATES_MAX = 4;
/** Certificates a peer may send beside its own; more are not looked at. */
export const SENT_CERTIFICATES_MAX = 8;

/**
 * Finds a chain from a peer's certificate over the intermediates it sent to one of the anchors, each link by name and
 * by signature, each certificate fit to authenticate clients. TLS itself cannot answer this: the listener trusts two
 * CAs that mean different things. The caller compares the returned period with the clock.
 */
export function verifyChain(
  leaf: X509Certificate,
  intermediates: readonly X509Certificate[],
  anchors: readonly X509Certificate[],
): VerifiedChain | undefined {
  if (!allowsClientAuth(leaf)) return undefined;
  const path: X509Certificate[] = [leaf];
  const sent = intermediates.slice(0, SENT_CERTIFICATES_MAX);
  for (let links = 0; links <= INTERMEDIATES_MAX; links += 1) {
    const last = path.at(-1);
    if (last === undefined) return undefined;
    const anchor = latest(anchors.filter((one) => issued(one, last)));
    if (anchor !== undefined) return periodOf([...path, anchor]);
    const next = sent.find((one) => !path.includes(one) && issued(one, last));
    if (next === undefined) return undefined;
    path.push(next);
  }
  return undefined;
}

/** A CA that was renewed with its key is in the bundle twice; the longer life decides. */
function latest(anchors: readonly X509Certificate[]): X509Certificate | undefined {
  return [...anchors].sort((a, b) => Date.parse(b.validTo) - Date.parse(a.validTo))[0];
}

/** Names alone prove nothing: anybody can write the CA's name into a certificate of their own. */
function issued(issuer: X509Certificate, subject: X509Certificate): boolean {
  return issuer.ca && allowsClientAuth(issuer) && subject.checkIssued(issuer) && subject.verify(issuer.publicKey);
}

/** A certificate without extended key usages is unrestricted. */
function allowsClientAuth(certificate: X509Certificate): boolean {
  const usages = extendedKeyUsages(certificate);
  return usages === undefined || usages.includes(CLIENT_AUTH) || usages.includes(ANY_EXTENDED_KEY_USAGE);
}

/** node:crypto calls them keyUsage, and has undefined when there are none. */
function extendedKeyUsages(certificate: X509Certificate): readonly string[] | undefined {
  return certificate.keyUsage;
}

function periodOf(chain: readonly X509Certificate[]): VerifiedChain | undefined {
  const notBeforeMs = Math.max(...chain.map((one) => Date.parse(one.validFrom)));
  const notAfterMs = Math.min(...chain.map((one) => Date.parse(one.validTo)));
  return Number.isNaN(notBeforeMs) || Number.isNaN(notAfterMs) ? undefined : { notBeforeMs, notAfterMs };
}
