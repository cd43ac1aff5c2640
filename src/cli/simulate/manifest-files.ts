import { join } from 'node:path';
import { UsageError } from '../exit.ts';

/** One file of manifests, whole. */
export interface ManifestFile {
  /** As the user named it, or `stdin`. */
  readonly name: string;
  readonly text: string;
}

export interface FileAccess {
  readonly readFile: (path: string) => Promise<string>;
  readonly readStdin: () => Promise<string>;
  /** Undefined when the path is no directory. */
  readonly listDirectory: (path: string) => Promise<readonly DirectoryEntry[] | undefined>;
}

export interface DirectoryEntry {
  readonly name: string;
  readonly isDirectory: boolean;
}

/** All text of one run: more is not a set of manifests but a mistake in a path. */
export const MANIFEST_BYTES_MAX = 256 * 1024 * 1024;
/** Files of one run. */
export const MANIFEST_FILES_MAX = 20_000;
/** Directories below each other; a link that leads back up ends here. */
const DIRECTORY_DEPTH_MAX = 32;

/** The files that kubectl reads from a directory. */
const MANIFEST_NAME = /\.(json|yaml|yml)$/;

/**
 * Reads files, directories and standard input as kubectl does: of a directory the files that end in .json, .yaml or .yml,
 * with `isRecursive` of those below it too.
 */
export async function readManifestFiles(
  access: FileAccess,
  paths: readonly string[],
  isRecursive: boolean,
): Promise<readonly ManifestFile[]> {
  const names: string[] = [];
  for (const path of paths) names.push(...(await expand(access, path, isRecursive)));
  if (names.filter((name) => name === '-').length > 1) throw new UsageError('-f - can be given once only');
  if (names.length > MANIFEST_FILES_MAX) throw new UsageError(`more than ${MANIFEST_FILES_MAX} files`);
  const files: ManifestFile[] = [];
  let bytes = 0;
  for (const name of names) {
    const text = await readOne(access, name);
    bytes += Buffer.byteLength(text);
    if (bytes > MANIFEST_BYTES_MAX)
      throw new UsageError(`manifests are larger than ${MANIFEST_BYTES_MAX} bytes together`);
    files.push({ name: name === '-' ? 'stdin' : name, text });
  }
  return files;
}

async function expand(access: FileAccess, path: string, isRecursive: boolean): Promise<readonly string[]> {
  if (path === '-') return ['-'];
  const entries = await list(access, path);
  if (entries === undefined) return [path];
  const names = await expandDirectory(access, { path, entries, depth: 0 }, isRecursive);
  if (names.length === 0) throw new UsageError(`${path}: no file that ends in .json, .yaml or .yml`);
  return names;
}

interface Directory {
  readonly path: string;
  readonly entries: readonly DirectoryEntry[];
  readonly depth: number;
}

async function expandDirectory(
  access: FileAccess,
  { path, entries, depth }: Directory,
  isRecursive: boolean,
): Promise<readonly string[]> {
  const names: string[] = [];
  for (const entry of entries.toSorted((a, b) => (a.name < b.name ? -1 : 1))) {
    const below = join(path, entry.name);
    if (!entry.isDirectory) {
      if (MANIFEST_NAME.test(entry.name)) names.push(below);
    } else if (isRecursive && depth < DIRECTORY_DEPTH_MAX) {
      const inner = { path: below, entries: (await list(access, below)) ?? [], depth: depth + 1 };
      names.push(...(await expandDirectory(access, inner, isRecursive)));
    }
  }
  return names;
}

async function list(access: FileAccess, path: string): Promise<readonly DirectoryEntry[] | undefined> {
  try {
    return await access.listDirectory(path);
  } catch (error) {
    throw new UsageError(`${path}: ${describeFileError(error)}`);
  }
}

async function readOne(access: FileAccess, name: string): Promise<string> {
  try {
    return await (name === '-' ? access.readStdin() : access.readFile(name));
  } catch (error) {
    throw new UsageError(`${name}: ${describeFileError(error)}`);
  }
}

function describeFileError(error: unknown): string {
  const code = error instanceof Error && 'code' in error ? String(error.code) : 'unreadable';
  return { ENOENT: 'no such file or directory', EACCES: 'permission denied' }[code] ?? code;
}
