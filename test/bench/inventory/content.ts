import { createHash } from 'node:crypto';
import { ABOUT_GROUP } from '../../../src/kube/domain.ts';
import type { KubeObject } from '../../../src/kube/object.ts';
import type { Entry } from '../etcd-writer.ts';

/** Of each member, the two well-known ones among them. */
export const PROPERTIES_PER_MEMBER = 50;
/** The property that measured changes write; its value is a mark. */
export const MARKED_PROPERTY = 'load.inventory.example.com';
const CLUSTER_SET = 'bench';
const VALUE_CHARACTERS = [6, 12, 24, 40, 64, 200];
const CREATED = '2026-01-01T12:00:00Z';

export function memberName(index: number): string {
  return `member-${String(index).padStart(3, '0')}`;
}

/** The ClusterProperties of one member as its kube-apiserver keeps them. */
export function propertiesOf(member: string): readonly KubeObject[] {
  const wellKnown = [
    propertyObject(member, 'cluster.clusterset.k8s.io', member),
    propertyObject(member, 'clusterset.k8s.io', CLUSTER_SET),
    propertyObject(member, MARKED_PROPERTY, 'idle'),
  ];
  const others = Array.from({ length: PROPERTIES_PER_MEMBER - wellKnown.length }, (_, index) =>
    propertyObject(member, `fact-${String(index).padStart(2, '0')}.inventory.example.com`, valueOf(member, index)),
  );
  return [...wellKnown, ...others];
}

export function propertyObject(member: string, name: string, value: string): KubeObject {
  return {
    apiVersion: `${ABOUT_GROUP}/v1beta1`,
    kind: 'ClusterProperty',
    metadata: {
      name,
      uid: uidOf(`${member}/${name}`),
      creationTimestamp: CREATED,
      generation: 1,
      labels: { 'app.kubernetes.io/managed-by': 'inventory-agent' },
      managedFields: [
        {
          manager: 'inventory-agent',
          operation: 'Update',
          apiVersion: `${ABOUT_GROUP}/v1beta1`,
          time: CREATED,
          fieldsType: 'FieldsV1',
          fieldsV1: {
            'f:metadata': { 'f:labels': { '.': {}, 'f:app.kubernetes.io/managed-by': {} } },
            'f:spec': { '.': {}, 'f:value': {} },
          },
        },
      ],
    },
    spec: { value },
  };
}

/** Where a cluster keeps an object of a custom kind; the version of its own comes from etcd. */
export function customEntry(cluster: string, resource: string, object: KubeObject): Entry {
  const { namespace = '', name } = object.metadata;
  const group = object.apiVersion.split('/')[0] ?? '';
  const place = namespace === '' ? name : `${namespace}/${name}`;
  const metadata = { ...object.metadata, resourceVersion: undefined };
  return { key: `/${cluster}/${group}/${resource}/${place}`, value: { ...object, metadata } };
}

/** Texts that differ from member to member, as versions, regions and addresses do. */
function valueOf(member: string, index: number): string {
  const length = VALUE_CHARACTERS[index % VALUE_CHARACTERS.length] ?? 12;
  return createHash('sha512').update(`${member} ${index}`).digest('base64url').repeat(3).slice(0, length);
}

function uidOf(text: string): string {
  const hex = createHash('sha256').update(text).digest('hex');
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20, 32)].join('-');
}
