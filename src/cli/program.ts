import { Command, Option } from 'commander';
import { SETTINGS } from '../config/index.ts';
import type { FlagValues, Setting } from '../config/index.ts';

/** What each command does; given by the composition root, so that the program itself only knows words. */
export interface Commands {
  readonly serve: (options: ServeOptions) => Promise<void>;
  readonly install: (options: InstallOptions) => Promise<void>;
  readonly uninstall: (options: UninstallOptions) => Promise<void>;
  readonly preflight: (options: PreflightOptions) => Promise<void>;
  readonly explain: (options: ExplainOptions) => Promise<void>;
  readonly simulate: (options: SimulateOptions) => Promise<void>;
}

export interface ServeOptions {
  readonly config: string | undefined;
  readonly flags: FlagValues;
}

export interface ExplainOptions {
  /** `NAMESPACE/NAME`, as typed. */
  readonly name: string;
  readonly kubeconfig: string | undefined;
  readonly context: string | undefined;
  readonly apiGroup: string;
  readonly output: 'json' | 'yaml' | undefined;
}

interface TargetOptions {
  readonly kubeconfig: string | undefined;
  readonly context: string | undefined;
  readonly namespace: string;
  readonly apiGroup: string;
  readonly member: string | undefined;
}

export interface InstallOptions extends TargetOptions {
  readonly aggregate: 'none' | 'view' | 'all';
  readonly image: string;
  readonly externalAddress: string | undefined;
  readonly dryRun: boolean;
  readonly output: 'yaml' | undefined;
  readonly hubKubeconfig: string | undefined;
  readonly writeKubeconfig: string | undefined;
  readonly withWriteRights: boolean;
  readonly withImpersonationRights: boolean;
  readonly withPublishRights: boolean;
}

export type UninstallOptions = TargetOptions & Pick<InstallOptions, 'dryRun' | 'hubKubeconfig'>;
export type PreflightOptions = TargetOptions;

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

/** The command line: words, help and defaults; no behaviour. Wrong words end with exit code 2 and one message. */
export function createProgram(commands: Commands, version: string): Command {
  const program = new Command('clusterset-apiserver')
    .description('One live Kubernetes API for a whole ClusterSet, served through a hub cluster or on its own.')
    .version(version, '-v, --version', 'print the version')
    .showHelpAfterError('(add --help for what is possible)')
    .addHelpText('after', `\nStart here:\n  ${EXAMPLES.join('\n  ')}\n`);
  program.addCommand(serveCommand(commands));
  program.addCommand(installCommand(commands));
  program.addCommand(uninstallCommand(commands));
  program.addCommand(preflightCommand(commands));
  program.addCommand(explainCommand(commands));
  program.addCommand(simulateCommand(commands));
  program
    .command('version')
    .description('Print the version of this program.')
    .action(() => {
      process.stdout.write(`clusterset-apiserver ${version}\n`);
    });
  // Throw instead of exiting, so that the one place that decides exit codes sees every ending.
  for (const command of [program, ...program.commands]) command.exitOverride();
  return program;
}

const EXAMPLES = [
  'clusterset-apiserver serve --embedded                               try it: three member clusters in the process',
  'clusterset-apiserver serve --members-kubeconfig ~/.kube/config      your clusters, stand-alone',
  'clusterset-apiserver preflight --kubeconfig HUB                     look before installing on a hub',
  'clusterset-apiserver install --kubeconfig HUB                       serve through the hub',
  'clusterset-apiserver explain prod/api                               why a ServiceImport is as it is',
  'clusterset-apiserver install --member east --kubeconfig EAST --hub-kubeconfig HUB   register a member',
  'clusterset-apiserver simulate -f manifests/ --cluster east          what applying them in a member would change',
];

