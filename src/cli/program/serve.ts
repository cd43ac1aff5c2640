import { Command, Option } from 'commander';
import { SETTINGS } from '../../config/index.ts';
import type { FlagValues, Setting } from '../../config/index.ts';

export interface ServeOptions {
  readonly config: string | undefined;
  readonly flags: FlagValues;
}

export function serveCommand(serve: (options: ServeOptions) => Promise<void>): Command {
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
    await serve({ config: textOption(options['config']), flags });
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

function textOption(value: string | boolean | undefined): string | undefined {
  return typeof value === 'string' ? value : undefined;
}

function camelCase(flag: string): string {
  return flag.replaceAll(/-([a-z])/g, (_match, letter: string) => letter.toUpperCase());
}
