import { Registry } from 'prom-client';
import { afterEach, describe, expect, it } from 'vitest';
import { createRequest, deleteRequest, updateRequest } from '../../../../test/support/admission.ts';
import { clusterId, ports, service, serviceExport } from '../../../../test/support/clusterset-objects.ts';
import { createFakeMember, type FakeMember, type FakeResource } from '../../../../test/support/fake-member.ts';
import { profileFacts } from '../../../../test/support/profile-life.ts';
import { until } from '../../../../test/support/until.ts';
import {
  createClusterSetView,
  nextShown,
  NO_OVERLAY,
  NOTHING_SHOWN,
  type ProfileFacts,
  profileObject,
  readProfileRow,
} from '../../../clusterset/index.ts';
import { loadConfiguration } from '../../../config/index.ts';
import type { MemberEvent, MemberResource, MemberStatus } from '../../../kube/member-event.ts';
import { keyOf, type KubeObject } from '../../../kube/object.ts';
import { MEMBER_RESOURCES, stalenessWarning } from '../../../members/index.ts';
import type { AdmissionContext, AdmissionRequest } from '../../../resources/index.ts';
import { ADMISSION_SUBJECTS, celValues, evaluateRules } from '../../../resources/index.ts';
import { createAdmissionContext } from '../admission-context.ts';
import { createPrediction } from '../forecast.ts';
import { type MemberView, openMemberView } from './member-view.ts';

const EAST = clusterId('east');
const SEEN_MS = Date.UTC(2026, 10, 28, 14, 2, 40);
const CONFIG = loadConfiguration(undefined, {});

const ends: (() => unknown)[] = [];
afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end();
});

type Objects = readonly { readonly resource: MemberResource; readonly object: KubeObject }[];

/** A member as the hub knows it. */
interface Known {
  readonly name: string;
  readonly status?: Partial<MemberStatus>;
  readonly facts?: Partial<ProfileFacts>;
  readonly objects?: Objects;
  readonly isUnread?: boolean;
}

const exported = (port: string): Objects => [
  { resource: 'services', object: service({ ports: ports(port) }) },
  { resource: 'serviceexports', object: serviceExport() },
];
const LOST = { status: 'Unknown', reason: 'MemberUnreachable', message: '' } as const;
const OWN: Known = { name: 'east' };
const WEST: Known = { name: 'west', objects: exported('http TCP/80') };
/** It exports too, and was lost a day ago. */
const NORTH: Known = {
  name: 'north',
  status: { phase: 'stale', reason: 'Unreachable' },
  facts: { health: LOST },
  objects: exported('http TCP/80'),
};
const EMPTY: Known = { name: 'south' };
const UNREAD: Known = {
  name: 'cold',
  status: { phase: 'pending', lastContactMs: undefined, reason: 'Unreachable' },
  facts: { joined: 'pending', fingerprint: undefined, health: undefined, properties: undefined },
  isUnread: true,
};

function statusOf({ name, status }: Known): MemberStatus {
  return {
    ...{ cluster: clusterId(name), phase: 'live', synced: true, lastContactMs: SEEN_MS },
    ...{ fingerprint: `uid-${name}`, version: 'v1.36.4', reason: undefined, message: undefined },
    clockSkewSeconds: undefined,
    ...status,
  };
}

function profileOf({ name, facts }: Known, namespace = 'inventory'): KubeObject {
  const known = profileFacts({
    ...{ cluster: clusterId(name), fingerprint: `uid-${name}`, lastContactMs: SEEN_MS },
    ...facts,
  });
  const shown = nextShown(NOTHING_SHOWN, known, {
    selection: { excludeLabels: [], requiredLabel: undefined },
    nowMs: SEEN_MS,
    isLeaving: false,
  });
  return profileObject(clusterId(name), {
    ...{ namespace, manager: 'clusterset-apiserver', uid: `profile-${name}`, generation: 1, shown },
    ...{
      creationTimestamp: '2026-11-01T00:00:00Z',
      displayName: name,
      givenDisplayName: undefined,
      memberId: known.fingerprint,
    },
    ...{ deletionTimestamp: undefined, resourceVersion: undefined, overlay: NO_OVERLAY },
  });
}

