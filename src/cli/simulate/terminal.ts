import { readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { connectToServer } from '../server-connection.ts';
import type { FileAccess } from './manifest-files.ts';
import type { SimulateDeps } from './simulate.ts';

/** Real files, the terminal, and the server that a kubeconfig names. */
export function createSimulateDeps(): SimulateDeps {
  return {
    files: FILES,
    open: connectToServer,
    sleep: (ms) => sleep(ms),
    monotonic: () => performance.now(),
    print: (text) => {
      process.stdout.write(text);
    },
    say: (line) => {
      process.stderr.write(`${line}\n`);
    },
  };
}

/** Real files, and the standard input. */
export const FILES: FileAccess = {
  readFile: (path) => readFile(path, 'utf8'),
  readStdin: async () => {
    const chunks: Buffer[] = [];
    for await (const chunk of process.stdin) chunks.push(Buffer.from(chunk as Uint8Array));
    return Buffer.concat(chunks).toString('utf8');
  },
  listDirectory: async (path) => {
    const { isDirectory } = await kindOf(path);
    if (!isDirectory) return undefined;
    const names = await readdir(path);
    return Promise.all(names.map(async (name) => ({ name, ...(await kindOf(join(path, name))) })));
  },
};

/** Links are followed, as kubectl follows them. */
async function kindOf(path: string): Promise<{ readonly isDirectory: boolean }> {
  return { isDirectory: (await stat(path)).isDirectory() };
}
