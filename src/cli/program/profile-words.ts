import type { Command } from 'commander';

/** What is said of the profiles of a member where it is registered: undefined leaves a setting, '' takes it away. */
export interface ProfileWords {
  readonly displayName: string | undefined;
  readonly memberId: string | undefined;
  /** Names, each possibly several with commas; false publishes no access provider. */
  readonly provider: readonly string[] | false | undefined;
  readonly providerCluster: string | undefined;
}

const REMOVES = "'' takes the setting away";

/** The words for it; `condition` says when they count, as in `with --member: `. */
export function profileOptions(command: Command, condition = ''): Command {
  return command
    .option('--display-name <text>', `${condition}what its ClusterProfiles call it; ${REMOVES}`)
    .option(
      '--member-id <id>',
      `${condition}its id in every inventory, a label value; its profiles keep the first that they have; ${REMOVES}`,
    )
    .option(
      '--provider <name>',
      `${condition}access provider under which its profiles publish the way to it; may be repeated; ${REMOVES}`,
      addName,
    )
    .option('--no-provider', `${condition}publish no access provider`)
    .option(
      '--provider-cluster <json>',
      `${condition}fields that take the place of those that access providers publish; ${REMOVES}`,
    );
}

function addName(name: string, before: readonly string[] | false | undefined): readonly string[] {
  return before === undefined || before === false ? [name] : [...before, name];
}
