import { formatMicroTime } from '../../kube/time.ts';
import type { KubeConnection } from '../../connection/index.ts';
import type { ForeignDefinition, ServiceReference } from '../../hub/index.ts';
import { stringifyJson } from '../../kube/json.ts';
import type { MembersLog } from '../../members/index.ts';

const TIMEOUT_MS = 10_000;
const NOTE_CHARACTERS_MAX = 1000;
const REPORTER = 'clusterset-apiserver.dev/apiserver';

export interface ForeignEvent {
  readonly connection: KubeConnection;
  /** Our Service on the hub. */
  readonly service: ServiceReference;
  readonly definition: ForeignDefinition;
  readonly log: MembersLog;
}

/**
 * Writes one Event about our Service; that it could not be written is only logged. The definition is its related object:
 * an Event that regards something without a namespace may not be written into ours.
 */
export async function recordForeignDefinition(deps: ForeignEvent): Promise<void> {
  const { connection, service, definition, log } = deps;
  const isDefinition = definition.type === 'customResourceDefinition';
  const event = {
    apiVersion: 'events.k8s.io/v1',
    kind: 'Event',
    metadata: { generateName: 'clusterset-apiserver-', namespace: service.namespace },
    eventTime: formatMicroTime(Date.now()),
    type: 'Warning',
    reason: 'DefinitionHidden',
    action: 'Aggregate',
    note: definition.message.slice(0, NOTE_CHARACTERS_MAX),
    reportingController: REPORTER,
    reportingInstance: 'clusterset-apiserver',
    regarding: { apiVersion: 'v1', kind: 'Service', ...service },
    related: {
      apiVersion: isDefinition ? 'apiextensions.k8s.io/v1' : 'apiregistration.k8s.io/v1',
      kind: isDefinition ? 'CustomResourceDefinition' : 'APIService',
      name: definition.name,
    },
  };
  try {
    const response = await connection.request({
      method: 'POST',
      path: `/apis/events.k8s.io/v1/namespaces/${service.namespace}/events`,
      body: stringifyJson(event),
      timeoutMs: TIMEOUT_MS,
    });
    if (response.status !== 201) log.warn({ status: response.status }, 'the hub refused an Event');
  } catch (error) {
    log.warn({ err: error }, 'an Event could not be written');
  }
}
