import type { KubeObject } from '../../kube/object.ts';
import { textAt } from '../../kube/object.ts';
import type { RowAnswer, RowDeletionAnswer, RowTarget, RowWrite, RowWrites } from '../../kube/row-write.ts';
import { applyRow } from './apply-row.ts';
import { changeRow } from './change-row.ts';
import { createRow } from './create-row.ts';
import { createMemberCalls } from './member-call.ts';
import { recordedWrite } from './recorded-write.ts';
import { removeRow } from './remove-row.ts';
import { createVersionChoice } from './served-versions.ts';
import type { ProjectedKind, RowWritesDeps, WriteVerb } from './types.ts';
import type { WriteFlow } from './write-flow.ts';

/**
 * Writes of every projected kind. Each goes through to one member at once or fails: nothing is queued, nothing is
 * repeated that may have been done, and what cannot be known is said to be unknown.
 */
export function createRowWrites(deps: RowWritesDeps): RowWrites {
  const chooseVersion = createVersionChoice(deps.monotonic);
  const callMember = createMemberCalls();
  const recorded = <T extends RowAnswer | RowDeletionAnswer>(
    write: RowWrite,
    { verb, rowName }: { readonly verb: WriteVerb; readonly rowName: string },
    work: (flow: WriteFlow) => Promise<T>,
  ): Promise<T> => {
    const kind = kindOf(deps, write.target);
    const addressOf = (name: string): { cluster: string; name: string } | undefined => {
      const address = kind?.parseRowName(name);
      return address?.ok === true ? address.value : undefined;
    };
    return recordedWrite(deps, { write, verb, to: 'member', rowName, addressOf }, (note) => {
      if (kind === undefined) throw new Error(`${write.target.resource} has no rows`);
      return work({ deps, chooseVersion, callMember, kind, write, note });
    });
  };
  return {
    create: (write, row) =>
      recorded(write, { verb: 'create', rowName: newRowName(row) }, (flow) => createRow(flow, row)),
    change: (write, change) =>
      recorded(write, { verb: change.type, rowName: write.target.name }, (flow) => changeRow(flow, change)),
    apply: (write, applied, force) =>
      recorded(write, { verb: 'apply', rowName: write.target.name }, (flow) => applyRow(flow, applied, force)),
    remove: (write, deletion) =>
      recorded(write, { verb: 'delete', rowName: write.target.name }, (flow) => removeRow(flow, deletion)),
  };
}

function kindOf({ kinds, inMember }: RowWritesDeps, { resource, member }: RowTarget): ProjectedKind | undefined {
  const kind = kinds.find((one) => one.resource === resource);
  return kind === undefined || member === undefined ? kind : inMember?.(kind, member);
}

function newRowName({ metadata }: KubeObject): string {
  return metadata.name === '' ? (textAt(metadata, 'generateName') ?? '') : metadata.name;
}
