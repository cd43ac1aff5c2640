import { createHash, randomBytes, sign, X509Certificate } from 'node:crypto';
import type { KeyObject } from 'node:crypto';
import forge from 'node-forge';

/**
 * X.509 version 3 certificates: node-forge writes the structure, node:crypto owns keys and signatures. forge knows RSA
 * only, so the structure is built around a constant placeholder key and the real SubjectPublicKeyInfo, signature
 * algorithm and issuer name are put in before signing. Nothing untrusted is ever parsed here.
 */

const { asn1, pki, util } = forge;
type Asn1 = forge.asn1.Asn1;

const OID_ECDSA_WITH_SHA256 = '1.2.840.10045.4.3.2';
const OID_RSA_WITH_SHA256 = '1.2.840.113549.1.1.11';
const OID_COMMON_NAME = '2.5.4.3';
const OID_ORGANIZATION = '2.5.4.10';
const OID_SUBJECT_KEY_IDENTIFIER = '2.5.29.14';
const OID_AUTHORITY_KEY_IDENTIFIER = '2.5.29.35';
const SERIAL_BYTES = 16;
/** SEC 1 §2.3.3: the octet that begins an elliptic curve point with both coordinates. */
const UNCOMPRESSED_POINT = Buffer.from([0x04]);
/** Context tags share forge's enumeration with universal types: [0] of a key identifier, [3] of the extensions. */
const KEY_IDENTIFIER_TAG = asn1.Type.NONE;
const EXTENSIONS_TAG = asn1.Type.BITSTRING;

/** Positions inside TBSCertificate (RFC 5280 §4.1). */
const TBS_SIGNATURE = 2;
const TBS_ISSUER = 3;
const TBS_SUBJECT = 5;
const TBS_PUBLIC_KEY = 6;

export interface SubjectAttribute {
  readonly type: 'commonName' | 'organization';
  readonly value: string;
}

/** A certificate extension in node-forge's own terms, such as `{ name: 'keyUsage', critical: true, … }`. */
export type Extension = Readonly<Record<string, unknown>>;

export interface CertificateRequest {
  readonly subject: readonly SubjectAttribute[];
  readonly publicKey: KeyObject;
  readonly notBeforeMs: number;
  readonly notAfterMs: number;
  readonly extensions: readonly Extension[];
  /** undefined: signed by its own key. */
  readonly issuer: X509Certificate | undefined;
  readonly signingKey: KeyObject;
}

/** Signs the request and returns the certificate as PEM. Subject and authority key identifiers are added. */
export function signCertificate(request: CertificateRequest): string {
  const tbs = toBeSigned(request);
  const algorithm = signatureAlgorithm(request.signingKey);
  replaceChild(tbs, TBS_SIGNATURE, algorithm);
  replaceChild(tbs, TBS_PUBLIC_KEY, publicKeyInfo(request.publicKey));
  const subject = nameOf(request.subject);
  replaceChild(tbs, TBS_SUBJECT, subject);
  replaceChild(tbs, TBS_ISSUER, request.issuer === undefined ? subject : subjectName(request.issuer));
  const signature = sign('sha256', toBuffer(tbs), request.signingKey);
  const bits = `\0${signature.toString('binary')}`;
  const certificate = node(asn1.Type.SEQUENCE, [tbs, algorithm, node(asn1.Type.BITSTRING, bits)]);
  return new X509Certificate(toBuffer(certificate)).toString();
}

function toBeSigned(request: CertificateRequest): Asn1 {
  const certificate = pki.createCertificate();
  certificate.publicKey = placeholderKey();
  certificate.serialNumber = randomSerial();
  certificate.validity.notBefore = new Date(request.notBeforeMs);
  certificate.validity.notAfter = new Date(request.notAfterMs);
  certificate.siginfo.algorithmOid = OID_RSA_WITH_SHA256;
  certificate.signatureOid = OID_RSA_WITH_SHA256;
  const ownId = keyIdentifier(request.publicKey);
  certificate.setExtensions([
    ...request.extensions.map((extension) => ({ ...extension })),
    { id: OID_SUBJECT_KEY_IDENTIFIER, value: node(asn1.Type.OCTETSTRING, ownId) },
    {
      id: OID_AUTHORITY_KEY_IDENTIFIER,
      value: node(asn1.Type.SEQUENCE, [
        asn1.create(
          asn1.Class.CONTEXT_SPECIFIC,
          KEY_IDENTIFIER_TAG,
          false,
          issuerKeyIdentifier(request.issuer) ?? ownId,
        ),
      ]),
    },
  ]);
  return childAt(pki.certificateToAsn1(certificate), 0);
}

