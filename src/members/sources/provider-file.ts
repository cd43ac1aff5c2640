import type { AccessProvider } from '../../connection/index.ts';
import { parseAccessProviders, PROVIDER_FILE_BYTES_MAX, readTextFile } from '../../connection/index.ts';
import type { Outcome } from '../../kube/outcome.ts';
import { failed, succeeded } from '../../kube/outcome.ts';
import { scheduleTimer } from './schedule.ts';
import type { Schedule } from './types.ts';

/** The provider file is read again after this time. */
const REREAD_MS = 10_000;

/** The access providers in force. */
export interface ProviderFile {
  readonly providers: () => readonly AccessProvider[];
  /** Tells whenever other providers are in force, until the result is called. The file is read while somebody follows. */
  readonly follow: (listener: () => void) => () => void;
}

/** What people want to know of the file, in one sentence that begins with its name. */
export interface ProviderFileNews {
  /** `ignored`: something in it means nothing. `unusable` and `usable`: told once, when that begins. */
  readonly type: 'ignored' | 'unusable' | 'usable';
  readonly message: string;
}

export interface ProviderFileDeps {
  readonly tell: (news: ProviderFileNews) => void;
  readonly readFile?: (file: string) => Promise<Outcome<string, string>>;
  readonly schedule?: Schedule;
}

/** Reads a provider file, and again and again. One that breaks later leaves the providers as they are. */
export async function openProviderFile(file: string, deps: ProviderFileDeps): Promise<Outcome<ProviderFile, string>> {
  const {
    tell,
    readFile = (path: string) => readTextFile(path, PROVIDER_FILE_BYTES_MAX),
    schedule = scheduleTimer,
  } = deps;
  const first = await readProviders(file, readFile);
  if (!first.ok) return failed(first.error);
  tellIgnored(file, first.value, tell);
  const listeners = new Set<() => void>();
  let present = first.value;
  let problem: string | undefined;
  let cancel: (() => void) | undefined;

  const accept = (read: Reading): void => {
    if (problem !== undefined) tell({ type: 'usable', message: `${file} can be used again` });
    problem = undefined;
    if (read.text === present.text) return;
    present = read;
    tellIgnored(file, read, tell);
    for (const listener of listeners) listener();
  };
  const cycle = async (): Promise<void> => {
    const read = await readProviders(file, readFile);
    if (listeners.size === 0) return;
    if (read.ok) accept(read.value);
    else if (read.error !== problem) {
      tell({ type: 'unusable', message: `${read.error}; the providers that were read before stay in force` });
      problem = read.error;
    }
    next();
  };
  const next = (): void => {
    cancel = schedule(REREAD_MS, () => void cycle());
  };
  return succeeded({
    providers: () => present.providers,
    follow: (listener) => {
      // One function may be given twice.
      const own = (): void => listener();
      listeners.add(own);
      if (listeners.size === 1) next();
      return () => {
        listeners.delete(own);
        if (listeners.size === 0) cancel?.();
      };
    },
  });
}

interface Reading {
  readonly text: string;
  readonly providers: readonly AccessProvider[];
  readonly warnings: readonly string[];
}

function tellIgnored(file: string, { warnings }: Reading, tell: ProviderFileDeps['tell']): void {
  for (const warning of warnings) tell({ type: 'ignored', message: `${file}: ${warning}` });
}

async function readProviders(
  file: string,
  readFile: (file: string) => Promise<Outcome<string, string>>,
): Promise<Outcome<Reading, string>> {
  const text = await readFile(file);
  if (!text.ok) return failed(`${file} ${text.error}`);
  const parsed = parseAccessProviders(text.value);
  return parsed.ok ? succeeded({ text: text.value, ...parsed.value }) : failed(`${file} ${parsed.error}`);
}
