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
  const extra = extraHeaders(user.extra, extras);
  const values = [user.uid ?? '', ...Object.values(extra).flat()];
  if (![user.name, ...groups].every(isName) || !values.every(isHeaderText))
    return failed('the name, a group or an attribute of this user cannot be passed on');
  return succeeded({
    'impersonate-user': user.name,
    ...(groups.length === 0 ? {} : { 'impersonate-group': groups }),
    ...(user.uid === undefined || user.uid === '' ? {} : { 'impersonate-uid': user.uid }),
    ...extra,
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

/** Without a name nobody would be impersonated: the member would see our own account. */
function isName(text: string): boolean {
  return text !== '' && isHeaderText(text);
}

/** What HTTP carries as it is: blanks at the ends would be cut off, and the name become somebody else's. */
function isHeaderText(text: string): boolean {
  return /^[\x20-\x7e]*$/.test(text) && text.trim() === text;
}
