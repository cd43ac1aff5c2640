import { coversNames, isIssuedBy, readPair, splitCertificates, splitKeys } from './inspect.ts';
import type { PairFacts } from './inspect.ts';
import type { CertificateAndKey } from './issue.ts';
import { issueAuthority, issueServing } from './issue.ts';
import type { KeyAlgorithm } from './key-pair.ts';
import type { OwnPlan } from './own-plan.ts';
import { planOwnCertificates } from './own-plan.ts';
import type { CertificateSource, SourceReading } from './source.ts';

const DAY_MS = 86_400_000;
export const AUTHORITY_LIFETIME_MS = 3650 * DAY_MS;
export const SERVING_LIFETIME_MS = 365 * DAY_MS;
/** How long a new authority is only announced in the bundle before it signs. */
export const AUTHORITY_OVERLAP_MS = DAY_MS;
const INTERVAL_MS = 60_000;
/** Short-lived certificates are looked at this often in their life, so that none expires between two looks. */
const LOOKS_PER_LIFE = 12;

/** Texts by file name: `ca.crt` and `ca.key` (all authorities, oldest first), `tls.crt` and `tls.key`. */
export type CertificateFiles = Readonly<Record<string, string>>;

export interface OwnSourceOptions {
  /** undefined: nothing was ever saved. Rejects when that cannot be told. */
  readonly load: () => Promise<CertificateFiles | undefined>;
  /** Resolves when the files are safe. Rejects also when somebody else has saved since `load`. */
  readonly save: (files: CertificateFiles) => Promise<void>;
  readonly clock: () => number;
  readonly authorityName: string;
  readonly dnsNames: readonly string[];
  readonly ips: readonly string[];
  readonly keyAlgorithm?: KeyAlgorithm;
  readonly authorityLifetimeMs?: number;
  readonly servingLifetimeMs?: number;
  readonly authorityOverlapMs?: number;
}

interface Certificates {
  readonly authorities: readonly CertificateAndKey[];
  readonly serving: CertificateAndKey | undefined;
}

/** Our own authority and serving certificate, made on the first start, kept in a store and renewed in time. */
export function createOwnSource(options: OwnSourceOptions): CertificateSource {
  let known: Certificates | undefined;
  let unsaved = false;
  return {
    intervalMs: Math.min(INTERVAL_MS, (options.servingLifetimeMs ?? SERVING_LIFETIME_MS) / LOOKS_PER_LIFE),
    read: async () => {
      try {
        known ??= parseFiles(await options.load());
      } catch (error) {
        return { type: 'failed', problem: `the stored certificates cannot be read: ${messageOf(error)}` };
      }
      const renewed = await renew(known, options);
      unsaved ||= renewed !== known;
      known = renewed;
      if (!unsaved) return reading(known, undefined);
      try {
        await options.save(formatFiles(known));
        unsaved = false;
        return reading(known, undefined);
      } catch (error) {
        const theirs = await loadUsable(options);
        if (theirs === undefined) return reading(known, `the certificates cannot be kept: ${messageOf(error)}`);
        known = theirs;
        unsaved = false;
        return reading(known, undefined);
      }
    },
  };
}

/** What another process has saved meanwhile, if it can be used as it is. */
async function loadUsable(options: OwnSourceOptions): Promise<Certificates | undefined> {
  try {
    const stored = parseFiles(await options.load());
    return (await renew(stored, options)) === stored ? stored : undefined;
  } catch {
    return undefined;
  }
}

/** The same object when nothing was due. */
async function renew(certificates: Certificates, options: OwnSourceOptions): Promise<Certificates> {
  const nowMs = options.clock();
  const plan = planFor(certificates, options, nowMs);
  const unchanged = plan.kept.length === certificates.authorities.length && !plan.newAuthority;
  if (unchanged && plan.servingSigner === undefined) return certificates;
  const fresh = plan.newAuthority ? [await newAuthority(options, nowMs)] : [];
  const authorities = [...certificates.authorities.filter((_, index) => plan.kept.includes(index)), ...fresh];
  if (plan.servingSigner === undefined) return { ...certificates, authorities };
  const authority = plan.servingSigner === 'new' ? fresh[0] : certificates.authorities[plan.servingSigner];
  if (authority === undefined) throw new Error('the plan names an authority that does not exist');
  return { authorities, serving: await newServing(options, nowMs, authority) };
}

