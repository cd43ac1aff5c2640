/** Bounds how often something happens per key: a burst at once, then so many per second. */
export interface TokenBuckets {
  /** False when the key's bucket has fewer tokens, which it keeps. */
  readonly take: (key: string, tokens: number) => boolean;
}

export interface TokenBucketsOptions {
  readonly perSecondMax: number;
  readonly burstMax: number;
  /** Epoch milliseconds. */
  readonly clock: () => number;
}

interface Bucket {
  tokens: number;
  filledMs: number;
}

/** Keeps one bucket per key: keys must be from a bounded set, such as registered members. */
export function createTokenBuckets({ perSecondMax, burstMax, clock }: TokenBucketsOptions): TokenBuckets {
  const buckets = new Map<string, Bucket>();
  return {
    take: (key, tokens) => {
      const nowMs = clock();
      const bucket = buckets.get(key) ?? { tokens: burstMax, filledMs: nowMs };
      buckets.set(key, bucket);
      const passedMs = Math.max(0, nowMs - bucket.filledMs);
      bucket.tokens = Math.min(burstMax, bucket.tokens + (passedMs * perSecondMax) / 1000);
      bucket.filledMs = nowMs;
      if (bucket.tokens < tokens) return false;
      bucket.tokens -= tokens;
      return true;
    },
  };
}
