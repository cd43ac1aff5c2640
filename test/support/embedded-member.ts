import { nodeTimer } from '../../apiservice/index.ts';
import { issueAuthority, issueClient, issueServing } from '../../certs/index.ts';
import type { CertificateAndKey } from '../../certs/index.ts';
import type { EmbeddedMember, EmbeddedMemberDeps } from '../../src/embedded/index.ts';
import { createEmbeddedMember } from '../../src/embedded/index.ts';

const HOUR_MS = 3_600_000;

/** An embedded member that listens, with the credentials of its administrator. */
export interface RunningEmbeddedMember {
  readonly member: EmbeddedMember;
  readonly url: string;
  readonly ca: string;
  readonly admin: CertificateAndKey;
}

/** What a member shows, and what its administrator logs in with. */
export interface EmbeddedMemberKeys {
  readonly serving: CertificateAndKey;
  readonly authority: CertificateAndKey;
  readonly admin: CertificateAndKey;
}

export async function issueEmbeddedMemberKeys(commonName: string, lifetimeMs: number): Promise<EmbeddedMemberKeys> {
  const validity = { nowMs: Date.now(), lifetimeMs };
  const authority = await issueAuthority({ commonName, validity });
  const serving = await issueServing({ dnsNames: ['localhost'], ips: ['127.0.0.1'], authority, validity });
  const admin = await issueClient({ commonName: 'admin', organizations: ['system:masters'], authority, validity });
  return { serving, authority, admin };
}

/** A member that does not listen yet and logs nothing. */
export function quietEmbeddedMember(
  name: string,
  { serving, authority }: EmbeddedMemberKeys,
  options: Partial<Pick<EmbeddedMemberDeps, 'timer' | 'limits' | 'readiness'>>,
): EmbeddedMember {
  const silent = (): void => undefined;
  return createEmbeddedMember({
    name,
    tls: { ...serving, clientCa: authority.cert },
    logger: { debug: silent, info: silent, warn: silent, error: silent },
    clock: Date.now,
    timer: nodeTimer,
    ...options,
  });
}

export async function startEmbeddedMember(
  name: string,
  options: Partial<Pick<EmbeddedMemberDeps, 'timer' | 'limits' | 'readiness'>> = {},
): Promise<RunningEmbeddedMember> {
  const keys = await issueEmbeddedMemberKeys(`${name}-ca`, HOUR_MS);
  const member = quietEmbeddedMember(name, keys, options);
  return { member, url: await member.listen(), ca: keys.authority.cert, admin: keys.admin };
}
