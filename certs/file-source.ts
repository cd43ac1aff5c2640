import type { PairReading } from './inspect.ts';
import { isIssuedBy, readCertificates, readPair } from './inspect.ts';
import type { CertificateSource, ServingMaterial, SourceReading } from './source.ts';

/** Mounted Secrets change by a swapped symbolic link, which file watchers miss: the files are simply read again. */
const INTERVAL_MS = 10_000;

export interface FileSourceOptions {
  readonly certFile: string;
  readonly keyFile: string;
  /** What clients should trust; without it, the authorities inside `certFile`, or a self-signed certificate itself. */
  readonly caFile: string | undefined;
  readonly readFile: (path: string) => Promise<string>;
  readonly clock: () => number;
}

interface Loaded {
  readonly material: ServingMaterial;
  readonly expiresAtMs: number;
}

/** A certificate that somebody else renews; a broken or mismatching pair is reported and the previous one is kept. */
export function createFileSource(options: FileSourceOptions): CertificateSource {
  let good: Loaded | undefined;
  return {
    intervalMs: INTERVAL_MS,
    read: async () => {
      const candidate = await load(options, good);
      if (candidate.type === 'broken') {
        const problem = `${options.certFile} and ${options.keyFile}: ${candidate.problem}`;
        return good === undefined
          ? { type: 'failed', problem }
          : reading(good, `${problem}; the previous pair is kept`);
      }
      good = candidate.loaded;
      return reading(good, undefined);
    },
  };
}

type LoadResult = { readonly type: 'loaded'; readonly loaded: Loaded } | Extract<PairReading, { type: 'broken' }>;

async function load(options: FileSourceOptions, good: Loaded | undefined): Promise<LoadResult> {
  const texts = await readAll(options);
  if (texts.type === 'broken') return texts;
  const { cert, key, ca } = texts;
  const pair = readPair({ cert, key });
  if (pair.type === 'broken') return pair;
  if (ca !== undefined && !hasCertificates(ca)) {
    return { type: 'broken', problem: 'the CA file holds no readable certificate' };
  }
  const expiresAtMs = pair.facts.notAfterMs;
  if (isExpiredSuccessor(expiresAtMs, good, options.clock())) {
    return { type: 'broken', problem: `the new certificate expired at ${new Date(expiresAtMs).toISOString()}` };
  }
  return { type: 'loaded', loaded: { material: { key, cert, caBundle: ca ?? bundleOf(pair) }, expiresAtMs } };
}

function hasCertificates(pem: string): boolean {
  return (readCertificates(pem)?.length ?? 0) > 0;
}

/** An expired certificate is taken only when there is nothing better: then health says so. */
function isExpiredSuccessor(expiresAtMs: number, good: Loaded | undefined, nowMs: number): boolean {
  return expiresAtMs <= nowMs && good !== undefined && good.expiresAtMs > nowMs;
}

type Texts =
  | { readonly type: 'texts'; readonly cert: string; readonly key: string; readonly ca: string | undefined }
  | Extract<PairReading, { type: 'broken' }>;

async function readAll(options: FileSourceOptions): Promise<Texts> {
  try {
    const [cert, key, ca] = await Promise.all([
      options.readFile(options.certFile),
      options.readFile(options.keyFile),
      options.caFile === undefined ? undefined : options.readFile(options.caFile),
    ]);
    return { type: 'texts', cert, key, ca };
  } catch (error) {
    return { type: 'broken', problem: error instanceof Error ? error.message : String(error) };
  }
}

function bundleOf(pair: Extract<PairReading, { type: 'usable' }>): string | undefined {
  const { leaf, chain } = pair.facts;
  const authorities = chain.filter((certificate) => certificate.ca);
  if (authorities.length > 0) return authorities.map((certificate) => certificate.toString()).join('');
  return isIssuedBy(leaf, leaf) ? leaf.toString() : undefined;
}

function reading(loaded: Loaded, problem: string | undefined): SourceReading {
  return { type: 'material', ...loaded, problem, isCurrent: true };
}
