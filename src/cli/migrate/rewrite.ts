import { compareText, isJsonList, isJsonObject, textAt } from '../../kube/object.ts';
import type { JsonObject, JsonValue } from '../../kube/object.ts';
import type { Answer, KubeCall } from './kube-calls.ts';
import { failureText } from './kube-calls.ts';
import type { StorageDefinition } from './storage-definition.ts';

/** Of the objects in one page of a list; a conversion webhook gets a page in one review. */
const PAGE_OBJECTS = 250;
/** Tries to write one object that others keep changing. */
const CONFLICTS_MAX = 10;
/** Of the objects that are named as not rewritten; all are counted. */
const FAILURES_NAMED_MAX = 10;

export interface RewriteDeps {
  readonly call: KubeCall;
  /** Waits for the next write's turn. */
  readonly pace: () => Promise<void>;
  /** Called after each object, with its key. */
  readonly onDone: (state: RewriteState) => Promise<void>;
  readonly isStopped: () => boolean;
}

export interface RewritePlan {
  readonly definition: StorageDefinition;
  /** The version that is read and written; any served one makes the kube-apiserver store the right one. */
  readonly version: string;
  /** Keys up to this one were rewritten before. */
  readonly after: string;
  readonly dryRun: boolean;
}

export interface RewriteState {
  /** Key of the last object. */
  readonly after: string;
  readonly done: number;
  readonly total: number;
}

export interface RewriteResult {
  readonly state: RewriteState;
  readonly isComplete: boolean;
  readonly failures: readonly string[];
  readonly failed: number;
}

/**
 * Writes every object as it was read; what is stored in the right version already costs a read in the kube-apiserver and
 * nothing in etcd. Objects that vanish meanwhile do not matter, and new ones are stored right by themselves.
 */
export async function rewriteAll(deps: RewriteDeps, plan: RewritePlan): Promise<RewriteResult> {
  const failures: string[] = [];
  let failed = 0;
  let state: RewriteState = { after: plan.after, done: 0, total: 0 };
  const ended = (isComplete: boolean): RewriteResult => ({ state, isComplete, failures, failed });
  for await (const { object, total } of objectsAfter(deps.call, plan)) {
    if (deps.isStopped()) return ended(false);
    const key = keyOf(object);
    const failure = await rewrite(deps, plan, object);
    if (failure !== undefined) {
      failed += 1;
      if (failures.length < FAILURES_NAMED_MAX) failures.push(`${key}: ${failure}`);
    }
    // What was refused is tried again by the next run, and all that came after it.
    state = { after: failed === 0 ? key : state.after, done: state.done + 1, total };
    await deps.onDone(state);
  }
  return ended(true);
}

/** Each object once, in the order of keys, from where the plan says. */
async function* objectsAfter(
  call: KubeCall,
  plan: RewritePlan,
): AsyncGenerator<{ readonly object: JsonObject; readonly total: number }> {
  let { after } = plan;
  for await (const { objects, total } of pages(call, plan)) {
    for (const object of objects) {
      const key = keyOf(object);
      if (compareText(key, after) <= 0) continue;
      after = key;
      yield { object, total };
    }
  }
}

interface Page {
  readonly objects: readonly JsonObject[];
  readonly total: number;
}

/** In the order of keys. A list that expires on the way begins anew; the caller passes over what it has. */
async function* pages(call: KubeCall, { definition, version }: RewritePlan): AsyncGenerator<Page> {
  const path = `/apis/${definition.group}/${version}/${definition.resource}`;
  let token: string | undefined = '';
  let seen = 0;
  while (token !== undefined) {
    const answer = await call({ method: 'GET', path, query: { limit: String(PAGE_OBJECTS), continue: token } });
    if (answer.status === 410 && token !== '') {
      [token, seen] = ['', 0];
      continue;
    }
    if (answer.status !== 200) throw new Error(`cannot list ${definition.name}: ${failureText(answer)}`);
    const { items, metadata } = answer.object;
    const objects = (isJsonList(items) ? items : []).filter(isJsonObject);
    seen += objects.length;
    const remaining = isJsonObject(metadata) ? Number(metadata['remainingItemCount'] ?? 0) : 0;
    yield { objects: objects.map((item) => typed(item, answer)), total: seen + remaining };
    token = nextToken(metadata);
  }
}

function nextToken(metadata: JsonValue | undefined): string | undefined {
  const token = textAt(metadata, 'continue');
  return token === '' ? undefined : token;
}

/** Items of a list may leave out what the list says for all. */
function typed(item: JsonObject, { object }: Answer): JsonObject {
  const kind = textAt(object, 'kind') ?? '';
  return { apiVersion: object['apiVersion'], kind: kind.replace(/List$/, ''), ...item };
}

function keyOf(object: JsonObject): string {
  return `${textAt(object, 'metadata', 'namespace') ?? ''}/${textAt(object, 'metadata', 'name') ?? ''}`;
}

/** undefined when it is written, or gone. */
async function rewrite(deps: RewriteDeps, plan: RewritePlan, read: JsonObject): Promise<string | undefined> {
  const path = pathOf(plan, read);
  const query = plan.dryRun ? { dryRun: 'All' } : {};
  let object = read;
  for (let tries = 1; ; tries += 1) {
    await deps.pace();
    const written = await deps.call({ method: 'PUT', path, query, body: object });
    if (written.status === 404 || written.status < 300) return undefined;
    // Not a fault of this object: others would fare the same.
    if (written.status >= 500) throw new Error(`cannot write ${keyOf(object)}: ${failureText(written)}`);
    if (written.status !== 409 || tries === CONFLICTS_MAX) return failureText(written);
    const again = await deps.call({ method: 'GET', path });
    if (again.status === 404) return undefined;
    if (again.status !== 200) return failureText(again);
    object = again.object;
  }
}

function pathOf({ definition, version }: RewritePlan, object: JsonObject): string {
  const namespace = textAt(object, 'metadata', 'namespace');
  const name = encodeURIComponent(textAt(object, 'metadata', 'name') ?? '');
  const scope = namespace === undefined ? '' : `/namespaces/${namespace}`;
  return `/apis/${definition.group}/${version}${scope}/${definition.resource}/${name}`;
}
