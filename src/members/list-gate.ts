/** The most that list bodies of all members may take in memory at once. */
const LIST_BYTES_IN_FLIGHT_MAX = 256 * 1024 * 1024;

/** A page that is larger is refused by the connection and asked for again with fewer objects. */
export const LIST_BODY_BYTES_MAX = 16 * 1024 * 1024;

/** One member may not take all places, and one large resource of it not all of the member's. */
const MEMBER_LISTS_IN_FLIGHT_MAX = 2;

export interface ListGateLimits {
  readonly totalMax: number;
  readonly perMemberMax: number;
}

/** Lets a bounded number of list requests through: after our own restart every member is listed at the same time. */
export interface ListGate {
  /** Resolves with a function that gives the place back; rejects never. Resolves undefined when aborted before. */
  readonly enter: (member: string, signal: AbortSignal) => Promise<(() => void) | undefined>;
  readonly inFlight: () => number;
  readonly waiting: () => number;
}

interface Waiter {
  readonly member: string;
  readonly admit: () => void;
}

export const DEFAULT_LIST_GATE_LIMITS: ListGateLimits = {
  totalMax: Math.floor(LIST_BYTES_IN_FLIGHT_MAX / LIST_BODY_BYTES_MAX),
  perMemberMax: MEMBER_LISTS_IN_FLIGHT_MAX,
};

export function createListGate(limits: ListGateLimits = DEFAULT_LIST_GATE_LIMITS): ListGate {
  const queue: Waiter[] = [];
  const perMember = new Map<string, number>();
  let total = 0;

  function mayEnter(member: string): boolean {
    return total < limits.totalMax && (perMember.get(member) ?? 0) < limits.perMemberMax;
  }

  function take(member: string): () => void {
    total += 1;
    perMember.set(member, (perMember.get(member) ?? 0) + 1);
    let isHeld = true;
    return () => {
      if (!isHeld) return;
      isHeld = false;
      leave(member);
    };
  }

  function leave(member: string): void {
    total -= 1;
    const left = (perMember.get(member) ?? 1) - 1;
    if (left === 0) perMember.delete(member);
    else perMember.set(member, left);
    const next = queue.findIndex((waiter) => mayEnter(waiter.member));
    if (next >= 0) queue.splice(next, 1)[0]?.admit();
  }

  return {
    enter: (member, signal) => {
      if (signal.aborted) return Promise.resolve(undefined);
      if (mayEnter(member)) return Promise.resolve(take(member));
      return new Promise((resolve) => {
        const onAbort = (): void => {
          const index = queue.indexOf(waiter);
          if (index >= 0) queue.splice(index, 1);
          resolve(undefined);
        };
        const waiter: Waiter = {
          member,
          admit: () => {
            signal.removeEventListener('abort', onAbort);
            resolve(take(member));
          },
        };
        signal.addEventListener('abort', onAbort, { once: true });
        queue.push(waiter);
      });
    },
    inFlight: () => total,
    waiting: () => queue.length,
  };
}
