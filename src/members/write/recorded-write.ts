import { internalError } from '../../kube/api-errors.ts';
import { ApiStatusError } from '../../kube/api-status.ts';
import type { RowAnswer, RowDeletionAnswer, RowWrite } from '../../kube/row-write.ts';
import type { RowAddress, RowWritesDeps, WriteRecord, WriteVerb } from './types.ts';

const OK = 200;
const CREATED = 201;

/** Takes what rules want to be in the audit line; the last judgement counts. */
export type NoteOfRules = (annotations: WriteRecord['auditAnnotations']) => void;

export interface RecordedWrite {
  readonly write: RowWrite;
  readonly verb: WriteVerb;
  readonly to: WriteRecord['to'];
  /** As far as the request knows it; for a name that the member makes, what it begins with. */
  readonly rowName: string;
  /** Where the object of a row lies; undefined for a name that no row has. */
  readonly addressOf: (rowName: string) => RowAddress | undefined;
}

interface Ending {
  readonly code: number;
  readonly reason: string | undefined;
  /** Of the row that was answered with. */
  readonly rowName: string | undefined;
}

/** Tells of a write when it is over, however it ended. */
export async function recordedWrite<T extends RowAnswer | RowDeletionAnswer>(
  { record, monotonic }: Pick<RowWritesDeps, 'record' | 'monotonic'>,
  of: RecordedWrite,
  work: (note: NoteOfRules) => Promise<T>,
): Promise<T> {
  const startedMs = monotonic();
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
    record({ ...recordOf(of, ending), ...notes, durationMs: monotonic() - startedMs });
  }
}

function recordOf(of: RecordedWrite, ending: Ending): Omit<WriteRecord, 'durationMs' | 'auditAnnotations'> {
  const { write, verb, to } = of;
  const { target, user, auditId, options } = write;
  const { cluster, name } = of.addressOf(ending.rowName ?? of.rowName) ?? { cluster: '', name: target.name };
  const isMade = target.name !== '' || ending.rowName !== undefined;
  return {
    ...{ user, verb, to, cluster, auditId, code: ending.code, reason: ending.reason },
    name: isMade ? name : '',
    resource: target.subresource === '' ? target.resource : `${target.resource}/${target.subresource}`,
    namespace: target.namespace,
    dryRun: options.dryRun,
  };
}
