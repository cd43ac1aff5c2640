import { describe, expect, test } from 'vitest';
import type { JsonObject } from '../../kube/object.ts';
import { isJsonObject } from '../../kube/object.ts';
import type { MigrateStorageOptions } from '../program/migrate-storage.ts';
import type { Answer, Call } from './kube-calls.ts';
import type { MigrateDeps } from './migrate-storage.ts';
import { migrateStorage } from './migrate-storage.ts';

const NAME = 'things.example.com';
const DEFINITION = `/apis/apiextensions.k8s.io/v1/customresourcedefinitions/${NAME}`;
const LIST = '/apis/example.com/v2/things';

/** A kube-apiserver that has one definition and these objects, in pages of two. */
class Cluster {
  readonly written: string[] = [];
  readonly annotations: JsonObject = {};
  crd: JsonObject;
  /** What it answers instead, once each, by method and path. */
  readonly faults = new Map<string, Answer[]>();
  /** In which version each object is stored. */
  readonly storedAs = new Map<string, string>();

  readonly names: readonly string[];

  constructor(
    names: readonly string[],
    crd: { readonly storage?: string; readonly stored?: readonly string[]; readonly annotations?: JsonObject } = {},
  ) {
    this.names = names;
    const { storage = 'v2', stored = ['v1', 'v2'], annotations = {} } = crd;
    const versions = ['v1', 'v2'].map((name) => ({ name, served: true, storage: name === storage }));
    this.crd = {
      metadata: { name: NAME, uid: 'u', resourceVersion: '1', generation: 1, annotations },
      spec: { group: 'example.com', names: { plural: 'things' }, versions, conversion: { strategy: 'None' } },
      status: { storedVersions: stored },
    };
    for (const name of names) this.storedAs.set(name, stored[0] ?? storage);
  }

  /** As somebody else does, who applies the definition again. */
  store(version: string): void {
    const versions = ['v1', 'v2'].map((name) => ({ name, served: true, storage: name === version }));
    this.change({ spec: { versions } });
  }

  /** As somebody else does. */
  write(name: string): void {
    this.storedAs.set(name, this.storage());
  }

  fault(method: string, path: string, ...answers: readonly Answer[]): this {
    this.faults.set(`${method} ${path}`, [...answers]);
    return this;
  }

  readonly call = (call: Call): Promise<Answer> => Promise.resolve(this.answer(call));

  private answer(call: Call): Answer {
    const fault = this.faults.get(`${call.method} ${call.path}`)?.shift();
    if (fault !== undefined) return fault;
    if (call.path.startsWith('/apis/apiextensions.k8s.io')) return this.definition(call);
    if (call.path === LIST) return this.page(call);
    const name = call.path.split('/').at(-1) ?? '';
    if (call.method === 'PUT') this.put(name, call.query?.['dryRun'] !== undefined);
    return { status: 200, object: thing(name) };
  }

  private put(name: string, isDry: boolean): void {
    this.written.push(`${name}${isDry ? ' (dry run)' : ''}`);
    if (!isDry) this.write(name);
  }

  private storage(): string {
    const { versions } = this.crd['spec'] as { versions: readonly { name: string; storage: boolean }[] };
    return versions.find(({ storage }) => storage)?.name ?? '';
  }

  /** A change of the spec is counted, and a version that is stored from then on is noted. */
  private change(patch: JsonObject): void {
    const before = JSON.stringify(this.crd['spec']);
    this.crd = merge(this.crd, patch);
    if (JSON.stringify(this.crd['spec']) === before) return;
    const { generation } = this.crd['metadata'] as { generation: number };
    const { storedVersions } = this.crd['status'] as { storedVersions: readonly string[] };
    this.crd = merge(this.crd, {
      metadata: { generation: generation + 1 },
      status: { storedVersions: [...new Set([...storedVersions, this.storage()])] },
    });
  }

