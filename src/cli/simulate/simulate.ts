import type { KubeConnection } from '../../connection/types.ts';
import { UsageError } from '../exit.ts';
import type { SimulateOptions } from '../program/simulate.ts';
import { askAll } from './ask.ts';
import { type FileAccess, readManifestFiles } from './manifest-files.ts';
import { parseManifests } from './manifests.ts';
import { createProgress } from './progress.ts';
import { formatJson, formatText, isPredicted, type Simulation } from './report.ts';
import { groupByName } from './touched-names.ts';

/** At or above the level that counts something was predicted. */
export const EXIT_PREDICTED = 3;

export interface SimulateDeps {
  readonly files: FileAccess;
  readonly open: (kubeconfig: string | undefined, context: string | undefined) => Promise<KubeConnection>;
  readonly sleep: (ms: number) => Promise<void>;
  readonly monotonic: () => number;
  /** Standard output. */
  readonly print: (text: string) => void;
  /** Standard error. */
  readonly say: (line: string) => void;
}

/** Asks what applying (or removing) a set of manifests in one member would bring about; gives the exit code. */
export async function simulate(deps: SimulateDeps, options: SimulateOptions): Promise<number> {
  const { cluster, apiGroup, namespace } = options;
  const files = await readManifestFiles(deps.files, options.filename, options.recursive);
  const { names, passedOver } = groupByName(files.flatMap(parseManifests), { namespace, apiGroup });
  if (names.length === 0) {
    const passed = passedOver === 0 ? '' : ` (${passedOver} other objects passed over)`;
    throw new UsageError(`no ServiceExport and no Service in ${options.filename.join(', ')}${passed}`);
  }
  const connection = await deps.open(options.kubeconfig, options.context);
  try {
    const asking = { connection, sleep: deps.sleep, onAnswered: createProgress(deps, names.length) };
    const answers = await askAll(asking, names, { cluster, apiGroup, isDeletion: options.delete });
    const simulation: Simulation = { cluster, isDeletion: options.delete, answers, passedOver };
    const { failOn, output } = options;
    deps.print(`${output === 'json' ? formatJson(simulation, failOn) : formatText(simulation)}\n`);
    return isPredicted(simulation, failOn) ? EXIT_PREDICTED : 0;
  } finally {
    connection.close();
  }
}
