import { Command } from 'commander';
import type { CertsCommands } from './program/certs.ts';
import { certsCommand } from './program/certs.ts';
import type { ExplainOptions } from './program/explain.ts';
import { explainCommand } from './program/explain.ts';
import type { InstallOptions, PreflightOptions, UninstallOptions } from './program/install.ts';
import { installCommand, preflightCommand, uninstallCommand } from './program/install.ts';
import type { MembersCommands } from './program/members.ts';
import { membersCommand } from './program/members.ts';
import type { RulesTestOptions } from './program/rules.ts';
import { rulesCommand } from './program/rules.ts';
import type { MigrateStorageOptions } from './program/migrate-storage.ts';
import { migrateStorageCommand } from './program/migrate-storage.ts';
import type { ServeOptions } from './program/serve.ts';
import { serveCommand } from './program/serve.ts';
import type { SimulateOptions } from './program/simulate.ts';
import { simulateCommand } from './program/simulate.ts';

/** What each command does; given by the composition root, so that the program itself only knows words. */
export interface Commands {
  readonly serve: (options: ServeOptions) => Promise<void>;
  readonly install: (options: InstallOptions) => Promise<void>;
  readonly uninstall: (options: UninstallOptions) => Promise<void>;
  readonly preflight: (options: PreflightOptions) => Promise<void>;
  readonly members: MembersCommands;
  readonly explain: (options: ExplainOptions) => Promise<void>;
  readonly simulate: (options: SimulateOptions) => Promise<void>;
  readonly testRules: (options: RulesTestOptions) => Promise<void>;
  readonly migrateStorage: (options: MigrateStorageOptions) => Promise<void>;
  readonly certs: CertsCommands;
}

/** The command line: words, help and defaults; no behaviour. Wrong words end with exit code 2 and one message. */
export function createProgram(commands: Commands, version: string): Command {
  const program = new Command('clusterset-apiserver')
    .description('One live Kubernetes API for a whole ClusterSet, served through a hub cluster or on its own.')
    .version(version, '-v, --version', 'print the version')
    .addHelpText('after', `\nStart here:\n  ${EXAMPLES.join('\n  ')}\n`);
  program.addCommand(serveCommand(commands.serve));
  program.addCommand(installCommand(commands.install));
  program.addCommand(uninstallCommand(commands.uninstall));
  program.addCommand(preflightCommand(commands.preflight));
  program.addCommand(membersCommand(commands.members));
  program.addCommand(explainCommand(commands.explain));
  program.addCommand(simulateCommand(commands.simulate));
  program.addCommand(rulesCommand(commands.testRules));
  program.addCommand(migrateStorageCommand(commands.migrateStorage));
  program.addCommand(certsCommand(commands.certs));
  program
    .command('version')
    .description('Print the version of this program.')
    .action(() => {
      process.stdout.write(`clusterset-apiserver ${version}\n`);
    });
  // Throw instead of exiting, so that the one place that decides exit codes sees every ending.
  for (const command of withDescendants(program)) command.exitOverride().showHelpAfterError(HELP_HINT);
  return program;
}

function withDescendants(command: Command): readonly Command[] {
  return [command, ...command.commands.flatMap(withDescendants)];
}

const HELP_HINT = '(add --help for what is possible)';

const EXAMPLES = [
  'clusterset-apiserver serve --embedded                               try it: three member clusters in the process',
  'clusterset-apiserver serve --members-kubeconfig ~/.kube/config      your clusters, stand-alone',
  'clusterset-apiserver preflight --kubeconfig HUB                     look before installing on a hub',
  'clusterset-apiserver install --kubeconfig HUB                       serve through the hub',
  'clusterset-apiserver explain prod/api                               why a ServiceImport is as it is',
  'clusterset-apiserver install --member east --kubeconfig EAST --hub-kubeconfig HUB   register a member',
  'clusterset-apiserver members check --kubeconfig HUB                 is every member usable, and what to do if not',
  'clusterset-apiserver install --member east --kubeconfig EAST --hub-kubeconfig HUB --webhooks   its admission webhooks',
  'clusterset-apiserver migrate-storage --kubeconfig EAST --resource serviceexports    rewrite what is stored in one version',
  'clusterset-apiserver simulate -f manifests/ --cluster east          what applying them in a member would change',
];
