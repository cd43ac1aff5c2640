import type { Endpoint } from './client.ts';
import { eventually } from '../support/eventually.ts';
import type { ExportedName } from './content.ts';
import { exportedNames, exportEntry, MARK_ANNOTATION, memberEntries } from './content.ts';
import { createEtcdWriter } from './etcd-writer.ts';
import type { WriteClient, WriteRequest } from './write-client.ts';
import { createWriteClient } from './write-client.ts';
import type { World } from './world.ts';
import { define, endpointOf, GROUP_PATH, register } from './world.ts';

/** A member of its own, whose etcd waits for the disk. */
const MEMBER = 'durable';
/** Exports that one target has at once, at most. */
export const TARGET_NAMES_MAX = 256;
const TARGETS = 3;
const TAKES_WRITES_DEADLINE_MS = 60_000;
const CONTENT_TYPES = { patch: 'application/merge-patch+json', apply: 'application/apply-patch+yaml' } as const;
const JSON_TYPE = 'application/json';

export const WRITE_VERBS = ['create', 'update', 'patch', 'apply', 'delete'] as const;
export type WriteVerb = (typeof WRITE_VERBS)[number];

/** One way to the member. */
export interface WriteTarget {
  readonly client: WriteClient;
  /** The process that takes the requests, and the hub in front of it. */
  readonly pid: number;
  readonly proxyPid: number | undefined;
  /** Of the object with this index; each target has its own objects. */
  readonly request: (verb: WriteVerb, index: number) => WriteRequest;
  /** What an update sends back is what was answered last. */
  readonly answered: (index: number, text: string) => void;
}

export interface WriteTargets {
  readonly own: WriteTarget;
  readonly hub: WriteTarget;
  readonly member: WriteTarget;
  readonly memberPid: number;
  readonly close: () => void;
}

/** Adds the member, with a Service for each export that will be made, and waits until our server takes writes to it. */
export async function openWriteTargets(world: World): Promise<WriteTargets> {
  const { controlPlane } = world;
  const etcdUrl = await controlPlane.addDurableEtcd(MEMBER);
  const cluster = await controlPlane.add(MEMBER, [], etcdUrl);
  await define(controlPlane, MEMBER);
  // Names that no other member exports: what is measured is the write, not a conflict.
  const names = exportedNames(TARGET_NAMES_MAX * TARGETS, 1).map((name) => ({
    ...name,
    namespace: name.namespace.replace('team', 'writes'),
  }));
  const namesOf = (position: number): readonly ExportedName[] =>
    names.filter(({ index }) => index % TARGETS === position);
  const writer = createEtcdWriter(etcdUrl);
  await writer.put(memberEntries(names, MEMBER, 0).filter(({ key }) => !key.includes('/serviceexports/')));
  writer.close();
  await register(controlPlane, MEMBER, '--with-write-rights');
  const { own: ownPid, hub: hubPid } = { own: world.ownPid(), hub: world.hubPid() };
  const member = createTarget(
    { names: namesOf(0), prefix: '' },
    { endpoint: endpointOf(cluster), pid: cluster.pid(), proxyPid: undefined },
  );
  const prefix = `${MEMBER}.`;
  const own = createTarget({ names: namesOf(1), prefix }, { endpoint: world.own, pid: ownPid, proxyPid: undefined });
  const hub = createTarget(
    { names: namesOf(2), prefix },
    { endpoint: world.throughHub, pid: ownPid, proxyPid: hubPid },
  );
  for (const { client, request } of [member, own, hub]) {
    await eventually('writes to the member', () => client.send(request('create', 0)), TAKES_WRITES_DEADLINE_MS);
    await client.send(request('delete', 0));
  }
  const close = (): void => [own, hub, member].forEach(({ client }) => client.close());
  return { own, hub, member, memberPid: cluster.pid(), close };
}

interface TargetNames {
  readonly names: readonly ExportedName[];
  /** Before the name of an object. */
  readonly prefix: string;
}

interface Reached {
  readonly endpoint: Endpoint;
  readonly pid: number;
  readonly proxyPid: number | undefined;
}

function createTarget({ names, prefix }: TargetNames, { endpoint, pid, proxyPid }: Reached): WriteTarget {
  const last = new Map<number, string>();
  let sequence = 0;
  return {
    client: createWriteClient(endpoint),
    pid,
    proxyPid,
    request: (verb, index) => {
      const name = names[index];
      if (name === undefined) throw new Error(`no name ${index}`);
      // Each write changes something: what changes nothing is not stored.
      sequence += 1;
      return writeRequest(verb, { name, prefix, mark: `${sequence}`, last: last.get(index) });
    },
    answered: (index, text) => void last.set(index, text),
  };
}

interface Subject {
  readonly name: ExportedName;
  readonly prefix: string;
  readonly mark: string;
  readonly last: string | undefined;
}

function writeRequest(verb: WriteVerb, subject: Subject): WriteRequest {
  const { name, prefix } = subject;
  const collection = `${GROUP_PATH}/namespaces/${name.namespace}/serviceexports`;
  const path = `${collection}/${prefix}${name.name}`;
  const options = 'fieldManager=bench';
  switch (verb) {
    case 'create':
      return { method: 'POST', path: `${collection}?${options}`, contentType: JSON_TYPE, body: newObject(subject) };
    case 'update':
      return { method: 'PUT', path: `${path}?${options}`, contentType: JSON_TYPE, body: changedObject(subject) };
    case 'patch':
      return { method: 'PATCH', path: `${path}?${options}`, contentType: CONTENT_TYPES.patch, body: patch(subject) };
    case 'apply': {
      const body = newObject(subject);
      return { method: 'PATCH', path: `${path}?${options}&force=true`, contentType: CONTENT_TYPES.apply, body };
    }
    case 'delete':
      return { method: 'DELETE', path, contentType: JSON_TYPE, body: '' };
  }
}

/** As somebody writes it who knows of no server's fields. */
function newObject({ name, prefix, mark }: Subject): string {
  const { value } = exportEntry(name, { member: MEMBER, position: 0 }, mark);
  const { apiVersion, kind, metadata, spec } = value as WrittenExport;
  const { namespace, labels } = metadata;
  return JSON.stringify({ apiVersion, kind, metadata: { name: `${prefix}${name.name}`, namespace, labels }, spec });
}

/** What was answered last with one annotation changed, as a controller writes it. */
function changedObject({ last = '', mark }: Subject): string {
  const object = JSON.parse(last) as WrittenExport;
  const exportedAnnotations = { ...object.spec.exportedAnnotations, [MARK_ANNOTATION]: mark };
  return JSON.stringify({ ...object, spec: { ...object.spec, exportedAnnotations } });
}

function patch({ mark }: Subject): string {
  return JSON.stringify({ spec: { exportedAnnotations: { [MARK_ANNOTATION]: mark } } });
}

interface WrittenExport {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: Readonly<Record<string, unknown>>;
  readonly spec: { readonly exportedAnnotations: Readonly<Record<string, string>> };
}