/** What the hub judges by, and what its API shows. */
function openHub(known: readonly Known[]) {
  if (!CONFIG.ok) throw new Error(CONFIG.error);
  const view = createClusterSetView({ clusterSet: undefined, ipFamilyMode: 'intersection' });
  const tell = (event: MemberEvent): void => view.apply(event);
  for (const { name, objects = [], isUnread = false } of known) {
    const cluster = clusterId(name);
    tell({ type: 'registered', cluster, fingerprint: undefined });
    if (isUnread) continue;
    for (const { resource, object } of objects) {
      tell({ type: 'changed', cluster, resource, applied: [object], deleted: [] });
    }
    // Which namespaces others have is not told: there the advice of a member is silent.
    for (const resource of MEMBER_RESOURCES) if (resource !== 'namespaces') tell({ type: 'synced', cluster, resource });
  }
  const statuses = new Map(known.map((member) => [clusterId(member.name), statusOf(member)]));
  const profiles = known.map((member) => profileOf(member));
  const admission = createAdmissionContext({
    ...{ config: CONFIG.value, facts: view.facts, pending: () => [] },
    predict: createPrediction({ view, statusOf: (cluster) => statuses.get(cluster), clock: Date.now }),
    isReachable: (cluster) => statuses.get(cluster)?.phase === 'live',
    profiles: () =>
      profiles
        .map((profile) => ({ ...keyOf(profile), memberId: readProfileRow(profile)?.memberId ?? '' }))
        .sort((a, b) => (a.name < b.name ? -1 : 1)),
  });
  const rows = view
    .takeChanges(Date.now(), Infinity)
    .flatMap(({ resource, object }) => (resource === 'serviceexports' && object !== undefined ? [object] : []));
  return { admission, rows, profiles, warning: stalenessWarning([...statuses.values()]) };
}

/** The cluster of the webhook: its own objects, and the hub's API. */
async function openMember(hub: Pick<ReturnType<typeof openHub>, 'rows' | 'profiles' | 'warning'>) {
  if (!CONFIG.ok) throw new Error(CONFIG.error);
  const own = await createFakeMember(Date.now, 'uid-east');
  const api = await createFakeMember(Date.now, 'uid-hub');
  api.setVersions('clusterprofiles', ['v1alpha1']);
  api.setWarning(hub.warning);
  for (const row of hub.rows) write(api, 'serviceexports', row);
  for (const profile of hub.profiles) write(api, 'clusterprofiles', profile);
  const connection = api.connect();
  const log = { info: () => undefined, warn: () => undefined, error: () => undefined };
  const view = openMemberView({
    ...{ config: CONFIG.value, own: EAST, connection: own.connect(), registry: new Registry(), log },
    openHub: () => ({ current: () => connection, start: () => Promise.resolve(), stop: () => undefined }),
  });
  ends.push(own.stop, api.stop, view.stop);
  return { view, api, own };
}

function write(api: FakeMember, resource: FakeResource, object: KubeObject): void {
  api.write(resource, { ...object, metadata: { ...object.metadata, namespace: object.metadata.namespace ?? '' } });
}

const CONFLICTING = service({ ports: ports('http TCP/8080') });

/** Puts objects into the member itself, as the hub knows them of it. */
function putOwn(own: FakeMember, objects: Objects = []): void {
  for (const { resource, object } of objects) write(own, resource, object);
}

function subjectOf(request: AdmissionRequest) {
  const { kind } = request.object ?? request.oldObject;
  const subject = ADMISSION_SUBJECTS.find((one) => one.kind === kind);
  if (subject === undefined) throw new Error(`no rules for ${kind}`);
  return subject;
}

function textsOf(context: AdmissionContext, request: AdmissionRequest): readonly string[] {
  const decision = evaluateRules(subjectOf(request).rules, request, context);
  return decision.type === 'allow' ? decision.warnings : [decision.type];
}

function clusterSetOf(context: AdmissionContext): unknown {
  const request = createRequest(serviceExport());
  const subject = subjectOf(request);
  return celValues(request, context, { ...subject, version: 'v1beta1' })['clusterset']?.();
}

const serviceImport: KubeObject = {
  apiVersion: 'multicluster.x-k8s.io/v1beta1',
  kind: 'ServiceImport',
  metadata: { name: 'nothing', namespace: 'prod' },
  spec: { type: 'ClusterSetIP', ports: ports('TCP/80') },
};

const profileCopy: KubeObject = {
  apiVersion: 'multicluster.x-k8s.io/v1alpha1',
  kind: 'ClusterProfile',
  metadata: {
    name: 'copy',
    namespace: 'inventory',
    labels: {
      'x-k8s.io/cluster-manager': 'other',
      'multicluster.x-k8s.io/inventory-member-id': 'uid-west',
    },
  },
  spec: { clusterManager: { name: 'other' } },
};

const WRITES: Readonly<Record<string, AdmissionRequest>> = {
  'a conflicting export': createRequest(serviceExport({ creationTimestamp: '2026-11-29T10:00:00Z' })),
  'the end of an export': deleteRequest(serviceExport()),
  'a change of an exported Service': updateRequest(CONFLICTING, service({ ports: ports('http TCP/9090') })),
  'an import of what nobody exports': createRequest(serviceImport),
  'a second profile of a member': createRequest(profileCopy),
};

