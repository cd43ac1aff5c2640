import type { CertificateAndKey } from './issue.ts';
import { issueAuthority, issueServing } from './issue.ts';
import type { KeyAlgorithm } from './key-pair.ts';
import type { CertificateFiles, KeptCertificates } from './kept-certificates.ts';
import {
  bundleOf,
  fingerprintOf,
  formatFiles,
  isComplete,
  NO_CERTIFICATES,
  parseFiles,
  rotationState,
  usableFacts,
} from './kept-certificates.ts';
import type { RotationInput, RotationPhase, RotationStep } from './rotation-plan.ts';
import { nextRotationStep, rotationPhase } from './rotation-plan.ts';
import type { AwaitedTarget } from './rotation-request.ts';
import { awaitedName, formatReport, parseRequest } from './rotation-request.ts';
import type { CertificateSource, SourceReading } from './source.ts';

const DAY_MS = 86_400_000;
/** Our own authority; replaced at two thirds of its life. */
export const AUTHORITY_LIFETIME_MS = 3650 * DAY_MS;
export const SERVING_LIFETIME_MS = 365 * DAY_MS;
/** From the last target read back until a new authority signs, unless configured. */
export const SETTLE_MS = 30_000;
/** How long an old authority stays after its last certificate was replaced, unless configured. */
export const RETIRE_MS = 60_000;
/** An old authority that ends within this time is not waited for any longer. */
const LAST_RESORT_MS = 3_600_000;
const INTERVAL_MS = 10_000;
/** Short-lived certificates are looked at this often in their life, so that none expires between two looks. */
const LOOKS_PER_LIFE = 12;
/** Steps that one reading may take: more than any rotation has. */
const STEPS_MAX = 6;

/** Who is not known to hold a bundle, and since when nothing changed at any of the others. Epoch milliseconds. */
export interface Confirmation {
  readonly awaited: readonly AwaitedTarget[];
  readonly sinceMs: number;
}

/** What a rotation does and waits for. */
export interface RotationProgress {
  readonly phase: RotationPhase;
  readonly awaited: readonly AwaitedTarget[];
  /** Targets that would be awaited, but were named by `certs rotate --force`. */
  readonly forced: readonly AwaitedTarget[];
}

export interface OwnSourceOptions {
  /** undefined: nothing was ever saved. Rejects when that cannot be told. */
  readonly load: () => Promise<CertificateFiles | undefined>;
  /** Resolves when the files are safe. Rejects also when somebody else has saved since `load`. */
  readonly save: (files: CertificateFiles) => Promise<void>;
  /** Who must hold a bundle before an authority that is new in it signs anything. */
  readonly confirmation: (bundle: string) => Confirmation;
  /** Called with each reading while a rotation is under way, and once when it is over. */
  readonly onProgress?: (progress: RotationProgress) => void;
  readonly clock: () => number;
  readonly authorityName: string;
  readonly dnsNames: readonly string[];
  readonly ips: readonly string[];
  readonly keyAlgorithm?: KeyAlgorithm;
  readonly authorityLifetimeMs?: number;
  readonly servingLifetimeMs?: number;
  readonly settleMs?: number;
  readonly retireMs?: number;
}

/**
 * Our own authority and serving certificate, made on the first start and renewed in time. They are read again with each
 * reading, because other processes may share them and operators ask there for a rotation.
 */
export function createOwnSource(options: OwnSourceOptions): CertificateSource {
  let known: KeptCertificates | undefined;
  let isSaved = true;

  const learn = async (): Promise<string | undefined> => {
    try {
      const files = await options.load();
      const stored = files === undefined ? NO_CERTIFICATES : parseFiles(files);
      // What was deleted or spoilt while we serve with it is written again, not made anew.
      isSaved = known === undefined || isComplete(stored);
      known = known === undefined || isSaved ? stored : { ...known, request: stored.request };
      return undefined;
    } catch (error) {
      return `the stored certificates cannot be read: ${messageOf(error)}`;
    }
  };
  /** Takes every step that is due, each one kept before the next; what could not be kept is told. */
  const advance = async (start: KeptCertificates): Promise<Advance> => {
    let now = start;
    for (let count = 0; count < STEPS_MAX; count++) {
      const next = await takeStep(now, options);
      if (next === now && isSaved) break;
      try {
        await options.save(formatFiles(next));
        isSaved = true;
        now = next;
      } catch (error) {
        const theirs = await loadChanged(options, now);
        if (theirs === undefined) return unsaved(now, next, error);
        now = theirs;
      }
    }
    return { certificates: now, problem: undefined };
  };
  const unsaved = (now: KeptCertificates, next: KeptCertificates, error: unknown): Advance => {
    const problem = `the certificates cannot be kept: ${messageOf(error)}`;
    // Nothing acts on a step that was not kept, unless there is nothing else to serve with.
    if (isComplete(now) && !hasExpired(now, options.clock())) return { certificates: now, problem };
    isSaved = false;
    return { certificates: next, problem };
  };

  return {
    intervalMs: Math.min(INTERVAL_MS, (options.servingLifetimeMs ?? SERVING_LIFETIME_MS) / LOOKS_PER_LIFE),
    read: async () => {
      const unreadable = await learn();
      if (known === undefined) return { type: 'failed', problem: unreadable ?? 'there are no certificates' };
      // Without knowing what is kept now, nothing may be changed.
      if (unreadable !== undefined) return reading(known, { problem: unreadable, isCurrent: false });
      const { certificates, problem } = await advance(known);
      known = certificates;
      tellProgress(known, options);
      return reading(known, { problem, isCurrent: true });
    },
  };
}

