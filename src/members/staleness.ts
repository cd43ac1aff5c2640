import type { MemberStatus } from '../kube/member-event.ts';

const NAMED_MEMBERS_MAX = 5;
const TEXT_CHARS_MAX = 256;

const BEGIN = 'stale members: ';
const END = '; answers may be out of date';

/**
 * The one Warning text about members whose content may be out of date or is unknown; undefined when there is none.
 * Printable ASCII, as a Warning header must be. Names as many members as fit, at most five, and counts the rest.
 * Recompute it when a status changes, not on every request.
 */
export function stalenessWarning(statuses: readonly MemberStatus[]): string | undefined {
  const entries = statuses
    .filter(isDoubtful)
    .sort((a, b) => (a.cluster < b.cluster ? -1 : 1))
    .map(describe);
  if (entries.length === 0) return undefined;
  for (let named = Math.min(entries.length, NAMED_MEMBERS_MAX); named > 0; named -= 1) {
    const text = warningText(entries, named);
    if (text.length <= TEXT_CHARS_MAX) return text;
  }
  return `${BEGIN}${entries.length}${END}`;
}

function warningText(entries: readonly string[], named: number): string {
  const rest = entries.length - named;
  return `${BEGIN}${entries.slice(0, named).join(', ')}${rest === 0 ? '' : ` and ${rest} more`}${END}`;
}

/** A member that is refused as the same cluster twice, or as the hub, leaves nothing out. */
function isDoubtful(status: MemberStatus): boolean {
  if (status.phase === 'live' || status.phase === 'left') return false;
  return status.reason !== 'DuplicateMember' && status.reason !== 'IsHub';
}

function describe(status: MemberStatus): string {
  if (status.lastContactMs === undefined) return `${status.cluster} (never contacted)`;
  return `${status.cluster} (last contact ${new Date(status.lastContactMs).toISOString().slice(0, 16)}Z)`;
}

/** What a warning of `stalenessWarning` says. */
export interface StaleMembers {
  /** The named members with the minute of the last contact; undefined where there was none. */
  readonly lastContactsMs: ReadonlyMap<string, number | undefined>;
  /** There are more than are named. */
  readonly hasMore: boolean;
}

const STATED = new RegExp(`${BEGIN}(.*?)${END}`);
const ENTRY = /([^\s,]+) \((?:last contact (\S+)|never contacted)\)/g;

/** Reads the warning back, wherever it stands in the text; a text without it says that nobody is stale. */
export function parseStalenessWarning(text: string): StaleMembers {
  const stated = STATED.exec(text)?.[1] ?? '';
  const entries = [...stated.matchAll(ENTRY)].map(([, name = '', time]): [string, number | undefined] => {
    const atMs = time === undefined ? NaN : Date.parse(time);
    return [name, Number.isNaN(atMs) ? undefined : atMs];
  });
  return { lastContactsMs: new Map(entries), hasMore: /^\d+$| and \d+ more$/.test(stated) };
}