function newAuthority(options: OwnSourceOptions, nowMs: number): Promise<CertificateAndKey> {
  return issueAuthority({
    commonName: `${options.authorityName}@${Math.floor(nowMs / 1000)}`,
    validity: { nowMs, lifetimeMs: options.authorityLifetimeMs ?? AUTHORITY_LIFETIME_MS },
    ...(options.keyAlgorithm === undefined ? {} : { keyAlgorithm: options.keyAlgorithm }),
  });
}

function newServing(
  options: OwnSourceOptions,
  nowMs: number,
  authority: CertificateAndKey,
): Promise<CertificateAndKey> {
  return issueServing({
    dnsNames: options.dnsNames,
    ips: options.ips,
    authority,
    validity: { nowMs, lifetimeMs: options.servingLifetimeMs ?? SERVING_LIFETIME_MS },
    ...(options.keyAlgorithm === undefined ? {} : { keyAlgorithm: options.keyAlgorithm }),
  });
}

function planFor(certificates: Certificates, options: OwnSourceOptions, nowMs: number): OwnPlan {
  const authorities = certificates.authorities.map((authority) => usableFacts(authority));
  const serving = certificates.serving === undefined ? undefined : usableFacts(certificates.serving);
  const authority =
    serving === undefined ? -1 : authorities.findIndex((candidate) => isIssuedBy(serving.leaf, candidate.leaf));
  return planOwnCertificates(
    {
      authorities,
      serving:
        serving === undefined
          ? undefined
          : { ...serving, authority, coversNames: coversNames(serving.leaf, options.dnsNames, options.ips) },
    },
    nowMs,
    options.authorityOverlapMs ?? AUTHORITY_OVERLAP_MS,
  );
}

function usableFacts(pair: CertificateAndKey): PairFacts {
  const read = readPair(pair);
  if (read.type === 'broken') throw new Error(read.problem);
  return read.facts;
}

function reading(certificates: Certificates, problem: string | undefined): SourceReading {
  const { serving, authorities } = certificates;
  if (serving === undefined) throw new Error('certificates without a serving certificate');
  const caBundle = authorities.map((authority) => authority.cert).join('');
  const expiresAtMs = usableFacts(serving).notAfterMs;
  return { type: 'material', material: { ...serving, caBundle }, expiresAtMs, problem };
}

function formatFiles(certificates: Certificates): CertificateFiles {
  return {
    'ca.crt': certificates.authorities.map((authority) => authority.cert).join(''),
    'ca.key': certificates.authorities.map((authority) => authority.key).join(''),
    'tls.crt': certificates.serving?.cert ?? '',
    'tls.key': certificates.serving?.key ?? '',
  };
}

/**
 * Takes what can be used: an authority needs its key, the serving certificate its own. A store that was cut in the
 * middle of a write, or edited by hand, loses the broken part only.
 */
function parseFiles(files: CertificateFiles | undefined): Certificates {
  const keys = splitKeys(files?.['ca.key'] ?? '');
  const authorities = splitCertificates(files?.['ca.crt'] ?? '').flatMap((cert) => {
    const key = keys.find((candidate) => isAuthority({ key: candidate, cert }));
    return key === undefined ? [] : [{ key, cert }];
  });
  const serving = { key: files?.['tls.key'] ?? '', cert: files?.['tls.crt'] ?? '' };
  return { authorities, serving: readPair(serving).type === 'usable' ? serving : undefined };
}

function isAuthority(pair: CertificateAndKey): boolean {
  const read = readPair(pair);
  return read.type === 'usable' && read.facts.leaf.ca;
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
