import type { KubeObject } from '../kube/object.ts';
import { isJsonObject, textAt } from '../kube/object.ts';
import type { Cell, Column } from '../resources/definition.ts';

/** A column of texts; '' and absent values show as kubectl shows them for the built-in kinds. */
export function textColumn(name: string, description: string, cell: (object: KubeObject) => Cell): Column {
  return { name, type: 'string', format: '', description, priority: 0, cell };
}

const NAME_COLUMN: Column = {
  ...textColumn('Name', 'Name of the object.', (object) => object.metadata.name),
  format: 'name',
};

/** Built-in kinds call it a string, custom ones a date. */
const AGE_COLUMN: Column = textColumn('Age', 'Time since the object was created.', (object) => ({
  age: object.metadata.creationTimestamp ?? undefined,
}));

export const NAMESPACE_COLUMNS: readonly Column[] = [
  NAME_COLUMN,
  textColumn(
    'Status',
    'Whether the namespace is in use or on its way out.',
    (object) => textAt(object, 'status', 'phase') ?? '',
  ),
  AGE_COLUMN,
];

export const SERVICE_COLUMNS: readonly Column[] = [
  NAME_COLUMN,
  textColumn('Type', 'How the Service is reached.', (object) => textAt(object, 'spec', 'type') ?? ''),
  textColumn('Cluster-IP', 'Address within the cluster.', (object) => textAt(object, 'spec', 'clusterIP') ?? '<none>'),
  textColumn('External-IP', 'Address from outside.', (object) => textAt(object, 'spec', 'externalName') ?? '<none>'),
  textColumn('Port(s)', 'Ports with their protocols.', (object) => portsCell(object)),
  AGE_COLUMN,
  { ...textColumn('Selector', 'Labels of its pods.', (object) => selectorCell(object)), priority: 1 },
];

export const LEASE_COLUMNS: readonly Column[] = [
  NAME_COLUMN,
  textColumn('Holder', 'Who holds the lease.', (object) => textAt(object, 'spec', 'holderIdentity') ?? ''),
  AGE_COLUMN,
];

export const ENDPOINT_SLICE_COLUMNS: readonly Column[] = [
  NAME_COLUMN,
  textColumn('AddressType', 'Family of the addresses.', (object) => textAt(object, 'addressType') ?? ''),
  textColumn('Ports', 'Port numbers.', (object) => numbersCell(object['ports'])),
  textColumn('Endpoints', 'Addresses.', (object) => addressesCell(object['endpoints'])),
  AGE_COLUMN,
];

export const PLAIN_COLUMNS: readonly Column[] = [NAME_COLUMN, { ...AGE_COLUMN, type: 'date' }];

function portsCell(object: KubeObject): string {
  const ports = isJsonObject(object.spec) ? object.spec['ports'] : undefined;
  const texts = objectsIn(ports).map((port) => `${String(port['port'])}/${String(port['protocol'])}`);
  return texts.length === 0 ? '<none>' : texts.join(',');
}

function selectorCell(object: KubeObject): string {
  const selector = isJsonObject(object.spec) ? object.spec['selector'] : undefined;
  const texts = isJsonObject(selector)
    ? Object.keys(selector).map((key) => `${key}=${textAt(selector, key) ?? ''}`)
    : [];
  return texts.length === 0 ? '<none>' : texts.join(',');
}

function numbersCell(ports: unknown): string {
  const texts = objectsIn(ports).map((port) => String(port['port']));
  return texts.length === 0 ? '<unset>' : texts.join(',');
}

function addressesCell(endpoints: unknown): string {
  const all = objectsIn(endpoints).flatMap(({ addresses }) => (Array.isArray(addresses) ? addresses.map(String) : []));
  return all.length === 0 ? '<unset>' : all.join(',');
}

function objectsIn(list: unknown): readonly Readonly<Record<string, unknown>>[] {
  return Array.isArray(list) ? list.filter(isJsonObject) : [];
}
