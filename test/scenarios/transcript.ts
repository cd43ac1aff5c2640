import { parse as parseYaml } from 'yaml';
import { createClusterSetView, type ClusterSetOptions, type ClusterSetView } from '../../src/clusterset/index.ts';
import type { MemberEvent, MemberResource } from '../../src/kube/member-event.ts';
import type { ObjectChange } from '../../src/kube/object-change.ts';
import { isJsonObject, keyString, type JsonObject, type KubeObject, parseKeyString } from '../../src/kube/object.ts';
import { clusterId, clusterSetProperty, ports, service, serviceExport } from '../support/clusterset-objects.ts';

/*
 * A transcript is a text: lines that start with '> ' are said to a view, '#' starts a comment, all other lines are what
 * the view answers. Replaying keeps commands, comments and empty lines and writes the answers anew.
 *
 *   > set blue union                     options of the view, first if at all
 *   > <cluster> registered
 *   > <cluster> export <ns>/<name> {created: …, labels: {…}, annotations: {…}, conditions: […]}
 *   > <cluster> service <ns>/<name> {ports: 'http TCP/80, TCP/81', …spec}
 *   > <cluster> unexport|drop <ns>/<name>    deletes the ServiceExport or the Service
 *   > <cluster> belongs <set>
 *   > <cluster> synced | left
 *   > take <time>                        prints the changes
 */

const RESOURCES: readonly MemberResource[] = ['serviceexports', 'services', 'namespaces', 'clusterproperties'];

/** Replays the commands of a transcript; the same text when every answer is as it stands there. */
export function replay(transcript: string): string {
  let view = createClusterSetView({ clusterSet: undefined, ipFamilyMode: 'intersection' });
  const lines: string[] = [];
  for (const line of transcript.split('\n')) {
    if (!line.startsWith('> ')) {
      if (line === '' || line.startsWith('#')) lines.push(line);
      continue;
    }
    lines.push(line);
    const words = line.slice(2).split(' ');
    if (words[0] === 'set') view = createClusterSetView(parseOptions(words));
    else if (words[0] === 'take') lines.push(...take(view, words[1] ?? ''));
    else for (const event of parseEvents(words)) view.apply(event);
  }
  return lines.join('\n');
}

function parseOptions([, clusterSet, mode]: readonly string[]): ClusterSetOptions {
  return { clusterSet, ipFamilyMode: mode === 'union' ? 'union' : 'intersection' };
}

function parseEvents([name = '', verb = '', subject = '', ...rest]: readonly string[]): readonly MemberEvent[] {
  const cluster = clusterId(name);
  if (verb === 'registered') return [{ type: 'registered', cluster, fingerprint: undefined }];
  if (verb === 'left') return [{ type: 'left', cluster }];
  if (verb === 'synced') return RESOURCES.map((resource) => ({ type: 'synced', cluster, resource }));
  const { resource, object } = parseObject({ name, verb, subject, body: parseBody(rest.join(' ')) });
  const applied = object === undefined ? [] : [object];
  const deleted = object === undefined ? [parseKeyString(subject)] : [];
  return [{ type: 'changed', cluster, resource, applied, deleted }];
}

interface ObjectCommand {
  readonly name: string;
  readonly verb: string;
  readonly subject: string;
  readonly body: JsonObject;
}

interface ParsedObject {
  readonly resource: MemberResource;
  /** Undefined deletes. */
  readonly object: KubeObject | undefined;
}

function parseObject({ name, verb, subject, body }: ObjectCommand): ParsedObject {
  const key = parseKeyString(subject);
  switch (verb) {
    case 'export':
      return { resource: 'serviceexports', object: parseExport(key, `${name}-${subject}`, body) };
    case 'service':
      return { resource: 'services', object: parseService(key, body) };
    case 'unexport':
      return { resource: 'serviceexports', object: undefined };
    case 'drop':
      return { resource: 'services', object: undefined };
    case 'belongs':
      return { resource: 'clusterproperties', object: clusterSetProperty(subject) };
    default:
      throw new Error(`unknown command: ${name} ${verb}`);
  }
}

function parseBody(text: string): JsonObject {
  const body: unknown = text === '' ? {} : parseYaml(text);
  if (!isJsonObject(body)) throw new Error(`not a map: ${text}`);
  return body;
}

type Key = Pick<KubeObject['metadata'], 'name' | 'namespace'>;

function parseExport(key: Key, uid: string, { created, labels, annotations, conditions }: JsonObject): KubeObject {
  const spec = {
    ...(labels === undefined ? {} : { exportedLabels: labels }),
    ...(annotations === undefined ? {} : { exportedAnnotations: annotations }),
  };
  const creationTimestamp = typeof created === 'string' ? created : null;
  const status = conditions === undefined ? {} : { status: { conditions } };
  return serviceExport({ ...key, uid, creationTimestamp }, { spec, ...status });
}

function parseService(key: Key, { ports: text, ...spec }: JsonObject): KubeObject {
  return service({ ...spec, ...(typeof text === 'string' ? { ports: ports(text) } : {}) }, key);
}

function take(view: ClusterSetView, time: string): readonly string[] {
  const changes = view.takeChanges(Date.parse(time), Infinity);
  return changes.length === 0 ? ['nothing changes'] : changes.flatMap(describeChange);
}

function describeChange({ resource, key, object }: ObjectChange): readonly string[] {
  if (object === undefined) return [`- ${resource} ${keyString(key)}`];
  const { status, spec } = object;
  const { clusters, conditions } = isJsonObject(status) ? status : {};
  const metadata = Object.entries(object.metadata.labels ?? {}).filter(([label]) => !label.includes('/'));
  return [
    `+ ${resource} ${keyString(key)}`,
    ...(resource === 'serviceimports' ? describeSpec(spec) : []),
    ...(metadata.length === 0 ? [] : [`    labels: ${JSON.stringify(Object.fromEntries(metadata))}`]),
    ...(clusters === undefined ? [] : [`    clusters: ${clusterNames(clusters)}`]),
    ...(Array.isArray(conditions) ? conditions.flatMap(describeCondition) : []),
  ];
}

function describeSpec(spec: unknown): readonly string[] {
  if (!isJsonObject(spec)) return [];
  const { ports: list, ...whole } = spec;
  const items = Array.isArray(list) ? list.map((item) => `    port: ${JSON.stringify(item)}`) : [];
  return [`    ${JSON.stringify(whole)}`, ...items];
}

function clusterNames(clusters: unknown): string {
  const names = Array.isArray(clusters) ? clusters.filter(isJsonObject).map((item) => item['cluster']) : [];
  return JSON.stringify(names);
}

function describeCondition(condition: unknown): readonly string[] {
  if (!isJsonObject(condition)) return [];
  const { type, status, reason, message, lastTransitionTime } = condition;
  const head = [type, status, reason, lastTransitionTime].filter((part) => typeof part === 'string').join(' ');
  return [`    ${head}`, ...(status === 'True' && typeof message === 'string' ? [`        ${message}`] : [])];
}
