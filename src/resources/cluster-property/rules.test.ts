import { describe, expect, it } from 'vitest';
import {
  admissionContext,
  createRequest,
  deleteRequest,
  memberIdentity,
  updateRequest,
} from '../../../test/support/admission.ts';
import type { MemberIdentity } from '../../clusterset/index.ts';
import type { KubeObject, ObjectMeta } from '../../kube/object.ts';
import type { AdmissionDecision, AdmissionPolicy, AdmissionRequest } from '../admission.ts';
import { evaluateRules } from '../evaluate-rules.ts';
import { rules } from './rules.ts';

const ID = 'cluster.clusterset.k8s.io';
const SET = 'clusterset.k8s.io';

function property(name: string, value?: string, metadata: Partial<ObjectMeta> = {}): KubeObject {
  return {
    apiVersion: 'about.k8s.io/v1beta1',
    kind: 'ClusterProperty',
    metadata: { name, ...metadata },
    ...(value === undefined ? {} : { spec: { value } }),
  };
}

interface World {
  readonly id?: string;
  readonly set?: string;
  readonly others?: readonly MemberIdentity[];
  readonly policy?: Partial<AdmissionPolicy>;
}

/** `allow`, or how and why it is refused; then the warnings. */
function judge(request: AdmissionRequest, world: World = {}): readonly string[] {
  const { id = '', set = '', others = [], policy = {} } = world;
  const own = memberIdentity('east', { clusterID: id, clusterSet: set });
  const context = admissionContext({ identityOf: () => own, otherIdentities: () => others }, policy);
  return wordsOf(evaluateRules(rules, request, context));
}

function wordsOf(decision: AdmissionDecision): readonly string[] {
  switch (decision.type) {
    case 'allow':
      expect(decision.failures).toEqual([]);
      return ['allow', ...decision.warnings];
    case 'deny':
      return decision.causes.map(({ field, message }) => `${field}: ${message}`);
    case 'forbid':
      return [`forbidden: ${decision.because}`];
    case 'unavailable':
      return [`unavailable: ${decision.because}`];
    case 'fail':
      throw decision.failure.error;
  }
}

const create = (name: string, value?: string): AdmissionRequest => createRequest(property(name, value));
const update = (name: string, from: string, to: string): AdmissionRequest =>
  updateRequest(property(name, from), property(name, to));
const relabel = (name: string, value: string): AdmissionRequest =>
  updateRequest(property(name, value), property(name, value, { labels: { a: 'b' } }));
const remove = (name: string, value: string): AdmissionRequest => deleteRequest(property(name, value));

const west = (clusterID: string, clusterSet = ''): MemberIdentity => memberIdentity('west', { clusterID, clusterSet });

const NO_ID = 'metadata.name: Forbidden: cluster east has no cluster.clusterset.k8s.io; create it first';
const TAKEN =
  'spec.value: Duplicate value: "s": cluster east cannot join "s": member west already has id "east"; change cluster.clusterset.k8s.io on east first';
const ID_FIXED = 'spec.value: Forbidden: cannot change while east is a member of "s"; delete clusterset.k8s.io first';
const SET_FIXED =
  'spec.value: Forbidden: membership cannot be changed in place; delete clusterset.k8s.io, then create it with the new value';
const ID_NEEDED = 'forbidden: cluster.clusterset.k8s.io: east is a member of "s"; delete clusterset.k8s.io first';
const LEAVES = 'Cluster east leaves ClusterSet "s"';
const OTHER_NAME = 'Cluster id differs from east, the name under which the cluster is registered';

