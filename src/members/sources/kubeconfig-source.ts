import { createKeptReadings } from './kept-readings.ts';
import type { KubeconfigMembersOptions, ReadKubeconfig } from './kubeconfig-members.ts';
import { kubeconfigCandidates, readKubeconfigFile } from './kubeconfig-members.ts';
import { createRegistrationBook } from './registration-book.ts';
import { scheduleTimer } from './schedule.ts';
import type { RegistrationSource, RegistrationUpdate, Schedule } from './types.ts';
import { createUpdateGate } from './update-gate.ts';

const REREAD_MS_DEFAULT = 10_000;
const REMOVAL_GRACE_MS_DEFAULT = 60_000;

export interface KubeconfigSourceOptions extends KubeconfigMembersOptions {
  readonly file: string;
  readonly rereadMs?: number;
  /** A context that vanished from the file is a member for this long. */
  readonly removalGraceMs?: number;
}

export interface KubeconfigSourceDeps {
  readonly readFile?: ReadKubeconfig;
  readonly clock?: () => number;
  readonly schedule?: Schedule;
}

/** The members of a kubeconfig file, which is read again and again. A broken file changes nothing but its state. */
export function createKubeconfigSource(
  options: KubeconfigSourceOptions,
  deps: KubeconfigSourceDeps = {},
): RegistrationSource {
  const { readFile = readKubeconfigFile, clock = Date.now, schedule = scheduleTimer } = deps;
  const book = createRegistrationBook({ graceMs: options.removalGraceMs ?? REMOVAL_GRACE_MS_DEFAULT });
  const readings = createKeptReadings<ReturnType<typeof kubeconfigCandidates>>();
  let isStopped = false;
  let cancel: (() => void) | undefined;
  let running: Promise<void> = Promise.resolve();

  const read = async (): Promise<RegistrationUpdate> => {
    const text = await readFile(options.file);
    if (!text.ok) return { type: 'failed', message: `${options.file} ${text.error}` };
    const read = (): ReturnType<typeof kubeconfigCandidates> => kubeconfigCandidates(text.value, options.file, options);
    const candidates = readings.read(options.file, text.value, read);
    if (!candidates.ok) return { type: 'failed', message: candidates.error };
    book.apply(candidates.value, clock());
    return book.expire(clock());
  };
  const cycle = async (tell: (update: RegistrationUpdate) => void): Promise<void> => {
    const update = await read();
    if (isStopped) return;
    tell(update);
    cancel = schedule(options.rereadMs ?? REREAD_MS_DEFAULT, () => {
      running = cycle(tell);
    });
  };

  return {
    name: `kubeconfig ${options.file}`,
    start: (listener) => {
      running = cycle(createUpdateGate(listener));
    },
    stop: async () => {
      isStopped = true;
      cancel?.();
      await running;
    },
  };
}
