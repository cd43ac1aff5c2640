import { Command, Option } from 'commander';
import type { AdmissionWords } from './admission-words.ts';
import { admissionOptions } from './admission-words.ts';
import type { ProfileWords } from './profile-words.ts';
import { profileOptions } from './profile-words.ts';
import { parseSeconds } from './seconds.ts';

/** For pods to be scheduled, to pull an image and to be ready; an outside process to be started by hand. */
const WAIT_TIMEOUT_SECONDS = 300;

interface TargetOptions {
  readonly kubeconfig: string | undefined;
  readonly context: string | undefined;
  readonly namespace: string;
  readonly apiGroup: string;
  readonly aboutApiGroup: string;
  readonly member: string | undefined;
}

/** Who issues certificates, if not our own CA. */
interface CertificateWords {
  readonly certManagerIssuer: string | undefined;
  readonly certManagerIssuerKind: 'Issuer' | 'ClusterIssuer';
}

/** Which rules of the operator's own are judged by, beside ours. */
interface RulesWords {
  /** A rules file on this machine. */
  readonly rules: string | undefined;
}

export interface InstallOptions
  extends TargetOptions, WebhooksWords, CertificateWords, RulesWords, ProfileWords, AdmissionWords {
  readonly aggregate: 'none' | 'view' | 'all';
  readonly image: string;
  readonly externalAddress: string | undefined;
  readonly dryRun: boolean;
  readonly output: 'yaml' | undefined;
  readonly hubKubeconfig: string | undefined;
  readonly hubContext: string | undefined;
  readonly writeKubeconfig: string | undefined;
  readonly withWriteRights: boolean;
  readonly withImpersonationRights: boolean;
  readonly withPublishRights: boolean;
  readonly webhooksUrl: string | undefined;
  readonly failurePolicy: 'Fail' | 'Ignore';
  readonly administrators: readonly string[];
  /** Seconds. */
  readonly waitTimeout: number;
}

/** What installing webhooks and looking whether it would work are both told. */
interface WebhooksWords {
  readonly webhooks: boolean;
  readonly withV1alpha2: boolean;
  /** Users of the MCS implementation that runs in the member. */
  readonly controllers: readonly string[];
  /** Names under which they write, where these are not the last parts of the users' names. */
  readonly controllerManagers: readonly string[];
}

export type UninstallOptions = TargetOptions &
  Pick<InstallOptions, 'dryRun' | 'hubKubeconfig' | 'hubContext' | 'webhooks'> & { readonly deleteCrds: boolean };
export type PreflightOptions = TargetOptions &
  WebhooksWords &
  CertificateWords &
  RulesWords &
  Pick<InstallOptions, 'hubKubeconfig' | 'hubContext'>;

function certificateOptions(command: Command): Command {
  return command
    .option(
      '--cert-manager-issuer <name>',
      'let this issuer of cert-manager issue the serving certificate, and its injector write every caBundle',
    )
    .addOption(
      new Option('--cert-manager-issuer-kind <kind>', 'kind of that issuer')
        .choices(['Issuer', 'ClusterIssuer'])
        .default('Issuer'),
    );
}

function rulesOption(command: Command): Command {
  return command.option(
    '--rules <file>',
    'file of admission rules of your own (docs/cel.md): kept in a ConfigMap that is mounted into the Deployment',
  );
}

function webhooksOptions(command: Command): Command {
  return command
    .option('--webhooks', 'with --member: the admission webhooks of that member', false)
    .option('--with-v1alpha2', 'with --webhooks: also serve v1alpha2, converted by a webhook', false)
    .addOption(
      listOption(
        '--controllers <users>',
        'with --webhooks: user names of the MCS implementation that runs in the member',
      ),
    )
    .addOption(
      listOption(
        '--controller-managers <names>',
        'with --webhooks: field managers of those users, where not the last part of their names',
      ),
    );
}

function listOption(flags: string, description: string): Option {
  return new Option(flags, `${description}; a,b,…`).default([]).argParser((text) => text.split(',').filter(Boolean));
}

