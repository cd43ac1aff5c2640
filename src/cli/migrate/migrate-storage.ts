import { stringifyJson } from '../../kube/json.ts';
import { isJsonList, isJsonObject } from '../../kube/object.ts';
import type { JsonObject } from '../../kube/object.ts';
import { RefusedError } from '../install/refused-error.ts';
import type { MigrateStorageOptions } from '../program/migrate-storage.ts';
import type { KubeCall } from './kube-calls.ts';
import { failureText } from './kube-calls.ts';
import type { ProgressReport } from './progress.ts';
import type { RewriteResult, RewriteState } from './rewrite.ts';
import { rewriteAll } from './rewrite.ts';
import type { Progress, StorageDefinition } from './storage-definition.ts';
import { CRDS_PATH, PROGRESS_ANNOTATION, readDefinition } from './storage-definition.ts';

/** After so many objects the place is kept, so that a run that ends loses no more. */
const KEPT_EVERY_OBJECTS = 500;
/** Every kube-apiserver of the cluster has heard of another stored version after this. */
const SWITCH_SETTLE_MS = 5_000;
/** Tries to write the definition while others change it. */
const CONFLICTS_MAX = 10;

export interface MigrateDeps {
  readonly call: KubeCall;
  readonly sleep: (ms: number) => Promise<void>;
  readonly monotonic: () => number;
  readonly progress: ProgressReport;
  readonly say: (line: string) => void;
  /** Somebody wants this to end; the place is kept. */
  readonly isStopped: () => boolean;
}

/** Rewrites all objects of a definition in one stored version, and then says so in its status. */
export async function migrateStorage(deps: MigrateDeps, options: MigrateStorageOptions): Promise<void> {
  const found = await findDefinition(deps.call, options.resource);
  const to = options.to ?? found.storage;
  refuseUnfit(found, to);
  deps.say(`${found.name} stores ${found.storage}; there may be objects in ${found.storedVersions.join(', ')}`);
  if (found.storedVersions.every((version) => version === to) && found.storage === to) {
    deps.say(`nothing to do: every object is stored as ${to}`);
    return;
  }
  const definition = found.storage === to ? found : await switchStorage(deps, found, { to, dryRun: options.dryRun });
  const result = await rewriteObjects(deps, definition, { ...options, to });
  await finish(deps, definition, { options, result, to });
}

async function findDefinition(call: KubeCall, resource: string): Promise<StorageDefinition> {
  const answer = await call({ method: 'GET', path: CRDS_PATH });
  if (answer.status !== 200) throw new Error(`cannot list CustomResourceDefinitions: ${failureText(answer)}`);
  const { items } = answer.object;
  const all = (isJsonList(items) ? items : []).filter(isJsonObject).map(readDefinition);
  const named = all.filter((definition) => definition.name === resource || definition.resource === resource);
  const [definition] = named;
  if (definition === undefined) throw new RefusedError(`this cluster has no CustomResourceDefinition of ${resource}`);
  if (named.length > 1) {
    throw new RefusedError(`${resource} may be ${named.map(({ name }) => name).join(' or ')}: say which`);
  }
  return definition;
}

/** ServiceImport v1alpha2 has other fields: renaming would lose them. */
const ROOT_FORM_VERSION = 'v1alpha2';

function refuseUnfit(definition: StorageDefinition, to: string): void {
  const { name, served, storage, storedVersions, convertsByWebhook } = definition;
  if (!served.includes(to)) {
    throw new RefusedError(`${name} does not serve ${to}; it serves ${served.join(', ')}`);
  }
  const involved = new Set([to, storage, ...storedVersions]);
  if (
    name.startsWith('serviceimports.') &&
    involved.has(ROOT_FORM_VERSION) &&
    involved.size > 1 &&
    !convertsByWebhook
  ) {
    throw new RefusedError(`${name} converts by renaming only, which would lose the fields of ${ROOT_FORM_VERSION}`);
  }
}

interface Switch {
  readonly to: string;
  readonly dryRun: boolean;
}

/** From then on every write stores the new version. */
async function switchStorage(
  deps: MigrateDeps,
  definition: StorageDefinition,
  { to, dryRun }: Switch,
): Promise<StorageDefinition> {
  if (dryRun) {
    deps.say(`${definition.name} would store ${to} (dry run)`);
    return definition;
  }
  const changed = await changeDefinition(deps.call, definition.name, (current) => ({
    body: { spec: { versions: current.versions.map((version) => ({ ...version, storage: version['name'] === to })) } },
  }));
  deps.say(`${definition.name} stores ${to} now`);
  await deps.sleep(SWITCH_SETTLE_MS);
  return changed;
}

