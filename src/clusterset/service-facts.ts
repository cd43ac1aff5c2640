import { isJsonObject, type JsonObject, type KubeObject } from '../kube/object.ts';
import { type IpFamily, parseIpFamily } from './ip-family.ts';
import { parseServicePorts, type ServicePort } from './service-port.ts';

export type ServiceImportType = 'ClusterSetIP' | 'Headless';

/** What the merge reads of a Service spec. Absent and malformed are the same. */
export interface ServiceFacts {
  readonly type: ServiceImportType;
  readonly ports: readonly ServicePort[];
  readonly sessionAffinity: string | undefined;
  readonly sessionAffinityConfig: JsonObject | undefined;
  readonly internalTrafficPolicy: string | undefined;
  readonly trafficDistribution: string | undefined;
  /** Without duplicates; undefined when the Service names none. */
  readonly ipFamilies: readonly IpFamily[] | undefined;
  readonly selectorless: boolean;
}

/** The type of a Service, ClusterIP when it has none. */
export function serviceTypeOf(service: KubeObject): string {
  return textOf(specOf(service)['type']) ?? 'ClusterIP';
}

export function readServiceFacts(service: KubeObject): ServiceFacts {
  const spec = specOf(service);
  const config = spec['sessionAffinityConfig'];
  return {
    type: spec['clusterIP'] === 'None' ? 'Headless' : 'ClusterSetIP',
    ports: parseServicePorts(spec['ports']),
    sessionAffinity: textOf(spec['sessionAffinity']),
    sessionAffinityConfig: isJsonObject(config) ? config : undefined,
    internalTrafficPolicy: textOf(spec['internalTrafficPolicy']),
    trafficDistribution: textOf(spec['trafficDistribution']),
    ipFamilies: parseFamilies(spec['ipFamilies']),
    selectorless: !hasSelector(spec['selector']),
  };
}

function specOf(service: KubeObject): JsonObject {
  const spec: unknown = service.spec;
  return isJsonObject(spec) ? spec : {};
}

function textOf(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined;
}

function parseFamilies(value: unknown): readonly IpFamily[] | undefined {
  if (!Array.isArray(value)) return undefined;
  const families: IpFamily[] = [];
  for (const item of value) {
    const family = parseIpFamily(item);
    if (family !== undefined && !families.includes(family)) families.push(family);
  }
  return families.length === 0 ? undefined : families;
}

/** A cut Service may say only that it has a selector; an empty selector selects nothing. */
function hasSelector(value: unknown): boolean {
  return value === true || (isJsonObject(value) && Object.keys(value).length > 0);
}
