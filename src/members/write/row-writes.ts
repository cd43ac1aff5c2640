import { internalError } from '../../kube/api-errors.ts';
import { ApiStatusError } from '../../kube/api-status.ts';
import type { KubeObject } from '../../kube/object.ts';
import { textAt } from '../../kube/object.ts';
import type { RowAnswer, RowDeletionAnswer, RowTarget, RowWrite, RowWrites } from '../../kube/row-write.ts';
import { applyRow } from './apply-row.ts';
import { changeRow } from './change-row.ts';
import { createRow } from './create-row.ts';
import { createMemberCalls } from './member-call.ts';
import { removeRow } from './remove-row.ts';
import { createVersionChoice } from './served-versions.ts';
import type { ProjectedKind, RowWritesDeps, WriteRecord, WriteVerb } from './types.ts';
import type { WriteFlow } from './write-flow.ts';

const OK = 200;
const CREATED = 201;

/**
 * Writes of every projected kind. Each goes through to one member at once or fails: nothing is queued, nothing is
 * repeated that may have been done, and what cannot be known is said to be unknown.
 */
export function createRowWrites(deps: RowWritesDeps): RowWrites {
  const chooseVersion = createVersionChoice(deps.monotonic);
  const callMember = createMemberCalls();
  const flowOf = (write: RowWrite, note: WriteFlow['note']): WriteFlow => {
    const kind = kindOf(deps, write.target);
    if (kind === undefined) throw new Error(`${write.target.resource} has no rows`);
    return { deps, chooseVersion, callMember, kind, write, note };
  };
  return {
    create: (write, row) =>
      recorded(deps, { write, verb: 'create', rowName: newRowName(row) }, (note) =>
        createRow(flowOf(write, note), row),
      ),
    change: (write, change) =>
      recorded(deps, { write, verb: change.type, rowName: write.target.name }, (note) =>
        changeRow(flowOf(write, note), change),
      ),
    apply: (write, applied, force) =>
      recorded(deps, { write, verb: 'apply', rowName: write.target.name }, (note) =>
        applyRow(flowOf(write, note), applied, force),
      ),
    remove: (write, deletion) =>
      recorded(deps, { write, verb: 'delete', rowName: write.target.name }, (note) =>
        removeRow(flowOf(write, note), deletion),
      ),
  };
}

function kindOf({ kinds, inMember }: RowWritesDeps, { resource, member }: RowTarget): ProjectedKind | undefined {
  const kind = kinds.find((one) => one.resource === resource);
  return kind === undefined || member === undefined ? kind : inMember?.(kind, member);
}

interface Recorded {
  readonly write: RowWrite;
  readonly verb: WriteVerb;
  /** As far as the request knows it; for a name that the member makes, what it begins with. */
  readonly rowName: string;
}

function newRowName({ metadata }: KubeObject): string {
  return metadata.name === '' ? (textAt(metadata, 'generateName') ?? '') : metadata.name;
}

interface Ending {
  readonly code: number;
  readonly reason: string | undefined;
  /** Of the row that was answered with. */
  readonly rowName: string | undefined;
}

/** Tells of a write when it is over, however it ended. */
async function recorded<T extends RowAnswer | RowDeletionAnswer>(
  deps: RowWritesDeps,
  of: Recorded,
  work: (note: WriteFlow['note']) => Promise<T>,
): Promise<T> {
  const startedMs = deps.monotonic();
  let ending: Ending = { code: OK, reason: undefined, rowName: undefined };
  let noted: WriteRecord['auditAnnotations'];
  try {
    const done = await work((annotations) => {
      noted = annotations;
    });
    const code = 'created' in done && done.created ? CREATED : OK;
    ending = { code, reason: undefined, rowName: done.row.metadata.name };
    return done;
  } catch (error) {
    const { status } = error instanceof ApiStatusError ? error : internalError('', error);
    ending = { code: status.code, reason: status.reason, rowName: undefined };
    throw error;
  } finally {
    const notes = noted === undefined ? {} : { auditAnnotations: noted };
    deps.record({ ...recordOf(deps, of, ending), ...notes, durationMs: deps.monotonic() - startedMs });
  }
}

function recordOf(
  deps: RowWritesDeps,
  of: Recorded,
  ending: Ending,
): Omit<WriteRecord, 'durationMs' | 'auditAnnotations'> {
  const { write, verb } = of;
  const { target, user, auditId, options } = write;
  const address = kindOf(deps, target)?.parseRowName(ending.rowName ?? of.rowName);
  const { cluster, name } = address?.ok === true ? address.value : { cluster: '', name: target.name };
  const isMade = target.name !== '' || ending.rowName !== undefined;
  return {
    ...{ user, verb, cluster, auditId, code: ending.code, reason: ending.reason },
    name: isMade ? name : '',
    resource: target.resource,
    namespace: target.namespace,
    dryRun: options.dryRun,
  };
}
