/** How long a namespace counts as absent after the hub said so. */
const ABSENT_MS = 60_000;
/** More of them are not remembered: the oldest is asked for again. */
const ABSENT_NAMESPACES_MAX = 1_000;

/** Namespaces that the hub does not have, as it said lately; times are on a monotonic clock. */
export interface AbsentNamespaces {
  readonly has: (namespace: string, nowMs: number) => boolean;
  readonly add: (namespace: string, nowMs: number) => void;
}

/**
 * Nobody is asked whether a namespace is there: writing into it tells, without a further right and without a moment
 * between asking and writing.
 */
export function createAbsentNamespaces(): AbsentNamespaces {
  const untilMs = new Map<string, number>();
  return {
    has: (namespace, nowMs) => {
      const until = untilMs.get(namespace);
      if (until === undefined) return false;
      if (nowMs < until) return true;
      untilMs.delete(namespace);
      return false;
    },
    add: (namespace, nowMs) => {
      untilMs.delete(namespace);
      const [oldest] = untilMs.keys();
      if (untilMs.size >= ABSENT_NAMESPACES_MAX && oldest !== undefined) untilMs.delete(oldest);
      untilMs.set(namespace, nowMs + ABSENT_MS);
    },
  };
}
