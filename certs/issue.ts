import { createPrivateKey, X509Certificate } from 'node:crypto';
import { isIP } from 'node:net';
import type { KeyAlgorithm } from './key-pair.ts';
import { generateKeys } from './key-pair.ts';
import type { Extension, SubjectAttribute } from './x509.ts';
import { signCertificate } from './x509.ts';

/** PEM: the key as PKCS #8, the certificate alone or followed by its chain. */
export interface CertificateAndKey {
  readonly key: string;
  readonly cert: string;
}

/** A certificate is valid from five minutes before `nowMs` (clocks differ) until `nowMs + lifetimeMs`. */
export interface Validity {
  readonly nowMs: number;
  readonly lifetimeMs: number;
}

export const BACKDATE_MS = 5 * 60_000;
/** ub-common-name of X.520; a longer name is carried by the alternative names only. */
const COMMON_NAME_CHARACTERS_MAX = 64;

export interface AuthorityRequest {
  readonly commonName: string;
  readonly validity: Validity;
  readonly keyAlgorithm?: KeyAlgorithm;
}

export interface ServingRequest {
  readonly dnsNames: readonly string[];
  readonly ips: readonly string[];
  readonly authority: CertificateAndKey;
  readonly validity: Validity;
  readonly keyAlgorithm?: KeyAlgorithm;
}

export interface ClientRequest {
  readonly commonName: string;
  /** Groups, as kube-apiserver reads them. */
  readonly organizations: readonly string[];
  readonly authority: CertificateAndKey;
  readonly validity: Validity;
  readonly keyAlgorithm?: KeyAlgorithm;
}

/** A self-signed authority that may sign leaf certificates only. */
export async function issueAuthority(request: AuthorityRequest): Promise<CertificateAndKey> {
  const keys = await generateKeys(request.keyAlgorithm ?? 'ecdsa-p256');
  const cert = signCertificate({
    subject: [{ type: 'commonName', value: request.commonName }],
    publicKey: keys.publicKey,
    ...validityDates(request.validity),
    extensions: [
      { name: 'basicConstraints', critical: true, cA: true, pathLenConstraint: 0 },
      { name: 'keyUsage', critical: true, digitalSignature: true, keyCertSign: true, cRLSign: true },
    ],
    issuer: undefined,
    signingKey: keys.privateKey,
  });
  return { key: keys.privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(), cert };
}

/** A server certificate for the names and addresses; it never outlives its authority. */
export async function issueServing(request: ServingRequest): Promise<CertificateAndKey> {
  const commonName = request.dnsNames.find((name) => name.length <= COMMON_NAME_CHARACTERS_MAX) ?? 'serving';
  return issueLeaf(request, {
    subject: [{ type: 'commonName', value: commonName }],
    extensions: [{ name: 'extKeyUsage', serverAuth: true }, alternativeNames(request)],
  });
}

/** A client certificate: kube-apiserver takes the user from the common name and the groups from the organizations. */
export async function issueClient(request: ClientRequest): Promise<CertificateAndKey> {
  return issueLeaf(request, {
    subject: [
      ...request.organizations.map((value): SubjectAttribute => ({ type: 'organization', value })),
      { type: 'commonName', value: request.commonName },
    ],
    extensions: [{ name: 'extKeyUsage', clientAuth: true }],
  });
}

async function issueLeaf(
  request: ServingRequest | ClientRequest,
  content: { readonly subject: readonly SubjectAttribute[]; readonly extensions: readonly Extension[] },
): Promise<CertificateAndKey> {
  const algorithm = request.keyAlgorithm ?? 'ecdsa-p256';
  const issuer = new X509Certificate(request.authority.cert);
  const dates = validityDates(request.validity);
  const keys = await generateKeys(algorithm);
  const cert = signCertificate({
    subject: content.subject,
    publicKey: keys.publicKey,
    notBeforeMs: Math.max(dates.notBeforeMs, Date.parse(issuer.validFrom)),
    notAfterMs: Math.min(dates.notAfterMs, Date.parse(issuer.validTo)),
    extensions: [
      { name: 'basicConstraints', critical: true, cA: false },
      {
        name: 'keyUsage',
        critical: true,
        digitalSignature: true,
        ...(algorithm === 'rsa-2048' ? { keyEncipherment: true } : {}),
      },
      ...content.extensions,
    ],
    issuer,
    signingKey: createPrivateKey(request.authority.key),
  });
  return { key: keys.privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(), cert };
}

function validityDates(validity: Validity): { readonly notBeforeMs: number; readonly notAfterMs: number } {
  return { notBeforeMs: validity.nowMs - BACKDATE_MS, notAfterMs: validity.nowMs + validity.lifetimeMs };
}

/** GeneralName types of RFC 5280: 2 is dNSName, 7 is iPAddress. */
function alternativeNames(request: ServingRequest): Extension {
  for (const ip of request.ips) if (isIP(ip) === 0) throw new Error(`not an IP address: ${ip}`);
  const altNames = [
    ...request.dnsNames.map((value) => ({ type: 2, value })),
    ...request.ips.map((ip) => ({ type: 7, ip })),
  ];
  if (altNames.length === 0) throw new Error('a serving certificate needs at least one name or address');
  return { name: 'subjectAltName', altNames };
}
