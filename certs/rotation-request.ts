/**
 * What an operator wants replaced, written by `certs rotate` beside the certificates. It names what is to go by its
 * fingerprint, so it is done once that is gone, however often it is read, and nobody has to clear it.
 */
export interface RotationRequest {
  /** SHA-256 fingerprint of the authority to replace. */
  readonly authority: string | undefined;
  /** SHA-256 fingerprint of the serving certificate to replace. */
  readonly serving: string | undefined;
  /** Targets that need not be waited for while that authority is being replaced, as `awaitedName` says them. */
  readonly force: readonly string[];
}

/** Somebody who must trust the new authority and is not known to. */
export interface AwaitedTarget {
  /** Such as `hub` or `member east`. */
  readonly cluster: string;
  /** Such as `APIService v1.things.example.com`. */
  readonly target: string;
  readonly reason: string | undefined;
}

/** Under which name a target is given to `--force`. */
export function awaitedName({ cluster, target }: Pick<AwaitedTarget, 'cluster' | 'target'>): string {
  return `${cluster}/${target}`;
}

export const REQUEST_FILE = 'rotation-request.json';
export const REPORT_FILE = 'rotation.json';
/** Targets that one request may name; the rest is not read. */
const FORCED_TARGETS_MAX = 1000;
/** Of a name or reason in a request or report; the rest is cut. */
const TEXT_CHARACTERS_MAX = 512;

export function formatRequest(request: RotationRequest): string {
  return `${JSON.stringify(request)}\n`;
}

/** Nothing is asked by a text that is no request. */
export function parseRequest(text: string | undefined): RotationRequest {
  const fields = parseRecord(text);
  const force = Array.isArray(fields['force']) ? fields['force'] : [];
  return {
    authority: shortText(fields['authority']),
    serving: shortText(fields['serving']),
    force: force.slice(0, FORCED_TARGETS_MAX).flatMap((name) => shortText(name) ?? []),
  };
}

/** What the running server says of a rotation that waits; '' when it waits for nobody. */
export function formatReport(awaited: readonly AwaitedTarget[]): string {
  if (awaited.length === 0) return '';
  const named = awaited.map(({ cluster, target, reason }) => ({ cluster, target, reason: shortText(reason) }));
  return `${JSON.stringify({ awaited: named })}\n`;
}

export function parseReport(text: string | undefined): readonly AwaitedTarget[] {
  const { awaited } = parseRecord(text);
  if (!Array.isArray(awaited)) return [];
  return awaited.filter(isRecord).map((item) => ({
    cluster: shortText(item['cluster']) ?? '',
    target: shortText(item['target']) ?? '',
    reason: shortText(item['reason']),
  }));
}

function parseRecord(text: string | undefined): Readonly<Record<string, unknown>> {
  try {
    const value: unknown = JSON.parse(text ?? '');
    return isRecord(value) ? value : {};
  } catch {
    return {};
  }
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function shortText(value: unknown): string | undefined {
  return typeof value === 'string' ? value.slice(0, TEXT_CHARACTERS_MAX) : undefined;
}
