import { readFileSync, readdirSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path/posix';
import ts from 'typescript';

const ROOT = new URL('../../', import.meta.url).pathname;

/** A TypeScript file of the project; all paths are relative to the root. */
export interface SourceFile {
  readonly path: string;
  readonly text: string;
  readonly isTest: boolean;
  /** Paths of the project's own files that it imports, types included. */
  readonly imports: readonly string[];
  /** Names of packages that it imports, `node:` modules included. */
  readonly packages: readonly string[];
}

/** Reads every TypeScript file below the given folders. */
export function readSourceFiles(folders: readonly string[]): readonly SourceFile[] {
  return folders.flatMap((folder) =>
    readdirSync(join(ROOT, folder), { recursive: true, encoding: 'utf8' })
      .filter((name) => name.endsWith('.ts'))
      .map((name) => readSourceFile(join(folder, name)))
      .toSorted((a, b) => (a.path < b.path ? -1 : 1)),
  );
}

function readSourceFile(path: string): SourceFile {
  const text = readFileSync(join(ROOT, path), 'utf8');
  const imported = ts.preProcessFile(text, true, true).importedFiles.map(({ fileName }) => fileName);
  const own = imported.filter((name) => name.startsWith('.'));
  return {
    path,
    text,
    isTest: path.endsWith('.test.ts') || path.startsWith('test/'),
    imports: [...new Set(own.map((name) => normalize(join(dirname(path), name))))],
    packages: [...new Set(imported.filter((name) => !name.startsWith('.')).map(packageName))],
  };
}

function packageName(specifier: string): string {
  const parts = specifier.split('/');
  return parts.slice(0, specifier.startsWith('@') ? 2 : 1).join('/');
}

/** Lines that are neither blank nor only a comment. */
export function linesOfCode(text: string): number {
  const withoutBlocks = text.replace(/^\s*\/\*[\s\S]*?\*\/\s*$/gm, '');
  return withoutBlocks.split('\n').filter((line) => line.trim() !== '' && !line.trim().startsWith('//')).length;
}

/** The dependencies that users install. */
export function runtimeDependencies(): readonly string[] {
  const manifest = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as { dependencies: object };
  return Object.keys(manifest.dependencies);
}