interface Advance {
  readonly certificates: KeptCertificates;
  readonly problem: string | undefined;
}

/** What another process has saved meanwhile; undefined when nothing changed, so that a save failed for itself. */
async function loadChanged(options: OwnSourceOptions, before: KeptCertificates): Promise<KeptCertificates | undefined> {
  try {
    const files = await options.load();
    const stored = files === undefined ? NO_CERTIFICATES : parseFiles(files);
    const isChanged = JSON.stringify(stored) !== JSON.stringify(before);
    return isChanged && isComplete(stored) ? stored : undefined;
  } catch {
    return undefined;
  }
}

/** The same object when nothing is due. */
async function takeStep(certificates: KeptCertificates, options: OwnSourceOptions): Promise<KeptCertificates> {
  const { state, input, awaited } = look(certificates, options);
  const step = nextRotationStep(state, input);
  const changed = await perform(step, certificates, options);
  if (changed !== certificates) return { ...changed, report: '' };
  const report = rotationPhase(state, input).type === 'announced' ? formatReport(awaited) : '';
  return report === certificates.report ? certificates : { ...certificates, report };
}

async function perform(
  step: RotationStep,
  certificates: KeptCertificates,
  options: OwnSourceOptions,
): Promise<KeptCertificates> {
  const { authorities } = certificates;
  switch (step.type) {
    case 'none':
      return certificates;
    case 'begin': {
      const authority = await newAuthority(options);
      return { ...certificates, authorities: [authority], serving: await newServing(options, authority) };
    }
    case 'announce':
      return { ...certificates, authorities: [...authorities, await newAuthority(options)] };
    case 'sign': {
      const authority = authorities[step.authority];
      if (authority === undefined) throw new Error('the plan names an authority that does not exist');
      return { ...certificates, serving: await newServing(options, authority) };
    }
    case 'retire':
      return { ...certificates, authorities: authorities.filter((_, index) => !step.authorities.includes(index)) };
  }
}

interface Look {
  readonly state: ReturnType<typeof rotationState>;
  readonly input: RotationInput;
  readonly awaited: readonly AwaitedTarget[];
  readonly forced: readonly AwaitedTarget[];
}

function look(certificates: KeptCertificates, options: OwnSourceOptions): Look {
  const request = parseRequest(certificates.request);
  const fingerprints = certificates.authorities.map(fingerprintOf);
  const { awaited: all, sinceMs } = options.confirmation(bundleOf(certificates));
  const isForcing = request.authority !== undefined && fingerprints.includes(request.authority);
  const isForced = (target: AwaitedTarget): boolean => isForcing && request.force.includes(awaitedName(target));
  const awaited = all.filter((target) => !isForced(target));
  const lifetimeMs = options.authorityLifetimeMs ?? AUTHORITY_LIFETIME_MS;
  return {
    state: rotationState(certificates, options),
    awaited,
    forced: all.filter(isForced),
    input: {
      nowMs: options.clock(),
      isAuthorityAsked: request.authority !== undefined && fingerprints.at(-1) === request.authority,
      isServingAsked: request.serving !== undefined && fingerprintOf(certificates.serving) === request.serving,
      confirmedSinceMs: awaited.length === 0 ? sinceMs : undefined,
      times: {
        settleMs: options.settleMs ?? SETTLE_MS,
        retireMs: options.retireMs ?? RETIRE_MS,
        lastResortMs: Math.min(LAST_RESORT_MS, lifetimeMs / LOOKS_PER_LIFE),
      },
    },
  };
}

function tellProgress(certificates: KeptCertificates, options: OwnSourceOptions): void {
  if (options.onProgress === undefined) return;
  const { state, input, awaited, forced } = look(certificates, options);
  const phase = rotationPhase(state, input);
  options.onProgress({ phase, ...(phase.type === 'steady' ? { awaited: [], forced: [] } : { awaited, forced }) });
}

function newAuthority(options: OwnSourceOptions): Promise<CertificateAndKey> {
  const nowMs = options.clock();
  return issueAuthority({
    commonName: `${options.authorityName}@${Math.floor(nowMs / 1000)}`,
    validity: { nowMs, lifetimeMs: options.authorityLifetimeMs ?? AUTHORITY_LIFETIME_MS },
    ...(options.keyAlgorithm === undefined ? {} : { keyAlgorithm: options.keyAlgorithm }),
  });
}

function newServing(options: OwnSourceOptions, authority: CertificateAndKey): Promise<CertificateAndKey> {
  return issueServing({
    dnsNames: options.dnsNames,
    ips: options.ips,
    authority,
    validity: { nowMs: options.clock(), lifetimeMs: options.servingLifetimeMs ?? SERVING_LIFETIME_MS },
    ...(options.keyAlgorithm === undefined ? {} : { keyAlgorithm: options.keyAlgorithm }),
  });
}

function hasExpired({ serving }: KeptCertificates, nowMs: number): boolean {
  return serving === undefined || usableFacts(serving).notAfterMs <= nowMs;
}

function reading(
  certificates: KeptCertificates,
  told: { readonly problem: string | undefined; readonly isCurrent: boolean },
): SourceReading {
  const { serving } = certificates;
  if (serving === undefined) throw new Error('certificates without a serving certificate');
  const expiresAtMs = usableFacts(serving).notAfterMs;
  return { type: 'material', material: { ...serving, caBundle: bundleOf(certificates) }, expiresAtMs, ...told };
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
