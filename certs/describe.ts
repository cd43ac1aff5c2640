import type { X509Certificate } from 'node:crypto';
import { readCertificates } from './inspect.ts';

/** What people and metrics are told of a certificate; nothing of a key. Times are epoch milliseconds. */
export interface CertificateDescription {
  readonly subject: string;
  readonly issuer: string;
  /** DNS names and IP addresses, as in the certificate. */
  readonly names: readonly string[];
  readonly isAuthority: boolean;
  readonly notBeforeMs: number;
  readonly notAfterMs: number;
  /** SHA-256. */
  readonly fingerprint: string;
}

/** The certificates of a PEM text; none when one of them cannot be parsed. */
export function describeCertificates(pem: string): readonly CertificateDescription[] {
  return (readCertificates(pem) ?? []).map(describeCertificate);
}

function describeCertificate(certificate: X509Certificate): CertificateDescription {
  return {
    subject: oneLine(certificate.subject),
    issuer: oneLine(certificate.issuer),
    names: (certificate.subjectAltName ?? '')
      .split(', ')
      .filter((name) => name !== '')
      .map((name) => name.replace(/^(DNS|IP Address):/, '')),
    isAuthority: certificate.ca,
    notBeforeMs: Date.parse(certificate.validFrom),
    notAfterMs: Date.parse(certificate.validTo),
    fingerprint: certificate.fingerprint256,
  };
}

/** Node gives one attribute a line. */
function oneLine(name: string): string {
  return name.split('\n').join(', ');
}
