import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { succeeded } from '../kube/outcome.ts';
import { restrictPlugins } from './allowed-plugins.ts';

let directory: string;

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'plugins-'));
});

afterEach(() => rmSync(directory, { recursive: true }));

function install(name: string): string {
  const path = join(directory, name);
  writeFileSync(path, '');
  chmodSync(path, 0o755);
  return path;
}

function run(command: string, allowed: readonly string[] | undefined): Promise<string> {
  const runExec = restrictPlugins((invocation) => Promise.resolve(succeeded(invocation.command)), {
    allowed,
    searchPath: `relative:${directory}`,
  });
  return runExec({ command, args: [], env: {} }).then((outcome) => (outcome.ok ? outcome.value : outcome.error));
}

it('runs a plugin by its absolute path, looked up once', async () => {
  const path = install('plugin');
  expect(await run('plugin', undefined)).toBe(path);
  expect(await run('plugin', [path])).toBe(path);
  expect(await run(path, [path])).toBe(path);
});

it('runs nothing that is not on the list', async () => {
  const path = install('plugin');
  const other = install('other');
  expect(await run('other', [path])).toBe('was not started: it is not on the list of allowed plugins');
  expect(await run(other, [])).toBe('was not started: it is not on the list of allowed plugins');
});

it('keeps the file that it found first', async () => {
  const path = install('plugin');
  const runExec = restrictPlugins((invocation) => Promise.resolve(succeeded(invocation.command)), {
    allowed: undefined,
    searchPath: directory,
  });
  await runExec({ command: 'plugin', args: [], env: {} });
  rmSync(path);
  expect(await runExec({ command: 'plugin', args: [], env: {} })).toEqual(succeeded(path));
});

it('refuses relative paths and what is nowhere', async () => {
  expect(await run('./plugin', undefined)).toBe('was not started: its path is relative');
  expect(await run('plugin', undefined)).toBe('was not found');
});
