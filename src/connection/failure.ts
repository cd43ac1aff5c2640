import type { ConnectionFailure } from './types.ts';
import { ConnectionError } from './types.ts';

const UNTRUSTED = 'CertificateInvalid';

/** Codes of Node and OpenSSL that mean that the server did not prove who it is, each with a sentence for people. */
const CERTIFICATE_CODES: Readonly<Record<string, readonly [ConnectionFailure, string]>> = {
  CERT_HAS_EXPIRED: ['CertificateExpired', 'the certificate of the server has expired'],
  CERT_NOT_YET_VALID: [UNTRUSTED, 'the certificate of the server is not valid yet; compare the clocks'],
  ERR_TLS_CERT_ALTNAME_INVALID: [UNTRUSTED, 'the certificate of the server is for another name'],
  HOSTNAME_MISMATCH: [UNTRUSTED, 'the certificate of the server is for another name'],
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: [UNTRUSTED, 'the certificate of the server is not signed by a trusted authority'],
  UNABLE_TO_GET_ISSUER_CERT: [UNTRUSTED, 'the certificate of the server is not signed by a trusted authority'],
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: [UNTRUSTED, 'the certificate of the server is not signed by a trusted authority'],
  SELF_SIGNED_CERT_IN_CHAIN: [UNTRUSTED, 'the certificate of the server is not signed by a trusted authority'],
  DEPTH_ZERO_SELF_SIGNED_CERT: [UNTRUSTED, 'the certificate of the server is self-signed and not trusted'],
  CERT_SIGNATURE_FAILURE: [UNTRUSTED, 'the certificate of the server has a signature that does not verify'],
  CERT_UNTRUSTED: [UNTRUSTED, 'the certificate of the server is not trusted'],
  CERT_REJECTED: [UNTRUSTED, 'the certificate of the server is rejected'],
  CERT_REVOKED: [UNTRUSTED, 'the certificate of the server is revoked'],
  CERT_CHAIN_TOO_LONG: [UNTRUSTED, 'the certificate chain of the server is too long'],
  INVALID_CA: [UNTRUSTED, 'the certificate of the server is signed by a certificate that is no authority'],
  INVALID_PURPOSE: [UNTRUSTED, 'the certificate of the server is not made for servers'],
  PATH_LENGTH_EXCEEDED: [UNTRUSTED, 'the certificate chain of the server is too long'],
};

const UNREACHABLE_CODES: Readonly<Record<string, string>> = {
  ENOTFOUND: 'the host name is unknown',
  EAI_AGAIN: 'the host name cannot be looked up now',
  ECONNREFUSED: 'the connection was refused',
  EHOSTUNREACH: 'there is no route to the host',
  ENETUNREACH: 'there is no route to the network',
  ETIMEDOUT: 'the connection attempt timed out',
  ECONNRESET: 'the connection was closed before it was ready',
  EPIPE: 'the connection was closed before it was ready',
};

/**
 * The reason why a call failed. The text is made of our own words and Node's error code: original messages can hold
 * pieces of what was sent or received, and so they are neither shown nor kept as a cause.
 */
export function describeFailure(error: unknown, at: { server: string; sent: boolean }): ConnectionError {
  if (error instanceof ConnectionError) return error;
  const code = errorCode(error);
  const certificate = CERTIFICATE_CODES[code];
  if (certificate !== undefined) {
    return new ConnectionError(certificate[0], `${at.server}: ${certificate[1]} (${code})`, { sent: false });
  }
  if (/ALERT.*(CERTIFICATE|UNKNOWN_CA|ACCESS_DENIED)/.test(code)) {
    const text = `${at.server}: the server refused our client certificate (${code})`;
    return new ConnectionError('CredentialsUnavailable', text, { sent: at.sent });
  }
  if (!at.sent) {
    const text = UNREACHABLE_CODES[code] ?? 'no TLS connection could be made';
    return new ConnectionError('Unreachable', `${at.server}: ${text} (${code})`, { sent: false });
  }
  return new ConnectionError('Broken', `${at.server}: the connection broke (${code})`, { sent: true });
}

/** Node's code of an error (also the first of several addresses that were tried), or a neutral word. */
export function errorCode(error: unknown): string {
  if (error instanceof AggregateError && error.errors.length > 0) return errorCode(error.errors[0]);
  if (error instanceof Error && 'code' in error && typeof error.code === 'string') return error.code;
  return 'no code';
}
