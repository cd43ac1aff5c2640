import { ApiStatusError } from '../../kube/api-status.ts';
import type { KubeObject } from '../../kube/object.ts';
import type { RowAnswer, RowChange } from '../../kube/row-write.ts';
import { isPinned, patchFault, updateFault } from './accepted-version.ts';
import { PATCH_ATTEMPTS_MAX, PATCH_ATTEMPTS_MS_MAX } from './limits.ts';
import { takeAnswer, writtenObject } from './member-answer.ts';
import type { ShownRow } from './types.ts';
import type { WriteContext } from './write-context.ts';
import { admitted, findRow, openWrite, refuseFaults } from './write-context.ts';
import type { WriteFlow } from './write-flow.ts';
import { callObject, optionsQuery } from './write-flow.ts';

/**
 * PUT of a row, or a patch of it that was worked out here, becomes PUT of the whole object in its member, naming the
 * version that the row shows: of two writers who read the same, one succeeds. A patch that names no version is worked
 * out again on the newer object when somebody else was faster, as kube-apiserver does.
 */
export async function changeRow(flow: WriteFlow, change: RowChange): Promise<RowAnswer> {
  try {
    return await changeInTurns(flow, change);
  } catch (error) {
    throw change.failure?.(error) ?? error;
  }
}

async function changeInTurns(flow: WriteFlow, change: RowChange): Promise<RowAnswer> {
  const { monotonic } = flow.deps;
  const startedMs = monotonic();
  const isLate = (): boolean => monotonic() - startedMs > PATCH_ATTEMPTS_MS_MAX;
  for (let attempt = 1; ; attempt += 1) {
    const shown = findRow(flow);
    const context = await openWrite(flow, { cluster: shown.cluster, name: shown.origin.metadata.name }, false);
    const result = await attemptChange(flow, context, { shown, change });
    if (result.type === 'done') return result.answer;
    if (attempt >= PATCH_ATTEMPTS_MAX || isLate()) throw result.conflict;
    await refresh(flow, context, { shown, conflict: result.conflict });
    if (isLate()) throw result.conflict;
  }
}

type Attempt =
  { readonly type: 'done'; readonly answer: RowAnswer } | { readonly type: 'lost'; readonly conflict: ApiStatusError };

interface Attempted {
  readonly shown: ShownRow;
  readonly change: RowChange;
}

async function attemptChange(flow: WriteFlow, context: WriteContext, attempted: Attempted): Promise<Attempt> {
  const { shown, change } = attempted;
  const { target } = context.write;
  const wanted = change.change(shown.row);
  const fault =
    change.type === 'update' ? updateFault(wanted.metadata, shown, target) : patchFault(wanted.metadata, shown, target);
  if (fault !== undefined) throw fault;
  const own = flow.kind.unproject(wanted, shown);
  if (!own.ok) throw refuseFaults(target, own.error);
  const subject = { operation: 'UPDATE', object: own.value, oldObject: shown.origin } as const;
  try {
    const answer = await admitted(context, subject, async (warnings) =>
      takeAnswer(context, { answer: await put(flow, context, own.value), warnings, shown }),
    );
    return { type: 'done', answer };
  } catch (error) {
    const mayRepeat = change.type === 'patch' && !isPinned(wanted.metadata, shown);
    if (mayRepeat && isConflict(error)) return { type: 'lost', conflict: error };
    throw error;
  }
}

function put(flow: WriteFlow, context: WriteContext, object: KubeObject): ReturnType<typeof callObject> {
  return callObject(flow, context, {
    method: 'PUT',
    name: object.metadata.name,
    body: flow.kind.inVersion(object, context.version),
    query: optionsQuery(context),
  });
}

function isConflict(error: unknown): error is ApiStatusError {
  return error instanceof ApiStatusError && error.status.reason === 'Conflict';
}

interface Lost {
  readonly shown: ShownRow;
  readonly conflict: ApiStatusError;
}

/** The newer object, without waiting for the watch to tell of it. That it cannot be read leaves the conflict. */
async function refresh(flow: WriteFlow, context: WriteContext, { shown, conflict }: Lost): Promise<void> {
  const { namespace = '', name } = shown.origin.metadata;
  try {
    const answer = await callObject(flow, context, { method: 'GET', name });
    context.member.wrote(flow.kind.resource, writtenObject(context, answer));
  } catch (error) {
    throw error instanceof ApiStatusError && error.status.reason !== 'NotFound' ? conflict : error;
  }
  await flow.deps.settle({ namespace, name });
}
