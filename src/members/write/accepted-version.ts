import { conflict, fieldInvalid, invalid } from '../../kube/api-errors.ts';
import type { ApiStatusError } from '../../kube/api-status.ts';
import type { ObjectMeta } from '../../kube/object.ts';
import { formatRevision, parseRevision } from '../../kube/revision.ts';
import type { RowTarget } from '../../kube/row-write.ts';
import type { ShownRow } from './types.ts';

const MODIFIED = 'the object has been modified; please apply your changes to the latest version and try again';

/**
 * Whether a resourceVersion that a client read still stands for the member's object as it is shown. The row also changes
 * when another cluster's export conflicts with it or no longer does: that must not fail a write, so every revision counts
 * since the member's own object last changed.
 */
export function isAcceptedVersion(text: string, { revision, originSince }: ShownRow): boolean {
  const read = parseRevision(text);
  return read !== undefined && read >= originSince && read <= revision;
}

/** PUT must name the version that it replaces (custom resources have no unconditional update). */
export function updateFault(wanted: ObjectMeta, shown: ShownRow, target: RowTarget): ApiStatusError | undefined {
  const { uid } = shown.row.metadata;
  if (wanted.uid !== undefined && wanted.uid !== '' && wanted.uid !== uid) {
    const because = `Precondition failed: UID in precondition: ${wanted.uid}, UID in object meta: ${uid ?? ''}`;
    return conflict(target, target.name, because);
  }
  const version = wanted.resourceVersion ?? '';
  if (version === '' || version === '0') {
    const cause = fieldInvalid('metadata.resourceVersion', 0, 'must be specified for an update');
    // kube-apiserver names the resource here where it otherwise names the kind.
    return invalid({ ...target, kind: target.resource }, target.name, [cause]);
  }
  return isAcceptedVersion(version, shown) ? undefined : conflict(target, target.name, MODIFIED);
}

/** Whether a patch itself says which version it is for. */
export function isPinned(wanted: ObjectMeta, { row }: ShownRow): boolean {
  const version = wanted.resourceVersion ?? '';
  return version !== '' && version !== row.metadata.resourceVersion;
}

export function patchFault(wanted: ObjectMeta, shown: ShownRow, target: RowTarget): ApiStatusError | undefined {
  const { uid } = shown.row.metadata;
  if (wanted.uid !== undefined && wanted.uid !== uid) {
    return invalid(target, target.name, [fieldInvalid('metadata.uid', wanted.uid, 'field is immutable')]);
  }
  if (!isPinned(wanted, shown) || isAcceptedVersion(wanted.resourceVersion ?? '', shown)) return undefined;
  return conflict(target, target.name, MODIFIED);
}

/** The preconditions of a deletion, which name the row's uid and version. */
export function preconditionFault(
  wanted: { readonly uid?: string; readonly resourceVersion?: string },
  shown: ShownRow,
  target: RowTarget,
): ApiStatusError | undefined {
  const { uid } = shown.row.metadata;
  // kube-apiserver names the kind here where it otherwise names the resource.
  const refuse = (because: string): ApiStatusError =>
    conflict({ ...target, resource: target.kind }, target.name, because);
  if (wanted.uid !== undefined && wanted.uid !== uid) {
    return refuse(
      `the UID in the precondition (${wanted.uid}) does not match the UID in record (${uid ?? ''}). The object might have been deleted and then recreated`,
    );
  }
  const version = wanted.resourceVersion;
  if (version === undefined || isAcceptedVersion(version, shown)) return undefined;
  return refuse(
    `the ResourceVersion in the precondition (${version}) does not match the ResourceVersion in record (${formatRevision(shown.revision)}). The object might have been modified`,
  );
}
