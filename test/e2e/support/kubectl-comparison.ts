import type { JsonValue } from '../../../src/kube/object.ts';
import { isJsonObject } from '../../../src/kube/object.ts';
import { DOMAIN, MULTICLUSTER_GROUP } from '../../../src/kube/domain.ts';
import type { Cluster, Kubectl } from '../../support/control-plane/index.ts';
import { rawRequest } from './http.ts';
import type { Step } from './kubectl-cases.ts';

/** Where commands run, and the cluster in which their objects land. */
export interface Place {
  readonly name: 'hub' | 'member';
  readonly cluster: Cluster;
  readonly kubectl: Kubectl;
  readonly member: Cluster;
  /** What stands before the name of an object here; '' in a member. */
  readonly prefix: string;
}

/** What a step said and left behind, with everything taken out that differs by nature. */
export interface Outcome {
  readonly code: number;
  readonly stdout: JsonValue;
  readonly stderr: JsonValue;
  /** The ServiceExports of the case's namespace in the member. */
  readonly landed: JsonValue;
  /** The same as the place itself shows them. */
  readonly shown: JsonValue;
}

/** Runs a step and looks at what came of it. */
export async function take(place: Place, namespace: string, step: Step): Promise<Outcome> {
  const fill = (text: string): string => fillIn(text, place, namespace);
  const args = step.args.map(fill);
  const isPlaced = args.includes('-n') || args.includes('--raw');
  const result = await place.kubectl.result([...args, ...(isPlaced ? [] : ['-n', namespace])], {
    ...(step.input === undefined ? {} : { input: fill(step.input) }),
    ...(step.editor === undefined ? {} : { env: { KUBE_EDITOR: `sed -i -e '${step.editor}'` } }),
  });
  const isDiff = args[0] === 'diff';
  return {
    code: result.code,
    stdout: isDiff ? plainDiff(plainText(result.stdout, place)) : plainOutput(result.stdout, place),
    stderr: plainText(result.stderr, place).split('\n'),
    landed: plainObject(appliedNames(await exportsOf(place.member, namespace), place.prefix)),
    shown: plainObject(await exportsOf(place.cluster, namespace, place.prefix)),
  };
}

/** Everything a step printed, for patterns. */
export function printed({ code, stdout, stderr }: Outcome): string {
  const text = (value: JsonValue): string => (Array.isArray(value) ? value.join('\n') : JSON.stringify(value));
  return `exit ${code}\n${text(stdout)}\n${text(stderr)}`;
}

function fillIn(text: string, { prefix }: Place, namespace: string): string {
  return text.replaceAll(/\{([a-z]+)\}/g, (_whole, name: string) => (name === 'ns' ? namespace : `${prefix}${name}`));
}

async function exportsOf(cluster: Cluster, namespace: string, prefix = ''): Promise<JsonValue> {
  const path = `/apis/${MULTICLUSTER_GROUP}/v1beta1/namespaces/${namespace}/serviceexports`;
  const { status, body } = await rawRequest(cluster, path);
  if (status !== 200) throw new Error(`${path}: ${status} ${body}`);
  const { items } = JSON.parse(body) as { items: readonly { metadata: { name: string } }[] };
  // Rows of other members have the same namespace.
  const own = items.filter(({ metadata }) => metadata.name.startsWith(prefix));
  return JSON.parse(plainName(JSON.stringify(own), prefix)) as JsonValue;
}

/** Names as the member has them inside of what `kubectl apply` noted as last applied, and nowhere else. */
function appliedNames(objects: JsonValue, prefix: string): JsonValue {
  const noted = '\\"name\\":\\"';
  return JSON.parse(JSON.stringify(objects).replaceAll(`${noted}${prefix}`, noted)) as JsonValue;
}

function plainOutput(text: string, place: Place): JsonValue {
  const plain = plainName(text, place.prefix);
  if (!plain.startsWith('{')) return plainText(text, place).split('\n');
  try {
    return plainObject(JSON.parse(plain) as JsonValue);
  } catch {
    return plainText(text, place).split('\n');
  }
}

/** Names as the member has them, also inside of quoted JSON. */
export function plainName(text: string, prefix: string): string {
  if (prefix === '') return text;
  return text.replaceAll(new RegExp(`\\b${prefix.replace('.', '\\.')}(?=[a-z])`, 'g'), '');
}

