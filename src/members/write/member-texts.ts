import type { IncomingHttpHeaders } from 'node:http';
import type { StatusCause } from '../../kube/api-status.ts';
import type { JsonObject } from '../../kube/object.ts';
import { isJsonObject, textAt } from '../../kube/object.ts';
import { MEMBER_CAUSES_MAX, MEMBER_TEXT_CHARS_MAX, MEMBER_WARNINGS_MAX } from './limits.ts';

/** How a member names things, and how the hub does. */
export interface Naming {
  readonly cluster: string;
  /** Group and kind in the member. */
  readonly group: string;
  readonly kind: string;
  readonly resource: string;
  /** The group that the row is served under. */
  readonly servedGroup: string;
  /** Who the member is told that writes, where that is not our account. */
  readonly caller?: string;
  /** The hub shows the object under its own name. */
  readonly ownNames?: true;
}

/** What the hub calls an object of the member. */
export function shownName(name: string, { cluster, ownNames }: Pick<Naming, 'cluster' | 'ownNames'>): string {
  return ownNames === true ? name : `${cluster}.${name}`;
}

/** What a member's kube-apiserver says of an error, in the hub's names. */
export interface MemberStatusText {
  readonly message: string;
  readonly reason: string | undefined;
  /** Name, group and kind of what the error is about, renamed if it is the object. */
  readonly details: { readonly name?: string; readonly group?: string; readonly kind?: string };
  readonly causes: readonly StatusCause[];
  readonly retryAfterSeconds: number | undefined;
  /** The error is about something else in the member, such as the namespace. */
  readonly isAboutOther: boolean;
}

/** Reads a metav1.Status of a member; undefined when the body is none, as from a proxy. */
export function readMemberStatus(body: unknown, naming: Naming): MemberStatusText | undefined {
  if (!isJsonObject(body) || body['kind'] !== 'Status') return undefined;
  const details = isJsonObject(body['details']) ? body['details'] : {};
  const name = toldAt(details, 'name');
  const isAboutObject = isAbout(details, naming);
  const rename = (text: string): string => inHubNames(text, isAboutObject ? name : undefined, naming);
  const seconds = details['retryAfterSeconds'];
  return {
    message: rename(toldAt(body, 'message') ?? ''),
    reason: toldAt(body, 'reason'),
    details: {
      ...textField('name', isAboutObject && name !== undefined ? shownName(name, naming) : name),
      ...groupAndKind(details, naming),
    },
    causes: readCauses(details['causes'], rename),
    retryAfterSeconds: typeof seconds === 'number' && seconds > 0 ? seconds : undefined,
    isAboutOther: !isAboutObject && textAt(details, 'kind') !== undefined,
  };
}

function isAbout(details: JsonObject, { group, resource, kind }: Naming): boolean {
  const told = textAt(details, 'kind');
  return textAt(details, 'group') === group && (told === resource || told === kind);
}

function groupAndKind(details: JsonObject, naming: Naming): { readonly group?: string; readonly kind?: string } {
  const group = toldAt(details, 'group');
  return {
    ...textField('group', group === naming.group ? naming.servedGroup : group),
    ...textField('kind', toldAt(details, 'kind')),
  };
}

function textField(key: 'name' | 'group' | 'kind', value: string | undefined): Partial<Record<typeof key, string>> {
  return value === undefined ? {} : { [key]: value };
}

function readCauses(causes: unknown, rename: (text: string) => string): readonly StatusCause[] {
  if (!Array.isArray(causes)) return [];
  return causes
    .slice(0, MEMBER_CAUSES_MAX)
    .filter(isJsonObject)
    .map((cause: JsonObject) => ({
      reason: toldAt(cause, 'reason') ?? '',
      message: rename(toldAt(cause, 'message') ?? ''),
      ...(toldAt(cause, 'field') === undefined ? {} : { field: toldAt(cause, 'field') ?? '' }),
    }));
}

/** `serviceexports.GROUP "api"` becomes `serviceexports.SERVED "east.api"`, and `GROUP/v1` becomes `SERVED/v1`. */
function inHubNames(text: string, name: string | undefined, naming: Naming): string {
  const { group, servedGroup, resource, kind } = naming;
  let renamed = text;
  if (name !== undefined) {
    for (const subject of [resource, kind]) {
      const inHub = `${subject}.${servedGroup} "${shownName(name, naming)}"`;
      renamed = renamed.replaceAll(`${subject}.${group} "${name}"`, () => inHub);
    }
  }
  if (group === servedGroup) return renamed;
  return renamed.replaceAll(`${group}/`, `${servedGroup}/`).replaceAll(`.${group} `, `.${servedGroup} `);
}

/** A text of a member for a person's terminal, which it shall not steer: no controls but line breaks, and not too long. */
function toldAt(object: JsonObject, field: string): string | undefined {
  const text = textAt(object, field);
  return text === undefined ? undefined : bounded(text.replaceAll(/[^\P{Cc}\n]/gu, ' '));
}

function bounded(text: string): string {
  return text.length > MEMBER_TEXT_CHARS_MAX ? `${text.slice(0, MEMBER_TEXT_CHARS_MAX)}…` : text;
}

/**
 * The texts of a member's Warning headers, which are UTF-8 that Node reads as bytes, each told as the member's. A member
 * with webhooks of ours says once more what was said here.
 */
export function memberWarnings(
  headers: IncomingHttpHeaders,
  cluster: string,
  said: readonly string[],
): readonly string[] {
  const text = Buffer.from([headers.warning ?? []].flat().join(', '), 'latin1').toString('utf8');
  const found = [...text.matchAll(/\b299 \S+ "((?:[^"\\]|\\.)*)"/g)].slice(0, MEMBER_WARNINGS_MAX);
  const texts = found.map((match) => bounded((match[1] ?? '').replace(/\\(.)/g, '$1')));
  return texts.filter((one) => !said.includes(one)).map((one) => `${cluster}: ${one}`);
}
