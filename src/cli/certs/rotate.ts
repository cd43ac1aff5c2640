import { awaitedName, formatRequest, overviewOf, parseRequest, REQUEST_FILE } from '../../../certs/index.ts';
import type { CertificateOverview, RotationRequest } from '../../../certs/index.ts';
import type { CertsRotateOptions } from '../program/certs.ts';
import type { CertificatePlace } from './certificate-place.ts';
import { awaitedLines, loadCertificates } from './show.ts';

/** How often it is looked how far the server is. */
const POLL_MS = 1000;
/** Whoever is awaited for longer than this after the new CA was announced is given up by `--force` without names. */
const FORCE_GRACE_MS = 30_000;
/** A running server looks every 10 s; when nothing has begun by then, there may be none. */
const SILENCE_MS = 30_000;

export interface RotateDeps {
  readonly open: (options: CertsRotateOptions) => Promise<CertificatePlace>;
  readonly say: (line: string) => void;
  readonly clock: () => number;
  readonly sleep: (delayMs: number) => Promise<void>;
}

/** `certs rotate`: asks the running server, and follows until it is done; throws with what is awaited when time is up. */
export async function rotateCertificates(deps: RotateDeps, options: CertsRotateOptions): Promise<void> {
  const place = await deps.open(options);
  try {
    await follow(deps, { options, place, startMs: deps.clock() });
  } finally {
    place.close();
  }
}

interface Following {
  readonly options: CertsRotateOptions;
  readonly place: CertificatePlace;
  readonly startMs: number;
}

async function follow(deps: RotateDeps, { options, place, startMs }: Following): Promise<void> {
  const look = async (): Promise<CertificateOverview> => overviewOf(await loadCertificates(place), deps.clock());
  const files = await loadCertificates(place);
  const first = overviewOf(files, deps.clock());
  const wanted = requestFor(first, options, parseRequest(files[REQUEST_FILE]));
  await place.saveRequest(formatRequest(wanted));
  deps.say(askedLine(first, options));
  const teller = createTeller(deps.say);
  let forced = wanted.force;
  let announcedMs: number | undefined;
  for (;;) {
    const now = await look();
    if (isDone(now, wanted, options.servingOnly)) {
      deps.say(`done: ${describeServing(now)}`);
      return;
    }
    const elapsedMs = deps.clock() - startMs;
    teller.tell(now, elapsedMs > SILENCE_MS ? place.title : undefined);
    if (now.phase !== 'steady') announcedMs ??= elapsedMs;
    const waitedMs = elapsedMs - (announcedMs ?? elapsedMs);
    if (options.force === true && waitedMs > FORCE_GRACE_MS) {
      forced = await giveUp(deps, { place, wanted, forced, now });
    }
    if (elapsedMs > options.timeout * 1000) throw new Error(timeoutMessage(now, options));
    await deps.sleep(POLL_MS);
  }
}

/** What goes is named by its fingerprint; while a rotation is under way, the CA that it already replaces. */
function requestFor(
  overview: CertificateOverview,
  options: CertsRotateOptions,
  before: RotationRequest,
): RotationRequest {
  const authority = overview.rows.find(({ what }) => what === 'CA')?.fingerprint;
  const serving = overview.rows.find(({ what }) => what === 'serving')?.fingerprint;
  const named = options.force === true || options.force === undefined ? [] : options.force;
  // Who was given up by somebody else for the same rotation stays so.
  const force = before.authority === authority ? [...before.force, ...named] : named;
  if (options.servingOnly) return { ...before, serving };
  return { authority, serving: undefined, force: [...new Set(force)] };
}

function askedLine(overview: CertificateOverview, { servingOnly }: CertsRotateOptions): string {
  if (servingOnly) return `asked for a new serving certificate in place of ${describeServing(overview)}`;
  const subject = overview.rows.find(({ what }) => what === 'CA')?.subject ?? '?';
  return overview.phase === 'steady'
    ? `asked for a new CA in place of ${subject}`
    : `a rotation of ${subject} is under way: following it`;
}

function isDone({ rows }: CertificateOverview, wanted: RotationRequest, servingOnly: boolean): boolean {
  const gone = servingOnly ? wanted.serving : wanted.authority;
  return !rows.some(({ fingerprint }) => fingerprint === gone);
}

async function giveUp(
  deps: RotateDeps,
  state: {
    readonly place: CertificatePlace;
    readonly wanted: RotationRequest;
    readonly forced: readonly string[];
    readonly now: CertificateOverview;
  },
): Promise<readonly string[]> {
  const names = state.now.awaited.map(awaitedName).filter((name) => !state.forced.includes(name));
  if (names.length === 0) return state.forced;
  for (const name of names)
    deps.say(`not waiting any longer for ${name}: it trusts nothing of ours until it has the new CA`);
  const force = [...state.forced, ...names];
  await state.place.saveRequest(formatRequest({ ...state.wanted, force }));
  return force;
}

interface Teller {
  /** `silent`: the place in which something should have begun by now. */
  readonly tell: (overview: CertificateOverview, silent: string | undefined) => void;
}

/** Says what changed, once. */
function createTeller(say: (line: string) => void): Teller {
  let told = '';
  return {
    tell: (overview, silent) => {
      const lines = overview.phase === 'steady' ? silenceText(silent) : progressText(overview);
      if (lines === undefined || lines === told) return;
      told = lines;
      say(lines);
    },
  };
}

function silenceText(place: string | undefined): string | undefined {
  if (place === undefined) return undefined;
  return `nothing has begun yet: is a server running that keeps its certificates in ${place}?`;
}

function progressText(overview: CertificateOverview): string | undefined {
  if (overview.phase === 'steady') return undefined;
  return [PROGRESS[overview.phase], ...awaitedLines(overview)].join('\n');
}

const PROGRESS = {
  announced: 'announced: the new CA is trusted beside the old one; waiting for',
  settling: 'settling: everybody was read back with the new CA; it signs in a moment',
  retiring: 'retiring: the new CA signs; the old one stays until nobody serves its certificate any more',
} as const;

function describeServing({ rows }: CertificateOverview): string {
  const serving = rows.find(({ what }) => what === 'serving');
  if (serving === undefined) return 'no serving certificate';
  return `${serving.subject}, issued by ${serving.issuer}, valid until ${new Date(serving.notAfterMs).toISOString()}`;
}

function timeoutMessage(overview: CertificateOverview, { timeout }: CertsRotateOptions): string {
  const state = overview.phase === 'steady' ? 'nothing has begun' : overview.phase;
  const lines = [`not done after ${timeout} s (${state}); the server goes on by itself`, ...awaitedLines(overview)];
  return lines.join('\n');
}
