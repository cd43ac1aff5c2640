import { constants } from 'node:fs';
import { open } from 'node:fs/promises';
import type { Outcome } from '../kube/outcome.ts';
import { failed, succeeded } from '../kube/outcome.ts';
import { errorCode } from './failure.ts';

const CREDENTIAL_FILE_BYTES_MAX = 1024 * 1024;

/** Reads a whole text file; the error is a phrase that follows its path. */
export type ReadTextFile = (path: string) => Promise<Outcome<string, string>>;

/** For credentials that a kubeconfig refers to. */
export function readCredentialFile(path: string): Promise<Outcome<string, string>> {
  return readTextFile(path, CREDENTIAL_FILE_BYTES_MAX);
}

/** Regular files only, bounded in size: a path that leads to a device must not fill memory. */
export async function readTextFile(path: string, bytesMax: number): Promise<Outcome<string, string>> {
  try {
    const file = await open(path, constants.O_RDONLY | constants.O_NONBLOCK);
    try {
      const status = await file.stat();
      if (!status.isFile()) return failed('is not a regular file');
      if (status.size > bytesMax) return failed(`is longer than ${bytesMax} bytes`);
      return succeeded(await file.readFile('utf8'));
    } finally {
      await file.close();
    }
  } catch (error) {
    return failed(`cannot be read (${errorCode(error)})`);
  }
}
