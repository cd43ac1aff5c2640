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

export async function startEmbeddedMember(
  name: string,
  options: Partial<Pick<EmbeddedMemberDeps, 'timer' | 'limits' | 'readiness'>> = {},
): Promise<RunningEmbeddedMember> {
  const validity = { nowMs: Date.now(), lifetimeMs: HOUR_MS };
  const authority = await issueAuthority({ commonName: `${name}-ca`, validity });
  const serving = await issueServing({ dnsNames: ['localhost'], ips: ['127.0.0.1'], authority, validity });
  const admin = await issueClient({ commonName: 'admin', organizations: ['system:masters'], authority, validity });
  const silent = (): void => undefined;
  const member = createEmbeddedMember({
    name,
    tls: { ...serving, clientCa: authority.cert },
    logger: { debug: silent, info: silent, warn: silent, error: silent },
    clock: Date.now,
    timer: nodeTimer,
    ...options,
  });
  return { member, url: await member.listen(), ca: authority.cert, admin };
}
