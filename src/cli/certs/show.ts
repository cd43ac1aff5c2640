import { awaitedName, overviewOf } from '../../../certs/index.ts';
import type { CertificateFiles, CertificateOverview, OverviewRow } from '../../../certs/index.ts';
import { RefusedError } from '../install/refused-error.ts';
import type { CertsShowOptions } from '../program/certs.ts';
import { printable, textTable } from '../text-table.ts';
import type { CertificatePlace } from './certificate-place.ts';

const DAY_MS = 86_400_000;
/** Names of a certificate in the table; JSON has all of them. */
const NAMES_SHOWN_MAX = 3;
const HEADER = ['WHAT', 'SUBJECT', 'NAMES', 'ISSUER', 'NOT AFTER', 'DAYS LEFT', 'WHERE', 'STATE'];
const PHASES: Readonly<Record<CertificateOverview['phase'], string>> = {
  steady: 'No rotation is under way.',
  announced: 'A new CA is announced and signs nothing yet: it waits for those who were not read back with it.',
  settling: 'A new CA is announced and signs as soon as everybody was read back with it.',
  retiring: 'A new CA signs; the old one leaves every caBundle soon.',
};

export interface CertsDeps {
  readonly open: (options: CertsShowOptions) => Promise<CertificatePlace>;
  readonly print: (text: string) => void;
  readonly clock: () => number;
}

/** `certs show`: what is kept, as a table or whole as JSON. */
export async function showCertificates(deps: CertsDeps, options: CertsShowOptions): Promise<void> {
  const place = await deps.open(options);
  try {
    const overview = overviewOf(await loadCertificates(place), deps.clock());
    deps.print(options.output === 'json' ? asJson(overview, place) : asText(overview, place, deps.clock()));
  } finally {
    place.close();
  }
}

/** Refuses a place that holds nothing. */
export async function loadCertificates(place: CertificatePlace): Promise<CertificateFiles> {
  const files = await place.load();
  if (files?.['tls.crt'] !== undefined) return files;
  throw new RefusedError(
    `${place.title} holds no certificates: no server has issued any there, or it serves with certificates from files; ${place.words}`,
  );
}

function asText(overview: CertificateOverview, place: CertificatePlace, nowMs: number): string {
  const rows = overview.rows.map((row) => [
    row.what,
    row.subject,
    shortNames(row.names),
    row.issuer,
    new Date(row.notAfterMs).toISOString().slice(0, 19) + 'Z',
    String(Math.floor((row.notAfterMs - nowMs) / DAY_MS)),
    place.title,
    row.state,
  ]);
  return `${[...textTable(HEADER, rows), '', PHASES[overview.phase], ...awaitedLines(overview)].join('\n')}\n`;
}

function shortNames(names: readonly string[]): string {
  if (names.length === 0) return '-';
  const more = names.length - NAMES_SHOWN_MAX;
  return names.slice(0, NAMES_SHOWN_MAX).join(', ') + (more > 0 ? `, +${more}` : '');
}

/** One line for each who is awaited, by the name that `--force` takes. */
export function awaitedLines({ awaited }: CertificateOverview): readonly string[] {
  return awaited.map((target) => printable(`  ${awaitedName(target)}: ${target.reason ?? 'not compared yet'}`));
}

function asJson(overview: CertificateOverview, place: CertificatePlace): string {
  const text = (ms: number): string => new Date(ms).toISOString();
  const certificates = overview.rows.map(({ notBeforeMs, notAfterMs, ...row }: OverviewRow) => ({
    ...row,
    notBefore: text(notBeforeMs),
    notAfter: text(notAfterMs),
    where: place.title,
  }));
  const awaited = overview.awaited.map((target) => ({ name: awaitedName(target), ...target }));
  return `${JSON.stringify({ certificates, rotation: { phase: overview.phase, awaited } }, undefined, 2)}\n`;
}
