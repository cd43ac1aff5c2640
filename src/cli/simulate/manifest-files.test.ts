import { describe, expect, it } from 'vitest';
import { type FileAccess, readManifestFiles } from './manifest-files.ts';

/** Paths that end in / are directories. */
function tree(paths: readonly string[]): FileAccess {
  return {
    readFile: (path) => (paths.includes(path) ? Promise.resolve(`text of ${path}`) : Promise.reject(missing())),
    readStdin: () => Promise.resolve('text of stdin'),
    listDirectory: (path) => {
      if (paths.includes(path)) return Promise.resolve(undefined);
      const below = `${path}/`;
      const names = paths.filter((one) => one.startsWith(below)).map((one) => one.slice(below.length));
      if (names.length === 0) return Promise.reject(missing());
      const entries = new Map(names.map((name) => [name.split('/', 1)[0]!, name.includes('/')]));
      return Promise.resolve([...entries].map(([name, isDirectory]) => ({ name, isDirectory })));
    },
  };
}

const missing = () => Object.assign(new Error('no'), { code: 'ENOENT' });
const FILES = ['set/b.yml', 'set/a.yaml', 'set/c.json', 'set/notes.md', 'set/below/d.yaml', 'one.txt'];

async function names(paths: readonly string[], isRecursive = false): Promise<readonly string[]> {
  return (await readManifestFiles(tree(FILES), paths, isRecursive)).map(({ name }) => name);
}

describe('readManifestFiles', () => {
  it('reads a named file whatever it is called, and standard input', async () => {
    expect(await readManifestFiles(tree(FILES), ['one.txt', '-'], false)).toEqual([
      { name: 'one.txt', text: 'text of one.txt' },
      { name: 'stdin', text: 'text of stdin' },
    ]);
  });

  it('reads the manifests of a directory by name, and what is below it only when asked', async () => {
    expect(await names(['set'])).toEqual(['set/a.yaml', 'set/b.yml', 'set/c.json']);
    expect(await names(['set'], true)).toEqual(['set/a.yaml', 'set/b.yml', 'set/below/d.yaml', 'set/c.json']);
  });

  it.each([
    [['nowhere.yaml'], 'nowhere.yaml: no such file or directory'],
    [['-', '-'], '-f - can be given once only'],
  ])('refuses %j', async (paths, message) => {
    await expect(names(paths)).rejects.toThrow(message);
  });

  it('refuses a directory without manifests', async () => {
    const files = readManifestFiles(tree(['set/notes.md']), ['set'], false);
    await expect(files).rejects.toThrow('set: no file that ends in .json, .yaml or .yml');
  });
});
