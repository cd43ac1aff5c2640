import type { DurableError } from './durable-error.ts';
import { toDurableError } from './durable-error.ts';
import type { RecordKind } from './record.ts';
import { encodeRecord } from './record.ts';
import type { DurableStore } from './types.ts';

/** Calls back once after `delayMs`; the returned function cancels. */
export type Schedule = (callback: () => void, delayMs: number) => () => void;

export interface RecordWriterLimits {
  /** From the first offer to its write; offers in between replace it. */
  readonly debounceMs: number;
  /**
   * From the end of one write of a record to the next one: what changes all the time must not be encoded all the time.
   * A flush does not wait for it.
   */
  readonly restMs: number;
  /** Bytes of JSON in one record. */
  readonly bytesMax: number;
  /** Over all records: bounds the memory of encoding and the load on the medium. */
  readonly writesInFlightMax: number;
  /** First delay after a failed write; doubles up to `retryMaxMs`. */
  readonly retryMinMs: number;
  readonly retryMaxMs: number;
}

export const DEFAULT_RECORD_WRITER_LIMITS: RecordWriterLimits = {
  debounceMs: 5_000,
  restMs: 30_000,
  bytesMax: 32 * 1024 * 1024,
  writesInFlightMax: 2,
  retryMinMs: 10_000,
  retryMaxMs: 300_000,
};

export interface RecordWriterDeps {
  readonly store: DurableStore;
  readonly schedule: Schedule;
  readonly limits?: Partial<RecordWriterLimits>;
  /** A record's state: why it could not be written or removed, or undefined when it is safe again. */
  readonly onProblem: (name: string, problem: DurableError | undefined) => void;
}

export interface Offer {
  readonly kind: RecordKind;
  /** Asked when the write begins; must be true at that moment and may be consumed over several turns. */
  readonly documents: () => Iterable<unknown>;
}

/** Keeps records up to date in the background. */
export interface RecordWriter {
  /** The newest offer of a name wins. */
  readonly offer: (name: string, offer: Offer) => void;
  /** Tries once to write all that is pending. Never rejects: failures are states. */
  readonly flush: () => Promise<void>;
  /** Drops what is pending and removes the record; an offer made later brings it back. */
  readonly forget: (name: string) => Promise<void>;
  /** Flushes and ends; later offers are ignored. */
  readonly close: () => Promise<void>;
}

interface Slot {
  readonly name: string;
  pending: Offer | undefined;
  cancelTimer: (() => void) | undefined;
  /** Set while the record rests after a write. */
  cancelRest: (() => void) | undefined;
  /** The timer has fired; a place among the writes in flight is awaited. */
  due: boolean;
  /** False from `forget` to the next offer: a write that fails meanwhile is not tried again. */
  wanted: boolean;
  writing: Promise<void> | undefined;
  failures: number;
}

interface Target {
  readonly store: DurableStore;
  readonly bytesMax: number;
  readonly onProblem: RecordWriterDeps['onProblem'];
}

