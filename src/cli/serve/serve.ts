import { readFile } from 'node:fs/promises';
import { loadConfiguration } from '../../config/index.ts';
import type { Config } from '../../config/index.ts';
import { UsageError } from '../exit.ts';
import type { ServeOptions } from '../program.ts';
import { isPod, openClusters } from './hub-access.ts';
import { createLogger } from './logging.ts';
import { runServer } from './run-server.ts';

/** Reads the configuration, then serves until a signal ends it. A wrong configuration starts nothing (exit code 2). */
export async function serve(options: ServeOptions): Promise<void> {
  const config = await readConfiguration(options);
  refuseContradictions(config);
  const { hub, reviewers, close } = await openClusters(config, process.env);
  const log = createLogger(config['log.level']);
  try {
    await runServer({ config, hub, reviewers, log });
  } finally {
    close();
  }
}

async function readConfiguration({ config: file, flags }: ServeOptions): Promise<Config> {
  const text = file === undefined ? undefined : await readText(file);
  const config = loadConfiguration(text, flags);
  if (!config.ok) throw new UsageError(config.error);
  return config.value;
}

async function readText(file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : 'unreadable';
    throw new UsageError(`cannot read configuration file ${file}: ${code}`);
  }
}

function refuseContradictions(config: Config): void {
  if ((config['serving.tlsCertFile'] === undefined) !== (config['serving.tlsPrivateKeyFile'] === undefined)) {
    throw new UsageError('--tls-cert-file and --tls-private-key-file must be given together');
  }
  if (!config['embedded.enabled']) return;
  if (config['hub.kubeconfig'] !== undefined || isPod(process.env)) {
    throw new UsageError('--embedded shows an example and is refused together with a hub or inside a pod');
  }
}
