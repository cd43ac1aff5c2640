import type { ApiStatusError } from '../../kube/api-status.ts';
import { forbidden, internalError, invalid, serviceUnavailable } from '../../kube/api-errors.ts';
import { parseClusterId } from '../../kube/cluster-id.ts';
import { isJsonObject } from '../../kube/object.ts';
import type { KubeObject } from '../../kube/object.ts';
import { exhausted } from '../../kube/outcome.ts';
import type { RowWrite, RowWrites } from '../../kube/row-write.ts';
import { createOverlayWrites } from '../../profiles/index.ts';
import type { OverlayWritesDeps, Profiles } from '../../profiles/index.ts';
import type { AdmissionContext, AdmissionDecision } from '../../resources/index.ts';
import { definitions, evaluateRules, pruned, schemaFaults, unknownFields } from '../../resources/index.ts';

const PROFILES = 'clusterprofiles';

export interface OverlayKindsDeps {
  readonly profiles: Profiles;
  readonly admission: AdmissionContext;
}

/** Writes of ClusterProfiles stay here; everything else goes to the members that hold the objects. */
export function withOverlayWrites(rows: RowWrites, deps: OverlayKindsDeps): RowWrites {
  const overlay = createOverlayWrites({ profiles: deps.profiles, check, admit: admitBy(deps.admission) });
  const of = ({ target }: RowWrite): RowWrites => (target.resource === PROFILES ? overlay : rows);
  return {
    create: (write, row) => of(write).create(write, row),
    change: (write, change) => of(write).change(write, change),
    apply: (write, applied, force) => of(write).apply(write, applied, force),
    remove: (write, deletion) => of(write).remove(write, deletion),
  };
}

const definition = definitions.find(({ resource }) => resource === PROFILES);

/** As the version of the request sees the object: fields that it does not know are cut. */
function check(object: KubeObject, versionName: string): ReturnType<OverlayWritesDeps['check']> {
  const version = definition?.versions.find(({ name }) => name === versionName);
  if (version === undefined) throw new Error(`there is no version ${versionName} of ${PROFILES}`);
  const seen = version.fromStorage(object);
  return {
    object: version.toStorage(pruned(seen, version.schema)),
    unknown: unknownFields(seen, version.schema),
    faults: schemaFaults(withoutNullConditions(seen), version.schema),
  };
}

/** What every Go client of v1alpha1 sends without conditions; the schema knows no null. */
function withoutNullConditions(object: KubeObject): KubeObject {
  const { status } = object;
  if (!isJsonObject(status) || status['conditions'] !== null) return object;
  const entries = Object.entries(status).filter(([field]) => field !== 'conditions');
  return { ...object, status: Object.fromEntries(entries) };
}

function admitBy(admission: AdmissionContext): OverlayWritesDeps['admit'] {
  return (write, { object, oldObject }) => {
    const { target, user, options } = write;
    const cluster = parseClusterId(target.name);
    if (!cluster.ok) return [];
    const decision = evaluateRules(
      definition?.rules ?? [],
      {
        ...{ operation: 'UPDATE', object, oldObject, user, cluster: cluster.value },
        ...{ subresource: target.subresource, requestVersion: target.version, dryRun: options.dryRun },
      },
      admission,
    );
    for (const warning of decision.type === 'allow' || decision.type === 'fail' ? [] : decision.warnings) {
      write.warn(warning);
    }
    if (decision.type === 'allow') return decision.warnings;
    throw refusal(write, decision);
  };
}

function refusal({ target }: RowWrite, decision: Exclude<AdmissionDecision, { type: 'allow' }>): ApiStatusError {
  switch (decision.type) {
    case 'deny':
      return invalid(target, target.name, decision.causes);
    case 'forbid':
      return forbidden(target, target.name, decision.because);
    case 'unavailable':
      return serviceUnavailable(decision.because, decision.retryAfterSeconds);
    case 'fail':
      return internalError(`the admission rule ${decision.failure.rule} failed`, decision.failure.error);
    default:
      return exhausted(decision);
  }
}
