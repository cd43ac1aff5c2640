import { createHash, X509Certificate } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import type { DetailedPeerCertificate } from 'node:tls';
import { TLSSocket } from 'node:tls';
import type { RequestUser } from '../../src/kube/request-user.ts';
import type { VerifiedChain } from './identity-certificate.ts';
import { SENT_CERTIFICATES_MAX, verifyChain } from './identity-certificate.ts';
import { stripIdentity, userFromHeaders } from './identity-headers.ts';
import type { AuthenticationTrust, CompiledTrust } from './identity-trust.ts';
import { compileTrust } from './identity-trust.ts';

/** Asks whoever knows tokens. `error` means that the question could not be answered: the request is refused. */
export type ReviewToken = (token: string) => Promise<RequestUser | 'unauthenticated' | 'error'>;

export type Authentication =
  | { readonly type: 'authenticated'; readonly user: RequestUser }
  /** A credential was presented and is not good; `because` is for our log. */
  | { readonly type: 'refused'; readonly because: string };

/** Decides who asks, and removes the credentials from the message. */
export type Authenticate = (message: IncomingMessage) => Promise<Authentication>;

export interface AuthenticationDeps {
  /** Must return the same object until the trust changes: verified certificates are remembered for its lifetime. */
  readonly trust: () => AuthenticationTrust;
  /** undefined: nobody can confirm tokens, every token is refused. */
  readonly reviewToken: ReviewToken | undefined;
  readonly clock: () => number;
}

const ANONYMOUS: RequestUser = {
  name: 'system:anonymous',
  uid: undefined,
  groups: ['system:unauthenticated'],
  extra: {},
};
const AUTHENTICATED_GROUP = 'system:authenticated';
const UNAUTHENTICATED_GROUP = 'system:unauthenticated';
const CREDENTIAL_ID = 'authentication.kubernetes.io/credential-id';

/** What one connection's certificate proves under one trust. */
interface PeerProof {
  readonly trust: CompiledTrust;
  readonly frontProxy: VerifiedChain | undefined;
  readonly client: VerifiedChain | undefined;
  readonly user: RequestUser | undefined;
}

/**
 * In order: headers of a verified front proxy, client certificate, bearer token; the first that succeeds decides. If
 * none does, a presented credential is refused, and only who presented nothing is anonymous.
 */
export function createAuthenticate(deps: AuthenticationDeps): Authenticate {
  const compiled = new WeakMap<AuthenticationTrust, CompiledTrust>();
  const proofs = new WeakMap<TLSSocket, PeerProof>();
  return async (message) => {
    const trust = compiledTrust(compiled, deps.trust());
    const proof = peerProof(proofs, message, trust);
    const token = bearerToken(message.headers.authorization);
    const nowMs = deps.clock();
    const asserted = isValid(proof?.frontProxy, nowMs) ? userFromHeaders(message, trust) : undefined;
    stripIdentity(message, trust);
    if (asserted !== undefined) return authenticated(asserted);
    if (proof?.user !== undefined && isValid(proof.client, nowMs)) return authenticated(proof.user);
    if (token !== undefined) return reviewed(deps.reviewToken, token);
    const hasAnchors = trust.clientAnchors.length + trust.requestHeaderAnchors.length > 0;
    return proof !== undefined && hasAnchors
      ? { type: 'refused', because: 'the client certificate is not trusted here, or names no user' }
      : { type: 'authenticated', user: ANONYMOUS };
  };
}

/**
 * The common name that a client certificate proves, for a listener on which certificates are all there is: who presents
 * none that is trusted now is nobody, and not refused for it.
 */
export function createCertifiedName(
  deps: Pick<AuthenticationDeps, 'trust' | 'clock'>,
): (message: IncomingMessage) => string | undefined {
  const compiled = new WeakMap<AuthenticationTrust, CompiledTrust>();
  const proofs = new WeakMap<TLSSocket, PeerProof>();
  return (message) => {
    const proof = peerProof(proofs, message, compiledTrust(compiled, deps.trust()));
    return isValid(proof?.client, deps.clock()) ? proof?.user?.name : undefined;
  };
}

function compiledTrust(known: WeakMap<AuthenticationTrust, CompiledTrust>, trust: AuthenticationTrust): CompiledTrust {
  const before = known.get(trust);
  if (before !== undefined) return before;
  const fresh = compileTrust(trust);
  known.set(trust, fresh);
  return fresh;
}

