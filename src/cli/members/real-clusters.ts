import { readFile } from 'node:fs/promises';
import type { KubeConnection } from '../../connection/index.ts';
import { createConnection } from '../../connection/index.ts';
import { createClusterClient } from '../install/cluster-client.ts';
import { RefusedError } from '../install/refused-error.ts';
import { OPERATOR_POLICY, readKubeconfigFile } from '../kubeconfig-file.ts';
import { VERSION } from '../version.ts';
import type { MembersDeps } from './members-deps.ts';

/** Real clusters and files, and standard output. Connections end with `close`. */
export function createMembersDeps(): MembersDeps & { readonly close: () => void } {
  const connections: KubeConnection[] = [];
  return {
    open: (settings) => {
      const connection = createConnection(settings, { userAgent: `clusterset-apiserver/${VERSION}` });
      connections.push(connection);
      return createClusterClient(connection, Date.now);
    },
    readKubeconfig: async (file, context) => {
      const settings = await readKubeconfigFile(file, context, OPERATOR_POLICY);
      if (!settings.ok) throw new RefusedError(settings.error);
      return settings.value;
    },
    readFile: (path) => readFile(path, 'utf8'),
    say: (line) => {
      process.stdout.write(`${line}\n`);
    },
    close: () => {
      for (const connection of connections) connection.close();
    },
  };
}
