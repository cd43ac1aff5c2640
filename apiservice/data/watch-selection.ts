import type { StoreEvent, StoredObject } from '../../src/store/types.ts';
import { isSelected } from './page.ts';
import type { Selection } from './query.ts';

/** What one watcher sees of one committed change. */
export interface Delivery {
  readonly type: 'ADDED' | 'MODIFIED' | 'DELETED';
  /** `previous`: the object left the selection and is shown as it was, under the revision of the change. */
  readonly content: 'current' | 'previous';
  readonly event: StoreEvent;
}

/** What a watcher without selectors sees. */
export function deliverAll(event: StoreEvent): Delivery {
  return { type: event.type, content: 'current', event };
}

/** Compares the selection before and after the change; undefined when the watcher sees nothing of it. */
export function deliverSelected(selection: Selection, event: StoreEvent): Delivery | undefined {
  const selected = (stored: StoredObject | undefined): boolean => stored !== undefined && isSelected(selection, stored);
  if (event.type === 'DELETED') return selected(event.previous ?? event.current) ? deliverAll(event) : undefined;
  const before = event.type === 'MODIFIED' && selected(event.previous);
  const after = selected(event.current);
  if (after) return { type: before ? 'MODIFIED' : 'ADDED', content: 'current', event };
  return before ? { type: 'DELETED', content: 'previous', event } : undefined;
}
