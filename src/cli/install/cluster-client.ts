import type { KubeConnection, KubeRequest } from '../../connection/types.ts';
import { parseJson, stringifyJson } from '../../kube/json.ts';
import { deepEqual } from '../../kube/deep-equal.ts';
import { isJsonList, isJsonObject, textAt } from '../../kube/object.ts';
import type { JsonObject } from '../../kube/object.ts';
import type { Manifest } from './manifest.ts';
import { objectPath } from './manifest.ts';
import { FIELD_MANAGER } from './names.ts';

const TIMEOUT_MS = 30_000;
/** Of the objects in one page of a list. */
const PAGE_OBJECTS = 500;
const METADATA_LIST = 'application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1';

export interface ApplyResult {
  readonly change: 'created' | 'configured' | 'unchanged';
  readonly object: JsonObject;
}

/** The few calls that installation makes; a refused one throws with the server's own message. */
export interface ClusterClient {
  readonly server: string;
  get(path: string): Promise<JsonObject | undefined>;
  /** The names of the objects of a collection that a label selector takes. */
  listNames(path: string, labelSelector: string): Promise<readonly string[]>;
  /** The objects of a collection that a label selector takes, whole. */
  list(path: string, labelSelector: string): Promise<readonly JsonObject[]>;
  /** The metadata of all objects of a collection, in pages; none when there is no such collection. */
  listMetadata(path: string, labelSelector?: string): Promise<readonly JsonObject[]>;
  /** A merge patch; the answer is the object as it is then. */
  merge(path: string, patch: JsonObject, dryRun: boolean): Promise<JsonObject>;
  create(path: string, body: JsonObject): Promise<JsonObject>;
  /** What a POST would be answered with, in a dry run. */
  attempt(path: string, body: JsonObject): Promise<Answer>;
  /** Server-side apply under our installer's manager, taking over fields that an earlier run or a person set. */
  apply(object: Manifest, dryRun: boolean): Promise<ApplyResult>;
  /** False when it was not there. */
  remove(object: Manifest, dryRun: boolean): Promise<boolean>;
  /** Seconds by which the server's clock is ahead, from its Date header; undefined if it sent none. */
  clockSkewSeconds(): Promise<number | undefined>;
}

export interface Answer {
  readonly status: number;
  readonly object: JsonObject;
}

type Call = (request: Omit<KubeRequest, 'timeoutMs'>) => Promise<Answer>;
type Reads = Pick<ClusterClient, 'get' | 'list' | 'listNames' | 'listMetadata'>;

function createReads(call: Call): Reads {
  const listMetadata: Reads['listMetadata'] = async (path, labelSelector = '') => {
    const found: JsonObject[] = [];
    let token = '';
    do {
      const query = { limit: String(PAGE_OBJECTS), continue: token, labelSelector };
      const page = await call({ method: 'GET', path, query, headers: { accept: METADATA_LIST } });
      if (page.status === 404) return [];
      const { items, metadata } = expectSuccess(page.status, page.object, `list ${path}`);
      found.push(...(isJsonList(items) ? items.filter(isJsonObject) : []));
      token = textAt(metadata, 'continue') ?? '';
    } while (token !== '');
    return found;
  };
  return {
    get: async (path) => {
      const { status, object } = await call({ method: 'GET', path });
      return status === 404 ? undefined : expectSuccess(status, object, `read ${path}`);
    },
    listNames: async (path, labelSelector) =>
      (await listMetadata(path, labelSelector)).flatMap((object) => textAt(object, 'metadata', 'name') ?? []),
    listMetadata,
    list: async (path, labelSelector) => {
      const { status, object } = await call({ method: 'GET', path, query: { labelSelector } });
      const { items } = expectSuccess(status, object, `list ${path}`);
      return isJsonList(items) ? items.filter(isJsonObject) : [];
    },
  };
}

export function createClusterClient(connection: KubeConnection, clock: () => number): ClusterClient {
  const call: Call = async (request) => {
    const response = await connection.request({ ...request, timeoutMs: TIMEOUT_MS });
    return { status: response.status, object: readBody(response.body) };
  };
  const reads = createReads(call);
  return {
    server: connection.server,
    ...reads,
    merge: async (path, patch, dryRun) => {
      const { status, object } = await call({
        ...{ method: 'PATCH', path, body: stringifyJson(patch) },
        query: { fieldManager: FIELD_MANAGER, ...(dryRun ? { dryRun: 'All' } : {}) },
        headers: { 'content-type': 'application/merge-patch+json' },
      });
      return expectSuccess(status, object, `patch ${path}`);
    },
    create: async (path, body) => {
      const { status, object } = await call({ method: 'POST', path, body: stringifyJson(body) });
      return expectSuccess(status, object, `create in ${path}`);
    },
    attempt: (path, body) => call({ method: 'POST', path, query: { dryRun: 'All' }, body: stringifyJson(body) }),
    apply: async (object, dryRun) => {
      const path = objectPath(object);
      const before = await reads.get(path);
      const answer = await call({
        method: 'PATCH',
        path,
        query: { fieldManager: FIELD_MANAGER, force: 'true', ...(dryRun ? { dryRun: 'All' } : {}) },
        headers: { 'content-type': 'application/apply-patch+yaml' },
        body: stringifyJson(object),
      });
      const after = expectSuccess(answer.status, answer.object, `apply ${path}`);
      return { change: changeBetween(before, after), object: after };
    },
    remove: async (object, dryRun) => {
      const path = objectPath(object);
      // kube-apiserver reads no options from the query where there is a body.
      const body = {
        ...{ kind: 'DeleteOptions', apiVersion: 'v1', propagationPolicy: 'Background' },
        ...(dryRun ? { dryRun: ['All'] } : {}),
      };
      const answer = await call({ method: 'DELETE', path, body: stringifyJson(body) });
      if (answer.status === 404) return false;
      expectSuccess(answer.status, answer.object, `delete ${path}`);
      return true;
    },
    clockSkewSeconds: async () => {
      const response = await connection.request({ method: 'GET', path: '/version', timeoutMs: TIMEOUT_MS });
      const date = Date.parse(String(response.headers.date));
      return Number.isNaN(date) ? undefined : Math.round((date - clock()) / 1000);
    },
  };
}

/**
 * By content: a dry run answers with the stored resourceVersion whatever it would change. What every write touches
 * (managedFields, generation, status) is no change.
 */
function changeBetween(before: JsonObject | undefined, after: JsonObject): ApplyResult['change'] {
  if (before === undefined) return 'created';
  return deepEqual(desired(before), desired(after)) ? 'unchanged' : 'configured';
}

function desired(object: JsonObject): JsonObject {
  const { metadata } = object;
  return { ...without(object, 'status'), metadata: without(isJsonObject(metadata) ? metadata : {}, ...BOOKKEEPING) };
}

const BOOKKEEPING = ['managedFields', 'generation', 'resourceVersion'];

function without(object: JsonObject, ...names: readonly string[]): JsonObject {
  return Object.fromEntries(Object.entries(object).filter(([name]) => !names.includes(name)));
}

function readBody(body: Buffer): JsonObject {
  const text = body.toString('utf8');
  try {
    const value = parseJson(text);
    return isJsonObject(value) ? value : { message: text };
  } catch {
    return { message: text.slice(0, 500) };
  }
}

function expectSuccess(status: number, object: JsonObject, what: string): JsonObject {
  if (status >= 200 && status < 300) return object;
  const message = typeof object['message'] === 'string' ? object['message'] : '';
  throw new Error(`cannot ${what}: ${status} ${message}`);
}
