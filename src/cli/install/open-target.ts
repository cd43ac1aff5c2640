import { readFile, writeFile } from 'node:fs/promises';
import type { ConnectionSettings, Material } from '../../connection/index.ts';
import { createConnection } from '../../connection/index.ts';
import { OPERATOR_POLICY, readKubeconfigFile } from '../kubeconfig-file.ts';
import { monotonic, sleep } from '../serve/clockwork.ts';
import { VERSION } from '../version.ts';
import { createClusterClient } from './cluster-client.ts';
import type { InstallDeps, Target } from './target.ts';
import { RefusedError } from './refused-error.ts';

const PRIVATE_FILE_MODE = 0o600;

/** The installer's way to real clusters, files and standard output. Connections end with `close`. */
export function createInstallDeps(): InstallDeps & { readonly close: () => void } {
  const closers: (() => void)[] = [];
  return {
    open: async (kubeconfig, context): Promise<Target> => {
      const settings = await readKubeconfigFile(kubeconfig, context, OPERATOR_POLICY);
      if (!settings.ok) throw new RefusedError(settings.error);
      const connection = createConnection(settings.value, { userAgent: `clusterset-apiserver/${VERSION}` });
      closers.push(() => connection.close());
      return {
        client: createClusterClient(connection, Date.now),
        server: settings.value.server,
        ca: await readMaterial(settings.value),
        tlsServerName: settings.value.tlsServerName,
      };
    },
    writeFile: (file, text) => writeFile(file, text, { mode: PRIVATE_FILE_MODE }),
    say: (line) => {
      process.stdout.write(`${line}\n`);
    },
    ...{ monotonic, sleep },
    close: () => {
      for (const close of closers) close();
    },
  };
}

async function readMaterial({ certificateAuthority }: ConnectionSettings): Promise<string | undefined> {
  return certificateAuthority === undefined ? undefined : materialText(certificateAuthority);
}

async function materialText(material: Material): Promise<string> {
  return material.type === 'inline' ? material.value.reveal() : readFile(material.path, 'utf8');
}
