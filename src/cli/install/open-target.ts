import { access, constants, readFile, stat, writeFile } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import type { ConnectionSettings, Material } from '../../connection/index.ts';
import { createConnection } from '../../connection/index.ts';
import type { Outcome } from '../../kube/outcome.ts';
import { fileProblem, OPERATOR_POLICY, readKubeconfigFile, readKubeconfigText } from '../kubeconfig-file.ts';
import { monotonic, sleep } from '../serve/clockwork.ts';
import { VERSION } from '../version.ts';
import { createClusterClient } from './cluster-client.ts';
import type { InstallDeps, Target } from './target.ts';
import { RefusedError } from './refused-error.ts';

const PRIVATE_FILE_MODE = 0o600;

/** The installer's way to real clusters, files and standard output. Connections end with `close`. */
export function createInstallDeps(): InstallDeps & { readonly close: () => void } {
  const closers: (() => void)[] = [];
  const connect = async (settings: Outcome<ConnectionSettings, string>): Promise<Target> => {
    if (!settings.ok) throw new RefusedError(settings.error);
    const connection = createConnection(settings.value, { userAgent: `clusterset-apiserver/${VERSION}` });
    closers.push(() => connection.close());
    return {
      client: createClusterClient(connection, Date.now),
      server: settings.value.server,
      ca: await readMaterial(settings.value),
      tlsServerName: settings.value.tlsServerName,
    };
  };
  return {
    open: async (kubeconfig, context) => connect(await readKubeconfigFile(kubeconfig, context, OPERATOR_POLICY)),
    openText: (text, name) => connect(readKubeconfigText(text, name)),
    writeFile: (file, text) => writeFile(file, text, { mode: PRIVATE_FILE_MODE }),
    writeProblem,
    say: (line) => {
      process.stdout.write(`${line}\n`);
    },
    ...{ monotonic, sleep },
    close: () => {
      for (const close of closers) close();
    },
  };
}

async function writeProblem(file: string): Promise<string | undefined> {
  const [directory, present] = await Promise.all([
    problemOf(access(dirname(resolve(file)), constants.W_OK)),
    stat(file).catch(() => undefined),
  ]);
  if (present === undefined) return directory === 'no such file' ? 'no such directory' : directory;
  return present.isDirectory() ? 'is a directory' : problemOf(access(file, constants.W_OK));
}

async function problemOf(call: Promise<void>): Promise<string | undefined> {
  try {
    await call;
    return undefined;
  } catch (error) {
    return fileProblem(error);
  }
}

async function readMaterial({ certificateAuthority }: ConnectionSettings): Promise<string | undefined> {
  return certificateAuthority === undefined ? undefined : materialText(certificateAuthority);
}

async function materialText(material: Material): Promise<string> {
  return material.type === 'inline' ? material.value.reveal() : readFile(material.path, 'utf8');
}
