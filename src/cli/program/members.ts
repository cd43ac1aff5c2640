import { Command, Option } from 'commander';
import type { ProfileWords } from './profile-words.ts';
import { profileOptions } from './profile-words.ts';

interface HubOptions {
  readonly kubeconfig: string | undefined;
  readonly context: string | undefined;
  readonly namespace: string;
}

export interface MembersListOptions extends HubOptions {
  readonly output: 'text' | 'json';
}

export interface MembersAddOptions extends HubOptions, ProfileWords {
  readonly name: string;
  readonly memberKubeconfig: string;
  readonly memberContext: string | undefined;
  readonly replace: boolean;
  readonly check: boolean;
  readonly dryRun: boolean;
}

export interface MembersRemoveOptions extends HubOptions {
  readonly name: string;
  readonly dryRun: boolean;
}

export interface MembersCheckOptions extends HubOptions {
  /** [] is every registered member. */
  readonly names: readonly string[];
  readonly memberKubeconfig: string | undefined;
  readonly memberContext: string | undefined;
  readonly clusterSet: string | undefined;
  readonly output: 'text' | 'json';
}

export interface MembersCommands {
  readonly list: (options: MembersListOptions) => Promise<void>;
  readonly add: (options: MembersAddOptions) => Promise<void>;
  readonly remove: (options: MembersRemoveOptions) => Promise<void>;
  readonly check: (options: MembersCheckOptions) => Promise<void>;
}

function hubOptions(command: Command): Command {
  return command
    .requiredOption('--kubeconfig <file>', 'kubeconfig of the hub')
    .option('--context <name>', 'context of that kubeconfig (default: its current context)')
    .option('--namespace <name>', 'our namespace on the hub', 'clusterset-system');
}

function outputOption(): Option {
  return new Option('-o, --output <format>', 'how to say it').choices(['text', 'json']).default('text');
}

function addCommand(): Command {
  return hubOptions(new Command('add'))
    .description(
      'Register a member by a kubeconfig that there is already, after looking whether it can be used. To make an account with just the rights that are needed, use install --member instead.',
    )
    .argument('<name>', 'what the member is called everywhere')
    .requiredOption('--member-kubeconfig <file>', 'kubeconfig of the member; files that it names are taken along')
    .option('--member-context <name>', 'context of that kubeconfig (default: its current context)');
}

/** `members list|add|remove|check`: the registrations that are Secrets on the hub, and how each member is. */
export function membersCommand(commands: MembersCommands): Command {
  const program = new Command('members').description('Registered member clusters: list, add, remove and check them.');
  program.addCommand(
    hubOptions(new Command('list'))
      .description('Every member that the hub knows: where it is registered, how it is, and what of it cannot be used.')
      .addOption(outputOption())
      .action((options: MembersListOptions) => commands.list(options)),
  );
  program.addCommand(
    profileOptions(addCommand())
      .option(
        '--replace',
        'take the place of a registration of that name, and keep what was said of its profiles',
        false,
      )
      .option('--no-check', 'register it even if it cannot be reached or lacks rights')
      .option('--dry-run', 'change nothing, say what would be registered', false)
      .action((name: string, options: Omit<MembersAddOptions, 'name'>) => commands.add({ ...options, name })),
  );
  program.addCommand(
    hubOptions(new Command('remove'))
      .description('Remove the registration of a member. Nothing in the member itself is touched.')
      .argument('<name>', 'the member')
      .option('--dry-run', 'change nothing, say what would be removed', false)
      .action((name: string, options: Omit<MembersRemoveOptions, 'name'>) => commands.remove({ ...options, name })),
  );
  program.addCommand(
    hubOptions(new Command('check'))
      .description(
        'Look at members with the credentials that they are registered with: reachable, version, clock, rights, definitions, identity, id and set, each with what to do. Exit codes: 0 usable, 3 some member is not, 1 could not look, 2 wrong words.',
      )
      .argument('[names...]', 'only these members (default: all that are registered)')
      .option('--member-kubeconfig <file>', 'look through this kubeconfig instead of the registration (one name only)')
      .option('--member-context <name>', 'context of that kubeconfig (default: its current context)')
      .option('--cluster-set <name>', 'the ClusterSet that the members should belong to')
      .addOption(outputOption())
      .action((names: readonly string[], options: Omit<MembersCheckOptions, 'names'>) =>
        commands.check({ ...options, names }),
      ),
  );
  return program;
}