describe('joining and leaving a ClusterSet', () => {
  it.each<readonly [string, World, AdmissionRequest, readonly string[]]>([
    ['joins without an id', {}, create(SET, 's'), [NO_ID]],
    ['joins with an id that a member has', { id: 'east', others: [west('east', 's')] }, create(SET, 's'), [TAKEN]],
    ['joins with an id of another set', { id: 'east', others: [west('east', 't')] }, create(SET, 's'), ['allow']],
    ['joins with the id of a cluster in no set', { id: 'east', others: [west('east')] }, create(SET, 's'), ['allow']],
    ['changes its id while a member', { id: 'east', set: 's' }, update(ID, 'east', 'east.b'), [ID_FIXED]],
    ['changes its id while in no set', { id: 'east' }, update(ID, 'east', 'east.b'), ['allow']],
    ['changes its set in place', { id: 'east', set: 's' }, update(SET, 's', 't'), [SET_FIXED]],
    ['gives up its id while a member', { id: 'east', set: 's' }, remove(ID, 'east'), [ID_NEEDED]],
    ['leaves', { id: 'east', set: 's' }, remove(SET, 's'), ['allow', LEAVES]],
    ['gives up its id while in no set', { id: 'east' }, remove(ID, 'east'), ['allow']],
    [
      'makes up for its id with a taken one',
      { set: 's', others: [west('east', 's')] },
      create(ID, 'east'),
      ['spec.value: Duplicate value: "east": member west of "s" already has this id; choose another one'],
    ],
    ['makes up for its id with a free one', { set: 's', others: [west('b', 's')] }, create(ID, 'east'), ['allow']],
    ['labels its id', { id: 'east', set: 's' }, relabel(ID, 'east'), ['allow']],
    ['labels its set', { id: 'east', set: 's' }, relabel(SET, 's'), ['allow']],
    ['labels a duplicate of old', { id: 'east', set: 's', others: [west('east', 's')] }, relabel(SET, 's'), ['allow']],
  ])('a cluster that %s', (...[, world, request, expected]) => {
    expect(judge(request, world)).toEqual(expected);
  });

  it('counts the property as there until it is gone, whatever deletes it', () => {
    expect(judge(remove(ID, 'east'), { id: 'east', set: 's' })).toEqual([ID_NEEDED]);
  });

  it('cannot be judged while a member was never observed', () => {
    const north = memberIdentity('north', { observed: false });
    const text =
      'members [north] were never observed; uniqueness of id "east" cannot be checked; unregistering what will not come back frees joins';
    expect(judge(create(SET, 's'), { id: 'east', others: [north] })).toEqual([`unavailable: ${text}`]);
    expect(judge(create(ID, 'east'), { set: 's', others: [north] })).toEqual([`unavailable: ${text}`]);
    expect(judge(create(ID, 'east'), { others: [north] })).toEqual(['allow']);
    expect(judge(create('x.example.com', 'v'), { others: [north] })).toEqual(['allow']);
    expect(judge(create(SET, 's'), { others: [north] })).toEqual([NO_ID]);
  });

  it('names nobody to who may not know', () => {
    const world: World = { id: 'east', others: [west('east', 's')], policy: { namesOthers: false } };
    expect(judge(create(SET, 's'), world)).toEqual([TAKEN.replace('member west', 'another member')]);
    const north = memberIdentity('north', { observed: false });
    expect(judge(create(SET, 's'), { ...world, others: [north] }).join()).toContain(
      '1 other members were never observed',
    );
  });

  it('is judged by the last known values of members that cannot be reached', () => {
    const stale = { ...west('east', 's'), reachable: false };
    expect(judge(create(SET, 's'), { id: 'east', others: [stale] })).toEqual([TAKEN]);
  });

  it('is denied with codes that no client repeats by itself', () => {
    const context = admissionContext({
      identityOf: () => memberIdentity('east', { clusterID: 'a' }),
      otherIdentities: () => [west('a', 's')],
    });
    const decision = evaluateRules(rules, create(SET, 's'), context);
    expect(decision).toMatchObject({ type: 'deny', causes: [{ reason: 'FieldValueDuplicate' }] });
  });
});

