import { readFile } from 'node:fs/promises';
import { loadConfiguration } from '../../config/index.ts';
import type { Config } from '../../config/index.ts';
import { UsageError } from '../exit.ts';
import type { ServeOptions } from '../program.ts';
import { isPod, openHub } from './hub-access.ts';
import { createLogger } from './logging.ts';
import { runServer } from './run-server.ts';

/** Reads the configuration, then serves until a signal ends it. A wrong configuration starts nothing (exit code 2). */
export async function serve(options: ServeOptions): Promise<void> {
  const config = await readConfiguration(options);
  const hub = await openHub(config, process.env);
  refuseContradictions(config, hub !== undefined);
  const log = createLogger(config['log.level']);
  try {
    await runServer({ config, hub, log });
  } finally {
    hub?.close();
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

function refuseContradictions(config: Config, hasHub: boolean): void {
  if (!config['embedded.enabled']) return;
  if (hasHub || isPod(process.env)) {
    throw new UsageError('--embedded shows an example and is refused together with a hub or inside a pod');
  }
}
