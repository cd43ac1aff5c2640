import { isJsonObject, type JsonObject } from '../kube/object.ts';

export type Protocol = 'TCP' | 'UDP' | 'SCTP';

/** What the merge compares of a Service port; target ports and node ports mean nothing outside their cluster. */
export interface ServicePort {
  /** '' when the port has no name: the empty name counts as a name. */
  readonly name: string;
  readonly protocol: Protocol;
  readonly port: number;
  readonly appProtocol: string | undefined;
  /** Protocol and number: what traffic is matched by. */
  readonly endpoint: string;
  /** Equal for two ports exactly when name, protocol, number and appProtocol are equal. */
  readonly identity: string;
}

const PORT_NUMBER_MAX = 65_535;
const PORT_NAME = /^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/;

/** Reads the ports of a Service spec in their order; items that no Kubernetes would accept are left out. */
export function parseServicePorts(value: unknown): readonly ServicePort[] {
  if (!Array.isArray(value)) return [];
  const ports: ServicePort[] = [];
  for (const item of value) {
    const port = parseServicePort(item);
    if (port !== undefined) ports.push(port);
  }
  return ports;
}

function parseServicePort(item: unknown): ServicePort | undefined {
  if (!isJsonObject(item)) return undefined;
  const name = parseName(item['name'] ?? '');
  const protocol = parseProtocol(item['protocol'] ?? 'TCP');
  const port = parseNumber(item['port']);
  if (name === undefined || protocol === undefined || port === undefined) return undefined;
  const text = item['appProtocol'];
  const appProtocol = typeof text === 'string' && text !== '' ? text : undefined;
  const endpoint = `${protocol}/${port}`;
  return { name, protocol, port, appProtocol, endpoint, identity: `${name} ${endpoint} ${appProtocol ?? ''}` };
}

function parseName(value: unknown): string | undefined {
  return typeof value === 'string' && (value === '' || PORT_NAME.test(value)) ? value : undefined;
}

function parseNumber(value: unknown): number | undefined {
  const isPort = typeof value === 'number' && Number.isInteger(value) && value >= 1 && value <= PORT_NUMBER_MAX;
  return isPort ? value : undefined;
}

function parseProtocol(value: unknown): Protocol | undefined {
  return value === 'TCP' || value === 'UDP' || value === 'SCTP' ? value : undefined;
}

/** The port as it stands in a ServiceImport: the protocol always said, optional fields only when there is a value. */
export function toImportPort(port: ServicePort): JsonObject {
  return {
    ...(port.name === '' ? {} : { name: port.name }),
    protocol: port.protocol,
    ...(port.appProtocol === undefined ? {} : { appProtocol: port.appProtocol }),
    port: port.port,
  };
}

/** For messages: `http TCP/80`, with the appProtocol in brackets when there is one. */
export function describePort(port: ServicePort): string {
  const named = port.name === '' ? port.endpoint : `${port.name} ${port.endpoint}`;
  return port.appProtocol === undefined ? named : `${named} (${port.appProtocol})`;
}
