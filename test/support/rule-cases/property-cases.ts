import type { KubeObject } from '../../../src/kube/object.ts';
import type { RuleCase } from './rule-case.ts';

const [ID, SET] = ['cluster.clusterset.k8s.io', 'clusterset.k8s.io'];

export function clusterProperty(name: string, value: string): KubeObject {
  return { apiVersion: 'about.k8s.io/v1beta1', kind: 'ClusterProperty', metadata: { name }, spec: { value } };
}

function created(name: string, property: readonly [string, string], says: Partial<RuleCase> = {}): RuleCase {
  return { name, resource: 'clusterproperties', object: clusterProperty(...property), ...says };
}

function updated(
  name: string,
  [property, from, to]: readonly [string, string, string],
  says: Partial<RuleCase>,
): RuleCase {
  const change = { oldObject: clusterProperty(property, from), object: clusterProperty(property, to) };
  return { name, resource: 'clusterproperties', ...change, ...says };
}

const MEMBER = { clusterSet: 'prod' };
const FIXED = (who: string): string =>
  `spec.value: Forbidden: cannot change while ${who} is a member of "prod"; delete clusterset.k8s.io first`;
const NEEDED = (who: string): string => `${ID}: ${who} is a member of "prod"; delete clusterset.k8s.io first`;

/** What a member judges alone by its policies. The rules know more names than they do. */
export const PROPERTY_CASES: readonly RuleCase[] = [
  updated('an id that changes in no ClusterSet', [ID, 'east', 'east.b'], { identity: {} }),
  updated('an id that changes in a ClusterSet', [ID, 'east', 'east.b'], {
    identity: MEMBER,
    invalid: FIXED('east'),
    inPolicy: FIXED('the cluster'),
  }),
  updated('an id that stays in a ClusterSet', [ID, 'east', 'east'], { identity: MEMBER }),
  updated('another property of a member that changes', ['zone.example.com', 'a', 'b'], {
    identity: { ...MEMBER, clusterID: 'east' },
  }),
  {
    name: 'an id that goes from a ClusterSet',
    resource: 'clusterproperties',
    oldObject: clusterProperty(ID, 'east'),
    identity: MEMBER,
    forbidden: NEEDED('east'),
    inPolicy: NEEDED('the cluster'),
  },
  {
    name: 'an id that goes from no ClusterSet',
    resource: 'clusterproperties',
    oldObject: clusterProperty(ID, 'east'),
    identity: {},
  },
  created('a cluster with an id that joins', [SET, 'prod'], { identity: { clusterID: 'east' } }),
  created('a cluster without an id that joins', [SET, 'prod'], {
    identity: {},
    invalid: 'metadata.name: Forbidden: cluster east has no cluster.clusterset.k8s.io; create it first',
    inPolicy: 'failed to configure binding: no params found for policy binding with `Deny` parameterNotFoundAction',
  }),
];

const ID_FORM =
  'a cluster id is a DNS subdomain: lower case letters, digits and "-" in labels of at most 63 characters, separated by dots, at most 253 in all';
const OTHER_NAME = 'Cluster id differs from east, the name under which the cluster is registered';
const WHITE_SPACE = 'spec.value has white space at an end, or control characters';
const LONG = 'ClusterProfiles leave this property out: a value has more than 1024 characters';

const badId = (name: string, value: string, warnings: readonly string[]): RuleCase =>
  created(`an id ${name}`, [ID, value], {
    warnings,
    invalid: `spec.value: Invalid value: "${value}": ${ID_FORM}`,
    refusedBySchema: 'a cluster id is a DNS subdomain',
  });

const lengthFault = (count: number): string =>
  `spec.value: Forbidden: must have 1 to 128000 characters, and has ${count}`;

/** What a member judges alone by our definition. */
export const PROPERTY_VALUE_CASES: readonly RuleCase[] = [
  badId('with capitals', 'East', [OTHER_NAME]),
  badId('with a space', 'east b', [OTHER_NAME]),
  badId('with two dots', 'east..b', []),
  badId('with a long label', 'a'.repeat(64), [OTHER_NAME]),
  badId('that is too long', `${'a.'.repeat(126)}ab`, [
    'Cluster id has 128 characters or more: not every tool can use it',
    OTHER_NAME,
  ]),
  created('an id that is a DNS subdomain', [ID, 'east.b-1.example.com']),
  created('no value', ['zone.example.com', ''], {
    invalid: lengthFault(0),
    refusedBySchema: 'should be at least 1 chars long',
  }),
  created('a value that is too long', ['zone.example.com', 'a'.repeat(128_001)], {
    invalid: lengthFault(128_001),
    warnings: [LONG],
    refusedBySchema: 'Too long: may not be more than 128000',
  }),
  created('the longest value of characters with four bytes', ['zone.example.com', '😀'.repeat(128_000)], {
    warnings: [LONG],
  }),
  updated('a ClusterSet that changes', [SET, 'prod', 'test'], {
    identity: { clusterID: 'east' },
    invalid:
      'spec.value: Forbidden: membership cannot be changed in place; delete clusterset.k8s.io, then create it with the new value',
    refusedBySchema: 'membership cannot be changed in place',
  }),
  created('a reserved name', ['fingerprint.k8s.io', 'a'], {
    invalid: 'metadata.name: Forbidden: suffix .k8s.io is reserved; use a domain you own',
  }),
  created('a reserved name that is standard', ['standard.k8s.io', 'a']),
  updated('a reserved name that was there before', ['fingerprint.kubernetes.io', 'a', 'b'], {
    warnings: ['Suffixes .k8s.io and .kubernetes.io are reserved: give this property a name in a domain you own'],
  }),
  created('a name that once was for ids', ['id.k8s.io', 'a'], {
    invalid: 'metadata.name: Forbidden: suffix .k8s.io is reserved; use a domain you own',
    warnings: ['This is not the id of a cluster: that is cluster.clusterset.k8s.io'],
  }),
  created('a name without a domain', ['zone', 'a'], {
    warnings: ['Name without a domain: others may use it for something else; append a domain you own'],
  }),
  created('a value that profiles leave out', ['zone.example.com', 'a'.repeat(1025)], { warnings: [LONG] }),
  created('a value with white space at its end', ['zone.example.com', 'a '], { warnings: [WHITE_SPACE] }),
  created('a value with a control character', ['zone.example.com', 'a\u0007b'], { warnings: [WHITE_SPACE] }),
  created('a ClusterSet that no label can name', [SET, 'a,b'], {
    identity: { clusterID: 'east' },
    warnings: [
      'ClusterSet cannot be selected by label: no label can have this value: use letters, digits, "-", "_" and ".", at most 63, beginning and ending with a letter or digit',
    ],
  }),
  updated('a value that was wrong before and stays', [ID, 'East', 'East'], {
    warnings: [OTHER_NAME],
  }),
  {
    name: 'a cluster that leaves',
    resource: 'clusterproperties',
    oldObject: clusterProperty(SET, 'prod'),
    identity: { clusterID: 'east', clusterSet: 'prod' },
    warnings: ['Cluster east leaves ClusterSet "prod"'],
  },
];