async function rewriteObjects(
  deps: MigrateDeps,
  definition: StorageDefinition,
  options: MigrateStorageOptions & { readonly to: string },
): Promise<RewriteResult> {
  const { to, dryRun } = options;
  const known = dryRun ? undefined : knownPlace(deps, definition, to);
  const keep = createKeeper(deps.call, definition, { to, isDry: dryRun });
  let last: RewriteState | undefined;
  try {
    const result = await rewriteAll(
      {
        call: deps.call,
        pace: createPace(deps, options.rate),
        isStopped: deps.isStopped,
        onDone: async (state) => {
          last = state;
          deps.progress.at(state.done, state.total);
          await keep.sometimes(state);
        },
      },
      { definition, version: to, after: known?.after ?? '', dryRun },
    );
    deps.progress.end();
    if (!result.isComplete) await keep.now(result.state);
    return result;
  } catch (error) {
    deps.progress.end();
    // Also what was done before the fault need not be done again.
    if (last !== undefined) await keep.now(last).catch(() => undefined);
    throw error;
  }
}

/**
 * Where to go on, if nothing can have been stored in another version since. Whoever switches the stored version, this run
 * included, changes the spec, and so does who switches it back.
 */
function knownPlace(
  deps: MigrateDeps,
  { progress, specRevision }: StorageDefinition,
  to: string,
): Progress | undefined {
  if (progress?.to !== to) return undefined;
  if (progress.specRevision !== specRevision) {
    deps.say('beginning anew: the definition was changed since the last run');
    return undefined;
  }
  deps.say(`going on after ${progress.after}`);
  return progress;
}

/** Keeps the place on the definition. */
function createKeeper(
  call: KubeCall,
  { name, specRevision }: StorageDefinition,
  { to, isDry }: { readonly to: string; readonly isDry: boolean },
): {
  readonly now: (state: RewriteState) => Promise<void>;
  readonly sometimes: (state: RewriteState) => Promise<void>;
} {
  let kept = 0;
  const now = async ({ after, done }: RewriteState): Promise<void> => {
    kept = done;
    if (isDry) return;
    await changeDefinition(call, name, () => ({ body: annotated({ to, after, specRevision }) }));
  };
  return {
    now,
    sometimes: async (state) => {
      if (state.done - kept >= KEPT_EVERY_OBJECTS) await now(state);
    },
  };
}

function annotated(progress: Progress | null): JsonObject {
  const value = progress === null ? null : stringifyJson({ ...progress });
  return { metadata: { annotations: { [PROGRESS_ANNOTATION]: value } } };
}

/** Evenly, so that there is never a burst. */
function createPace({ sleep, monotonic }: MigrateDeps, rate: number): () => Promise<void> {
  const stepMs = 1000 / rate;
  let nextMs = monotonic();
  return async () => {
    const waitMs = nextMs - monotonic();
    nextMs = Math.max(nextMs, monotonic()) + stepMs;
    if (waitMs > 0) await sleep(waitMs);
  };
}

interface End {
  readonly options: MigrateStorageOptions;
  readonly result: RewriteResult;
  readonly to: string;
}

/** The status is cleaned only when nothing is left in another version. */
async function finish(deps: MigrateDeps, definition: StorageDefinition, { options, result, to }: End): Promise<void> {
  const { name } = definition;
  const { state, failures, failed, isComplete } = result;
  for (const failure of failures) deps.say(`not rewritten: ${failure}`);
  if (!isComplete) throw new Error(`stopped after ${state.done} objects; run it again to go on`);
  if (failed > 0)
    throw new Error(`${failed} of ${state.done} objects could not be rewritten; status.storedVersions is as it was`);
  if (options.dryRun) {
    deps.say(`${state.done} objects would be rewritten as ${to} (dry run)`);
    return;
  }
  await changeDefinition(deps.call, name, (current) => {
    if (current.storage !== to)
      throw new Error(`${name} stores ${current.storage} again: somebody changed it meanwhile`);
    if (current.specRevision !== definition.specRevision) {
      throw new Error(
        `${name} was changed meanwhile, so that objects may have been stored in another version; run it again`,
      );
    }
    return { subresource: '/status', body: { status: { storedVersions: [to] } } };
  });
  await changeDefinition(deps.call, name, () => ({ body: annotated(null) }));
  deps.say(`${state.done} objects were rewritten: all are stored as ${to}, and status.storedVersions says so`);
}

interface Change {
  readonly subresource?: '/status';
  readonly body: JsonObject;
}

/** A change that rests on what was read: refused by the kube-apiserver if somebody was faster, then tried again. */
async function changeDefinition(
  call: KubeCall,
  name: string,
  change: (current: StorageDefinition) => Change,
): Promise<StorageDefinition> {
  const path = `${CRDS_PATH}/${name}`;
  for (let tries = 1; ; tries += 1) {
    const read = await call({ method: 'GET', path });
    if (read.status !== 200) throw new Error(`cannot read ${name}: ${failureText(read)}`);
    const current = readDefinition(read.object);
    const { subresource = '', body } = change(current);
    const metadata = isJsonObject(body['metadata']) ? body['metadata'] : {};
    const guarded = { ...body, metadata: { ...metadata, resourceVersion: current.resourceVersion } };
    const written = await call({ method: 'PATCH', path: `${path}${subresource}`, body: guarded });
    if (written.status === 200) return readDefinition(written.object);
    if (written.status !== 409 || tries === CONFLICTS_MAX)
      throw new Error(`cannot change ${name}: ${failureText(written)}`);
  }
}
