import type { Revision } from '../../src/kube/revision.ts';
import type { StoreEvent, Subscription } from '../../src/store/types.ts';
import type { DataDeps } from './deps.ts';
import { resourceOfView } from './view.ts';
import type { View } from './view.ts';
import type { FrameEncoder } from './watch-frames.ts';
import type { Delivery } from './watch-selection.ts';
import { deliverAll } from './watch-selection.ts';

const EVENTS_PER_TURN_MAX = 100;

/** One watcher as the fan-out sees it. */
export interface Listener {
  readonly view: View;
  /** '' for all namespaces. */
  readonly namespace: string;
  /** True when it sees every event of its namespace as it is. */
  readonly unselective: boolean;
  /** False while it reads from the history what it still needs: it takes nothing from here then. */
  readonly isLive: () => boolean;
  /** What it had when it became live; events up to here are not for it. */
  readonly since: () => Revision;
  /** True when frames made for all listeners of its group may go to it as they are. */
  readonly takesShared: () => boolean;
  /** `upTo` is the revision of the last event in the frames. */
  readonly takeShared: (frames: Buffer, upTo: Revision) => void;
  /** Takes events that must be looked at one by one. */
  readonly takeEvents: (events: readonly StoreEvent[], frame: SharedFrame) => void;
}

/** A frame that is made at most once per batch, for a listener that is past its first event. */
export type SharedFrame = (view: View, delivery: Delivery) => Buffer;

/** Hands each commit of one resource to all its watchers: one subscription, one encoding per form. */
export interface Fanout {
  readonly join: (listener: Listener) => void;
  readonly leave: (listener: Listener) => void;
  /** Delivers at once what still waits for its window; afterwards everybody has seen the store's current revision. */
  readonly flush: () => void;
}

export function createFanout(deps: DataDeps, encoder: FrameEncoder, resource: string): Fanout {
  const { limits } = deps;
  const listeners = new Set<Listener>();
  let subscription: Subscription | undefined;
  let pending: StoreEvent[] = [];
  let cancelFlush: (() => void) | undefined;
  let windowStartMs = 0;
  let writesInWindow = 0;

  /** One slice: a commit of thousands must neither hold up everything else nor fill the socket of a quick client. */
  const deliverSlice = (): void => {
    cancelFlush?.();
    cancelFlush = undefined;
    const events = pending.slice(0, EVENTS_PER_TURN_MAX);
    pending = pending.slice(EVENTS_PER_TURN_MAX);
    if (events.length === 0) return;
    writesInWindow += listeners.size;
    deliver(deps, { encoder, events, listeners: [...listeners] });
  };

  const run = (): void => {
    deliverSlice();
    if (pending.length > 0) atOnce();
  };

  const atOnce = (): void => {
    const immediate = setImmediate(run);
    cancelFlush = () => clearImmediate(immediate);
  };

  /** At once while writes are few; otherwise when the window ends. */
  const schedule = (): void => {
    const nowMs = deps.clock();
    const elapsedMs = nowMs - windowStartMs;
    if (elapsedMs < 0 || elapsedMs >= limits.fanoutWindowMs) {
      windowStartMs = nowMs;
      writesInWindow = 0;
    }
    if (writesInWindow === 0 || writesInWindow + listeners.size <= limits.fanoutWritesPerWindowMax) atOnce();
    else cancelFlush = deps.timer(run, windowStartMs + limits.fanoutWindowMs - nowMs);
  };

  const open = (): Subscription => {
    const opened = deps.store.subscribe({ resource, namespace: '' }, deps.store.current(), (events) => {
      pending = pending.concat(events);
      if (cancelFlush === undefined) schedule();
    });
    if (!opened.ok) throw new Error(`cannot follow ${resource} from the current revision`);
    return opened.value;
  };

  return {
    join: (listener) => {
      subscription ??= open();
      listeners.add(listener);
    },
    leave: (listener) => {
      listeners.delete(listener);
      if (listeners.size > 0) return;
      subscription?.close();
      subscription = undefined;
      cancelFlush?.();
      cancelFlush = undefined;
      pending = [];
    },
    flush: () => {
      while (pending.length > 0) deliverSlice();
    },
  };
}

interface Batch {
  readonly encoder: FrameEncoder;
  readonly events: readonly StoreEvent[];
  readonly listeners: readonly Listener[];
}

function deliver(deps: DataDeps, { encoder, events, listeners }: Batch): void {
  const frame = sharedFrames(encoder);
  const inNamespace = byNamespace(events);
  const groups = new Map<string, Group>();
  for (const listener of listeners.filter(({ isLive }) => isLive())) {
    const scoped = inNamespace(listener.namespace);
    const missed = isNewTo(listener, events) ? scoped : scoped.filter(({ revision }) => revision > listener.since());
    if (missed.length === 0) continue;
    if (missed !== scoped || !listener.unselective || !listener.takesShared()) {
      listener.takeEvents(missed, frame);
      continue;
    }
    const key = `${listener.namespace}/${listener.view.key}`;
    const group = groups.get(key) ?? createGroup(listener.view, scoped, frame);
    groups.set(key, group);
    group.watchers += 1;
    listener.takeShared(group.frames, group.upTo);
  }
  for (const { view, sizes, watchers } of groups.values()) {
    deps.metrics.watchEvents(resourceOfView(view), sizes, watchers);
  }
}

/** False for a listener that joined while these events waited, and so may have some of them already. */
function isNewTo({ since }: Listener, [first]: readonly StoreEvent[]): boolean {
  return first !== undefined && since() < first.revision;
}

/** Events by namespace, each picked out once however many watchers share it. */
function byNamespace(events: readonly StoreEvent[]): (namespace: string) => readonly StoreEvent[] {
  const picked = new Map<string, readonly StoreEvent[]>([['', events]]);
  return (namespace) => {
    const found = picked.get(namespace) ?? events.filter(({ current }) => current.key.namespace === namespace);
    picked.set(namespace, found);
    return found;
  };
}

/** Watchers that see the same bytes. */
interface Group {
  readonly view: View;
  readonly frames: Buffer;
  readonly sizes: readonly number[];
  readonly upTo: Revision;
  watchers: number;
}

function createGroup(view: View, events: readonly StoreEvent[], frame: SharedFrame): Group {
  const frames = events.map((event) => frame(view, deliverAll(event)));
  const sizes = frames.map(({ length }) => length);
  return { view, frames: Buffer.concat(frames), sizes, upTo: lastRevision(events), watchers: 0 };
}

export function lastRevision(events: readonly StoreEvent[]): Revision {
  const last = events.at(-1);
  if (last === undefined) throw new Error('no events');
  return last.revision;
}

function sharedFrames(encoder: FrameEncoder): SharedFrame {
  const frames = new Map<string, Buffer>();
  return (view, delivery) => {
    const key = `${delivery.event.revision} ${delivery.type} ${delivery.content} ${view.key}`;
    const made = frames.get(key) ?? encoder.event(view, delivery, false);
    frames.set(key, made);
    return made;
  };
}
