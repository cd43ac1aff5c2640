import { Command, Option } from 'commander';

export interface RulesTestOptions {
  /** Files, directories, or `-`. */
  readonly filename: readonly string[];
  readonly recursive: boolean;
  readonly output: 'text' | 'json';
}

export function rulesCommand(test: (options: RulesTestOptions) => Promise<void>): Command {
  const command = new Command('rules').description('Work on admission rules of your own (see docs/cel.md).');
  command
    .command('test')
    .description(
      'Say what rules files would answer to objects, and to the cases of RulesTest files. Asks no cluster. ' +
        'Exit codes: 0 as expected, 3 something is denied or not as expected, 2 wrong words or files.',
    )
    .requiredOption(
      '-f, --filename <file...>',
      'rules file, manifests or RulesTest: file, directory, or - for standard input; may be repeated',
    )
    .option('-R, --recursive', 'also read what is below a directory', false)
    .addOption(new Option('-o, --output <format>', 'how to say it').choices(['text', 'json']).default('text'))
    .action(async (options: RulesTestOptions) => {
      await test(options);
    });
  return command;
}
