import { Command, Option } from 'commander';
import { parseSeconds } from './seconds.ts';

export interface CertsPlaceOptions {
  readonly kubeconfig: string | undefined;
  readonly context: string | undefined;
  readonly namespace: string;
  readonly member: boolean;
  readonly serviceName: string | undefined;
  readonly directory: string | undefined;
}

export interface CertsShowOptions extends CertsPlaceOptions {
  readonly output: 'json' | undefined;
}

export interface CertsRotateOptions extends CertsPlaceOptions {
  readonly servingOnly: boolean;
  /** true: whoever is still awaited after a while. */
  readonly force: readonly string[] | true | undefined;
  readonly timeout: number;
}

export interface CertsCommands {
  readonly show: (options: CertsShowOptions) => Promise<void>;
  readonly rotate: (options: CertsRotateOptions) => Promise<void>;
}

export function certsCommand(commands: CertsCommands): Command {
  const certs = new Command('certs').description(
    'Look at the certificates that the server issues itself, or have them replaced. Keys are never shown.',
  );
  certs.addCommand(showCommand(commands.show));
  certs.addCommand(rotateCommand(commands.rotate));
  return certs;
}

function placeOptions(command: Command): Command {
  return command
    .option('--kubeconfig <file>', 'kubeconfig of the hub, or with --member of the member')
    .option('--context <name>', 'context of that kubeconfig (default: its current context)')
    .option('--namespace <name>', 'our namespace in that cluster', 'clusterset-system')
    .option('--member', 'the certificates of the webhooks that run in a member', false)
    .option('--service-name <name>', 'the Service that the certificates are for, where it is not the installed one')
    .option(
      '--directory <dir>',
      'durable directory of a stand-alone server (default without --kubeconfig: .clusterset)',
    );
}

function showCommand(show: CertsCommands['show']): Command {
  return placeOptions(new Command('show'))
    .description('Say which certificates there are, when they expire, and whom a rotation waits for.')
    .addOption(new Option('-o, --output <format>', 'print everything').choices(['json']))
    .action(async (options: CertsShowOptions) => {
      await show(options);
    });
}

function rotateCommand(rotate: CertsCommands['rotate']): Command {
  return placeOptions(new Command('rotate'))
    .description(
      'Ask the running server for a new CA and a certificate of it, and follow until the old ones are gone. ' +
        'The new CA signs only after every caBundle was read back with it. Exit codes: 0 done, 1 not done in time.',
    )
    .option('--serving-only', 'replace the serving certificate alone', false)
    .option(
      '--force [target...]',
      'do not wait for these targets, named as `certs show` names them; without names, for those that are awaited for half a minute. They trust nothing of ours until they have the new CA',
    )
    .option('--timeout <seconds>', 'how long to follow', parseSeconds, 1800)
    .action(async (options: CertsRotateOptions) => {
      await rotate(options);
    });
}
