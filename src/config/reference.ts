import { valueDescription } from './load.ts';
import { SETTINGS } from './settings.ts';
import type { Setting } from './setting.ts';

/** The settings as the README's table; a test holds the README to it. */
export function settingsTable(): string {
  const rows = (SETTINGS as readonly Setting[]).map((setting) => {
    const flag = setting.flag === undefined ? '' : `\`--${setting.flag}\``;
    const unit = setting.unit === undefined ? '' : ` (${setting.unit})`;
    return `| \`${setting.path}\` | ${flag} | ${valueDescription(setting)}${unit} | ${defaultText(setting)} | ${setting.description} |`;
  });
  return ['| Setting | Flag | Value | Default | Meaning |', '| --- | --- | --- | --- | --- |', ...rows].join('\n');
}

function defaultText(setting: Setting): string {
  const value = setting.default;
  if (value === undefined) return '';
  return `\`${Array.isArray(value) ? `[${value.join(', ')}]` : String(value)}\``;
}
