import type { Config, Setting } from '../../config/index.ts';
import { SETTINGS } from '../../config/index.ts';
import type { ApiRuntime } from './api-runtime.ts';

const DEFAULT_PORT = (SETTINGS as readonly Setting[]).find(({ path }) => path === 'serving.securePort')?.default;

export interface Listening {
  readonly port: number;
  /** Something else uses the port that was wanted. */
  readonly isElsewhere: boolean;
}

/** Takes the configured port. The embedded example takes any other one when the default port is taken. */
export async function listenAsConfigured(api: ApiRuntime, config: Config): Promise<Listening> {
  const wanted = config['serving.securePort'];
  try {
    return { port: await api.listen(wanted), isElsewhere: false };
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : undefined;
    if (code !== 'EADDRINUSE') throw error;
    if (config['embedded.enabled'] && wanted === DEFAULT_PORT) return { port: await api.listen(0), isElsewhere: true };
    const address = config['serving.bindAddress'];
    throw new Error(`port ${wanted} of ${address} is in use; choose another with --secure-port`, { cause: error });
  }
}
