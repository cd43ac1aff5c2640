import { describe, expect, test } from 'vitest';
import type { SourceFile } from './source-files.ts';
import { linesOfCode, readSourceFiles, runtimeDependencies } from './source-files.ts';

/**
 * What each module may import beside itself: modules, or single contract files of a module. A file belongs to the
 * module with the longest matching name. The folders of `apiservice` are parts of one module: directions hold between
 * them, doors do not.
 */
const MAY_IMPORT: Readonly<Record<string, readonly string[]>> = {
  'src/kube': [],
  'src/clusterset': ['src/kube'],
  'src/cel': ['src/kube'],
  'src/resources': ['src/kube', 'src/clusterset', 'src/cel'],
  'src/operator-rules': ['src/kube', 'src/cel', 'src/resources'],
  'src/store': ['src/kube'],
  'src/durable': ['src/kube'],
  'src/profiles': ['src/kube', 'src/clusterset', 'src/durable', 'src/store/types.ts'],
  'src/connection': ['src/kube'],
  'src/members': ['src/kube', 'src/connection'],
  'src/publish': ['src/kube', 'src/clusterset', 'src/store/types.ts', 'src/members', 'src/connection'],
  'src/hub': ['src/kube', 'src/connection'],
  'src/embedded': ['src/kube', 'src/store', 'src/resources', 'apiservice'],
  apiservice: [
    'src/kube',
    'src/resources',
    'src/store/types.ts',
    'apiservice/edge',
    'apiservice/data',
    'apiservice/documents',
    'apiservice/subresources',
    'apiservice/writes',
  ],
  'apiservice/edge': [
    'src/kube',
    'src/resources',
    'src/store/types.ts',
    'apiservice/accept.ts',
    'apiservice/types.ts',
    'apiservice/data',
    'apiservice/documents',
  ],
  'apiservice/data': ['src/kube', 'src/resources', 'src/store/types.ts', 'apiservice/accept.ts', 'apiservice/types.ts'],
  'apiservice/subresources': [
    'src/kube',
    'src/resources',
    'apiservice/types.ts',
    'apiservice/data',
    'apiservice/edge',
    'apiservice/writes/body-value.ts',
    'apiservice/writes/decode-object.ts',
  ],
  'apiservice/writes': [
    'src/kube',
    'src/resources',
    'src/store/types.ts',
    'apiservice/accept.ts',
    'apiservice/types.ts',
    'apiservice/data',
    'apiservice/edge/body.ts',
  ],
  'apiservice/documents': ['src/kube', 'src/resources', 'apiservice/accept.ts', 'apiservice/types.ts'],
  webhooks: ['src/kube', 'src/resources'],
  certs: [],
};

/** The composition root: reads the configuration, parses arguments, and wires all the others together. */
const COMPOSITION = ['src/main.ts', 'src/cli', 'src/config', 'src/config.ts'];

/** Vocabulary without a door: each of its files is one noun that others import directly. */
const WITHOUT_DOOR = ['src/kube'];
const DOORS = ['index.ts', 'types.ts', 'definition.ts'];

/** Packages that only some modules may use; every other package of package.json is free. */
const PACKAGE_OWNERS: Readonly<Record<string, readonly string[]>> = {
  '@kubernetes/client-node': ['src/connection'],
  'node-forge': ['certs'],
  express: ['apiservice', 'apiservice/edge', 'apiservice/data', 'webhooks'],
  '@bufbuild/cel': ['src/cel'],
  '@bufbuild/protobuf': ['src/cel'],
  re2js: ['src/cel'],
  // Operators' rules are a file that people write, as the configuration is.
  ajv: ['src/config', 'src/config.ts', 'src/resources', 'src/operator-rules'],
  pino: ['src/main.ts', 'src/cli'],
  commander: ['src/main.ts', 'src/cli'],
  'lossless-json': ['src/kube'],
};

/** Modules without I/O: time, randomness and the outside world come in as functions. */
const PURE = ['src/kube', 'src/cel', 'src/clusterset', 'src/resources', 'src/store', 'apiservice/documents'];
const IO_MODULES = /^node:(child_process|dgram|dns|fs|http|http2|https|net|os|readline|timers|tls|worker_threads)$/;

/** Where a process or a thread begins. */
const ENTRY_POINTS = ['src/main.ts', 'src/operator-rules/rule-worker.ts'];

const FORBIDDEN_NAMES = /\/((shared|misc|stuff|base)|([^/]+-)?(utils?|commons?|helpers?|managers?))(\.[^/]*|\/.*)$/;
const CODE_LINES_MAX = 300;
const TEST_CODE_LINES_MAX = 500;

const files = readSourceFiles(['src', 'apiservice', 'webhooks', 'certs', 'test']);
const code = files.filter((file) => !file.isTest);
const byPath = new Map(files.map((file) => [file.path, file]));
const modules = [...Object.keys(MAY_IMPORT), ...COMPOSITION].toSorted((a, b) => b.length - a.length);

function moduleOf(path: string): string | undefined {
  return modules.find((module) => path === module || path.startsWith(`${module}/`));
}

function isComposition(path: string): boolean {
  return COMPOSITION.includes(moduleOf(path) ?? '');
}

function isApiService(path: string): boolean {
  return path.startsWith('apiservice/');
}

/** One line per import that `isWrong` finds wrong, so that a failure shows them all. */
function wrongImports(isWrong: (from: SourceFile, to: string) => boolean): readonly string[] {
  return code.flatMap((file) => file.imports.filter((to) => isWrong(file, to)).map((to) => `${file.path} -> ${to}`));
}

