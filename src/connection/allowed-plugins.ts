import { accessSync, constants } from 'node:fs';
import { isAbsolute, join } from 'node:path';
import { failed } from '../kube/outcome.ts';
import type { RunExec } from './exec-runner.ts';

export interface AllowedPlugins {
  /** Absolute paths; undefined allows every plugin. */
  readonly allowed: readonly string[] | undefined;
  /** The PATH in which commands without a slash are looked up. */
  readonly searchPath: string | undefined;
}

/**
 * Runs only plugins of the list, by their absolute path. A command without a slash is looked up once, so that a file that
 * appears earlier in PATH later is not run in its place; a relative path is refused.
 */
export function restrictPlugins(runExec: RunExec, { allowed, searchPath }: AllowedPlugins): RunExec {
  const found = new Map<string, string>();
  return async (invocation) => {
    const { command } = invocation;
    const path = isAbsolute(command) ? command : (found.get(command) ?? lookUp(command, searchPath));
    if (path === undefined) {
      return failed(command.includes('/') ? 'was not started: its path is relative' : 'was not found');
    }
    if (!isAbsolute(command)) found.set(command, path);
    if (allowed?.includes(path) === false) return failed('was not started: it is not on the list of allowed plugins');
    return runExec({ ...invocation, command: path });
  };
}

function lookUp(command: string, searchPath: string | undefined): string | undefined {
  if (command.includes('/')) return undefined;
  const directories = (searchPath ?? '').split(':').filter(isAbsolute);
  return directories.map((directory) => join(directory, command)).find(isExecutable);
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
