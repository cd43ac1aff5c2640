import type { ProfileRecord } from '../clusterset/index.ts';
import { changeObject, changeStatus, profileObject } from '../clusterset/index.ts';
import { DurableError } from '../durable/index.ts';
import type { FieldCause } from '../kube/api-errors.ts';
import {
  badRequest,
  conflict,
  fieldInvalid,
  internalError,
  invalid,
  methodNotAllowed,
  notFound,
  requestTooLarge,
  serviceUnavailable,
  timedOut,
} from '../kube/api-errors.ts';
import { ApiStatusError } from '../kube/api-status.ts';
import type { ClusterId } from '../kube/cluster-id.ts';
import { goQuoted } from '../kube/go-quote.ts';
import { parseClusterId } from '../kube/cluster-id.ts';
import { isJsonObject } from '../kube/object.ts';
import type { JsonObject, JsonValue, KubeObject } from '../kube/object.ts';
import type { RowAnswer, RowChange, RowTarget, RowWrite, RowWrites } from '../kube/row-write.ts';
import type { HeldProfile } from './settle-member.ts';
import type { Profiles } from './profiles.ts';

/** JSON of what other writers keep in one profile: with what is computed it stays below what API servers take. */
const OVERLAY_BYTES_MAX = 512 * 1024;
/** After 503 for a record that cannot be read. */
const RETRY_AFTER_SECONDS = 5;

/** v1alpha1 alone has it. */
const HIDDEN_FIELD = 'credentialProviders';

const MODIFIED = 'the object has been modified; please apply your changes to the latest version and try again';
const NO_APPLY =
  'server-side apply of clusterprofiles is not supported: what is computed has the manager "clusterset-apiserver"; ' +
  'use an update, a JSON patch or a merge patch for fields of your own';

/** What the schema of the request's version says to an object. */
export interface SchemaFindings {
  /** Without the fields that the version does not know, in the storage version. */
  readonly object: KubeObject;
  /** Their paths. */
  readonly unknown: readonly string[];
  readonly faults: readonly FieldCause[];
}

export interface OverlayWritesDeps {
  readonly profiles: Pick<Profiles, 'edit' | 'couldHold'>;
  /** Judges an object in the storage version by the schema of a version. */
  readonly check: (object: KubeObject, version: string) => SchemaFindings;
  /** What rules say to a change: their warnings; throws ApiStatusError when they refuse. */
  readonly admit: (write: RowWrite, change: JudgedChange) => Promise<readonly string[]>;
}

/** Objects are whole and in the storage version. */
export interface JudgedChange {
  readonly cluster: ClusterId;
  readonly object: KubeObject;
  readonly oldObject: KubeObject;
}

/** Writes of what other writers keep in profiles: nothing of it goes to a member, and nothing that is computed changes. */
export function createOverlayWrites(deps: OverlayWritesDeps): RowWrites {
  return {
    create: ({ target }) => Promise.reject(methodNotAllowed(target, 'create')),
    remove: ({ target }) => Promise.reject(methodNotAllowed(target, 'delete')),
    apply: () => Promise.reject(new ApiStatusError('UnsupportedMediaType', NO_APPLY)),
    change: async (write, change) => {
      try {
        return await changeProfile(deps, write, change);
      } catch (error) {
        throw change.failure?.(error) ?? error;
      }
    },
  };
}

interface Judged {
  readonly record: ProfileRecord;
  readonly warnings: readonly string[];
}

async function changeProfile(deps: OverlayWritesDeps, write: RowWrite, change: RowChange): Promise<RowAnswer> {
  const { target, options } = write;
  const key = { namespace: target.namespace, name: target.name };
  let judged: Judged | undefined;
  const edit = async (held: HeldProfile): Promise<ProfileRecord> => {
    const found = await judge(deps, { write, change }, held);
    judged = found;
    if (write.isOver()) throw timedOut('the client did not wait; nothing was written');
    return options.dryRun ? held.record : found.record;
  };
  const held = await kept(() => deps.profiles.edit(key, edit));
  if (held === undefined) throw absent(deps, target);
  const { stored, record } = held;
  const warnings = judged?.warnings ?? [];
  if (!options.dryRun || judged === undefined) return { row: stored.object, created: false, warnings };
  const object = profileObject(clusterOf(target), judged.record);
  const { resourceVersion } = stored.object.metadata;
  const rehearsed = {
    ...object,
    metadata: { ...object.metadata, ...(resourceVersion === undefined ? {} : { resourceVersion }) },
  };
  return { row: judged.record === record ? stored.object : rehearsed, created: false, warnings };
}

