import type { KubeConnection } from '../connection/index.ts';
import { askHub } from './hub-request.ts';
import type { Schedule } from './repeat.ts';
import { createRepetition } from './repeat.ts';

/** A namespace that comes or goes is noticed within this time. */
const NAMESPACE_LOOK_INTERVAL_MS = 15_000;

/** Whether the hub has certain namespaces. */
export interface NamespaceWatch {
  /** Undefined until the hub has answered once; then what it said last. A namespace that is being deleted counts as gone. */
  readonly has: (namespace: string) => boolean | undefined;
  /** Asks once and then from time to time. */
  readonly start: () => Promise<void>;
  readonly stop: () => void;
}

export function createNamespaceWatch(deps: {
  readonly connection: KubeConnection;
  readonly namespaces: readonly string[];
  readonly schedule: Schedule;
  readonly onChange: () => void;
}): NamespaceWatch {
  const known = new Map<string, boolean>();
  const look = async (namespace: string): Promise<void> => {
    const found = await askHub(deps.connection, { method: 'GET', path: `/api/v1/namespaces/${namespace}` });
    // Only a clear answer counts: who cannot be asked has not said that anything is gone.
    if (!found.ok && found.error.status !== 404) return;
    const metadata = found.ok ? found.value['metadata'] : undefined;
    const isThere = found.ok && !isDeleting(metadata);
    if (known.get(namespace) === isThere) return;
    known.set(namespace, isThere);
    deps.onChange();
  };
  const repetition = createRepetition({
    run: async () => {
      await Promise.all(deps.namespaces.map(look));
    },
    intervalMs: NAMESPACE_LOOK_INTERVAL_MS,
    schedule: deps.schedule,
  });
  return {
    has: (namespace) => known.get(namespace),
    start: async () => {
      repetition.start();
      await repetition.now();
    },
    stop: () => repetition.stop(),
  };
}

function isDeleting(metadata: unknown): boolean {
  return typeof metadata === 'object' && metadata !== null && 'deletionTimestamp' in metadata;
}
