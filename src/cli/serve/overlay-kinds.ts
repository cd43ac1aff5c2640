import { isJsonObject } from '../../kube/object.ts';
import type { KubeObject } from '../../kube/object.ts';
import type { RowAnswer, RowDeletionAnswer, RowWrite, RowWrites } from '../../kube/row-write.ts';
import { recordedWrite, takeAdmission } from '../../members/write/index.ts';
import type { NoteOfRules, RowWritesDeps, WriteVerb } from '../../members/write/index.ts';
import { createOverlayWrites } from '../../profiles/index.ts';
import type { OverlayWritesDeps, Profiles } from '../../profiles/index.ts';
import { definitionOf, pruned, schemaFaults, unknownFields, withoutNullFields } from '../../resources/index.ts';
import type { JudgeWrite } from './write-judge.ts';

const PROFILES = 'clusterprofiles';

export interface OverlayKindsDeps extends Pick<RowWritesDeps, 'record' | 'monotonic'> {
  readonly profiles: Pick<Profiles, 'edit' | 'couldHold'>;
  readonly judge: JudgeWrite;
}

/** Writes of ClusterProfiles stay here; everything else goes to the members that hold the objects. */
export function withOverlayWrites(rows: RowWrites, deps: OverlayKindsDeps): RowWrites {
  const recorded = <T extends RowAnswer | RowDeletionAnswer>(
    write: RowWrite,
    verb: WriteVerb,
    work: (overlay: RowWrites) => Promise<T>,
  ): Promise<T> => {
    const rowName = write.target.name;
    // A profile is called as its member.
    const addressOf = (name: string): { cluster: string; name: string } => ({ cluster: name, name });
    return recordedWrite(deps, { write, verb, to: 'profile', rowName, addressOf }, (note) =>
      work(createOverlayWrites({ profiles: deps.profiles, check, admit: admitBy(deps.judge, note) })),
    );
  };
  return {
    create: (write, row) =>
      isOfProfile(write) ? recorded(write, 'create', (overlay) => overlay.create(write, row)) : rows.create(write, row),
    change: (write, change) =>
      isOfProfile(write)
        ? recorded(write, change.type, (overlay) => overlay.change(write, change))
        : rows.change(write, change),
    apply: (write, applied, force) =>
      isOfProfile(write)
        ? recorded(write, 'apply', (overlay) => overlay.apply(write, applied, force))
        : rows.apply(write, applied, force),
    remove: (write, deletion) =>
      isOfProfile(write)
        ? recorded(write, 'delete', (overlay) => overlay.remove(write, deletion))
        : rows.remove(write, deletion),
  };
}

function isOfProfile({ target }: RowWrite): boolean {
  return target.resource === PROFILES;
}

const definition = definitionOf(PROFILES);

/** As the version of the request sees the object: fields that it does not know are cut. */
function check(object: KubeObject, versionName: string): ReturnType<OverlayWritesDeps['check']> {
  const version = definition.versions.find(({ name }) => name === versionName);
  if (version === undefined) throw new Error(`there is no version ${versionName} of ${PROFILES}`);
  const { schema } = version;
  const seen = version.fromStorage(object);
  const whole = withoutNullFields(seen, schema);
  return {
    object: version.toStorage(withNullConditions(seen, pruned(whole, schema))),
    unknown: unknownFields(seen, schema),
    faults: schemaFaults(whole, schema),
  };
}

/** What every Go client of v1alpha1 sends without conditions: it is not the same as none. */
function withNullConditions(seen: KubeObject, whole: KubeObject): KubeObject {
  const isNull = isJsonObject(seen.status) && seen.status['conditions'] === null;
  return isNull && isJsonObject(whole.status) ? { ...whole, status: { ...whole.status, conditions: null } } : whole;
}

function admitBy(judge: JudgeWrite, note: NoteOfRules): OverlayWritesDeps['admit'] {
  return async (write, { cluster, object, oldObject }) => {
    const { target, user, options } = write;
    const admission = await judge(definition, {
      ...{ operation: 'UPDATE', object, oldObject, user, cluster },
      ...{ subresource: target.subresource, requestVersion: target.version, dryRun: options.dryRun },
    });
    return takeAdmission(admission, write, note).warnings;
  };
}
