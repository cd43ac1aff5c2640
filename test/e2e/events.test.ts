import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { eventually } from '../support/eventually.ts';
import type { TestClusterSet } from './support/clusterset.ts';
import { NAMESPACE, startClusterSet } from './support/clusterset.ts';
import { directGet } from './support/direct.ts';
import { namespace, service, serviceExport } from './support/objects.ts';
import type { ConditionView, ObjectView, View } from './support/views.ts';
import { clustersOf, conditionOf, splitKey, viewOf } from './support/views.ts';

const CONFLICT = 'clusterset-apiserver.dev/Conflict';
const REPORTER = 'clusterset-apiserver.dev/apiserver';
const ROLE = ['clusterrole', 'clusterset-apiserver'] as const;
const TROUBLE = 'Events cannot be written on the hub';
const WEB = { ports: [{ name: 'http', port: 8080 }] };

let set: TestClusterSet;
let hub: View;

/** As kubectl and everybody else reads Events, in core/v1. */
interface EventView {
  readonly metadata: { readonly namespace: string; readonly name: string; readonly resourceVersion: string };
  readonly type: string;
  readonly reason: string;
  readonly message: string;
  readonly reportingComponent: string;
  readonly involvedObject: Readonly<Record<string, string>>;
  readonly series?: { readonly count: number };
}

async function ourEvents(): Promise<readonly EventView[]> {
  const { items } = await set.hub.json<{ items: readonly EventView[] }>('get', 'events', '-A');
  return items.filter(({ reportingComponent }) => reportingComponent === REPORTER);
}

async function eventsAbout(name: string, reason: string): Promise<readonly EventView[]> {
  const events = await ourEvents();
  return events.filter((event) => event.involvedObject['name'] === name && event.reason === reason);
}

/** Waits for exactly one Event of this reason about the object. */
function told(name: string, reason: string): Promise<EventView> {
  return eventually(`${reason} of ${name}`, async () => {
    const events = await eventsAbout(name, reason);
    expect(events).toHaveLength(1);
    const [event] = events;
    if (event === undefined) throw new Error('no Event');
    return event;
  });
}

async function apply(member: string, ...manifests: readonly object[]): Promise<void> {
  for (const manifest of manifests) await set.member(member).apply(manifest);
}

function remove(member: string, kind: string, at: string): Promise<string> {
  const { namespace: namespaceName, name } = splitKey(at);
  return set.member(member)('delete', kind, name, '-n', namespaceName);
}

/** Timestamps have whole seconds: what is made after this is younger than what was made before. */
async function nextSecond(): Promise<void> {
  const second = Math.floor(Date.now() / 1000);
  await eventually('the next second', () => expect(Math.floor(Date.now() / 1000)).toBeGreaterThan(second));
}

function conflictOf(object: ObjectView): ConditionView | undefined {
  return conditionOf(object, CONFLICT);
}

function conflictIs(at: string, status: string): Promise<ObjectView> {
  return hub.becomes('svcim', at, (object) => expect(conflictOf(object)?.status).toBe(status));
}

/** East exports it first, then west; with other options of west's Service they differ. */
async function exportTwice(at: string, east: Record<string, unknown>, west: Record<string, unknown>): Promise<void> {
  const { namespace: namespaceName, name } = splitKey(at);
  await apply('east', service(namespaceName, name, east), serviceExport(namespaceName, name));
  await hub.becomes('svcim', at, (object) => expect(clustersOf(object)).toEqual(['east']));
  await nextSecond();
  await apply('west', service(namespaceName, name, west), serviceExport(namespaceName, name));
  await hub.becomes('svcim', at, (object) => expect(clustersOf(object)).toEqual(['east', 'west']));
}

async function metrics(): Promise<string> {
  const bundle = await set.hub(
    ...['get', 'apiservice', 'v1beta1.multicluster.x-k8s.io', '-o', 'jsonpath={.spec.caBundle}'],
  );
  const client = set.controlPlane.cluster('hub').keys.admin;
  return (await directGet(set.port, '/metrics', { ca: Buffer.from(bundle, 'base64').toString(), client })).body;
}

async function counted(result: string): Promise<number> {
  const line = new RegExp(`^clusterset_hub_events_total\\{result="${result}"\\} (\\d+)$`, 'm');
  return Number(line.exec(await metrics())?.[1] ?? NaN);
}

