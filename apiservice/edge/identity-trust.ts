import { X509Certificate } from 'node:crypto';

/** Whom we believe. A new value replaces the old one as a whole when the cluster's configuration changes. */
export interface AuthenticationTrust {
  /** PEM bundle; undefined: nobody may assert identities by headers. */
  readonly requestHeaderCa: string | undefined;
  /** Common names a front proxy may have; [] means every certificate of that CA. */
  readonly allowedNames: readonly string[];
  readonly usernameHeaders: readonly string[];
  readonly uidHeaders: readonly string[];
  readonly groupHeaders: readonly string[];
  readonly extraPrefixes: readonly string[];
  /** PEM bundle; undefined: client certificates are no identity. */
  readonly clientCa: string | undefined;
}

/** A trust with its certificates parsed and header names in lower case. */
export interface CompiledTrust {
  readonly requestHeaderAnchors: readonly X509Certificate[];
  readonly clientAnchors: readonly X509Certificate[];
  readonly allowedNames: ReadonlySet<string>;
  readonly usernameHeaders: readonly string[];
  readonly uidHeaders: readonly string[];
  readonly groupHeaders: readonly string[];
  readonly extraPrefixes: readonly string[];
}

const PEM_CERTIFICATE = /-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g;
/** A bundle with more certificates than this is a mistake; the rest is not trusted. */
const BUNDLE_CERTIFICATES_MAX = 256;

/** The certificates of a PEM bundle. A block that cannot be parsed is left out: it then vouches for nobody. */
export function parseBundle(pem: string | undefined): readonly X509Certificate[] {
  const blocks = (pem ?? '').match(PEM_CERTIFICATE) ?? [];
  return blocks.slice(0, BUNDLE_CERTIFICATES_MAX).flatMap((block) => {
    try {
      return [new X509Certificate(block)];
    } catch {
      return [];
    }
  });
}

/**
 * Why this trust must not be used, or undefined. If any name is allowed and one CA signs front proxies and users alike,
 * every user could assert any identity.
 */
export function trustProblem(trust: AuthenticationTrust): string | undefined {
  if (trust.allowedNames.length > 0) return undefined;
  const clients = new Set(parseBundle(trust.clientCa).map(publicKeyOf));
  const shared = parseBundle(trust.requestHeaderCa).some((anchor) => clients.has(publicKeyOf(anchor)));
  return shared
    ? 'the front-proxy CA is also the CA of client certificates and no allowed names are set: every client could pretend to be anybody'
    : undefined;
}

/** A trust with a problem believes no front proxy. */
export function compileTrust(trust: AuthenticationTrust): CompiledTrust {
  return {
    requestHeaderAnchors: trustProblem(trust) === undefined ? parseBundle(trust.requestHeaderCa) : [],
    clientAnchors: parseBundle(trust.clientCa),
    allowedNames: new Set(trust.allowedNames),
    usernameHeaders: lowerCase(trust.usernameHeaders),
    uidHeaders: lowerCase(trust.uidHeaders),
    groupHeaders: lowerCase(trust.groupHeaders),
    extraPrefixes: lowerCase(trust.extraPrefixes),
  };
}

function publicKeyOf(certificate: X509Certificate): string {
  return certificate.publicKey.export({ type: 'spki', format: 'der' }).toString('base64');
}

/** Header names are compared without case; an empty one would match everything and is dropped. */
function lowerCase(names: readonly string[]): readonly string[] {
  return names.map((name) => name.trim().toLowerCase()).filter((name) => name !== '');
}
