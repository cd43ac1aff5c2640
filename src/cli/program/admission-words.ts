import type { Command } from 'commander';
import { Option } from 'commander';

/** Settings `admission.*` of this ClusterSet that are not the defaults, for the webhooks and the policies of a member. */
export interface AdmissionWords {
  readonly forbiddenNamespaces?: readonly string[] | undefined;
  readonly standardProperties?: readonly string[] | undefined;
  readonly strictClusterSetNames?: boolean | undefined;
}

export function admissionOptions(command: Command): Command {
  const as = (setting: string): string => `with --webhooks: setting ${setting}, where it is not the default`;
  return command
    .addOption(listOption('--forbidden-namespaces <names>', as('admission.forbiddenNamespaces')))
    .addOption(listOption('--standard-properties <names>', as('admission.standardProperties')))
    .option('--strict-cluster-set-names', as('admission.strictClusterSetNames'));
}

/** An empty text is an empty list, which is not the default either. */
function listOption(flags: string, description: string): Option {
  return new Option(flags, `${description}; a,b,…`).argParser((text) => text.split(',').filter(Boolean));
}
