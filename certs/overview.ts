import type { CertificateDescription } from './describe.ts';
import { describeCertificates } from './describe.ts';
import { isIssuedBy, readCertificates, renewalMs } from './inspect.ts';
import type { CertificateFiles } from './kept-certificates.ts';
import type { AwaitedTarget } from './rotation-request.ts';
import { parseReport, REPORT_FILE } from './rotation-request.ts';

export type CertificateState =
  /** An authority whose certificate is served, and the served certificate itself. */
  | 'in use'
  /** An authority that is trusted already and signs nothing yet. */
  | 'announced'
  /** An authority whose certificates were replaced; it is about to go. */
  | 'retiring'
  /** Two thirds of its life are over; the running server replaces it. */
  | 'renewal due'
  | 'expired'
  /** A served certificate that no kept authority has signed. */
  | 'signed by a stranger';

export interface OverviewRow extends CertificateDescription {
  readonly what: 'CA' | 'serving';
  readonly state: CertificateState;
}

/** What is kept, for people: no keys. */
export interface CertificateOverview {
  /** Authorities first, the oldest first. */
  readonly rows: readonly OverviewRow[];
  readonly phase: 'steady' | 'announced' | 'settling' | 'retiring';
  /** Whom a rotation waits for, as the running server said last. */
  readonly awaited: readonly AwaitedTarget[];
}

export function overviewOf(files: CertificateFiles, nowMs: number): CertificateOverview {
  const authorities = readCertificates(files['ca.crt'] ?? '') ?? [];
  const leaf = readCertificates(files['tls.crt'] ?? '')?.[0];
  const signer = leaf === undefined ? -1 : authorities.findIndex((authority) => isIssuedBy(leaf, authority));
  const newest = authorities.length - 1;
  const authorityState = (index: number): CertificateState => {
    if (index === signer) return 'in use';
    return signer === newest ? 'retiring' : 'announced';
  };
  const [serving] = leaf === undefined ? [] : describeCertificates(leaf.toString());
  const awaited = parseReport(files[REPORT_FILE]);
  return {
    rows: [
      ...describeCertificates(files['ca.crt'] ?? '').map((authority, index) =>
        row('CA', authority, aged(authority, authorityState(index), nowMs)),
      ),
      ...(serving === undefined
        ? []
        : [row('serving', serving, aged(serving, signer === -1 ? 'signed by a stranger' : 'in use', nowMs))]),
    ],
    phase: phaseOf({ count: authorities.length, signsNewest: signer === newest, waits: awaited.length > 0 }),
    awaited,
  };
}

function row(what: OverviewRow['what'], description: CertificateDescription, state: CertificateState): OverviewRow {
  return { what, ...description, state };
}

function aged(dates: CertificateDescription, state: CertificateState, nowMs: number): CertificateState {
  if (nowMs >= dates.notAfterMs) return 'expired';
  return state === 'in use' && nowMs >= renewalMs(dates) ? 'renewal due' : state;
}

function phaseOf(known: {
  readonly count: number;
  readonly signsNewest: boolean;
  readonly waits: boolean;
}): CertificateOverview['phase'] {
  if (known.count <= 1) return 'steady';
  if (known.signsNewest) return 'retiring';
  return known.waits ? 'announced' : 'settling';
}
