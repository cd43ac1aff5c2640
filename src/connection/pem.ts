import { createPrivateKey, X509Certificate } from 'node:crypto';

const CERTIFICATE = /-----BEGIN (TRUSTED |X509 )?CERTIFICATE-----/;

/** What is wrong with a bundle of trusted certificates, as a phrase that follows its name; undefined if it is usable. */
export function certificateFault(pem: string): string | undefined {
  if (!CERTIFICATE.test(pem)) return 'holds no PEM certificate';
  return parsedCertificate(pem) === undefined ? 'holds a PEM certificate that cannot be read' : undefined;
}

/**
 * What is wrong with a client certificate and its key, as a phrase; undefined if they belong together. OpenSSL's own
 * texts are left out on purpose: nothing that was derived from a key gets into a message.
 */
export function keyPairFault(certificatePem: string, keyPem: string): string | undefined {
  const certificate = parsedCertificate(certificatePem);
  if (certificate === undefined) return 'client certificate holds no readable PEM certificate';
  try {
    if (certificate.checkPrivateKey(createPrivateKey(keyPem))) return undefined;
  } catch {
    return 'client key is not a readable, unencrypted PEM private key';
  }
  return 'client key does not belong to the client certificate';
}

/** What makes a token unusable in a header, as a phrase; undefined if it is usable. */
export function tokenFault(token: string): string | undefined {
  if (token === '') return 'holds an empty token';
  return /^[\x21-\x7e]+$/.test(token) ? undefined : 'holds a token with blanks or characters that no header may carry';
}

function parsedCertificate(pem: string): X509Certificate | undefined {
  try {
    return new X509Certificate(pem);
  } catch {
    return undefined;
  }
}