beforeAll(async () => {
  set = await startClusterSet(['east', 'west']);
  hub = viewOf(set.hub);
  for (const member of ['east', 'west']) await apply(member, namespace('prod'), namespace('far'));
  await set.hub.apply(namespace('prod'));
  await set.startServer();
});

afterAll(() => set.stop());

describe('a conflict', () => {
  it('is told on the ServiceImport when it begins, with the winner and why', async () => {
    await exportTwice('prod/api', {}, WEB);
    const object = await conflictIs('prod/api', 'True');
    const event = await told('api', 'ConflictBegan');
    expect(event.type).toBe('Warning');
    expect(event.message).toBe(`PortConflict: ${conflictOf(object)?.message ?? ''}`);
    expect(event.message).toContain('precedence of "east" (oldest export');
    expect(event.involvedObject).toMatchObject({
      apiVersion: 'multicluster.x-k8s.io/v1beta1',
      kind: 'ServiceImport',
      namespace: 'prod',
      name: 'api',
      uid: object.metadata.uid,
    });
  });

  it('is shown by kubectl describe and kubectl events', async () => {
    const described = await set.hub('describe', 'serviceimport', 'api', '-n', 'prod');
    expect(described).toMatch(/^Events:\n[^]*Warning +ConflictBegan .*PortConflict: .*"east"/m);
    const listed = await set.hub('events', '-n', 'prod', '--for', 'serviceimport/api');
    expect(listed).toMatch(/Warning +ConflictBegan +ServiceImport\/api +PortConflict: /);
  });

  it('is told when it ends', async () => {
    await apply('west', service('prod', 'api'));
    await conflictIs('prod/api', 'False');
    expect((await told('api', 'ConflictEnded')).message).toBe('All exporting clusters agree. It was PortConflict.');
    expect(await set.hub('describe', 'serviceimport', 'api', '-n', 'prod')).toMatch(/Normal +ConflictEnded/);
  });

  it('that begins again in the same way makes its first Event a series', async () => {
    await apply('west', service('prod', 'api', WEB));
    await conflictIs('prod/api', 'True');
    await eventually('the series', async () => expect((await told('api', 'ConflictBegan')).series?.count).toBe(2));
    expect(await set.hub('describe', 'serviceimport', 'api', '-n', 'prod')).toMatch(/ConflictBegan +\S+ \(x2 over/);
    expect(await counted('deduplicated')).toBe(1);
  });
});

describe('a ServiceImport', () => {
  it('whose type changes with its winner is told about', async () => {
    await exportTwice('prod/db', { headless: true }, {});
    await told('db', 'ConflictBegan');
    await remove('east', 'serviceexport', 'prod/db');
    await hub.becomes('svcim', 'prod/db', (object) => expect(object.spec?.['type']).toBe('ClusterSetIP'));
    const event = await told('db', 'TypeChanged');
    expect(event.message).toBe('The type changed from Headless to ClusterSetIP.');
    expect(event.type).toBe('Warning');
  });

  it('that goes with its last export is told about', async () => {
    await remove('west', 'serviceexport', 'prod/db');
    await hub.vanishes('svcim', 'prod/db');
    expect((await told('db', 'LastExportGone')).message).toBe('No valid export is left; it was exported by west.');
    const listed = await set.hub('events', '-n', 'prod', '--for', 'serviceimport/db');
    expect(listed).toMatch(/Normal +LastExportGone +ServiceImport\/db/);
  });

  it('in a namespace that the hub lacks is told about in our namespace, as the object that it is', async () => {
    await exportTwice('far/remote', {}, WEB);
    const object = await conflictIs('far/remote', 'True');
    const event = await told('remote', 'ConflictBegan');
    expect(event.metadata.namespace).toBe(NAMESPACE);
    expect(event.involvedObject).toMatchObject({
      kind: 'ServiceImport',
      namespace: 'far',
      name: 'remote',
      uid: object.metadata.uid,
    });
    const listed = await set.hub('events', '-n', NAMESPACE, '--for', 'serviceimport/remote');
    expect(listed).toContain('ConflictBegan');
  });
});

describe('while nothing of this happens', () => {
  it('nothing is written', async () => {
    const before = await ourEvents();
    const written = await counted('written');
    await exportTwice('prod/quiet', {}, {});
    await remove('east', 'serviceexport', 'prod/quiet');
    await hub.becomes('svcim', 'prod/quiet', (object) => expect(clustersOf(object)).toEqual(['west']));
    // Events are written in order: with this one, any before it would be there.
    await exportTwice('prod/marker', {}, WEB);
    const marker = await told('marker', 'ConflictBegan');
    expect((await ourEvents()).filter(({ metadata }) => metadata.name !== marker.metadata.name)).toEqual(before);
    await eventually('its count', async () => expect(await counted('written')).toBe(written + 1));
  });
});

describe('a member', () => {
  it('that cannot be reached is told about, and told about when it is back', async () => {
    await set.controlPlane.cluster('west').stop();
    const stale = await told('clusterset-apiserver', 'MemberStale');
    expect(stale.message).toMatch(/^Member cluster west cannot be followed any more; its last known objects stay\. /);
    expect(stale.metadata.namespace).toBe(NAMESPACE);
    await set.controlPlane.cluster('west').start();
    const back = await told('clusterset-apiserver', 'MemberReturned');
    expect(back.message).toBe('Member cluster west is followed again.');
    const listed = await set.hub('events', '-n', NAMESPACE, '--for', 'service/clusterset-apiserver');
    expect(listed).toMatch(/Warning +MemberStale[^]*Normal +MemberReturned/);
    await eventually('an end to its coming and going', () => isSettled('west'));
  });
});

/** A kube-apiserver that was started refuses things until it has read its roles, and is told about as stale again. */
async function isSettled(member: string): Promise<void> {
  const account = `--as=system:serviceaccount:${NAMESPACE}:clusterset-apiserver-reader`;
  for (const resource of ['serviceexports.multicluster.x-k8s.io', 'services', 'namespaces']) {
    const { stdout } = await set.member(member).result(['auth', 'can-i', 'list', resource, '-A', account]);
    expect(stdout.trim()).toBe('yes');
  }
  expect(await metrics()).toContain(`clusterset_member_state{member="${member}",state="live",reason=""} 1`);
  const events = await ourEvents();
  const times = (reason: string): number =>
    events.filter((event) => event.reason === reason).reduce((sum, { series }) => sum + (series?.count ?? 1), 0);
  expect(times('MemberReturned')).toBe(times('MemberStale'));
}

describe('a hub that forbids Events', () => {
  const mayWrite = async (): Promise<string> => {
    const account = `--as=system:serviceaccount:${NAMESPACE}:clusterset-apiserver`;
    return (
      await set.hub.result(['auth', 'can-i', 'create', 'events.events.k8s.io', '-n', 'prod', account])
    ).stdout.trim();
  };
  const troubles = (): number => set.server().output().split(TROUBLE).length - 1;

  it('is served as before, and the log says it once', async () => {
    const role = await set.hub.json<{ rules: readonly { apiGroups: readonly string[] }[] }>('get', ...ROLE);
    const rules = role.rules.filter(({ apiGroups }) => !apiGroups.includes('events.k8s.io'));
    const patch = (value: unknown) => set.hub('patch', ...ROLE, '--type=merge', '-p', JSON.stringify({ rules: value }));
    await patch(rules);
    await eventually('the right to be gone', async () => expect(await mayWrite()).toBe('no'));
    for (const name of ['one', 'two', 'three']) {
      await exportTwice(`prod/${name}`, {}, WEB);
      await conflictIs(`prod/${name}`, 'True');
    }
    await eventually('three failures', async () => expect(await counted('failed')).toBe(3));
    expect(troubles()).toBe(1);
    expect(set.server().output()).toContain('is forbidden');

    await patch(role.rules);
    await eventually('the right to be back', async () => expect(await mayWrite()).toBe('yes'));
    await exportTwice('prod/four', {}, WEB);
    await told('four', 'ConflictBegan');
    await eventually('the end of the trouble', () =>
      expect(set.server().output()).toContain('Events can be written on the hub again'),
    );
    expect(troubles()).toBe(1);
  });
});

describe('Events that are switched off', () => {
  it('are not written', async () => {
    await set.stopServer();
    await set.startServer(['--events=false']);
    const before = await ourEvents();
    await exportTwice('prod/silent', {}, WEB);
    await conflictIs('prod/silent', 'True');
    expect(await ourEvents()).toEqual(before);
    expect(await metrics()).not.toContain('clusterset_hub_events_total');
  });

  it('are not made up for after the next start, which tells nothing of what was so before', async () => {
    const before = await ourEvents();
    await set.stopServer();
    await set.startServer();
    await exportTwice('prod/last', {}, WEB);
    const last = await told('last', 'ConflictBegan');
    expect((await ourEvents()).filter(({ metadata }) => metadata.name !== last.metadata.name)).toEqual(before);
  });
});
