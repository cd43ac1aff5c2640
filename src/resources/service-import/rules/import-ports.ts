import { type FieldCause, fieldDuplicate, fieldInvalid, fieldNotSupported } from '../../../kube/api-errors.ts';
import { dnsLabelFaults } from '../../../kube/label-syntax.ts';
import { isJsonObject, type JsonObject } from '../../../kube/object.ts';
import { type AdmissionRule, denyFor, subjectOf } from '../../admission.ts';
import { itemsOf, specOf, textOf } from './import-fields.ts';

const PROTOCOLS = ['SCTP', 'TCP', 'UDP'];
/** Of TCP, UDP and SCTP. */
const PORT_MAX = 65_535;

/** Ports become those of the derived Service, so they must be possible there (KEP-1645 §Service Port). */
export const importPorts: AdmissionRule = {
  name: 'import-ports',
  operations: ['CREATE', 'UPDATE'],
  effects: ['deny'],
  evaluate: (request) => {
    const names = new Set<string>();
    const endpoints = new Set<string>();
    const causes = itemsOf(specOf(subjectOf(request)), 'ports').flatMap((item, index) => {
      if (!isJsonObject(item)) return [];
      const path = `spec.ports[${index}]`;
      return [...portCauses(item, path), ...repeatedCauses(item, path, { names, endpoints })];
    });
    return denyFor(causes);
  },
};

function portCauses(item: JsonObject, path: string): readonly FieldCause[] {
  const { port } = item;
  const causes: FieldCause[] = [];
  if (typeof port === 'number' && (port < 1 || port > PORT_MAX)) {
    causes.push(fieldInvalid(`${path}.port`, port, `must be between 1 and ${PORT_MAX}, inclusive`));
  }
  const protocol = textOf(item, 'protocol');
  if (protocol !== undefined && !PROTOCOLS.includes(protocol)) {
    causes.push(fieldNotSupported(`${path}.protocol`, protocol, PROTOCOLS));
  }
  const name = textOf(item, 'name');
  if (name !== undefined)
    causes.push(...dnsLabelFaults(name).map((fault) => fieldInvalid(`${path}.name`, name, fault)));
  return causes;
}

interface Seen {
  readonly names: Set<string>;
  /** As `TCP/80`. */
  readonly endpoints: Set<string>;
}

/** One port may have no name. */
function repeatedCauses(item: JsonObject, path: string, { names, endpoints }: Seen): readonly FieldCause[] {
  const causes: FieldCause[] = [];
  const name = textOf(item, 'name') ?? '';
  if (names.has(name)) causes.push(fieldDuplicate(`${path}.name`, name));
  names.add(name);
  if (typeof item['port'] === 'number') {
    const endpoint = `${textOf(item, 'protocol') ?? 'TCP'}/${item['port']}`;
    if (endpoints.has(endpoint)) causes.push(fieldDuplicate(`${path}.port`, endpoint));
    endpoints.add(endpoint);
  }
  return causes;
}
