import { setTimeout as sleep } from 'node:timers/promises';
import { createConnection } from '../../connection/index.ts';
import { RefusedError } from '../install/refused-error.ts';
import { OPERATOR_POLICY, readKubeconfigFile } from '../kubeconfig-file.ts';
import type { MigrateStorageOptions } from '../program/migrate-storage.ts';
import { VERSION } from '../version.ts';
import { createKubeCall } from './kube-calls.ts';
import { migrateStorage } from './migrate-storage.ts';
import { createProgressReport } from './progress.ts';

/** With a real cluster and terminal. The first interrupt lets it end in order, the second ends the process. */
export async function runMigrateStorage(options: MigrateStorageOptions): Promise<void> {
  if (options.kubeconfig === undefined) throw new RefusedError('--kubeconfig FILE is needed');
  const settings = await readKubeconfigFile(options.kubeconfig, options.context, OPERATOR_POLICY);
  if (!settings.ok) throw new RefusedError(settings.error);
  const connection = createConnection(settings.value, { userAgent: `clusterset-apiserver/${VERSION}` });
  let stopped = false;
  const stop = (): void => {
    stopped = true;
  };
  process.once('SIGINT', stop).once('SIGTERM', stop);
  try {
    await migrateStorage(
      {
        call: createKubeCall(connection, (ms) => sleep(ms)),
        sleep: (ms) => sleep(ms),
        monotonic: () => performance.now(),
        progress: createProgressReport({
          isTerminal: process.stderr.isTTY,
          write: (text) => process.stderr.write(text),
          monotonic: () => performance.now(),
        }),
        say: (line) => process.stdout.write(`${line}\n`),
        isStopped: () => stopped,
      },
      options,
    );
  } finally {
    process.off('SIGINT', stop).off('SIGTERM', stop);
    connection.close();
  }
}
