import type { Outcome } from '../../kube/outcome.ts';
import { failed, succeeded } from '../../kube/outcome.ts';
import type { RequestUser } from '../../kube/request-user.ts';
import type { Impersonate } from './types.ts';

const SYSTEM = 'system:';
const MASTERS = 'system:masters';
const AUTHENTICATED = 'system:authenticated';

export interface ImpersonationOptions {
  readonly enabled: boolean;
  /** Extra attributes of users that are passed on; all others are not. */
  readonly extras: readonly string[];
}

/**
 * Headers that make a member take the caller for the writer. Names and groups that Kubernetes itself gives rights to are
 * never passed on: here they were given by another cluster, which must not decide about this one.
 */
export function createImpersonate({ enabled, extras }: ImpersonationOptions): Impersonate {
  const allowed = new Set(extras.map((name) => name.toLowerCase()));
  return (user) => (enabled ? headersOf(user, allowed) : succeeded({}));
}

function headersOf(
  user: RequestUser,
  extras: ReadonlySet<string>,
): Outcome<Readonly<Record<string, string | readonly string[]>>, string> {
  if (user.groups.includes(MASTERS)) {
    return failed(
      `writes reach members as their callers here, and members of the group "${MASTERS}" are never passed on: write as another user, or in the member itself`,
    );
  }
  if (user.name.startsWith(SYSTEM)) {
    return failed(
      `writes reach members as their callers here, and users "${SYSTEM}…" are never passed on: write as another user, or in the member itself`,
    );
  }
  const groups = user.groups.filter((group) => !group.startsWith(SYSTEM) || group === AUTHENTICATED);
  const values = [user.name, user.uid ?? '', ...groups, ...Object.values(user.extra).flat()];
  if (!values.every(isHeaderText)) return failed('the name, a group or an attribute of this user cannot be passed on');
  return succeeded({
    'impersonate-user': user.name,
    ...(groups.length === 0 ? {} : { 'impersonate-group': groups }),
    ...(user.uid === undefined || user.uid === '' ? {} : { 'impersonate-uid': user.uid }),
    ...extraHeaders(user.extra, extras),
  });
}

function extraHeaders(
  extra: RequestUser['extra'],
  allowed: ReadonlySet<string>,
): Readonly<Record<string, readonly string[]>> {
  const kept = Object.entries(extra).filter(([name, values]) => allowed.has(name.toLowerCase()) && values.length > 0);
  return Object.fromEntries(
    kept.map(([name, values]) => [`impersonate-extra-${encodeURIComponent(name.toLowerCase())}`, values]),
  );
}

/** What Go's and Node's HTTP accept as the value of a header. */
function isHeaderText(text: string): boolean {
  return /^[\t\x20-\x7e]*$/.test(text);
}