async function judge(
  deps: OverlayWritesDeps,
  { write, change }: { readonly write: RowWrite; readonly change: RowChange },
  { stored, record }: HeldProfile,
): Promise<Judged> {
  const { target, options } = write;
  const shown = stored.object;
  const asked = change.change(shown);
  assertCurrent(target, { asked, shown, isUpdate: change.type === 'update' });
  const found = deps.check(partOf(target, asked, shown), target.version);
  const warnings = reportUnknown(found.unknown, options.fieldValidation, target);
  if (found.faults.length > 0) throw invalid(target, target.name, found.faults);
  const parts = { record, shown, wanted: found.object };
  const next = target.subresource === 'status' ? changeStatus(parts) : changeObject(parts);
  if (!next.ok) throw invalid(target, target.name, next.error);
  if (next.value !== record && Buffer.byteLength(JSON.stringify(next.value.overlay)) > OVERLAY_BYTES_MAX) {
    throw requestTooLarge(`what other writers keep in one profile is limited to ${OVERLAY_BYTES_MAX} bytes`);
  }
  const cluster = clusterOf(target);
  const object = profileObject(cluster, next.value);
  const told = await deps.admit(write, { cluster, object, oldObject: shown });
  return { record: next.value, warnings: [...warnings, ...told] };
}

/** A write of the status is of nothing else, and any other write not of it. */
function partOf({ subresource, version }: RowTarget, asked: KubeObject, shown: KubeObject): KubeObject {
  if (subresource !== 'status') return { ...asked, status: shown.status ?? {} };
  return withHidden({ ...shown, status: asked.status ?? {} }, shown, version);
}

/** A version that has no field for something leaves it as it is. */
function withHidden(asked: KubeObject, shown: KubeObject, version: string): KubeObject {
  if (version === 'v1alpha1') return asked;
  const hidden = fieldsOf(shown.status)[HIDDEN_FIELD];
  const entries = Object.entries(fieldsOf(asked.status)).filter(([field]) => field !== HIDDEN_FIELD);
  return {
    ...asked,
    status: { ...Object.fromEntries(entries), ...(hidden === undefined ? {} : { [HIDDEN_FIELD]: hidden }) },
  };
}

function fieldsOf(value: JsonValue | undefined): JsonObject {
  return isJsonObject(value) ? value : {};
}

interface Asked {
  readonly asked: KubeObject;
  readonly shown: KubeObject;
  readonly isUpdate: boolean;
}

/** As kube-apiserver does for custom resources: an update names the version that it replaces, a patch may. */
function assertCurrent(target: RowTarget, versions: Asked): void {
  assertSame(target, versions);
  const { asked, shown, isUpdate } = versions;
  const { resourceVersion = '' } = asked.metadata;
  if (resourceVersion !== '' && resourceVersion !== '0') {
    if (resourceVersion !== shown.metadata.resourceVersion) throw conflict(target, target.name, MODIFIED);
  } else if (isUpdate) {
    const cause = fieldInvalid('metadata.resourceVersion', 0, 'must be specified for an update');
    throw invalid({ ...target, kind: target.resource }, target.name, [cause]);
  }
}

function assertSame(target: RowTarget, { asked, shown, isUpdate }: Asked): void {
  const { uid = '' } = asked.metadata;
  if (uid === '' || uid === shown.metadata.uid) return;
  const uids = `UID in precondition: ${uid}, UID in object meta: ${shown.metadata.uid ?? ''}`;
  throw isUpdate
    ? conflict(target, target.name, `Precondition failed: ${uids}`)
    : invalid(target, target.name, [fieldInvalid('metadata.uid', uid, 'field is immutable')]);
}

function reportUnknown(
  unknown: readonly string[],
  validation: RowWrite['options']['fieldValidation'],
  { kind, version }: RowTarget,
): readonly string[] {
  if (unknown.length === 0 || validation === 'Ignore') return [];
  const faults = unknown.map((path) => `unknown field ${goQuoted(path)}`);
  if (validation === 'Warn') return faults;
  const why = `strict decoding error: ${faults.join(', ')}`;
  throw badRequest(`${kind} in version "${version}" cannot be handled as a ${kind}: ${why}`);
}

/** What is said when a change cannot be kept. */
async function kept<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof DurableError)) throw error;
    // Whether it was kept is not known where the answer was lost: no Retry-After, so that nobody repeats it unseen.
    throw new ApiStatusError('ServiceUnavailable', `the change cannot be kept: ${error.type}`, { cause: error });
  }
}

function absent({ profiles }: OverlayWritesDeps, target: RowTarget): ApiStatusError {
  const holders = profiles.couldHold({ namespace: target.namespace, name: target.name });
  if (holders.length === 0) return notFound(target, target.name);
  const text = `whether ${target.resource} "${target.name}" exists is unknown: its record cannot be read`;
  return serviceUnavailable(text, RETRY_AFTER_SECONDS);
}

/** Profiles are called as their members. */
function clusterOf({ name }: RowTarget): ClusterId {
  const cluster = parseClusterId(name);
  if (!cluster.ok) throw internalError('a profile has the name of no member', undefined);
  return cluster.value;
}
