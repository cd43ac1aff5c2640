import type { JsonObject, KubeObject } from '../../kube/object.ts';
import { isJsonObject, isKubeObject, textAt } from '../../kube/object.ts';
import type { RowAnswer } from '../../kube/row-write.ts';
import type { MemberAnswer } from './member-call.ts';
import { unknownOutcome } from './member-call.ts';
import { compareResourceVersions } from '../resource-version.ts';
import { memberError } from './member-errors.ts';
import { memberWarnings, shownName } from './member-texts.ts';
import type { ShownRow } from './types.ts';
import type { WriteContext } from './write-context.ts';

/** Stands for the resourceVersion that an object of a dry run does not have. */
const NO_VERSION = '1';

/** The object that a write gave back. Throws what an error answer means. */
export function writtenObject(context: WriteContext, answer: MemberAnswer): KubeObject {
  if (answer.status !== 200 && answer.status !== 201) throw memberError(answer, context.naming);
  const { body } = answer;
  if (isKubeObject(body) && isWritten(context, body)) return context.kind.toStorage(body);
  throw unknownOutcome(context.naming.cluster, `its answer (${answer.status}) is not the object`);
}

/** Of the kind that was written, and at the place. */
function isWritten({ kind, write, objectName }: WriteContext, { kind: told, metadata }: KubeObject): boolean {
  const isNamed = objectName === '' ? metadata.name !== '' : metadata.name === objectName;
  return told === kind.kind && isNamed && (metadata.namespace ?? '') === write.target.namespace;
}

export interface Written {
  readonly answer: MemberAnswer;
  /** Told before the member's own. */
  readonly warnings: readonly string[];
  /** The row before; undefined when it is new. */
  readonly shown: ShownRow | undefined;
}

/** Takes what a write gave back into the store, so that nobody reads an older state afterwards, and answers with the row. */
export async function takeAnswer(context: WriteContext, { answer, warnings, shown }: Written): Promise<RowAnswer> {
  const object = writtenObject(context, answer);
  const told = [...warnings, ...memberWarnings(answer.headers, context.naming.cluster, warnings)];
  const created = answer.status === 201;
  if (context.write.options.dryRun) return { row: dryRunRow(context, object, shown), created, warnings: told };
  return { row: await storedRow(context, object), created, warnings: told };
}

async function storedRow(context: WriteContext, object: KubeObject): Promise<KubeObject> {
  const { member, kind, deps } = context;
  const { namespace = '', name, uid = '' } = object.metadata;
  const memberKey = { namespace, name };
  // With its last finalizer the object went in this very request.
  if (isGone(object)) member.deleted(kind.resource, memberKey, uid);
  else member.wrote(kind.resource, object);
  const before = kind.row({ namespace, name: rowName(context, object) });
  await deps.settle(memberKey);
  const shown = kind.row({ namespace, name: rowName(context, object) });
  if (shown !== undefined && showsAtLeast(shown, object)) return shown.row;
  // It is gone again, or is not shown under this name: what was written, at the version that was shown last.
  return previewOf(context, object, before?.row.metadata.resourceVersion);
}

/** The row shows this object as it was written, or as it became since. */
function showsAtLeast({ origin }: ShownRow, { metadata }: KubeObject): boolean {
  const { uid, resourceVersion = '0' } = origin.metadata;
  return uid === metadata.uid && compareResourceVersions(resourceVersion, metadata.resourceVersion ?? '0') >= 0;
}

function dryRunRow(context: WriteContext, object: KubeObject, shown: ShownRow | undefined): KubeObject {
  return previewOf(context, object, shown?.row.metadata.resourceVersion);
}

/** The row that the object would have; `resourceVersion` undefined leaves it out, as for an object that is not stored. */
export function previewOf(
  { kind, member }: WriteContext,
  object: KubeObject,
  resourceVersion: string | undefined,
): KubeObject {
  const numbered = { ...object, metadata: { ...object.metadata, resourceVersion: NO_VERSION } };
  const row = kind.previewRow(member.cluster, numbered);
  // Without its member there are no rows to show it among, and under its own name it would be mistaken for another.
  if (row === undefined) throw unknownOutcome(member.cluster, 'the member left before its answer came');
  // eslint-disable-next-line @typescript-eslint/no-unused-vars -- taken out only to leave the rest
  const { resourceVersion: _number, ...metadata } = row.metadata;
  return { ...row, metadata: resourceVersion === undefined ? metadata : { ...metadata, resourceVersion } };
}

export function isGone({ metadata }: KubeObject): boolean {
  return typeof metadata.deletionTimestamp === 'string' && (metadata.finalizers ?? []).length === 0;
}

function rowName({ naming, write }: WriteContext, object: KubeObject): string {
  return write.target.name === '' ? shownName(object.metadata.name, naming) : write.target.name;
}

/** The uid in the Status that answers a deletion. */
export function deletedUid(body: unknown): string | undefined {
  return isStatus(body) ? textAt(body, 'details', 'uid') : undefined;
}

export function isStatus(body: unknown): body is JsonObject {
  return isJsonObject(body) && body['kind'] === 'Status';
}