/** A distinguished name with one attribute per part, in UTF-8. */
function nameOf(attributes: readonly SubjectAttribute[]): Asn1 {
  const parts = attributes.map((attribute) => {
    const oid = attribute.type === 'commonName' ? OID_COMMON_NAME : OID_ORGANIZATION;
    const value = node(asn1.Type.UTF8, util.encodeUtf8(attribute.value));
    return node(asn1.Type.SET, [node(asn1.Type.SEQUENCE, [objectId(oid), value])]);
  });
  return node(asn1.Type.SEQUENCE, parts);
}

/** Random and positive, never with a leading zero octet (DER wants the shortest form). */
function randomSerial(): string {
  const bytes = randomBytes(SERIAL_BYTES);
  bytes[0] = ((bytes[0] ?? 0) & 0x7f) | 0x40;
  return bytes.toString('hex');
}

function placeholderKey(): forge.pki.rsa.PublicKey {
  return pki.setRsaPublicKey(new forge.jsbn.BigInteger('10001', 16), new forge.jsbn.BigInteger('3', 16));
}

function signatureAlgorithm(signingKey: KeyObject): Asn1 {
  if (signingKey.asymmetricKeyType === 'rsa') {
    return node(asn1.Type.SEQUENCE, [objectId(OID_RSA_WITH_SHA256), node(asn1.Type.NULL, '')]);
  }
  // RFC 5758 §3.2: the parameters field of ECDSA identifiers is absent, not NULL.
  return node(asn1.Type.SEQUENCE, [objectId(OID_ECDSA_WITH_SHA256)]);
}

function publicKeyInfo(publicKey: KeyObject): Asn1 {
  return parse(publicKey.export({ type: 'spki', format: 'der' }));
}

/** RFC 5280 §4.2.1.2 method 1: SHA-1 of the public key's bits, without tag, length and unused-bits octet. */
function keyIdentifier(publicKey: KeyObject): string {
  return createHash('sha1').update(publicKeyBits(publicKey)).digest('binary');
}

function publicKeyBits(publicKey: KeyObject): Buffer {
  if (publicKey.asymmetricKeyType === 'rsa') return publicKey.export({ type: 'pkcs1', format: 'der' });
  const { x, y } = publicKey.export({ format: 'jwk' });
  if (x === undefined || y === undefined) throw new Error('only RSA and elliptic curve keys are supported');
  return Buffer.concat([UNCOMPRESSED_POINT, Buffer.from(x, 'base64url'), Buffer.from(y, 'base64url')]);
}

function subjectName(issuer: X509Certificate): Asn1 {
  return childAt(childAt(parse(issuer.raw), 0), TBS_SUBJECT);
}

/** What the issuer's certificate says of itself; computed from its key where it says nothing. */
function issuerKeyIdentifier(issuer: X509Certificate | undefined): string | undefined {
  if (issuer === undefined) return undefined;
  const extensions = children(childAt(parse(issuer.raw), 0)).find(
    (part) => part.tagClass === asn1.Class.CONTEXT_SPECIFIC && part.type === EXTENSIONS_TAG,
  );
  const wanted = asn1.oidToDer(OID_SUBJECT_KEY_IDENTIFIER).getBytes();
  for (const extension of extensions === undefined ? [] : children(childAt(extensions, 0))) {
    const fields = children(extension);
    const value = fields.at(-1)?.value;
    if (fields[0]?.value !== wanted || typeof value !== 'string') continue;
    const inner = parse(Buffer.from(value, 'binary')).value;
    if (typeof inner === 'string') return inner;
  }
  return keyIdentifier(issuer.publicKey);
}

function node(type: forge.asn1.Type, value: string | Asn1[]): Asn1 {
  return asn1.create(asn1.Class.UNIVERSAL, type, typeof value !== 'string', value);
}

function objectId(oid: string): Asn1 {
  return node(asn1.Type.OID, asn1.oidToDer(oid).getBytes());
}

function parse(der: Buffer): Asn1 {
  return asn1.fromDer(util.createBuffer(der.toString('binary')), true);
}

function toBuffer(value: Asn1): Buffer {
  return Buffer.from(asn1.toDer(value).getBytes(), 'binary');
}

function children(parent: Asn1): Asn1[] {
  if (typeof parent.value === 'string') throw new Error('a primitive ASN.1 value where a structure was expected');
  return parent.value;
}

function childAt(parent: Asn1, index: number): Asn1 {
  const child = children(parent)[index];
  if (child === undefined) throw new Error(`an ASN.1 structure without element ${index}`);
  return child;
}

function replaceChild(parent: Asn1, index: number, child: Asn1): void {
  children(parent)[index] = child;
}