async function settled(view: MemberView, members: number): Promise<void> {
  view.start();
  await until(() => {
    expect(view.notSynced()).toBeUndefined();
    expect(view.admission.lookup.memberCount()).toBe(members);
    expect(view.admission.lookup.predict(createRequest(serviceExport()), { namesOthers: true }).join()).not.toContain(
      'never reached',
    );
  });
}

describe('advice in a member', () => {
  const sets: Readonly<Record<string, readonly Known[]>> = {
    'a stale, an empty and an unread member': [OWN, WEST, NORTH, EMPTY, UNREAD],
    'a stale and an empty member': [OWN, WEST, NORTH, EMPTY],
    'more stale members than a warning names': [
      ...[OWN, WEST, EMPTY],
      ...['a', 'b', 'c', 'd', 'e', 'north', 'z'].map((name) => ({ ...NORTH, name })),
    ],
  };

  it.each(Object.entries(sets))('is that of the hub, with %s', async (_, known) => {
    const own: Objects = [
      { resource: 'services', object: CONFLICTING },
      { resource: 'serviceexports', object: serviceExport({ creationTimestamp: '2026-11-29T10:00:00Z' }) },
    ];
    const hub = openHub(known.map((member) => (member === OWN ? { ...OWN, objects: own } : member)));
    const member = await openMember(hub);
    putOwn(member.own, own);
    await settled(member.view, known.length);
    await until(() => expect(clusterSetOf(member.view.admission)).toEqual(clusterSetOf(hub.admission)));
    await until(() => {
      for (const [name, request] of Object.entries(WRITES)) {
        expect({ name, texts: textsOf(member.view.admission, request) }).toEqual({
          name,
          texts: textsOf(hub.admission, request),
        });
      }
    });
    const said = Object.values(WRITES).flatMap((request) => textsOf(hub.admission, request));
    expect(said.join('\n')).toMatch(/\((north|a) last seen 2026-11-28T14:02Z/);
    expect(said.join('\n')).toContain('profile "west" already represents member "uid-west"');
    expect(said.some((text) => text.startsWith('not read yet: cold'))).toBe(known.includes(UNREAD));
    expect(said.some((text) => text.startsWith('No cluster exports prod/nothing'))).toBe(!known.includes(UNREAD));
  });

  it('follows what the hub says of its members', async () => {
    const member = await openMember(openHub([OWN, WEST, EMPTY]));
    await settled(member.view, 3);
    const reachable = () =>
      member.view.admission.lookup.otherIdentities(EAST).map(({ name, reachable: is }) => `${name} ${is}`);
    await until(() => expect(reachable()).toEqual(['south true', 'west true']));
    member.api.remove('clusterprofiles', 'south', 'inventory');
    await until(() => expect(reachable()).toEqual(['west true']));
  });

  it('of what no cluster exports is silent while the hub was never reached or does not answer', async () => {
    const request = createRequest(serviceImport);
    const { view, api } = await openMember(openHub([OWN, WEST]));
    expect(textsOf(view.admission, request)).toEqual([]);
    await settled(view, 2);
    await until(() =>
      expect(textsOf(view.admission, request)).toEqual([
        'No cluster exports prod/nothing: this import will be removed',
      ]),
    );
    await api.down();
    await until(() => expect(textsOf(view.admission, request)).toEqual([]));
  });

  it('says where the hub tells no profiles, and then does not know that nobody exports a name', async () => {
    const { view, own } = await openMember({ ...openHub([OWN, WEST]), profiles: [] });
    putOwn(own, [{ resource: 'services', object: CONFLICTING }]);
    await settled(view, 2);
    await until(() => {
      const told = textsOf(view.admission, createRequest(serviceExport()));
      expect(told.join('\n')).toContain('PortConflict');
      expect(told).toContain(
        'the hub tells no ClusterProfiles: clusters without exports and properties are not known here, nor counted',
      );
    });
    expect(textsOf(view.admission, createRequest(serviceImport))).toEqual([]);
    expect(view.admission.lookup.profiles()).toEqual([]);
  });
});

it('a member in several inventories is one', async () => {
  const hub = openHub([OWN, WEST, EMPTY]);
  const again = [OWN, WEST, EMPTY].map((member) => profileOf(member, 'second'));
  const { view, api } = await openMember({ ...hub, profiles: [...hub.profiles, ...again] });
  await settled(view, 3);
  expect(view.admission.lookup.profiles()).toHaveLength(6);
  api.remove('clusterprofiles', 'south', 'inventory');
  await until(() => expect(view.admission.lookup.profiles()).toHaveLength(5));
  expect(view.admission.lookup.memberCount()).toBe(3);
});
