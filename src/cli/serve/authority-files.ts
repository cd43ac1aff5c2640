import { readAuthorityFile, type ReadTextFile } from '../../connection/index.ts';
import { schedule } from './clockwork.ts';

/** Files of certificate authorities are read again after this time, as connections read theirs. */
const REREAD_MS = 10_000;

/** The certificate authorities that are published and come from files, followed while they rotate. */
export interface AuthorityFiles {
  /** The last usable text of a file; undefined until there was one. The file is read again and again from now on. */
  readonly textOf: (path: string) => string | undefined;
  readonly stop: () => void;
}

export interface AuthorityFilesDeps {
  /** Others are followed no longer. */
  readonly pathsInUse: () => ReadonlySet<string>;
  /** Some file says something else than before. */
  readonly onChange: () => void;
  readonly readFile?: ReadTextFile;
  readonly schedule?: (run: () => void, delayMs: number) => () => void;
}

/** A file that cannot be read or used leaves its last text in force. */
export function createAuthorityFiles(deps: AuthorityFilesDeps): AuthorityFiles {
  const { pathsInUse, onChange, readFile = readAuthorityFile, schedule: later = schedule } = deps;
  const texts = new Map<string, string | undefined>();
  let isStopped = false;
  let cancel: (() => void) | undefined;

  /** True if the file says something new. */
  const read = async (path: string): Promise<boolean> => {
    const text = await readFile(path);
    if (!text.ok || !texts.has(path) || texts.get(path) === text.value) return false;
    texts.set(path, text.value);
    return true;
  };
  const cycle = async (): Promise<void> => {
    const used = pathsInUse();
    for (const path of texts.keys()) if (!used.has(path)) texts.delete(path);
    const news = await Promise.all([...texts.keys()].map(read));
    if (isStopped) return;
    cancel = texts.size === 0 ? undefined : later(() => void cycle(), REREAD_MS);
    if (news.includes(true)) onChange();
  };
  const begin = async (path: string): Promise<void> => {
    const isNew = await read(path);
    if (isNew && !isStopped) onChange();
  };
  return {
    textOf: (path) => {
      if (!texts.has(path) && !isStopped) {
        texts.set(path, undefined);
        cancel ??= later(() => void cycle(), REREAD_MS);
        void begin(path);
      }
      return texts.get(path);
    },
    stop: () => {
      isStopped = true;
      cancel?.();
    },
  };
}