/** Verifying takes a third of a millisecond, so the result is kept per connection and trust. */
function peerProof(
  proofs: WeakMap<TLSSocket, PeerProof>,
  message: IncomingMessage,
  trust: CompiledTrust,
): PeerProof | undefined {
  const { socket } = message;
  if (!(socket instanceof TLSSocket)) return undefined;
  const known = proofs.get(socket);
  if (known?.trust === trust) return known;
  const [leaf, ...sent] = sentCertificates(socket);
  if (leaf === undefined) return undefined;
  const frontProxy = verifyChain(leaf, sent, trust.requestHeaderAnchors);
  const proof: PeerProof = {
    trust,
    frontProxy: frontProxy !== undefined && hasAllowedName(leaf, trust) ? frontProxy : undefined,
    client: verifyChain(leaf, sent, trust.clientAnchors),
    user: userOf(leaf),
  };
  proofs.set(socket, proof);
  return proof;
}

/** The peer's certificate first; [] when it sent none. Resumed TLS sessions still have it. */
function sentCertificates(socket: TLSSocket): readonly X509Certificate[] {
  const certificates: X509Certificate[] = [];
  let next: DetailedPeerCertificate | undefined = socket.getPeerCertificate(true);
  while (next !== undefined && certificates.length <= SENT_CERTIFICATES_MAX) {
    // Node gives an object without members when the peer sent none.
    if (!('raw' in next)) break;
    certificates.push(new X509Certificate(next.raw));
    const issuer: DetailedPeerCertificate | undefined = next.issuerCertificate;
    // A self-signed certificate is its own issuer here.
    next = issuer === next ? undefined : issuer;
  }
  return certificates;
}

function isValid(chain: VerifiedChain | undefined, nowMs: number): boolean {
  return chain !== undefined && nowMs >= chain.notBeforeMs && nowMs <= chain.notAfterMs;
}

function hasAllowedName(leaf: X509Certificate, trust: CompiledTrust): boolean {
  return trust.allowedNames.size === 0 || trust.allowedNames.has(commonName(leaf));
}

/** User = common name, groups = organizations; no common name, no user. */
function userOf(leaf: X509Certificate): RequestUser | undefined {
  const name = commonName(leaf);
  if (name === '') return undefined;
  const digest = createHash('sha256').update(leaf.raw).digest('hex');
  const groups = subjectValues(leaf, 'O');
  return { name, uid: undefined, groups, extra: { [CREDENTIAL_ID]: [`X509SHA256=${digest}`] } };
}

/** Of several common names the last counts, as in Go. */
function commonName(leaf: X509Certificate): string {
  return subjectValues(leaf, 'CN').at(-1) ?? '';
}

function subjectValues(leaf: X509Certificate, attribute: 'CN' | 'O'): readonly string[] {
  const value: unknown = leaf.toLegacyObject().subject[attribute];
  const values: readonly unknown[] = Array.isArray(value) ? value : [value];
  return values.filter((one) => typeof one === 'string');
}

/** `Bearer` in any case and one space; anything else is no token. */
function bearerToken(header: string | undefined): string | undefined {
  const [scheme = '', token = ''] = (header ?? '').trim().split(' ', 2);
  return scheme.toLowerCase() === 'bearer' && token !== '' ? token : undefined;
}

async function reviewed(reviewToken: ReviewToken | undefined, token: string): Promise<Authentication> {
  if (reviewToken === undefined) return { type: 'refused', because: 'bearer tokens cannot be confirmed here' };
  const answer = await reviewToken(token);
  if (answer === 'unauthenticated') return { type: 'refused', because: 'the bearer token is not valid' };
  if (answer === 'error') return { type: 'refused', because: 'the bearer token could not be reviewed' };
  return authenticated(answer);
}

/** Everybody who is somebody is in system:authenticated; the aggregator's own requests come without any group. */
function authenticated(user: RequestUser): Authentication {
  const isComplete =
    user.name === ANONYMOUS.name ||
    user.groups.includes(AUTHENTICATED_GROUP) ||
    user.groups.includes(UNAUTHENTICATED_GROUP);
  return {
    type: 'authenticated',
    user: isComplete ? user : { ...user, groups: [...user.groups, AUTHENTICATED_GROUP] },
  };
}