const RANDOM: readonly (readonly [RegExp, string])[] = [
  [/[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}/g, 'UID'],
  [/\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ/g, 'TIME'],
  [/"resourceVersion":"\d{2,}"/g, '"resourceVersion":"RV"'],
  [/ResourceVersion in record \(\d+\)/g, 'ResourceVersion in record (RV)'],
  // The whole object that a patch came to.
  [/Invalid value: "\{\\"apiVersion.*?\}": /g, 'Invalid value: "OBJECT": '],
  [/\bgen-[a-z0-9]{5}\b/g, 'gen-RANDOM'],
  [/https:\/\/127\.0\.0\.1:\d+/g, 'SERVER'],
  [/\/tmp\/[\w.-]+/g, 'FILE'],
];

function plainText(text: string, { prefix }: Place): string {
  const named = plainName(text, prefix);
  const cluster = prefix.slice(0, -1);
  const plain =
    prefix === ''
      ? named
      : named.replaceAll(`Warning: ${cluster}: `, 'Warning: ').replaceAll(`member cluster "${cluster}": `, '');
  return RANDOM.reduce((result, [pattern, word]) => result.replaceAll(pattern, word), plain);
}

/**
 * What a diff changes, without what rows have more: their metadata, which also moves positions and surroundings, and
 * their status.
 */
function plainDiff(text: string): readonly string[] {
  const changes = text.split('\n').filter((line) => /^[+-](?!\+\+|--)/.test(line));
  let isStatus = false;
  return changes.filter((line) => {
    if (/^[+-]\S/.test(line)) isStatus = /^[+-]status:/.test(line);
    return (
      !isStatus &&
      !line.includes(DOMAIN) &&
      !/^[+-] {2}(uid|resourceVersion|labels|annotations|  observedGeneration):/.test(line)
    );
  });
}

/**
 * An object without what differs by nature: identity, times, the metadata of rows, finalizers of garbage collectors, and
 * the computed status.
 */
export function plainObject(value: JsonValue): JsonValue {
  if (Array.isArray(value)) return value.map(plainObject);
  if (typeof value === 'string') return RANDOM.reduce((text, [pattern, word]) => text.replaceAll(pattern, word), value);
  if (!isJsonObject(value)) return value;
  const entries = Object.entries(value).flatMap(([key, field]): [string, JsonValue][] => {
    const kept = field === undefined ? undefined : (FIELDS.get(key) ?? same)(field);
    return kept === undefined ? [] : [[key, plainObject(kept)]];
  });
  return Object.fromEntries(entries);
}

/** Leaves something out of a field, or all of it. */
type Plain = (field: JsonValue) => JsonValue | undefined;

const same: Plain = (field) => field;
const exceptText: Plain = (field) => (typeof field === 'string' ? undefined : field);
const exceptObject: Plain = (field) => (isJsonObject(field) ? undefined : field);

const exceptOwn: Plain = (field) => {
  if (!isJsonObject(field)) return field;
  const others = Object.entries(field).filter(([name]) => !name.startsWith(`${DOMAIN}/`));
  return others.length === 0 ? undefined : Object.fromEntries(others);
};

const COLLECTORS: ReadonlySet<JsonValue> = new Set(['orphan', 'foregroundDeletion']);

const exceptCollectors: Plain = (field) => {
  if (!Array.isArray(field)) return field;
  const others = field.filter((finalizer: JsonValue) => !COLLECTORS.has(finalizer));
  return others.length === 0 ? undefined : others;
};

/** Entries of the same second are ordered by their manager, others by time. */
const sorted: Plain = (field) =>
  Array.isArray(field)
    ? field.toSorted((one: JsonValue, other: JsonValue) => (keyOf(one) < keyOf(other) ? -1 : 1))
    : field;

function keyOf(entry: JsonValue): string {
  if (!isJsonObject(entry)) return '';
  return ['manager', 'operation', 'apiVersion', 'subresource'].map((key) => JSON.stringify(entry[key] ?? '')).join();
}

const FIELDS: ReadonlyMap<string, Plain> = new Map([
  ['managedFields', sorted],
  ...['uid', 'resourceVersion', 'creationTimestamp', 'time'].map((key) => [key, exceptText] as const),
  ...['labels', 'annotations'].map((key) => [key, exceptOwn] as const),
  ['finalizers', exceptCollectors],
  ['status', exceptObject],
]);