  private definition({ method, path, body = {} }: Call): Answer {
    if (method === 'GET') return { status: 200, object: path === DEFINITION ? this.crd : { items: [this.crd] } };
    this.change(body);
    return { status: 200, object: this.crd };
  }

  private page({ query }: Call): Answer {
    const from = Number(query?.['continue'] ?? 0);
    const items = this.names.slice(from, from + 2).map(thing);
    const rest = this.names.length - from - 2;
    const metadata = rest > 0 ? { continue: String(from + 2), remainingItemCount: rest } : {};
    return { status: 200, object: { kind: 'ThingList', apiVersion: 'example.com/v2', metadata, items } };
  }
}

function thing(name: string): JsonObject {
  return { metadata: { name, namespace: 'n', resourceVersion: '7' } };
}

function merge(into: JsonObject, patch: JsonObject): JsonObject {
  const result: Record<string, JsonObject[string]> = { ...into };
  for (const [key, value] of Object.entries(patch)) {
    const old = result[key];
    if (value === null) Reflect.deleteProperty(result, key);
    else result[key] = isJsonObject(value) && isJsonObject(old) ? merge(old, value) : value;
  }
  return result;
}

/** The same cluster, whose list fails once. */
function answering(cluster: Cluster, page: number, answer: Answer): Cluster {
  let pages = 0;
  const call = (asked: Call): Promise<Answer> => {
    if (asked.path === LIST) pages += 1;
    return asked.path === LIST && pages === page ? Promise.resolve(answer) : cluster.call(asked);
  };
  return Object.assign(Object.create(cluster) as Cluster, { call });
}

interface Run {
  readonly said: readonly string[];
  readonly waitedMs: number;
  readonly error: string | undefined;
}

async function run(
  cluster: Cluster,
  options: Partial<MigrateStorageOptions> = {},
  isStopped: MigrateDeps['isStopped'] = () => false,
): Promise<Run> {
  const said: string[] = [];
  let nowMs = 0;
  const deps: MigrateDeps = {
    call: cluster.call,
    sleep: (ms) => {
      nowMs += ms;
      return Promise.resolve();
    },
    monotonic: () => nowMs,
    progress: { at: () => undefined, end: () => undefined },
    say: (line) => said.push(line),
    isStopped,
  };
  const words = { kubeconfig: 'x', context: undefined, resource: 'things', to: undefined, rate: 10, dryRun: false };
  const error = await migrateStorage(deps, { ...words, ...options }).then(
    () => undefined,
    (reason: unknown) => String(reason),
  );
  return { said, waitedMs: nowMs, error };
}

const stored = (cluster: Cluster): unknown => (cluster.crd['status'] as JsonObject)['storedVersions'];
const progress = (cluster: Cluster): unknown =>
  (cluster.crd['metadata'] as { annotations: JsonObject }).annotations['clusterset-apiserver.dev/storage-migration'];

