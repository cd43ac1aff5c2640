import type { Cluster, User } from '@kubernetes/client-node';
import { KubeConfig } from '@kubernetes/client-node';
import { LineCounter, parseDocument } from 'yaml';
import type { JsonObject } from '../kube/object.ts';
import { isJsonObject } from '../kube/object.ts';
import type { Outcome } from '../kube/outcome.ts';
import { failed, succeeded } from '../kube/outcome.ts';

/** A longer kubeconfig is refused before it is parsed. */
export const KUBECONFIG_BYTES_MAX = 4 * 1024 * 1024;
/** Aliases that a YAML document may expand to. */
const YAML_ALIASES_MAX = 100;

/**
 * One context with what it refers to. `cluster` and `user` are what the client library reads; `clusterFields` and
 * `userFields` are the same entries as written, for the fields that it drops (tokenFile, impersonation, extensions).
 */
export interface KubeconfigEntry {
  readonly cluster: Cluster;
  readonly clusterFields: JsonObject;
  readonly user: User | undefined;
  readonly userName: string;
  readonly userFields: JsonObject;
}

/** A parsed kubeconfig. Its content is behind a function so that no log line can print it. */
export interface Kubeconfig {
  /** Relative paths in it start here. */
  readonly baseDirectory: string;
  readonly currentContext: string | undefined;
  readonly contexts: readonly string[];
  readonly entry: (context: string) => Outcome<KubeconfigEntry, string>;
  /** What others keep in a context, which the client library drops; [] for a context that is not there. */
  readonly contextExtensions: (context: string) => readonly JsonObject[];
}

/** The names of all contexts, in the order of the file. */
export function contextNames(kubeconfig: Kubeconfig): readonly string[] {
  return kubeconfig.contexts;
}

/** Reads YAML or JSON. Errors say where and what, never with text of the document: it may hold credentials. */
export function parseKubeconfig(
  text: string,
  { baseDirectory }: { baseDirectory: string },
): Outcome<Kubeconfig, string> {
  if (Buffer.byteLength(text) > KUBECONFIG_BYTES_MAX) {
    return failed(`kubeconfig is longer than ${KUBECONFIG_BYTES_MAX} bytes`);
  }
  const document = parseYaml(text);
  if (!document.ok) return document;
  const lists = readLists(document.value);
  if (!lists.ok) return lists;
  const current = document.value['current-context'];
  if (current !== undefined && current !== null && typeof current !== 'string') {
    return failed('kubeconfig: current-context must be a string');
  }
  const { clusters, contexts, users } = lists.value;
  const config = new KubeConfig();
  try {
    config.loadFromString(JSON.stringify(document.value));
  } catch {
    return failed('kubeconfig: an entry has a field of the wrong type');
  }
  return succeeded({
    baseDirectory,
    currentContext: typeof current === 'string' && current !== '' ? current : undefined,
    contexts: [...contexts.keys()],
    entry: (name) => findEntry({ config, clusters, contexts, users }, name),
    contextExtensions: (name) => objectsIn(contexts.get(name)?.['extensions']),
  });
}

interface Lists {
  readonly clusters: ReadonlyMap<string, JsonObject>;
  readonly contexts: ReadonlyMap<string, JsonObject>;
  readonly users: ReadonlyMap<string, JsonObject>;
}

function findEntry(parsed: Lists & { config: KubeConfig }, name: string): Outcome<KubeconfigEntry, string> {
  const context = parsed.contexts.get(name);
  if (context === undefined) return failed(`context "${name}" is not in the kubeconfig`);
  const clusterName = textOf(context['cluster']);
  const userName = textOf(context['user']);
  const clusterFields = parsed.clusters.get(clusterName);
  const cluster = parsed.config.getCluster(clusterName);
  if (clusterFields === undefined || cluster === null) {
    return failed(`context "${name}": cluster "${clusterName}" is not in the kubeconfig`);
  }
  const userFields = parsed.users.get(userName);
  if (userName !== '' && userFields === undefined) {
    return failed(`context "${name}": user "${userName}" is not in the kubeconfig`);
  }
  const user = parsed.config.getUser(userName) ?? undefined;
  return succeeded({ cluster, clusterFields, user, userName, userFields: userFields ?? {} });
}

function parseYaml(text: string): Outcome<JsonObject, string> {
  const lines = new LineCounter();
  try {
    const document = parseDocument(text, { prettyErrors: false, lineCounter: lines, logLevel: 'silent' });
    const [fault] = document.errors;
    if (fault !== undefined) {
      return failed(`kubeconfig is not valid YAML at line ${lines.linePos(fault.pos[0]).line} (${fault.code})`);
    }
    const value: unknown = document.toJS({ maxAliasCount: YAML_ALIASES_MAX });
    return isJsonObject(value) ? succeeded(value) : failed('kubeconfig is not a YAML mapping');
  } catch {
    return failed('kubeconfig is not valid YAML');
  }
}

function readLists(document: JsonObject): Outcome<Lists, string> {
  const clusters = readList(document, 'clusters', 'cluster');
  if (!clusters.ok) return clusters;
  const contexts = readList(document, 'contexts', 'context');
  if (!contexts.ok) return contexts;
  const users = readList(document, 'users', 'user');
  if (!users.ok) return users;
  const fault =
    missingText(clusters.value, 'cluster', 'server') ??
    missingText(contexts.value, 'context', 'cluster') ??
    tokenFileFault(users.value);
  if (fault !== undefined) return failed(fault);
  return succeeded({ clusters: clusters.value, contexts: contexts.value, users: users.value });
}

function missingText(entries: ReadonlyMap<string, JsonObject>, type: string, field: string): string | undefined {
  for (const [name, fields] of entries) {
    if (textOf(fields[field]) === '') return `kubeconfig: ${type} "${name}": ${field} must be set`;
  }
  return undefined;
}

/** The client library would read a `token-file` at once, whatever the caller's policy says about files. */
function tokenFileFault(users: ReadonlyMap<string, JsonObject>): string | undefined {
  for (const [name, fields] of users) {
    if ('token-file' in fields) return `kubeconfig: user "${name}": token-file is not a field; use tokenFile`;
  }
  return undefined;
}

/** A named list such as `clusters`, whose entries hold their fields under `inner`. */
function readList(document: JsonObject, list: string, inner: string): Outcome<Map<string, JsonObject>, string> {
  const found = new Map<string, JsonObject>();
  const entries = document[list] ?? [];
  if (!Array.isArray(entries)) return failed(`kubeconfig: ${list} must be a list`);
  for (const [index, entry] of entries.entries()) {
    const name = textOf(isJsonObject(entry) ? entry['name'] : undefined);
    if (!isJsonObject(entry) || name === '') return failed(`kubeconfig: ${list}[${index}].name must be set`);
    const fields = entry[inner];
    if (!isJsonObject(fields)) return failed(`kubeconfig: ${inner} "${name}" has no ${inner} mapping`);
    if (found.has(name)) return failed(`kubeconfig: ${inner} "${name}" is there twice`);
    found.set(name, fields);
  }
  return succeeded(found);
}

function objectsIn(value: unknown): readonly JsonObject[] {
  return Array.isArray(value) ? value.filter(isJsonObject) : [];
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : '';
}
