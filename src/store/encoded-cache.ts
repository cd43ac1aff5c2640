export interface EncodedCacheFigures {
  readonly entries: number;
  readonly bytes: number;
  readonly hits: number;
  readonly misses: number;
  readonly evictions: number;
}

/**
 * Encoded bodies, made on first use and shared by everyone who reads or watches. Each is of a stored object, or of
 * something that stands for several of them: only its identity counts here.
 */
export interface EncodedCache {
  /**
   * The body of `of` in `form` (API version and representation), made by `make` unless it is there. The bytes are
   * shared: nobody may change them. What `make` throws is thrown, and nothing is kept.
   */
  encode(of: object, form: string, make: () => Buffer): Buffer;
  /** The body if it is there; this counts as a use of it. */
  find(of: object, form: string): Buffer | undefined;
  /** Forgets all bodies of what nobody will ask for again. */
  drop(of: object): void;
  /**
   * The object is not current any more (the store's `onReplaced`). Its bodies move to a small part of the cache: slow
   * watchers and exact reads still share them for a while, but they take no room from what everybody reads.
   */
  readonly retire: (stored: object) => void;
  figures(): EncodedCacheFigures;
}

export const ENCODED_BYTES_MAX = 256 * 1024 * 1024;

/** The share of the bound that bodies of replaced objects may use. */
const RETIRED_SHARE = 1 / 16;

/** What an entry costs beside its body: the node, its place in a map, the Buffer object. */
const ENTRY_BYTES = 256;

interface Node {
  readonly of: object;
  readonly form: string;
  readonly body: Buffer;
  readonly bytes: number;
  list: NodeList;
  newer: Node | undefined;
  older: Node | undefined;
}

/** A doubly linked list, most recently used first: a hit moves a node by a few pointers, without allocating. */
interface NodeList {
  readonly bytesMax: number;
  newest: Node | undefined;
  oldest: Node | undefined;
  bytes: number;
}

/** A cache bounded in bytes that forgets the least recently used body first. */
export function createEncodedCache({ bytesMax = ENCODED_BYTES_MAX }: { bytesMax?: number } = {}): EncodedCache {
  const forms = new Map<string, Map<object, Node>>();
  const retired = new WeakSet<object>();
  const live = createList(bytesMax - Math.floor(bytesMax * RETIRED_SHARE));
  const leaving = createList(Math.floor(bytesMax * RETIRED_SHARE));
  const counts = { hits: 0, misses: 0, evictions: 0 };

  const evict = (list: NodeList): void => {
    for (let node = list.oldest; node !== undefined && list.bytes > list.bytesMax; node = list.oldest) {
      unlink(node);
      forms.get(node.form)?.delete(node.of);
      counts.evictions += 1;
    }
  };

  const keep = (of: object, form: string, body: Buffer): void => {
    const list = retired.has(of) ? leaving : live;
    const bytes = body.length + ENTRY_BYTES;
    // A body that would push everything else out is not worth keeping.
    if (bytes > list.bytesMax) return;
    const node: Node = { of, form, body, bytes, list, newer: undefined, older: undefined };
    const nodes = forms.get(form) ?? new Map<object, Node>();
    forms.set(form, nodes.set(of, node));
    linkNewest(node);
    evict(list);
  };

  const find = (of: object, form: string): Buffer | undefined => {
    const node = forms.get(form)?.get(of);
    if (node === undefined) return undefined;
    counts.hits += 1;
    touch(node);
    return node.body;
  };

  return {
    encode: (of, form, make) => {
      const found = find(of, form);
      if (found !== undefined) return found;
      counts.misses += 1;
      const body = make();
      keep(of, form, body);
      return body;
    },
    find,
    drop: (of) => {
      for (const nodes of forms.values()) {
        const node = nodes.get(of);
        if (node === undefined) continue;
        unlink(node);
        nodes.delete(of);
      }
    },
    retire: (stored) => {
      retired.add(stored);
      for (const nodes of forms.values()) {
        const node = nodes.get(stored);
        if (node !== undefined) moveTo(leaving, node);
      }
      evict(leaving);
    },
    figures: () => ({
      entries: [...forms.values()].reduce((sum, nodes) => sum + nodes.size, 0),
      bytes: live.bytes + leaving.bytes,
      ...counts,
    }),
  };
}

function createList(bytesMax: number): NodeList {
  return { bytesMax, newest: undefined, oldest: undefined, bytes: 0 };
}

function touch(node: Node): void {
  if (node.list.newest === node) return;
  unlink(node);
  linkNewest(node);
}

function moveTo(list: NodeList, node: Node): void {
  unlink(node);
  node.list = list;
  linkNewest(node);
}

function unlink(node: Node): void {
  const { list, newer, older } = node;
  if (newer === undefined) list.newest = older;
  else newer.older = older;
  if (older === undefined) list.oldest = newer;
  else older.newer = newer;
  node.newer = undefined;
  node.older = undefined;
  list.bytes -= node.bytes;
}

function linkNewest(node: Node): void {
  const { list } = node;
  node.older = list.newest;
  if (list.newest === undefined) list.oldest = node;
  else list.newest.newer = node;
  list.newest = node;
  list.bytes += node.bytes;
}