describe('migrateStorage', () => {
  test('writes every object once and then says that nothing else is stored', async () => {
    const cluster = new Cluster(['a', 'b', 'c', 'd', 'e']);
    const { error, said } = await run(cluster);
    expect(error).toBeUndefined();
    expect(cluster.written).toEqual(['a', 'b', 'c', 'd', 'e']);
    expect(stored(cluster)).toEqual(['v2']);
    expect(progress(cluster)).toBeUndefined();
    expect(said.at(-1)).toBe('5 objects were rewritten: all are stored as v2, and status.storedVersions says so');
  });

  test('has nothing to do where one version is stored', async () => {
    const cluster = new Cluster(['a'], { stored: ['v2'] });
    expect((await run(cluster)).said.at(-1)).toBe('nothing to do: every object is stored as v2');
    expect(cluster.written).toEqual([]);
  });

  test('lets the definition store the version that is asked for', async () => {
    const cluster = new Cluster(['a'], { storage: 'v1', stored: ['v1'] });
    await run(cluster, { to: 'v2' });
    const { versions } = cluster.crd['spec'] as { versions: { name: string; storage: boolean }[] };
    expect(versions.map(({ name, storage }) => `${name} ${storage}`)).toEqual(['v1 false', 'v2 true']);
    expect(cluster.written).toEqual(['a']);
  });

  test('changes nothing in a dry run', async () => {
    const cluster = new Cluster(['a', 'b', 'c'], { storage: 'v1', stored: ['v1'] });
    const before = cluster.crd;
    const { said, error } = await run(cluster, { to: 'v2', dryRun: true });
    expect(error).toBeUndefined();
    expect(cluster.written).toEqual(['a (dry run)', 'b (dry run)', 'c (dry run)']);
    expect(cluster.crd).toEqual(before);
    expect(said.at(-1)).toBe('3 objects would be rewritten as v2 (dry run)');
  });

  test('never writes faster than asked', async () => {
    const { waitedMs } = await run(new Cluster(['a', 'b', 'c', 'd', 'e']), { rate: 2 });
    expect(waitedMs).toBe(2000);
  });

  test('keeps its place when it is stopped, and goes on there', async () => {
    const cluster = new Cluster(['a', 'b', 'c', 'd', 'e']);
    const first = await run(cluster, {}, () => cluster.written.length === 3);
    expect(first.error).toBe('Error: stopped after 3 objects; run it again to go on');
    expect(stored(cluster)).toEqual(['v1', 'v2']);
    expect(progress(cluster)).toBe('{"to":"v2","after":"n/c","specRevision":"u/1"}');
    const second = await run(cluster);
    expect(second.said).toContain('going on after n/c');
    expect(second.said.at(-1)).toMatch(/^2 objects were rewritten: all are stored as v2/);
    expect(cluster.written).toEqual(['a', 'b', 'c', 'd', 'e']);
    expect(stored(cluster)).toEqual(['v2']);
  });

  test('keeps its place when a list fails, as without its conversion webhook, and goes on there', async () => {
    const cluster = new Cluster(['a', 'b', 'c']);
    const { error } = await run(answering(cluster, 2, { status: 500, object: { message: 'no webhook' } }));
    expect(error).toBe(`Error: cannot list ${NAME}: 500 no webhook`);
    expect(stored(cluster)).toEqual(['v1', 'v2']);
    expect(progress(cluster)).toBe('{"to":"v2","after":"n/b","specRevision":"u/1"}');
    await run(cluster);
    expect(cluster.written).toEqual(['a', 'b', 'c']);
    expect(stored(cluster)).toEqual(['v2']);
  });

  test('does not believe a place that was kept for another version', async () => {
    const annotations = {
      'clusterset-apiserver.dev/storage-migration': '{"to":"v1","after":"n/z","specRevision":"u/1"}',
    };
    const cluster = new Cluster(['a', 'b'], { annotations });
    await run(cluster);
    expect(cluster.written).toEqual(['a', 'b']);
  });

  test.each([
    ['stores the old version again', ['v1'], 'v2'],
    ['stored the old version in between', ['v1', 'v2'], undefined],
  ])('does not believe its place when the definition %s', async (_, switches, to) => {
    const cluster = new Cluster(['a', 'b', 'c', 'd', 'e']);
    await run(cluster, {}, () => cluster.written.length === 3);
    for (const version of switches) {
      cluster.store(version);
      if (version === 'v1') for (const name of ['a', 'b']) cluster.write(name);
    }
    const { error, said } = await run(cluster, { to });
    expect(error).toBeUndefined();
    expect(said).toContain('beginning anew: the definition was changed since the last run');
    expect(stored(cluster)).toEqual(['v2']);
    expect(new Set(cluster.storedAs.values())).toEqual(new Set(['v2']));
  });

  test('does not believe a place that says nothing of the definition it was kept for', async () => {
    const annotations = { 'clusterset-apiserver.dev/storage-migration': '{"to":"v2","after":"n/a"}' };
    const cluster = new Cluster(['a', 'b'], { annotations });
    await run(cluster);
    expect(cluster.written).toEqual(['a', 'b']);
  });

  test('leaves the status alone when another version was stored on the way, and begins anew', async () => {
    const cluster = new Cluster(['a', 'b', 'c']);
    const { error } = await run(cluster, {}, () => {
      if (cluster.written.length === 2 && cluster.storedAs.get('a') === 'v2') {
        cluster.store('v1');
        cluster.write('a');
        cluster.store('v2');
      }
      return false;
    });
    expect(error).toContain('was changed meanwhile');
    expect(stored(cluster)).toEqual(['v1', 'v2']);
    expect((await run(cluster)).error).toBeUndefined();
    expect(stored(cluster)).toEqual(['v2']);
    expect(new Set(cluster.storedAs.values())).toEqual(new Set(['v2']));
  });

  test('begins the list anew when it expires, without writing anything twice', async () => {
    const cluster = new Cluster(['a', 'b', 'c', 'd', 'e']);
    const expiring = answering(cluster, 2, { status: 410, object: {} });
    expect((await run(expiring)).error).toBeUndefined();
    expect(cluster.written).toEqual(['a', 'b', 'c', 'd', 'e']);
  });

  test('reads an object again that somebody changed, and passes over one that is gone', async () => {
    const at = (name: string): string => `/apis/example.com/v2/namespaces/n/things/${name}`;
    const conflict = { status: 409, object: { message: 'changed' } };
    const cluster = new Cluster(['a', 'b', 'c'])
      .fault('PUT', at('a'), conflict, conflict)
      .fault('PUT', at('b'), { status: 404, object: {} })
      .fault('PUT', at('c'), conflict)
      .fault('GET', at('c'), { status: 404, object: {} });
    expect((await run(cluster)).error).toBeUndefined();
    expect(cluster.written).toEqual(['a']);
    expect(stored(cluster)).toEqual(['v2']);
  });

  test('goes on after an object that is refused, names it, and leaves the status alone', async () => {
    const path = '/apis/example.com/v2/namespaces/n/things/a';
    const cluster = new Cluster(['a', 'b']).fault('PUT', path, { status: 422, object: { message: 'invalid' } });
    const { said, error } = await run(cluster);
    expect(said).toContain('not rewritten: n/a: 422 invalid');
    expect(error).toContain('1 of 2 objects could not be rewritten');
    expect(progress(cluster)).toBeUndefined();
    expect(cluster.written).toEqual(['b']);
    expect(stored(cluster)).toEqual(['v1', 'v2']);
  });

  test('ends where the kube-apiserver cannot write, and keeps its place', async () => {
    const path = '/apis/example.com/v2/namespaces/n/things/b';
    const cluster = new Cluster(['a', 'b', 'c']).fault('PUT', path, { status: 500, object: { message: 'no webhook' } });
    expect((await run(cluster)).error).toBe('Error: cannot write n/b: 500 no webhook');
    expect(progress(cluster)).toBe('{"to":"v2","after":"n/a","specRevision":"u/1"}');
    await run(cluster);
    expect(cluster.written).toEqual(['a', 'b', 'c']);
  });

  test('leaves the status alone when the definition stores another version by then', async () => {
    const cluster = new Cluster(['a']);
    const { error } = await run(cluster, {}, () => {
      cluster.store('v1');
      return false;
    });
    expect(error).toContain('stores v1 again');
    expect(stored(cluster)).toEqual(['v1', 'v2']);
  });

  test.each([
    [{ resource: 'others' }, 'this cluster has no CustomResourceDefinition of others'],
    [{ to: 'v3' }, `${NAME} does not serve v3; it serves v1, v2`],
  ])('refuses %j', async (options, message) => {
    const cluster = new Cluster(['a']);
    expect((await run(cluster, options)).error).toContain(message);
    expect(cluster.written).toEqual([]);
  });
});
