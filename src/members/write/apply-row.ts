import { conflict } from '../../kube/api-errors.ts';
import { mergePatch } from '../../kube/merge-patch.ts';
import type { JsonObject, KubeObject } from '../../kube/object.ts';
import { isJsonObject, textAt } from '../../kube/object.ts';
import type { RowAnswer } from '../../kube/row-write.ts';
import { patchFault } from './accepted-version.ts';
import { takeAnswer } from './member-answer.ts';
import type { AdmissionSubject, ShownRow } from './types.ts';
import type { WriteContext } from './write-context.ts';
import { admitted, keyOfTarget, openWrite, parseNewName, refuseFaults } from './write-context.ts';
import type { WriteFlow } from './write-flow.ts';
import { callObject, optionsQuery } from './write-flow.ts';

const APPLY = 'application/apply-patch+yaml';

/**
 * Server-side apply goes to the member as it is, under the name that the object has there: the member merges, decides
 * about conflicts and keeps managedFields.
 */
export async function applyRow(flow: WriteFlow, applied: JsonObject, force: boolean): Promise<RowAnswer> {
  const { kind, write } = flow;
  const { target } = write;
  const shown = kind.row(keyOfTarget(target));
  const address =
    shown === undefined
      ? parseNewName(kind, target, undefined)
      : { cluster: shown.cluster, name: shown.origin.metadata.name };
  const context = await openWrite(flow, address, true);
  const wanted = {
    uid: textAt(applied, 'metadata', 'uid'),
    resourceVersion: textAt(applied, 'metadata', 'resourceVersion'),
  };
  refuseOtherObject(context, wanted, shown);
  const own = kind.unprojectApplied(applied, { cluster: context.member.cluster, name: address.name });
  if (!own.ok) throw refuseFaults(target, own.error);
  const body = withOrigin(own.value, wanted, shown);
  const object = mergedObject(context, body, shown);
  const subject: AdmissionSubject =
    shown === undefined
      ? { operation: 'CREATE', object, oldObject: undefined }
      : { operation: 'UPDATE', object, oldObject: shown.origin };
  return admitted(context, subject, async (warnings) => {
    const answer = await callObject(flow, context, {
      method: 'PATCH',
      name: address.name,
      body: { ...body, apiVersion: `${kind.group}/${context.version}`, kind: kind.kind },
      contentType: APPLY,
      query: { ...optionsQuery(context), ...(force ? { force: 'true' } : {}) },
    });
    return takeAnswer(context, { answer, warnings, shown });
  });
}

interface Preconditions {
  readonly uid: string | undefined;
  readonly resourceVersion: string | undefined;
}

function refuseOtherObject({ write }: WriteContext, wanted: Preconditions, shown: ShownRow | undefined): void {
  const { target } = write;
  if (wanted.uid === undefined && wanted.resourceVersion === undefined) return;
  if (shown === undefined) {
    // kube-apiserver creates the object whatever version is named.
    if (wanted.uid === undefined) return;
    const because = `uid mismatch: the provided object specified uid ${wanted.uid}, and no existing object was found`;
    throw conflict(target, target.name, because);
  }
  const { name } = shown.row.metadata;
  const fault = patchFault(
    {
      name,
      ...(wanted.uid === undefined ? {} : { uid: wanted.uid }),
      ...(wanted.resourceVersion === undefined ? {} : { resourceVersion: wanted.resourceVersion }),
    },
    shown,
    target,
  );
  if (fault !== undefined) throw fault;
}

/** The row's uid and version become those of the member's object. */
function withOrigin(body: JsonObject, wanted: Preconditions, shown: ShownRow | undefined): JsonObject {
  const metadata = isJsonObject(body['metadata']) ? body['metadata'] : {};
  const { uid, resourceVersion } = shown?.origin.metadata ?? {};
  const own = {
    ...metadata,
    ...(wanted.uid === undefined || uid === undefined ? {} : { uid }),
    ...(wanted.resourceVersion === undefined || resourceVersion === undefined ? {} : { resourceVersion }),
  };
  return { ...body, metadata: own };
}

/** What our rules look at: nearly what the member will make of it, but for what an apply takes away. */
function mergedObject({ kind }: WriteContext, body: JsonObject, shown: ShownRow | undefined): KubeObject {
  const base: KubeObject = shown?.origin ?? {
    apiVersion: '',
    kind: kind.kind,
    metadata: { name: textAt(body, 'metadata', 'name') ?? '' },
  };
  const merged = mergePatch(base, body);
  return isJsonObject(merged) && isJsonObject(merged['metadata'])
    ? kind.toStorage({ ...base, ...merged, metadata: { ...base.metadata, ...merged['metadata'] } })
    : base;
}
