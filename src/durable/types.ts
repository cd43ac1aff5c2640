/**
 * What must last across restarts, behind one narrow interface: a local directory, or objects in our namespace on the
 * hub. Names are path-safe ([a-z0-9.-], at most 100 characters). Values are replaced whole and atomically: a reader
 * sees the old or the new value, never a mixture, also after a crash in the middle of a write.
 */
export interface DurableStore {
  /** undefined: never written (or removed). Rejects with DurableError when a record exists but cannot be read. */
  read(name: string): Promise<Uint8Array | undefined>;
  /** Resolves when the value is safe on the medium. Rejects with DurableError (disk full, read-only, …): a state, not a crash. */
  write(name: string, value: Uint8Array): Promise<void>;
  remove(name: string): Promise<void>;
  /** Names that begin with `prefix`, sorted. */
  list(prefix: string): Promise<readonly string[]>;
}
