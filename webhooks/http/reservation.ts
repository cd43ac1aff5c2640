import { requestTooLarge, tooManyRequests } from '../../src/kube/api-errors.ts';
import { OVERLOAD_RETRY_SECONDS } from '../limits.ts';
import type { BudgetShare } from './budget.ts';

/** Throws 429 when others leave no room for more, and 413 when there never will be. */
export function reserve(share: BudgetShare, by: number): void {
  const growth = share.grow(by);
  if (growth === 'tooLarge') throw requestTooLarge('the review and its answer are larger than all may be together');
  if (growth === 'full') throw tooManyRequests('too much is being reviewed at once', OVERLOAD_RETRY_SECONDS);
}
