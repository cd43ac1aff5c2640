import {
  badRequest,
  fieldInvalid,
  fieldRequired,
  forbidden,
  internalError,
  invalid,
  notFound,
  serviceUnavailable,
} from '../../kube/api-errors.ts';
import { ApiStatusError } from '../../kube/api-status.ts';
import type { ObjectKey } from '../../kube/object.ts';
import type { RowTarget, RowWrite } from '../../kube/row-write.ts';
import type { WritableMember } from '../member-deps.ts';
import type { NoteOfRules } from './recorded-write.ts';
import { takeAdmission } from './take-admission.ts';
import { ROW_NAME_CHARS_MAX, UNKNOWN_RETRY_SECONDS } from './limits.ts';
import { assertLive } from './member-call.ts';
import { missingResource } from './member-errors.ts';
import type { Naming } from './member-texts.ts';
import type { ChooseVersion } from './served-versions.ts';
import type { Admission, AdmissionSubject, ProjectedKind, RowAddress, RowWritesDeps, ShownRow } from './types.ts';

/** One write on its way to a member that may be written to. */
export interface WriteContext {
  readonly deps: RowWritesDeps;
  readonly kind: ProjectedKind;
  readonly write: RowWrite;
  readonly member: WritableMember;
  readonly naming: Naming;
  /** Of the object in the member; '' when the member makes it. */
  readonly objectName: string;
  /** In which the member gets the object. */
  readonly version: string;
  /** Who the member is told that writes, and the audit id. */
  readonly headers: Readonly<Record<string, string | readonly string[]>>;
  readonly note: Opening['note'];
}

export interface Opening {
  readonly deps: RowWritesDeps;
  readonly chooseVersion: ChooseVersion;
  readonly kind: ProjectedKind;
  readonly write: RowWrite;
  readonly note: NoteOfRules;
}

export function keyOfTarget({ namespace, name }: RowTarget): ObjectKey {
  return { namespace, name };
}

/** The row that is shown; 404, or 503 while a member that could hold it is not read. */
export function findRow({ kind, write: { target } }: Pick<Opening, 'kind' | 'write'>): ShownRow {
  const key = keyOfTarget(target);
  const shown = kind.row(key);
  if (shown !== undefined) return shown;
  const holders = kind.couldHold(key);
  if (holders.length === 0) throw notFound(target, target.name);
  const text = `whether ${target.resource} "${target.name}" exists is unknown: not read yet from member cluster ${holders.join(', ')}`;
  throw serviceUnavailable(text, UNKNOWN_RETRY_SECONDS);
}

/** Where a new row belongs; a name that is no row's name is 422, as for every object that cannot be. */
export function parseNewName(kind: ProjectedKind, target: RowTarget, generateName: string | undefined): RowAddress {
  const isGenerated = target.name === '' && generateName !== undefined && generateName !== '';
  if (target.name === '' && !isGenerated) {
    throw invalid(target, '', [fieldRequired('metadata.name', 'name or generateName is required')]);
  }
  const [field, text] = isGenerated
    ? (['metadata.generateName', generateName] as const)
    : (['metadata.name', target.name] as const);
  if (text.length > ROW_NAME_CHARS_MAX) {
    const rule = `must be no more than ${ROW_NAME_CHARS_MAX} bytes`;
    throw invalid(target, target.name, [fieldInvalid(field, text, rule)]);
  }
  const address = kind.parseRowName(text);
  if (address.ok) return address.value;
  const rule = `must be <cluster>.<name>: the name of a member cluster, a dot, and the ${isGenerated ? 'beginning of the name' : 'name'} in that cluster`;
  throw invalid(target, target.name, [fieldInvalid(field, text, rule)]);
}

/**
 * The caller may write to this member, the member is registered and live, and it has the resource. Who may not write
 * learns nothing about which members there are.
 */
export async function openWrite(opening: Opening, address: RowAddress, isNew: boolean): Promise<WriteContext> {
  const { deps, kind, write } = opening;
  const { target, user, auditId } = write;
  await authorize(opening, address.cluster);
  const member = deps.member(address.cluster);
  if (member === undefined) {
    if (!isNew) throw notFound(target, target.name);
    const cause = fieldInvalid('metadata.name', target.name, `no member cluster "${address.cluster}" is registered`);
    throw invalid(target, target.name, [cause]);
  }
  const impersonation = deps.impersonate(user);
  if (!impersonation.ok) throw forbidden(target, target.name, impersonation.error);
  const naming: Naming = {
    cluster: member.cluster,
    group: kind.group,
    kind: kind.kind,
    resource: kind.resource,
    servedGroup: target.group,
    ...(kind.ownNames === undefined ? {} : { ownNames: kind.ownNames }),
    ...(impersonation.value['impersonate-user'] === undefined ? {} : { caller: user.name }),
  };
  assertLive(member);
  const version = await opening.chooseVersion(member, kind, target.version);
  if (version === undefined) throw missingResource(naming);
  const headers = { 'audit-id': auditId, ...impersonation.value };
  const objectName = target.name === '' ? '' : address.name;
  return { deps, kind, write, member, naming, objectName, version, headers, note: opening.note };
}

async function authorize({ deps, write }: Opening, cluster: string): Promise<void> {
  const { target, user } = write;
  const decision = await deps.authorizeCluster(user, { cluster, namespace: target.namespace });
  if (decision.type === 'deny') throw forbidden(target, target.name, decision.reason);
  if (decision.type === 'error') throw internalError('the authorizer could not be asked', undefined);
}

/**
 * Writes what our own rules let pass, before the member's: kube-apiserver runs none for aggregated resources. `send` gets
 * their warnings.
 */
export async function admitted<T>(
  context: WriteContext,
  subject: AdmissionSubject,
  send: (warnings: readonly string[]) => Promise<T>,
): Promise<T> {
  const { warnings, undone } = await admit(context, subject);
  try {
    return await send(warnings);
  } catch (error) {
    // A timeout is what we say when the outcome is not known.
    if (error instanceof ApiStatusError && error.status.reason !== 'Timeout') undone?.();
    throw error;
  }
}

async function admit(
  { deps, kind, write, member, note }: WriteContext,
  subject: AdmissionSubject,
): Promise<Extract<Admission, { type: 'allow' }>> {
  const { target, user, options } = write;
  const admission = await deps.admit(kind, {
    ...subject,
    cluster: member.cluster,
    subresource: '',
    requestVersion: target.version,
    dryRun: options.dryRun,
    user,
  });
  return takeAdmission(admission, write, note);
}

export function refuseFaults(target: RowTarget, faults: Parameters<typeof invalid>[2]): ApiStatusError {
  return invalid(target, target.name, faults);
}

/** A version on an object that does not exist yet; kube-apiserver fails with 500 where it means this. */
export function refuseNewVersion(resourceVersion: string | undefined): void {
  if (resourceVersion === undefined || resourceVersion === '') return;
  throw badRequest('resourceVersion should not be set on objects to be created');
}
