import { expect } from 'vitest';

import type { ClusterId } from '../../src/kube/cluster-id.ts';
import { parseClusterId } from '../../src/kube/cluster-id.ts';
import type { MemberEvent, MemberStatus } from '../../src/kube/member-event.ts';
import type { KubeObject } from '../../src/kube/object.ts';
import { keyOf, keyString } from '../../src/kube/object.ts';
import type { MembersDeps } from '../../src/members/members.ts';
import { createMembers } from '../../src/members/members.ts';
import type { FakeMember } from './fake-member.ts';
import { createFakeMember } from './fake-member.ts';
import type { ManualTime } from './manual-time.ts';
import { createManualTime } from './manual-time.ts';
import { until } from './until.ts';

export const WEB = { metadata: { name: 'web', namespace: 'shop' } };
export const WEB_SERVICE = {
  ...WEB,
  spec: { type: 'ClusterIP', clusterIP: '10.0.0.1', ports: [{ port: 80 }], selector: { a: 'b' } },
};
const SHOP = { metadata: { name: 'shop' }, status: { phase: 'Active' } };

export function id(name: string): ClusterId {
  const parsed = parseClusterId(name);
  if (!parsed.ok) throw new Error(parsed.error);
  return parsed.value;
}

/** Members over fake clusters, with all that they tell. */
function world(time: ManualTime, more: Partial<MembersDeps> = {}) {
  const logged: string[] = [];
  const log = (fields: object, message: string) => void logged.push(`${message} ${JSON.stringify(fields)}`);
  const members = createMembers({
    clock: time.now,
    random: () => 0.5,
    startTimer: (delayMs, run) => time.schedule(run, delayMs),
    log: { info: log, warn: log, error: log },
    hubFingerprint: () => 'hub-uid',
    allowHub: false,
    snapshotOf: () => undefined,
    ...more,
  });
  const events: MemberEvent[] = [];
  const shown = new Map<string, Map<string, KubeObject>>();
  let statusChanges = 0;
  members.onEvent((event) => {
    events.push(event);
    if (event.type === 'left') shown.delete(event.cluster);
    if (event.type !== 'changed') return;
    const rows = shown.get(event.cluster) ?? new Map<string, KubeObject>();
    shown.set(event.cluster, rows);
    for (const object of event.applied) rows.set(`${event.resource} ${keyString(keyOf(object))}`, object);
    for (const key of event.deleted) rows.delete(`${event.resource} ${keyString(key)}`);
  });
  members.onStatusChange(() => (statusChanges += 1));
  return {
    members,
    events,
    logged,
    statusChanges: () => statusChanges,
    status: (name: string): MemberStatus => {
      const found = members.statuses().find((status) => status.cluster === name);
      if (found === undefined) throw new Error(`no member ${name}`);
      return found;
    },
    rows: (name: string) => [...(shown.get(name)?.keys() ?? [])].sort(),
    row: (name: string, row: string) => shown.get(name)?.get(row),
    types: () => events.map((event) => ('resource' in event ? `${event.type} ${event.resource}` : event.type)),
  };
}

const stops: (() => Promise<void> | void)[] = [];

/** Ends all members and fakes that a test opened; for afterEach. */
export async function closeWorlds(): Promise<void> {
  for (const stop of stops.splice(0).reverse()) await stop();
}

export async function fake(time: ManualTime, fingerprint = 'uid-east'): Promise<FakeMember> {
  const member = await createFakeMember(time.now, fingerprint);
  stops.push(() => member.stop());
  return member;
}

export function open(time: ManualTime, more: Partial<MembersDeps> = {}) {
  const opened = world(time, more);
  stops.push(() => opened.members.stop());
  return opened;
}

export function registration(name: string, member: FakeMember, digest = 'd1') {
  return { name: id(name), digest, connect: member.connect };
}

interface StatusView {
  readonly status: (name: string) => MemberStatus;
}

/** Waits for `phase`, or for `phase reason`. */
export async function becomes(view: StatusView, name: string, wanted: string): Promise<void> {
  await until(() => {
    const { phase, reason } = view.status(name);
    expect(reason === undefined ? phase : `${phase} ${reason}`).toBe(wanted);
  });
}

/** A live member with one exported Service. */
export async function live(more: Partial<MembersDeps> = {}) {
  const time = createManualTime();
  const east = await fake(time);
  east.write('namespaces', SHOP);
  east.write('services', WEB_SERVICE);
  east.write('serviceexports', WEB);
  const view = open(time, more);
  view.members.update([registration('east', east)]);
  await becomes(view, 'east', 'live');
  await until(() => {
    for (const resource of ['services', 'serviceexports', 'namespaces'] as const)
      expect(east.openWatches(resource)).toBe(1);
  });
  return { time, east, view };
}

/** What `live` shows of its member. */
export const ROWS = ['namespaces /shop', 'serviceexports shop/web', 'services shop/web'];
