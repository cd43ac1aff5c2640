import { parseObjectBody } from '../answers.ts';
import type { WritableMember } from '../member-deps.ts';
import { versionPath } from '../member-resource.ts';
import {
  SERVED_VERSIONS_KEPT_MS,
  SERVED_VERSIONS_MEMBERS_MAX,
  VERSION_DOCUMENT_BYTES_MAX,
  VERSION_TIMEOUT_MS,
} from './limits.ts';
import type { ProjectedKind } from './types.ts';

/**
 * The version in which a write goes to a member: the request's own where the member serves it, so that managedFields
 * record it as they would there; else the one that is read. Undefined: the member does not have the resource.
 */
export type ChooseVersion = (
  member: WritableMember,
  kind: ProjectedKind,
  requested: string,
) => Promise<string | undefined>;

interface Known {
  readonly serves: boolean;
  readonly untilMs: number;
}

/** What was found is kept for a while; only writes in another version than the one that is read need to ask. */
export function createVersionChoice(monotonic: () => number): ChooseVersion {
  const known = new Map<string, Known>();
  return async (member, kind, requested) => {
    const read = member.version(kind.resource);
    if (read === undefined || read === requested) return read;
    const key = `${member.cluster} ${kind.resource} ${requested}`;
    const found = known.get(key);
    if (found !== undefined && found.untilMs > monotonic()) return found.serves ? requested : read;
    const serves = await isServed(member, kind, requested);
    // In doubt the version that is read: it always works.
    if (serves === undefined) return read;
    known.delete(key);
    known.set(key, { serves, untilMs: monotonic() + SERVED_VERSIONS_KEPT_MS });
    const [oldest] = known.keys();
    if (known.size > SERVED_VERSIONS_MEMBERS_MAX && oldest !== undefined) known.delete(oldest);
    return serves ? requested : read;
  };
}

/** Undefined when the member does not say. */
async function isServed(member: WritableMember, kind: ProjectedKind, version: string): Promise<boolean | undefined> {
  if ((await member.confirm()) !== undefined) return undefined;
  try {
    const { status, body } = await member.connection().request({
      method: 'GET',
      path: versionPath(kind.group, version),
      headers: { accept: 'application/json' },
      timeoutMs: VERSION_TIMEOUT_MS,
      bodyBytesMax: VERSION_DOCUMENT_BYTES_MAX,
    });
    if (status === 404) return false;
    const resources = status === 200 ? parseObjectBody(body)?.['resources'] : undefined;
    return Array.isArray(resources) ? resources.some((one: unknown) => isNamed(one, kind.resource)) : undefined;
  } catch {
    return undefined;
  }
}

function isNamed(item: unknown, name: string): boolean {
  return typeof item === 'object' && item !== null && 'name' in item && item.name === name;
}