describe('names', () => {
  const reserved = (suffix: string): string =>
    `metadata.name: Forbidden: suffix .${suffix} is reserved; use a domain you own`;

  it.each([
    ['fingerprint.k8s.io', [reserved('k8s.io')]],
    ['k8s.io', [reserved('k8s.io')]],
    ['a.kubernetes.io', [reserved('kubernetes.io')]],
    ['kubernetes.io', [reserved('kubernetes.io')]],
    ['foo.x-k8s.io', ['allow']],
    ['k8s.io.example.com', ['allow']],
    ['xk8s.io', ['allow']],
    ['fingerprint', ['allow', 'Name without a domain: others may use it for something else; append a domain you own']],
  ])('%s', (name, expected) => {
    expect(judge(create(name, 'v'))).toEqual(expected);
  });

  it('that are standard are allowed by configuration', () => {
    const policy = { standardProperties: ['location.topology.k8s.io', 'id.k8s.io'] };
    expect(judge(create('location.topology.k8s.io', 'v'), { policy })).toEqual(['allow']);
    expect(judge(create('id.k8s.io', 'v'), { policy })).toEqual([
      'allow',
      'This is not the id of a cluster: that is cluster.clusterset.k8s.io',
    ]);
  });

  it('that were there before are warned about', () => {
    expect(judge(relabel('old.k8s.io', 'v'))).toEqual([
      'allow',
      'Suffixes .k8s.io and .kubernetes.io are reserved: give this property a name in a domain you own',
    ]);
  });
});

describe('values', () => {
  const length = (count: number): string => `spec.value: Forbidden: must have 1 to 128000 characters, and has ${count}`;
  const LONG = 'ClusterProfiles leave this property out: a value has more than 1024 characters';

  it.each([
    ['128000 characters of four bytes', '😀'.repeat(128_000), ['allow', LONG]],
    ['one character more', 'a'.repeat(128_001), [length(128_001)]],
    ['nothing', '', [length(0)]],
    ['1024 characters of four bytes', '😀'.repeat(1024), ['allow']],
    ['1025 characters', 'a'.repeat(1025), ['allow', LONG]],
    ['white space at an end', 'a ', ['allow', 'spec.value has white space at an end, or control characters']],
    ['a control character', 'a\u0007b', ['allow', 'spec.value has white space at an end, or control characters']],
    ['lines', 'a\nb', ['allow']],
  ])('%s', (_, value, expected) => {
    expect(judge(create('x.example.com', value))).toEqual(expected);
  });

  it('are needed', () => {
    expect(judge(create('x.example.com'))).toEqual([length(0)]);
    expect(
      judge(updateRequest(property('x.example.com'), property('x.example.com', undefined, { labels: {} }))),
    ).toEqual(['allow']);
  });

  it.each(['A', 'a_b', 'a..b', '-a', 'a/b', 'a'.repeat(64), `${'a.'.repeat(126)}ab`])('%s is no id', (value) => {
    expect(judge(create(ID, value))).toEqual([
      `spec.value: Invalid value: ${JSON.stringify(value)}: a cluster id is a DNS subdomain: lower case letters, digits and "-" in labels of at most 63 characters, separated by dots, at most 253 in all`,
    ]);
  });

  it.each([
    ['east', ['allow']],
    ['east.example.com', ['allow']],
    ['a', ['allow', OTHER_NAME]],
    ['a'.repeat(63), ['allow', OTHER_NAME]],
    [
      `east.${`${'a'.repeat(40)}.`.repeat(3)}a`,
      ['allow', 'Cluster id has 128 characters or more: not every tool can use it'],
    ],
    [`${'a.'.repeat(126)}a`, ['allow', 'Cluster id has 128 characters or more: not every tool can use it', OTHER_NAME]],
  ])('%.20s is an id', (value, expected) => {
    expect(judge(create(ID, value))).toEqual(expected);
  });

  it('of a ClusterSet that can be no label are warned about, or refused', () => {
    const text =
      'no label can have this value: use letters, digits, "-", "_" and ".", at most 63, beginning and ending with a letter or digit';
    expect(judge(create(SET, 'a,b'), { id: 'east' })).toEqual([
      'allow',
      `ClusterSet cannot be selected by label: ${text}`,
    ]);
    const policy = { strictClusterSetNames: true };
    expect(judge(create(SET, 'a,b'), { id: 'east', policy })).toEqual([`spec.value: Invalid value: "a,b": ${text}`]);
    expect(judge(create(SET, 'a'.repeat(63)), { id: 'east', policy })).toEqual(['allow']);
  });
});
