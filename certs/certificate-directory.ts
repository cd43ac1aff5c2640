import { mkdir, open, readFile, rename } from 'node:fs/promises';
import { join } from 'node:path';
import type { CertificateFiles } from './kept-certificates.ts';
import { REPORT_FILE, REQUEST_FILE } from './rotation-request.ts';

/** Keys before the certificates they belong to: a write that is cut in between leaves the old pairs usable. */
const FILE_NAMES = ['ca.key', 'ca.crt', 'tls.key', 'tls.crt', REPORT_FILE] as const;
const PRIVATE_FILE_MODE = 0o600;
const PRIVATE_DIRECTORY_MODE = 0o700;

export interface CertificateDirectory {
  load(): Promise<CertificateFiles | undefined>;
  /** Writes all but the request. */
  save(files: CertificateFiles): Promise<void>;
  /** Asks the server that uses the directory for something; see `RotationRequest`. */
  saveRequest(text: string): Promise<void>;
}

/** Keeps our own certificates as files that only this user may read. */
export function createCertificateDirectory(directory: string): CertificateDirectory {
  return {
    load: async () => {
      const files: Record<string, string> = {};
      for (const name of [...FILE_NAMES, REQUEST_FILE]) {
        const text = await readIfPresent(join(directory, name));
        if (text !== undefined) files[name] = text;
      }
      return Object.keys(files).length === 0 ? undefined : files;
    },
    save: async (files) => {
      await mkdir(directory, { recursive: true, mode: PRIVATE_DIRECTORY_MODE });
      for (const name of FILE_NAMES) {
        const path = join(directory, name);
        const text = files[name] ?? '';
        if (((await readIfPresent(path)) ?? '') !== text) await replaceFile(path, text);
      }
    },
    saveRequest: (text) => replaceFile(join(directory, REQUEST_FILE), text),
  };
}

async function readIfPresent(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
    throw error;
  }
}

async function replaceFile(path: string, text: string): Promise<void> {
  const temporary = `${path}.new`;
  const file = await open(temporary, 'w', PRIVATE_FILE_MODE);
  try {
    await file.writeFile(text);
    await file.sync();
  } finally {
    await file.close();
  }
  await rename(temporary, path);
}
