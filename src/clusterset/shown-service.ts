import { parseJson, stringifyJson } from '../kube/json.ts';
import { compareText, isJsonObject, type JsonObject, type KubeObject, type ObjectKey } from '../kube/object.ts';
import { reachableFamilies } from './constituent.ts';
import type { Exporter } from './exporter.ts';
import { readServiceFacts, serviceTypeOf } from './service-facts.ts';
import { type ServicePort, toImportPort } from './service-port.ts';

/** Ports of a Service in the text that its row carries; those that do not fit are left out, and counted. */
export const PORTS_BYTES_MAX = 16 * 1024;

/** The settings of a Service's session affinity in that text; what kube-apiserver accepts is far smaller. */
const AFFINITY_CONFIG_BYTES_MAX = 256;

/**
 * What the rules read of an export's Service, as the text that its row carries: the fields of a Service spec, sorted and
 * without spaces, so that who reads rows can judge as who reads the members. The IP families are those that can be reached,
 * whatever EndpointSlices they were found in. Undefined where there is no Service that could count.
 */
export function showService({
  service,
  sliceFamilies,
}: Pick<Exporter, 'service' | 'sliceFamilies'>): string | undefined {
  if (service === undefined || (service.metadata.deletionTimestamp ?? undefined) !== undefined) return undefined;
  const facts = readServiceFacts(service);
  const { sessionAffinityConfig: config } = facts;
  const isConfigShown = config !== undefined && byteLength(stringifyJson(config)) <= AFFINITY_CONFIG_BYTES_MAX;
  const { shown, leftOut } = fitPorts(facts.ports);
  return stringifyJson({
    clusterIP: facts.type === 'Headless' ? 'None' : undefined,
    internalTrafficPolicy: facts.internalTrafficPolicy,
    ipFamilies: reachableFamilies(facts, sliceFamilies),
    ports: shown.length === 0 ? undefined : shown,
    portsLeftOut: leftOut === 0 ? undefined : leftOut,
    sessionAffinity: facts.sessionAffinity,
    sessionAffinityConfig: isConfigShown ? config : undefined,
    trafficDistribution: facts.trafficDistribution,
    type: serviceTypeOf(service),
  });
}

/** The Service that a row tells of, as the rules read it; undefined for a text that is none of ours. */
export function readShownService(text: string, { namespace, name }: ObjectKey): KubeObject | undefined {
  const spec = parseSpec(text);
  return spec === undefined ? undefined : { apiVersion: 'v1', kind: 'Service', metadata: { namespace, name }, spec };
}

function parseSpec(text: string): JsonObject | undefined {
  try {
    const spec = parseJson(text);
    return isJsonObject(spec) ? spec : undefined;
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

function fitPorts(ports: readonly ServicePort[]): { readonly shown: readonly JsonObject[]; readonly leftOut: number } {
  const shown: JsonObject[] = [];
  let bytes = 0;
  for (const port of ports.map(sortedPort)) {
    bytes += byteLength(stringifyJson(port)) + 1;
    if (bytes > PORTS_BYTES_MAX) break;
    shown.push(port);
  }
  return { shown, leftOut: ports.length - shown.length };
}

function sortedPort(port: ServicePort): JsonObject {
  return Object.fromEntries(Object.entries(toImportPort(port)).sort(([a], [b]) => compareText(a, b)));
}

function byteLength(text: string): number {
  return Buffer.byteLength(text, 'utf8');
}