function targetOptions(command: Command): Command {
  return command
    .option('--kubeconfig <file>', 'kubeconfig of the cluster to work on')
    .option('--context <name>', 'context of that kubeconfig (default: its current context)')
    .option('--namespace <name>', 'our namespace in that cluster', 'clusterset-system')
    .option('--api-group <group>', 'API group to serve ServiceImport and ServiceExport under', 'multicluster.x-k8s.io')
    .option('--about-api-group <group>', 'API group to serve ClusterProperty under', 'about.k8s.io')
    .option('--member <name>', 'work on a member cluster of this name instead of on the hub');
}

export function installCommand(install: (options: InstallOptions) => Promise<void>): Command {
  const command = admissionOptions(
    rulesOption(certificateOptions(webhooksOptions(targetOptions(new Command('install'))))),
  )
    .description(
      'Install on a hub (default), or with --member prepare a member: a service account that may only read what is needed, or with --webhooks its admission webhooks. Running it again is the upgrade.',
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
      'with --member: store the kubeconfig made there as a registration Secret on this hub; with --webhooks: make the account there by which they know the other clusters',
    )
    .option('--hub-context <name>', 'context of --hub-kubeconfig (default: its current context)')
    .option(
      '--with-write-rights',
      'with --member: the account may also change ServiceExports and ClusterProperties there',
      false,
    )
    .option(
      '--with-impersonation-rights',
      'with --member: the account may also write there as other users (setting writes.impersonate)',
      false,
    )
    .option('--with-publish-rights', 'with --member: the account may also publish imports there', false)
    .option(
      '--webhooks-url <url>',
      'with --webhooks: let the member ask the server on the hub at this address (https://host:port) instead of webhooks of its own',
    )
    .addOption(
      new Option('--failure-policy <policy>', 'with --webhooks: what becomes of a write while nobody can judge it')
        .choices(['Fail', 'Ignore'])
        .default('Fail'),
    )
    .addOption(listOption('--administrators <users>', 'with --webhooks: who may write what is left to --controllers'))
    .option(
      '--wait-timeout <seconds>',
      'with --with-v1alpha2: how long to wait for the webhooks to answer before the definitions ask them',
      parseSeconds,
      WAIT_TIMEOUT_SECONDS,
    )
    .option('--dry-run', 'change nothing, say what would be applied', false)
    .addOption(new Option('-o, --output <format>', 'print the manifests instead of applying them').choices(['yaml']))
    .action(async (options: InstallOptions) => {
      await install(options);
    });
  return profileOptions(command, 'with --member and --hub-kubeconfig: ');
}

export function uninstallCommand(uninstall: (options: UninstallOptions) => Promise<void>): Command {
  return targetOptions(new Command('uninstall'))
    .description('Remove exactly what install made. Members and their objects are not touched.')
    .option('--hub-kubeconfig <file>', 'with --member: remove its registration Secret from this hub, too')
    .option('--hub-context <name>', 'context of --hub-kubeconfig (default: its current context)')
    .option('--webhooks', 'with --member: remove its webhooks instead of the account that the hub reads it with', false)
    .option(
      '--delete-crds',
      'with --webhooks: also remove the definitions that install made, if no object is left',
      false,
    )
    .option('--dry-run', 'change nothing, say what would be removed', false)
    .action(async (options: UninstallOptions) => {
      await uninstall(options);
    });
}

export function preflightCommand(preflight: (options: PreflightOptions) => Promise<void>): Command {
  return rulesOption(certificateOptions(webhooksOptions(targetOptions(new Command('preflight')))))
    .description(
      'Look whether install would work: reachability, version, rights, and whether our API group is free. With --member: what a member lacks. Changes nothing.',
    )
    .option(
      '--hub-kubeconfig <file>',
      'with --webhooks: look also whether their account can be made on this hub; without, whether the one they have is good for what they need',
    )
    .option('--hub-context <name>', 'context of --hub-kubeconfig (default: its current context)')
    .action(async (options: PreflightOptions) => {
      await preflight(options);
    });
}