/** One debounced write in flight per name; a failure is reported, keeps what was offered and is tried again later. */
export function createRecordWriter(deps: RecordWriterDeps): RecordWriter {
  const limits = { ...DEFAULT_RECORD_WRITER_LIMITS, ...deps.limits };
  const target: Target = { ...deps, bytesMax: limits.bytesMax };
  const slots = new Map<string, Slot>();
  let inFlight = 0;
  let closed = false;

  const arm = (slot: Slot): void => {
    if (closed || !isIdle(slot)) return;
    slot.cancelTimer = deps.schedule(
      () => {
        slot.cancelTimer = undefined;
        slot.due = true;
        pump();
      },
      delayOf(slot, limits),
    );
  };

  const pump = (): void => {
    for (const slot of slots.values()) {
      if (inFlight >= limits.writesInFlightMax) return;
      if (slot.due && slot.writing === undefined) void start(slot);
    }
  };

  /** Joins a write in flight, else writes what is pending. */
  const start = (slot: Slot): Promise<void> => {
    slot.due = false;
    slot.cancelTimer?.();
    slot.cancelTimer = undefined;
    if (slot.writing === undefined && slot.pending !== undefined) {
      inFlight += 1;
      slot.writing = writeOffer(target, slot, slot.pending).finally(() => {
        inFlight -= 1;
        slot.writing = undefined;
        if (!closed) rest(slot, { restMs: limits.restMs, schedule: deps.schedule, arm });
        arm(slot);
        pump();
      });
    }
    return slot.writing ?? Promise.resolve();
  };

  const flush = async (): Promise<void> => {
    for (const slot of [...slots.values()]) {
      await slot.writing;
      if (slot.pending !== undefined) await start(slot);
    }
  };

  return {
    offer: (name, offer) => {
      if (closed) return;
      const slot = slotOf(slots, name);
      slot.pending = offer;
      slot.wanted = true;
      arm(slot);
    },
    flush,
    forget: async (name) => {
      const slot = slotOf(slots, name);
      slot.wanted = false;
      cancel(slot);
      await slot.writing;
      await removeRecord(target, slot);
      if (slot.pending === undefined && slot.writing === undefined) slots.delete(name);
    },
    close: async () => {
      closed = true;
      await flush();
      for (const slot of slots.values()) cancel(slot);
    },
  };
}

/** Has something to write, and nothing that will make it happen or forbids it. */
function isIdle(slot: Slot): boolean {
  return slot.pending !== undefined && slot.writing === undefined && !slot.due && isUnarmed(slot);
}

function isUnarmed({ cancelTimer, cancelRest }: Slot): boolean {
  return cancelTimer === undefined && cancelRest === undefined;
}

interface Rest {
  readonly restMs: number;
  readonly schedule: Schedule;
  readonly arm: (slot: Slot) => void;
}

/** Only after success: a failure has delays of its own. */
function rest(slot: Slot, { restMs, schedule, arm }: Rest): void {
  if (slot.failures > 0 || !slot.wanted || restMs <= 0) return;
  slot.cancelRest?.();
  slot.cancelRest = schedule(() => {
    slot.cancelRest = undefined;
    arm(slot);
  }, restMs);
}

function slotOf(slots: Map<string, Slot>, name: string): Slot {
  const slot = slots.get(name) ?? {
    name,
    pending: undefined,
    cancelTimer: undefined,
    cancelRest: undefined,
    due: false,
    wanted: true,
    writing: undefined,
    failures: 0,
  };
  slots.set(name, slot);
  return slot;
}

function cancel(slot: Slot): void {
  slot.pending = undefined;
  slot.due = false;
  slot.cancelTimer?.();
  slot.cancelTimer = undefined;
  slot.cancelRest?.();
  slot.cancelRest = undefined;
}

async function writeOffer({ store, bytesMax, onProblem }: Target, slot: Slot, offer: Offer): Promise<void> {
  slot.pending = undefined;
  try {
    await store.write(slot.name, await encodeRecord(offer.kind, offer.documents(), bytesMax));
    if (slot.failures > 0) onProblem(slot.name, undefined);
    slot.failures = 0;
  } catch (error) {
    const problem = toDurableError(error, `write record ${slot.name}`);
    slot.failures += 1;
    // What is too large stays so until somebody offers something else.
    if (slot.wanted && problem.type !== 'tooLarge') slot.pending ??= offer;
    onProblem(slot.name, problem);
  }
}

async function removeRecord({ store, onProblem }: Target, slot: Slot): Promise<void> {
  try {
    await store.remove(slot.name);
    if (slot.failures > 0) onProblem(slot.name, undefined);
    slot.failures = 0;
  } catch (error) {
    onProblem(slot.name, toDurableError(error, `remove record ${slot.name}`));
  }
}

function delayOf({ failures }: Slot, { debounceMs, retryMinMs, retryMaxMs }: RecordWriterLimits): number {
  if (failures === 0) return debounceMs;
  return Math.max(debounceMs, Math.min(retryMaxMs, retryMinMs * 2 ** (failures - 1)));
}
