import { isJsonObject } from '../kube/object.ts';
import type { JsonObject, KubeObject } from '../kube/object.ts';
import type { ExampleMember, ExamplePort } from './example.ts';
import { exampleExport } from './example.ts';
import type { ObjectAccess } from './member-cluster.ts';

/** Time between two changes of the example. */
export const CHANGE_INTERVAL_MS = 4_000;

const NAMESPACE = 'prod';
const METRICS: ExamplePort = { name: 'metrics', port: 9100 };

/** The members of the example, as far as its changes need them. */
export type ExampleAccess = Readonly<Record<ExampleMember, ObjectAccess>>;

export interface ExampleChangesDeps {
  readonly members: ExampleAccess;
  /** Runs something later, once; the result cancels it. */
  readonly schedule: (run: () => void, delayMs: number) => () => void;
  /** A step that failed is left out; the next one comes in its time. */
  readonly onError: (error: unknown) => void;
}

/** Each step undoes itself in a later one: after all of them the example is as it was. */
const STEPS: readonly ((members: ExampleAccess) => void)[] = [
  ({ north }) => exportApi(north),
  ({ west }) => changeService(west, 'api', withMetricsPort),
  ({ north }) => unexportApi(north),
  ({ west }) => changeService(west, 'cart', (spec) => ({ ...spec, sessionAffinity: 'None' })),
  ({ west }) => changeService(west, 'api', withoutMetricsPort),
  ({ west }) => changeService(west, 'cart', (spec) => ({ ...spec, sessionAffinity: 'ClientIP' })),
];

/**
 * Lets the example change slowly and for ever, always in the same order, so that a watch shows life: an export joins and
 * leaves, a port comes and goes, a conflict ends and returns. What somebody deleted by hand stays away. Returns the stop.
 */
export function startExampleChanges({ members, schedule, onError }: ExampleChangesDeps): () => void {
  let next = 0;
  let cancel = (): void => undefined;
  const plan = (): void => {
    cancel = schedule(step, CHANGE_INTERVAL_MS);
  };
  const step = (): void => {
    try {
      STEPS[next % STEPS.length]?.(members);
    } catch (error) {
      onError(error);
    }
    next += 1;
    plan();
  };
  plan();
  return () => cancel();
}

function exportApi(member: ObjectAccess): void {
  const isExportable = member.get('services', NAMESPACE, 'api') !== undefined;
  if (!isExportable || member.get('serviceexports', NAMESPACE, 'api') !== undefined) return;
  member.create('serviceexports', exampleExport(NAMESPACE, 'api', { exportedLabels: { team: 'shop' } }));
}

function unexportApi(member: ObjectAccess): void {
  if (member.get('serviceexports', NAMESPACE, 'api') === undefined) return;
  member.remove('serviceexports', NAMESPACE, 'api');
}

function changeService(member: ObjectAccess, name: string, change: (spec: JsonObject) => JsonObject): void {
  const service: KubeObject | undefined = member.get('services', NAMESPACE, name);
  if (service === undefined || !isJsonObject(service.spec)) return;
  member.replace('services', { ...service, spec: change(service.spec) });
}

function withMetricsPort(spec: JsonObject): JsonObject {
  return { ...spec, ports: [...otherPorts(spec), { ...METRICS, protocol: 'TCP' }] };
}

function withoutMetricsPort(spec: JsonObject): JsonObject {
  return { ...spec, ports: otherPorts(spec) };
}

function otherPorts({ ports }: JsonObject): readonly JsonObject[] {
  return Array.isArray(ports) ? ports.filter(isJsonObject).filter(({ name }) => name !== METRICS.name) : [];
}
