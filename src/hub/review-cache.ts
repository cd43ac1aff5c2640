/** Answers that hold for a while; the least recently used one makes room. */
export interface ReviewCache<T> {
  get(key: string): T | undefined;
  set(key: string, value: T): void;
}

export interface ReviewCacheDeps {
  readonly clock: () => number;
  readonly ttlMs: number;
  readonly entriesMax: number;
}

export function createReviewCache<T>(deps: ReviewCacheDeps): ReviewCache<T> {
  // A Map iterates in insertion order: an entry that is read is put in again, so the first one is the oldest.
  const entries = new Map<string, { readonly value: T; readonly atMs: number }>();
  return {
    get: (key) => {
      const entry = entries.get(key);
      if (entry === undefined) return undefined;
      entries.delete(key);
      const ageMs = deps.clock() - entry.atMs;
      // A clock that was set back makes an age negative: then nothing is known about it.
      if (ageMs < 0 || ageMs >= deps.ttlMs) return undefined;
      entries.set(key, entry);
      return entry.value;
    },
    set: (key, value) => {
      entries.delete(key);
      entries.set(key, { value, atMs: deps.clock() });
      const oldest = entries.keys().next();
      if (entries.size > deps.entriesMax && oldest.done !== true) entries.delete(oldest.value);
    },
  };
}
