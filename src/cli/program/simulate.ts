import { Command, Option } from 'commander';

export interface SimulateOptions {
  /** Files, directories, or `-`. */
  readonly filename: readonly string[];
  readonly recursive: boolean;
  readonly cluster: string;
  readonly namespace: string;
  readonly kubeconfig: string | undefined;
  readonly context: string | undefined;
  readonly apiGroup: string;
  readonly delete: boolean;
  readonly output: 'text' | 'json';
  readonly failOn: 'none' | 'removal' | 'conflict' | 'change';
}

export function simulateCommand(simulate: (options: SimulateOptions) => Promise<void>): Command {
  return new Command('simulate')
    .description(
      'Ask what applying ServiceExports and Services in a member would change in the whole ClusterSet. Changes nothing. ' +
        'Exit codes: 0 nothing at or above --fail-on, 3 predicted, 1 could not ask, 2 wrong words or files.',
    )
    .requiredOption(
      '-f, --filename <file...>',
      'file, directory, or - for standard input; YAML or JSON, may be repeated',
    )
    .option('-R, --recursive', 'also read what is below a directory', false)
    .requiredOption('--cluster <name>', 'member cluster in which they would be applied')
    .option('-n, --namespace <name>', 'namespace of objects that name none', 'default')
    .option(
      '--kubeconfig <file>',
      'kubeconfig of the hub or of a stand-alone server (default: $KUBECONFIG, .clusterset/kubeconfig, ~/.kube/config)',
    )
    .option('--context <name>', 'context of that kubeconfig (default: its current context)')
    .option('--api-group <group>', 'API group under which ServiceImports are served', 'multicluster.x-k8s.io')
    .option('--delete', 'suppose that the objects are removed instead', false)
    .addOption(new Option('-o, --output <format>', 'how to say it').choices(['text', 'json']).default('text'))
    .addOption(
      new Option('--fail-on <level>', 'end with 3 if this, or worse, is predicted; the worst is removal')
        .choices(['none', 'removal', 'conflict', 'change'])
        .default('conflict'),
    )
    .action(async (options: SimulateOptions) => {
      await simulate(options);
    });
}
