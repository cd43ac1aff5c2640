import type { ClusterId } from '../kube/cluster-id.ts';
import type { ProfilesDeps } from './held-member.ts';

/** Before the first list that failed is tried again; doubles up to `LIST_RETRY_MS_MAX`. */
const LIST_RETRY_MS_MIN = 1_000;
/** The longest pause before the records are listed again. */
const LIST_RETRY_MS_MAX = 60_000;

/** Whether it is known which records there are: without that any member, also one that left, may have one. */
export interface RecordList {
  readonly isKnown: () => boolean;
  /** Tries again until the records are listed. */
  readonly begin: () => void;
  readonly end: () => void;
}

export interface RecordListDeps extends Pick<ProfilesDeps, 'schedule' | 'log'> {
  readonly records: Pick<ProfilesDeps['records'], 'list'>;
  /** Called once, if the list was not known from the beginning. */
  readonly onListed: (clusters: readonly ClusterId[]) => void;
}

export function createRecordList(deps: RecordListDeps, isListed: boolean): RecordList {
  let isKnown = isListed;
  let isEnded = false;
  let cancel: (() => void) | undefined;
  const attempt = async (delayMs: number): Promise<void> => {
    const listed = await deps.records.list();
    if (isEnded) return;
    if (!listed.ok) {
      plan(Math.min(delayMs * 2, LIST_RETRY_MS_MAX));
      return;
    }
    isKnown = true;
    deps.log.info({ members: listed.value.length }, 'the records of profiles can be listed again');
    deps.onListed(listed.value);
  };
  const plan = (delayMs: number): void => {
    cancel = deps.schedule(() => {
      attempt(delayMs).catch((err: unknown) => {
        deps.log.error({ err }, 'the records of profiles could not be listed for an unexpected reason');
      });
    }, delayMs);
  };
  return {
    isKnown: () => isKnown,
    begin: () => {
      if (!isKnown) plan(LIST_RETRY_MS_MIN);
    },
    end: () => {
      isEnded = true;
      cancel?.();
    },
  };
}
