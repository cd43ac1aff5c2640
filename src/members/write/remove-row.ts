import type { RowDeletion, RowDeletionAnswer } from '../../kube/row-write.ts';
import { preconditionFault } from './accepted-version.ts';
import { deletedUid, isGone, isStatus, takeAnswer, writtenObject } from './member-answer.ts';
import type { MemberAnswer } from './member-call.ts';
import { unknownOutcome } from './member-call.ts';
import { memberError } from './member-errors.ts';
import { memberWarnings } from './member-texts.ts';
import type { ShownRow } from './types.ts';
import type { WriteContext } from './write-context.ts';
import { admitted, findRow, openWrite } from './write-context.ts';
import type { WriteFlow } from './write-flow.ts';
import { callObject } from './write-flow.ts';

/** DELETE of a row becomes DELETE of the object in its member, with the same options. */
export async function removeRow(flow: WriteFlow, deletion: RowDeletion): Promise<RowDeletionAnswer> {
  const shown = findRow(flow);
  const { name } = shown.origin.metadata;
  const context = await openWrite(flow, { cluster: shown.cluster, name }, false);
  const fault = preconditionFault(deletion.preconditions, shown, flow.write.target);
  if (fault !== undefined) throw fault;
  const subject = { operation: 'DELETE', object: undefined, oldObject: shown.origin } as const;
  return admitted(context, subject, async (warnings) => {
    const answer = await callObject(flow, context, { method: 'DELETE', name, body: optionsFor(deletion, shown) });
    return takeDeletion(context, { answer, warnings, shown });
  });
}

function optionsFor(deletion: RowDeletion, { origin }: ShownRow): object {
  const { gracePeriodSeconds, propagationPolicy, orphanDependents, preconditions, dryRun } = deletion;
  const { uid, resourceVersion } = origin.metadata;
  const wanted = {
    ...(preconditions.uid === undefined ? {} : { uid }),
    ...(preconditions.resourceVersion === undefined ? {} : { resourceVersion }),
  };
  return {
    kind: 'DeleteOptions',
    apiVersion: 'v1',
    ...(gracePeriodSeconds === undefined ? {} : { gracePeriodSeconds }),
    ...(propagationPolicy === undefined ? {} : { propagationPolicy }),
    ...(orphanDependents === undefined ? {} : { orphanDependents }),
    ...(Object.keys(wanted).length === 0 ? {} : { preconditions: wanted }),
    ...(dryRun ? { dryRun: ['All'] } : {}),
  };
}

interface Deleted {
  readonly answer: MemberAnswer;
  readonly warnings: readonly string[];
  readonly shown: ShownRow;
}

async function takeDeletion(context: WriteContext, deleted: Deleted): Promise<RowDeletionAnswer> {
  const { answer, shown } = deleted;
  if (answer.status !== 200 && answer.status !== 202) throw memberError(answer, context.naming);
  if (!isStatus(answer.body)) {
    const object = writtenObject(context, { ...answer, status: 200 });
    if (!isGone(object)) {
      const { row, warnings } = await takeAnswer(context, { ...deleted, answer: { ...answer, status: 200 } });
      return { type: 'leaving', row, warnings };
    }
  } else if (answer.body['status'] !== 'Success') {
    throw unknownOutcome(context.naming.cluster, 'its answer is neither the object nor a success');
  }
  const warnings = [...deleted.warnings, ...memberWarnings(answer.headers, context.naming.cluster, deleted.warnings)];
  if (!context.write.options.dryRun) await forget(context, shown, deletedUid(answer.body));
  return { type: 'gone', row: shown.row, uid: shown.row.metadata.uid ?? '', warnings };
}

async function forget(
  { member, kind, deps }: WriteContext,
  { origin }: ShownRow,
  uid: string | undefined,
): Promise<void> {
  const { namespace = '', name } = origin.metadata;
  // Where it deleted a successor, the object that is shown went before.
  for (const gone of new Set([origin.metadata.uid, uid])) {
    if (gone !== undefined) member.deleted(kind.resource, { namespace, name }, gone);
  }
  await deps.settle({ namespace, name });
}
