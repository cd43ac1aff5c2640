import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { loadConfiguration } from '../../config/index.ts';
import type { Config, Defaults } from '../../config/index.ts';
import { UsageError } from '../exit.ts';
import type { ServeOptions } from '../program/serve.ts';
import { WEBHOOKS_NAME, WEBHOOKS_PORT } from '../install/names.ts';
import { DEFAULT_DIRECTORY } from './durable-place.ts';
import { isPod, openClusters } from './hub-access.ts';
import { createLogger } from './logging.ts';
import { runServer } from './run-server.ts';
import { runWebhooks } from './webhooks-only/run-webhooks.ts';

/** Reads the configuration, then serves until a signal ends it. A wrong configuration starts nothing (exit code 2). */
export async function serve(options: ServeOptions): Promise<void> {
  const config = await readConfiguration(options);
  refuseContradictions(config);
  if (config['webhooks.only']) return serveWebhooks(config);
  const { hub, reviewers, close } = await openClusters(config, process.env);
  const log = createLogger(config['log.level']);
  try {
    await runServer({ config, hub, reviewers, log });
  } finally {
    close();
  }
}

/** In a member: its own kube-apiserver is what --kubeconfig or the pod names, the hub has a kubeconfig of its own. */
async function serveWebhooks(config: Config): Promise<void> {
  const { hub: member, close } = await openClusters(config, process.env);
  try {
    await runWebhooks({ config, member, log: createLogger(config['log.level']) });
  } finally {
    close();
  }
}

/** The embedded example is for one person at one terminal: on loopback, quiet, out of the way of a real server. */
const EMBEDDED_DEFAULTS: Defaults = {
  'serving.bindAddress': '127.0.0.1',
  'log.level': 'warn',
  'durable.directory': join(DEFAULT_DIRECTORY, 'embedded'),
};

/** As the Service and the port of the webhooks are installed. */
const WEBHOOKS_DEFAULTS: Defaults = { 'serving.serviceName': WEBHOOKS_NAME, 'serving.securePort': WEBHOOKS_PORT };

async function readConfiguration({ config: file, flags }: ServeOptions): Promise<Config> {
  const text = file === undefined ? undefined : await readText(file);
  const load = (defaults: Defaults): Config => {
    const config = loadConfiguration(text, flags, defaults);
    if (!config.ok) throw new UsageError(config.error);
    return config.value;
  };
  const config = load({});
  if (config['webhooks.only']) return load(WEBHOOKS_DEFAULTS);
  return config['embedded.enabled'] ? load(EMBEDDED_DEFAULTS) : config;
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
  if (config['serving.caFile'] !== undefined && config['serving.tlsCertFile'] === undefined) {
    throw new UsageError(
      'configuration: "serving.caFile" belongs to --tls-cert-file; our own certificate brings its CA',
    );
  }
  if (!config['embedded.enabled']) return;
  if (config['hub.kubeconfig'] !== undefined || isPod(process.env)) {
    throw new UsageError('--embedded shows an example and is refused together with a hub or inside a pod');
  }
}