function serveCommand(commands: Commands): Command {
  const command = new Command('serve')
    .description(
      'Serve the API. Without a hub it runs stand-alone: own CA, own kubeconfig. Without members it serves none; --embedded shows an example.',
    )
    .option('--config <file>', 'configuration file (YAML); flags win over it');
  for (const setting of SETTINGS as readonly Setting[]) {
    if (setting.flag !== undefined) command.addOption(settingOption(setting, setting.flag));
  }
  return command.action(async (options: Record<string, string | boolean | undefined>) => {
    const flags = Object.fromEntries(
      (SETTINGS as readonly Setting[]).flatMap(({ flag }) =>
        flag === undefined ? [] : [[flag, options[camelCase(flag)]] as const],
      ),
    );
    await commands.serve({ config: textOption(options['config']), flags });
  });
}

function settingOption(setting: Setting, flag: string): Option {
  const value = setting.kind === 'boolean' ? '[true|false]' : `<${setting.unit ?? VALUE_WORDS[setting.kind]}>`;
  const text = String(setting.default ?? '');
  const fallback = text === '' ? '' : ` (default: ${text})`;
  return new Option(`--${flag} ${value}`, `${setting.description}${fallback}`);
}

const VALUE_WORDS = {
  string: 'value',
  strings: 'a,b,…',
  choice: 'choice',
  integer: 'number',
  boolean: 'bool',
} as const;

function targetOptions(command: Command): Command {
  return command
    .option('--kubeconfig <file>', 'kubeconfig of the cluster to work on')
    .option('--context <name>', 'context of that kubeconfig (default: its current context)')
    .option('--namespace <name>', 'our namespace in that cluster', 'clusterset-system')
    .option('--api-group <group>', 'API group to serve ServiceImport and ServiceExport under', 'multicluster.x-k8s.io')
    .option('--member <name>', 'work on a member cluster of this name instead of on the hub');
}

function installCommand(commands: Commands): Command {
  return targetOptions(new Command('install'))
    .description(
      'Install on a hub (default), or with --member prepare a member: a service account that may only read what is needed. Running it again is the upgrade.',
    )
    .addOption(
      new Option('--aggregate <roles>', 'which built-in roles get our kinds: view adds reading, all adds writing')
        .choices(['none', 'view', 'all'])
        .default('view'),
    )
    .option('--image <name>', 'container image of the Deployment', 'clusterset-apiserver:latest')
    .option(
      '--external-address <host:port>',
      'register a server that runs outside the cluster instead of a Deployment, and print its serve command',
    )
    .option('--write-kubeconfig <file>', 'where the kubeconfig made for the server (or for the member) is written')
    .option(
      '--hub-kubeconfig <file>',
      'with --member: store the kubeconfig made there as a registration Secret on this hub',
    )
    .option('--with-write-rights', 'with --member: the account may also change ServiceExports there', false)
    .option(
      '--with-impersonation-rights',
      'with --member: the account may also write there as other users (setting writes.impersonate)',
      false,
    )
    .option('--with-publish-rights', 'with --member: the account may also publish imports there', false)
    .option('--dry-run', 'change nothing, say what would be applied', false)
    .addOption(new Option('-o, --output <format>', 'print the manifests instead of applying them').choices(['yaml']))
    .action(async (options: InstallOptions) => {
      await commands.install(options);
    });
}

function uninstallCommand(commands: Commands): Command {
  return targetOptions(new Command('uninstall'))
    .description('Remove exactly what install made. Members and their objects are not touched.')
    .option('--hub-kubeconfig <file>', 'with --member: remove its registration Secret from this hub, too')
    .option('--dry-run', 'change nothing, say what would be removed', false)
    .action(async (options: UninstallOptions) => {
      await commands.uninstall(options);
    });
}

function preflightCommand(commands: Commands): Command {
  return targetOptions(new Command('preflight'))
    .description(
      'Look whether install would work: reachability, version, rights, and whether our API group is free. With --member: what a member lacks. Changes nothing.',
    )
    .action(async (options: PreflightOptions) => {
      await commands.preflight(options);
    });
}

function explainCommand(commands: Commands): Command {
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
      await commands.explain({ ...options, name });
    });
}

function simulateCommand(commands: Commands): Command {
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
      await commands.simulate(options);
    });
}

function textOption(value: string | boolean | undefined): string | undefined {
  return typeof value === 'string' ? value : undefined;
}

function camelCase(flag: string): string {
  return flag.replaceAll(/-([a-z])/g, (_match, letter: string) => letter.toUpperCase());
}
