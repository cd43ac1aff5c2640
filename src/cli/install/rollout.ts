import { isJsonList, isJsonObject, textAt } from '../../kube/object.ts';
import type { JsonObject, JsonValue } from '../../kube/object.ts';
import type { Look } from './awaited-state.ts';

/**
 * Whether every pod of a Deployment is one of its present template and available. Pods of an older template may not know
 * yet what they are about to be asked.
 */
export function rolloutOf(deployment: JsonObject | undefined): Look<undefined> {
  if (deployment === undefined) return { type: 'failed', reason: 'the Deployment is gone' };
  const { metadata, spec, status } = deployment;
  const title = `Deployment ${textAt(metadata, 'namespace') ?? ''}/${textAt(metadata, 'name') ?? ''}`;
  if (countAt(status, 'observedGeneration') < countAt(metadata, 'generation')) {
    return { type: 'waiting', reason: `${title} was not yet taken up by the Deployment controller` };
  }
  const progress = conditionOf(status, 'Progressing', 'False');
  if (progress !== undefined && textAt(progress, 'reason') === 'ProgressDeadlineExceeded') {
    return { type: 'failed', reason: `${title} makes no progress: ${textAt(progress, 'message') ?? ''}` };
  }
  return podsOf({ title, spec, status });
}

interface Observed {
  readonly title: string;
  readonly spec: JsonValue | undefined;
  readonly status: JsonValue | undefined;
}

function podsOf({ title, spec, status }: Observed): Look<undefined> {
  const wanted = countAt(spec, 'replicas');
  const updated = countAt(status, 'updatedReplicas');
  const available = countAt(status, 'availableReplicas');
  const hasOld = countAt(status, 'replicas') > updated;
  if (updated >= wanted && available >= wanted && !hasOld) return { type: 'reached', value: undefined };
  const failure = textAt(conditionOf(status, 'ReplicaFailure', 'True'), 'message');
  const why = failure === undefined ? '' : `: ${failure}`;
  return {
    type: 'waiting',
    reason: `${title} has ${available} of ${wanted} pods available, ${updated} of the present template${why}`,
  };
}

function countAt(value: JsonValue | undefined, name: string): number {
  const count = isJsonObject(value) ? value[name] : undefined;
  return typeof count === 'number' ? count : 0;
}

function conditionOf(status: JsonValue | undefined, type: string, value: string): JsonObject | undefined {
  const conditions = isJsonObject(status) ? status['conditions'] : undefined;
  const all = isJsonList(conditions) ? conditions.filter(isJsonObject) : [];
  return all.find((condition) => condition['type'] === type && condition['status'] === value);
}
