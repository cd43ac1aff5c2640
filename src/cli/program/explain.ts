import { Command, Option } from 'commander';

export interface ExplainOptions {
  /** `NAMESPACE/NAME`, as typed. */
  readonly name: string;
  readonly kubeconfig: string | undefined;
  readonly context: string | undefined;
  readonly apiGroup: string;
  readonly output: 'json' | 'yaml' | undefined;
}

export function explainCommand(explain: (options: ExplainOptions) => Promise<void>): Command {
  return new Command('explain')
    .description(
      'Say why a ServiceImport is as it is: who exports it and wins, who differs, who serves which port, and what would change if the winner left.',
    )
    .argument('<namespace/name>', 'the ServiceImport')
    .option(
      '--kubeconfig <file>',
      'kubeconfig of the hub or of a stand-alone server (default: $KUBECONFIG, .clusterset/kubeconfig, ~/.kube/config)',
    )
    .option('--context <name>', 'context of that kubeconfig (default: its current context)')
    .option('--api-group <group>', 'API group that serves ServiceImport', 'multicluster.x-k8s.io')
    .addOption(new Option('-o, --output <format>', 'print the whole answer').choices(['json', 'yaml']))
    .action(async (name: string, options: Omit<ExplainOptions, 'name'>) => {
      await explain({ ...options, name });
    });
}