describe('imports', () => {
  test('every file belongs to a module', () => {
    expect(code.map(({ path }) => path).filter((path) => moduleOf(path) === undefined)).toEqual([]);
  });

  test('every imported file exists', () => {
    expect(wrongImports((_from, to) => !byPath.has(to) && !to.endsWith('.json'))).toEqual([]);
  });

  test('modules import only what the table allows', () => {
    const isWrong = ({ path }: SourceFile, to: string): boolean => {
      const [from = '', target = ''] = [moduleOf(path), moduleOf(to)];
      if (from === target || isComposition(path)) return false;
      const allowed = MAY_IMPORT[from] ?? [];
      return !allowed.includes(target) && !allowed.includes(to);
    };
    expect(wrongImports(isWrong)).toEqual([]);
  });

  test('a module is entered through its door only', () => {
    const isWrong = ({ path }: SourceFile, to: string): boolean => {
      const target = moduleOf(to) ?? '';
      if (target === moduleOf(path) || WITHOUT_DOOR.includes(target)) return false;
      if (isComposition(path) && isComposition(to)) return false;
      if (isApiService(path) && isApiService(to)) return false;
      // The composition root may also enter a part of a module that has a door of its own.
      if (isComposition(path) && to.endsWith('/index.ts')) return false;
      return !DOORS.some((door) => to === `${target}/${door}`);
    };
    expect(wrongImports(isWrong)).toEqual([]);
  });

  test('nothing but tests imports tests', () => {
    expect(wrongImports((_from, to) => to.startsWith('test/') || to.endsWith('.test.ts'))).toEqual([]);
  });

  test('no file imports itself, directly or through others', () => {
    expect(findCycles(code)).toEqual([]);
  });

  test('every file but doors and entry points is used by another one', () => {
    const used = new Set(code.flatMap((file) => file.imports));
    const unused = code
      .map(({ path }) => path)
      .filter((path) => !used.has(path) && !ENTRY_POINTS.includes(path) && !path.endsWith('/index.ts'));
    expect(unused).toEqual([]);
  });
});

describe('packages', () => {
  test('only runtime dependencies and Node are imported', () => {
    const known = new Set(runtimeDependencies());
    const unknown = code.flatMap((file) =>
      file.packages
        .filter((name) => !known.has(name) && !name.startsWith('node:'))
        .map((name) => `${file.path} -> ${name}`),
    );
    expect(unknown).toEqual([]);
  });

  test('a package with owners is used by its owners only', () => {
    const stray = code.flatMap((file) =>
      file.packages
        .filter((name) => PACKAGE_OWNERS[name]?.includes(moduleOf(file.path) ?? '') === false)
        .map((name) => `${file.path} -> ${name}`),
    );
    expect(stray).toEqual([]);
  });

  test('pure modules do no I/O', () => {
    const impure = code
      .filter((file) => PURE.includes(moduleOf(file.path) ?? ''))
      .flatMap((file) =>
        file.packages.filter((name) => IO_MODULES.test(name)).map((name) => `${file.path} -> ${name}`),
      );
    expect(impure).toEqual([]);
  });
});

describe('files', () => {
  test('are named after what they hold', () => {
    const paths = files.map(({ path }) => path);
    expect(paths.filter((path) => FORBIDDEN_NAMES.test(path))).toEqual([]);
    expect(paths.filter((path) => !/^[a-z0-9./-]+$/.test(path))).toEqual([]);
  });

  test.each([
    ['src/kube/utils.ts', true],
    ['src/kube/string-util.ts', true],
    ['src/common/object.ts', true],
    ['src/members/manager.test.ts', true],
    ['src/members/member-manager.ts', true],
    ['src/kube/shared.ts', true],
    ['src/hub/shared-answers.ts', false],
    ['src/members/managed-fields.ts', false],
    ['src/kube/base64.ts', false],
  ])('the name of %s says nothing: %s', (path, expected) => {
    expect(FORBIDDEN_NAMES.test(path)).toBe(expected);
  });

  test('types.ts is the contract of a folder with a door, never a drawer', () => {
    const drawers = code.map(({ path }) => path).filter((path) => path.endsWith('/types.ts'));
    const isContract = (path: string): boolean =>
      modules.includes(path.slice(0, -'/types.ts'.length)) || byPath.has(path.replace(/types\.ts$/, 'index.ts'));
    expect(drawers.filter((path) => !isContract(path))).toEqual([]);
  });

  test('are short enough to read', () => {
    const long = files
      .map(({ path, text, isTest }) => ({
        path,
        lines: linesOfCode(text),
        max: isTest ? TEST_CODE_LINES_MAX : CODE_LINES_MAX,
      }))
      .filter(({ lines, max }) => lines > max);
    expect(long).toEqual([]);
  });

  test('have no default export', () => {
    expect(code.filter(({ text }) => /^export default\b/m.test(text)).map(({ path }) => path)).toEqual([]);
  });
});

/** Each cycle once, as the files on it in import order. */
function findCycles(all: readonly SourceFile[]): readonly string[] {
  const cycles: string[] = [];
  const done = new Set<string>();
  const visit = (path: string, trail: readonly string[]): void => {
    const start = trail.indexOf(path);
    if (start >= 0) cycles.push([...trail.slice(start), path].join(' -> '));
    if (start >= 0 || done.has(path)) return;
    for (const next of byPath.get(path)?.imports ?? []) visit(next, [...trail, path]);
    done.add(path);
  };
  for (const { path } of all) visit(path, []);
  return cycles;
}
