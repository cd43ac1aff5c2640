import { delimiter, join } from 'node:path';
import { DEFAULT_DIRECTORY } from './serve/durable-place.ts';

export interface Surroundings {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly homeDirectory: string;
  readonly fileExists: (file: string) => Promise<boolean>;
}

/** A stand-alone server writes its kubeconfig here, and the embedded example there. */
const OWN_FILES = [join(DEFAULT_DIRECTORY, 'kubeconfig'), join(DEFAULT_DIRECTORY, 'embedded', 'kubeconfig')];

/**
 * The kubeconfig files to try, in this order: the one that is named; those of $KUBECONFIG; the one that a stand-alone
 * server wrote in this directory; kubectl's own. Empty when there is none.
 */
export async function kubeconfigChoices(
  named: string | undefined,
  { env, homeDirectory, fileExists }: Surroundings,
): Promise<readonly string[]> {
  if (named !== undefined) return [named];
  const listed = (env['KUBECONFIG'] ?? '').split(delimiter).filter((file) => file !== '');
  if (listed.length > 0) return listed;
  for (const file of [...OWN_FILES, join(homeDirectory, '.kube', 'config')]) {
    if (await fileExists(file)) return [file];
  }
  return [];
}
