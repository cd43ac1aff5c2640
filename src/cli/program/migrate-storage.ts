import { Command, InvalidArgumentError } from 'commander';

export interface MigrateStorageOptions {
  readonly kubeconfig: string | undefined;
  readonly context: string | undefined;
  /** Plural, with or without group. */
  readonly resource: string;
  /** Version to store; the one that the definition stores now if not given. */
  readonly to: string | undefined;
  /** Writes per second. */
  readonly rate: number;
  readonly dryRun: boolean;
}

/** Of the writes in a second: a kube-apiserver does more, but others want to write, too. */
const WRITES_PER_SECOND_DEFAULT = 50;
/** The most that can be asked for. */
const WRITES_PER_SECOND_MAX = 1000;

export function migrateStorageCommand(migrateStorage: (options: MigrateStorageOptions) => Promise<void>): Command {
  return new Command('migrate-storage')
    .description(
      'Rewrite all objects of a CustomResourceDefinition in one stored version, then say in status.storedVersions that no other is stored. ' +
        'Stopped, it goes on where it was when it is run again.',
    )
    .option('--kubeconfig <file>', 'kubeconfig of the cluster')
    .option('--context <name>', 'context of that kubeconfig (default: its current context)')
    .requiredOption('--resource <name>', 'what to rewrite, such as serviceexports or clusterproperties.about.k8s.io')
    .option('--to <version>', 'version to store: the definition is changed to store it (default: what it stores now)')
    .option('--rate <number>', 'writes per second', parseRate, WRITES_PER_SECOND_DEFAULT)
    .option('--dry-run', 'change nothing; ask for every write whether it would work', false)
    .action(async (options: MigrateStorageOptions) => {
      await migrateStorage(options);
    });
}

function parseRate(text: string): number {
  const rate = Number(text);
  if (!Number.isInteger(rate) || rate < 1 || rate > WRITES_PER_SECOND_MAX) {
    throw new InvalidArgumentError(`an integer from 1 to ${WRITES_PER_SECOND_MAX} is needed.`);
  }
  return rate;
}
