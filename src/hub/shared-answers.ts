import type { ReviewCache } from './review-cache.ts';

export interface Answer<T> {
  readonly value: T;
  readonly cacheable: boolean;
}

/** Asks once for all who want to know the same at the same time, and remembers what may be remembered. */
export function createSharedAnswers<T>(
  cache: ReviewCache<T>,
): (key: string, ask: () => Promise<Answer<T>>) => Promise<T> {
  const underWay = new Map<string, Promise<T>>();
  return (key, ask) => {
    const known = cache.get(key);
    if (known !== undefined) return Promise.resolve(known);
    const joined = underWay.get(key);
    if (joined !== undefined) return joined;
    const asked = ask()
      .then((answer) => {
        if (answer.cacheable) cache.set(key, answer.value);
        return answer.value;
      })
      .finally(() => underWay.delete(key));
    underWay.set(key, asked);
    return asked;
  };
}
