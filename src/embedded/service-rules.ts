import type { FieldCause } from '../kube/api-errors.ts';
import { fieldDuplicate, fieldInvalid, fieldNotSupported, fieldRequired } from '../kube/api-errors.ts';
import type { JsonObject, KubeObject } from '../kube/object.ts';
import { isJsonObject } from '../kube/object.ts';
import type { AssignAddress } from './kind.ts';

const AFFINITY_TIMEOUT_SECONDS = 10_800;
const PORT_MAX = 65_535;
const TYPES = ['ClusterIP', 'ExternalName', 'LoadBalancer', 'NodePort'];
const AFFINITIES = ['ClientIP', 'None'];
const PROTOCOLS = ['SCTP', 'TCP', 'UDP'];
const HEADLESS = 'None';

/** A Service with kube-apiserver's defaults. Node ports and load balancers are not given out: there are no nodes. */
export function completeService(object: KubeObject, before: KubeObject | undefined, assign: AssignAddress): KubeObject {
  const given = specOf(object);
  const type = given['type'] ?? 'ClusterIP';
  const ports = portsOf(given);
  const spec: JsonObject = {
    ...given,
    type,
    sessionAffinity: given['sessionAffinity'] ?? 'None',
    ...(ports.length === 0 ? {} : { ports: ports.map(completePort) }),
  };
  const addressed = type === 'ExternalName' ? spec : withAddress(spec, specOf(before), assign);
  const status = isJsonObject(object.status) ? object.status : {};
  return { ...object, spec: withAffinity(addressed), status: { loadBalancer: {}, ...status } };
}

function completePort(port: JsonObject): JsonObject {
  return { ...port, protocol: port['protocol'] ?? 'TCP', targetPort: port['targetPort'] ?? port['port'] };
}

/** The address stays over updates that do not name it. */
function withAddress(spec: JsonObject, before: JsonObject, assign: AssignAddress): JsonObject {
  const families = familiesOf(spec, before);
  const named = nonEmpty(spec['clusterIP']) ?? nonEmpty(firstOf(spec['clusterIPs'])) ?? nonEmpty(before['clusterIP']);
  const clusterIP = named ?? assign(families[0] === 'IPv6' ? 'IPv6' : 'IPv4');
  const given = spec['clusterIPs'];
  return {
    ...spec,
    clusterIP,
    clusterIPs: Array.isArray(given) && given.length > 0 ? given : [clusterIP],
    ipFamilies: families,
    ipFamilyPolicy: spec['ipFamilyPolicy'] ?? (families.length > 1 ? 'RequireDualStack' : 'SingleStack'),
    internalTrafficPolicy: spec['internalTrafficPolicy'] ?? 'Cluster',
  };
}

/** A headless Service that selects no pods may have endpoints of both families. */
function familiesOf(spec: JsonObject, before: JsonObject): readonly string[] {
  const given = spec['ipFamilies'] ?? before['ipFamilies'];
  if (Array.isArray(given) && given.length > 0) return given.filter((family) => typeof family === 'string');
  const hasSelector = isJsonObject(spec['selector']) && Object.keys(spec['selector']).length > 0;
  return spec['clusterIP'] === HEADLESS && !hasSelector ? ['IPv4', 'IPv6'] : ['IPv4'];
}

function withAffinity(spec: JsonObject): JsonObject {
  const { sessionAffinityConfig, ...rest } = spec;
  if (spec['sessionAffinity'] !== 'ClientIP') return rest;
  const config = sessionAffinityConfig ?? { clientIP: { timeoutSeconds: AFFINITY_TIMEOUT_SECONDS } };
  return { ...rest, sessionAffinityConfig: config };
}

/** What kube-apiserver refuses, as far as somebody who tries things out comes across it. */
export function serviceFaults(object: KubeObject, before: KubeObject | undefined): readonly FieldCause[] {
  const spec = specOf(object);
  const ports = portsOf(spec);
  const mayLackPorts = spec['clusterIP'] === HEADLESS || spec['type'] === 'ExternalName';
  return [
    ...(ports.length === 0 && !mayLackPorts ? [fieldRequired('spec.ports', '')] : []),
    ...ports.flatMap((port, index) => portFaults(port, `spec.ports[${index}]`, ports.length > 1)),
    ...duplicates(ports),
    ...unsupported('spec.sessionAffinity', spec['sessionAffinity'], AFFINITIES),
    ...unsupported('spec.type', spec['type'], TYPES),
    ...(spec['type'] === 'ExternalName' && nonEmpty(spec['externalName']) === undefined
      ? [fieldRequired('spec.externalName', '')]
      : []),
    ...addressFaults(spec, specOf(before)),
  ];
}

function portFaults(port: JsonObject, field: string, needsName: boolean): readonly FieldCause[] {
  const { targetPort } = port;
  return [
    ...(needsName && nonEmpty(port['name']) === undefined ? [fieldRequired(`${field}.name`, '')] : []),
    ...(isPort(port['port']) ? [] : [outOfBounds(`${field}.port`, port['port'])]),
    ...unsupported(`${field}.protocol`, port['protocol'], PROTOCOLS),
    ...(typeof targetPort === 'string' || isPort(targetPort) ? [] : [outOfBounds(`${field}.targetPort`, targetPort)]),
  ];
}

function outOfBounds(field: string, value: unknown): FieldCause {
  return fieldInvalid(field, value ?? 0, `must be between 1 and ${PORT_MAX}, inclusive`);
}

function isPort(value: unknown): boolean {
  return Number.isInteger(value) && Number(value) >= 1 && Number(value) <= PORT_MAX;
}

/** Names, and pairs of number and protocol, are unique. */
function duplicates(ports: readonly JsonObject[]): readonly FieldCause[] {
  const names = new Set<unknown>();
  const numbers = new Set<string>();
  return ports.flatMap((port, index) => {
    const { name, protocol } = port;
    const number = JSON.stringify([port['port'], protocol]);
    const isNameTaken = nonEmpty(name) !== undefined && names.has(name);
    const isNumberTaken = numbers.has(number);
    names.add(name);
    numbers.add(number);
    return [
      ...(isNameTaken ? [fieldDuplicate(`spec.ports[${index}].name`, name)] : []),
      ...(isNumberTaken ? [fieldDuplicate(`spec.ports[${index}]`, { port: port['port'], protocol })] : []),
    ];
  });
}

function unsupported(field: string, value: unknown, supported: readonly string[]): readonly FieldCause[] {
  return typeof value === 'string' && supported.includes(value) ? [] : [fieldNotSupported(field, value, supported)];
}

function addressFaults(spec: JsonObject, before: JsonObject): readonly FieldCause[] {
  const old = nonEmpty(before['clusterIP']);
  const isKept = old === undefined || spec['type'] === 'ExternalName' || old === spec['clusterIP'];
  return isKept ? [] : [fieldInvalid('spec.clusterIPs[0]', spec['clusterIPs'], 'may not change once set')];
}

function specOf(object: KubeObject | undefined): JsonObject {
  return isJsonObject(object?.spec) ? object.spec : {};
}

function portsOf(spec: JsonObject): readonly JsonObject[] {
  const { ports } = spec;
  return Array.isArray(ports) ? ports.filter(isJsonObject) : [];
}

function firstOf(value: unknown): unknown {
  return Array.isArray(value) ? value[0] : undefined;
}

function nonEmpty(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined;
}
