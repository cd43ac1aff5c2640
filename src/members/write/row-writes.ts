import { internalError } from '../../kube/api-errors.ts';
import { ApiStatusError } from '../../kube/api-status.ts';
import type { RowWrite, RowWrites } from '../../kube/row-write.ts';
import { applyRow } from './apply-row.ts';
import { changeRow } from './change-row.ts';
import { createRow } from './create-row.ts';
import { createMemberCalls } from './member-call.ts';
import { removeRow } from './remove-row.ts';
import { createVersionChoice } from './served-versions.ts';
import type { ProjectedKind, RowWritesDeps, WriteVerb } from './types.ts';
import type { WriteFlow } from './write-flow.ts';

const OK = 200;
const CREATED = 201;

/**
 * Writes of every projected kind. Each goes through to one member at once or fails: nothing is queued, nothing is
 * repeated that may have been done, and what cannot be known is said to be unknown.
 */
export function createRowWrites(deps: RowWritesDeps): RowWrites {
  const kinds = new Map<string, ProjectedKind>(deps.kinds.map((kind) => [kind.resource, kind]));
  const chooseVersion = createVersionChoice(deps.monotonic);
  const callMember = createMemberCalls();
  const flowOf = (write: RowWrite): WriteFlow => {
    const kind = kinds.get(write.target.resource);
    if (kind === undefined) throw new Error(`${write.target.resource} has no rows`);
    return { deps, chooseVersion, callMember, kind, write };
  };
  return {
    create: (write, row) => recorded(deps, { write, verb: 'create' }, () => createRow(flowOf(write), row)),
    change: (write, change) => recorded(deps, { write, verb: change.type }, () => changeRow(flowOf(write), change)),
    apply: (write, applied, force) =>
      recorded(deps, { write, verb: 'apply' }, () => applyRow(flowOf(write), applied, force)),
    remove: (write, deletion) => recorded(deps, { write, verb: 'delete' }, () => removeRow(flowOf(write), deletion)),
  };
}

interface Recorded {
  readonly write: RowWrite;
  readonly verb: WriteVerb;
}

/** Tells of a write when it is over, however it ended. */
async function recorded<T extends object>(deps: RowWritesDeps, of: Recorded, work: () => Promise<T>): Promise<T> {
  const startedMs = deps.monotonic();
  try {
    const done = await work();
    tell(deps, of, { startedMs, code: 'created' in done && done.created === true ? CREATED : OK, reason: undefined });
    return done;
  } catch (error) {
    const { status } = error instanceof ApiStatusError ? error : internalError('', error);
    tell(deps, of, { startedMs, code: status.code, reason: status.reason });
    throw error;
  }
}

function tell(
  { record, kinds, monotonic }: RowWritesDeps,
  { write, verb }: Recorded,
  {
    startedMs,
    code,
    reason,
  }: { readonly startedMs: number; readonly code: number; readonly reason: string | undefined },
): void {
  const { target, user, auditId, options } = write;
  const address = kinds.find(({ resource }) => resource === target.resource)?.parseRowName(target.name);
  const { cluster, name } = address?.ok === true ? address.value : { cluster: '', name: target.name };
  record({
    ...{ user, verb, cluster, name, auditId, code, reason },
    resource: target.resource,
    namespace: target.namespace,
    dryRun: options.dryRun,
    durationMs: monotonic() - startedMs,
  });
}
