import { readdir } from 'node:fs/promises';
import { join, parse } from 'node:path';
import type { KubeconfigPolicy } from '../../connection/index.ts';
import { errorCode } from '../../connection/index.ts';
import type { Outcome } from '../../kube/outcome.ts';
import { failed, succeeded } from '../../kube/outcome.ts';
import type { KeptReadings } from './kept-readings.ts';
import { createKeptReadings } from './kept-readings.ts';
import type { ReadKubeconfig } from './kubeconfig-members.ts';
import { readKubeconfigFile } from './kubeconfig-members.ts';
import { kubeconfigRegistration, refusedCandidate } from './kubeconfig-registration.ts';
import type { Candidate } from './registration-book.ts';
import { createRegistrationBook } from './registration-book.ts';
import { scheduleTimer } from './schedule.ts';
import type { RegistrationSource, RegistrationUpdate, Schedule } from './types.ts';
import { createUpdateGate } from './update-gate.ts';

/** Between two looks at the directory. */
const REREAD_MS = 10_000;
/** Kubeconfigs of one directory. */
const FILES_MAX = 1_000;

export interface KubeconfigDirectoryOptions {
  readonly directory: string;
  readonly policy: KubeconfigPolicy;
  readonly removalGraceMs: number;
}

/** Names of the files in a directory; the error is a phrase that follows its path. */
export type ListFiles = (directory: string) => Promise<Outcome<readonly string[], string>>;

export interface KubeconfigDirectoryDeps {
  readonly listFiles?: ListFiles;
  readonly readFile?: ReadKubeconfig;
  readonly clock?: () => number;
  readonly schedule?: Schedule;
}

/**
 * One member for each kubeconfig file of a directory, named after the file without its ending, in its current context.
 * Names that begin with a dot are left out: Kubernetes keeps the real files of a mounted Secret under such a name.
 */
export function createKubeconfigDirectorySource(
  options: KubeconfigDirectoryOptions,
  deps: KubeconfigDirectoryDeps = {},
): RegistrationSource {
  const { listFiles = listDirectory, readFile = readKubeconfigFile, clock = Date.now, schedule = scheduleTimer } = deps;
  const book = createRegistrationBook({ graceMs: options.removalGraceMs });
  const readings = createKeptReadings<Candidate>();
  let isStopped = false;
  let cancel: (() => void) | undefined;
  let running: Promise<void> = Promise.resolve();

  const read = async (): Promise<RegistrationUpdate> => {
    const files = await listFiles(options.directory);
    if (!files.ok) return { type: 'failed', message: `${options.directory} ${files.error}` };
    const names = files.value.filter((name) => !name.startsWith('.')).toSorted();
    if (names.length > FILES_MAX) {
      return { type: 'failed', message: `${options.directory} holds more than ${FILES_MAX} files` };
    }
    const candidates: Candidate[] = [];
    for (const name of names) candidates.push(await candidateOf(name, options, { readFile, readings }));
    readings.retain(names);
    book.apply(candidates, clock());
    return book.expire(clock());
  };
  const cycle = async (tell: (update: RegistrationUpdate) => void): Promise<void> => {
    const update = await read();
    if (isStopped) return;
    tell(update);
    cancel = schedule(REREAD_MS, () => {
      running = cycle(tell);
    });
  };
  return {
    name: `kubeconfigs in ${options.directory}`,
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

interface Reading {
  readonly readFile: ReadKubeconfig;
  readonly readings: KeptReadings<Candidate>;
}

async function candidateOf(
  fileName: string,
  { directory, policy }: KubeconfigDirectoryOptions,
  { readFile, readings }: Reading,
): Promise<Candidate> {
  const file = join(directory, fileName);
  const found = { origin: fileName, source: `kubeconfig ${file}`, name: parse(fileName).name };
  const text = await readFile(file);
  if (!text.ok) return refusedCandidate(found, text.error);
  return readings.read(fileName, text.value, () =>
    kubeconfigRegistration(text.value, { ...found, context: undefined, policy, baseDirectory: directory }),
  );
}

const listDirectory: ListFiles = async (directory) => {
  try {
    const entries = await readdir(directory, { withFileTypes: true });
    return succeeded(entries.filter((entry) => !entry.isDirectory()).map(({ name }) => name));
  } catch (error) {
    return failed(`cannot be listed (${errorCode(error)})`);
  }
};
