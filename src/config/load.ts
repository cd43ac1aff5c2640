import { Ajv } from 'ajv';
import type { ErrorObject } from 'ajv';
import { parseDocument } from 'yaml';
import { isJsonObject } from '../kube/object.ts';
import type { Outcome } from '../kube/outcome.ts';
import { failed, succeeded } from '../kube/outcome.ts';
import { configurationSchema } from './schema.ts';
import { SETTINGS } from './settings.ts';
import type { Config } from './settings.ts';
import type { Setting } from './setting.ts';

/** Flags as given on the command line: `kubeconfig` -> text; boolean flags may be true. */
export type FlagValues = Readonly<Record<string, string | boolean | undefined>>;

/** Other defaults than those of the settings table, where a way of running needs them. */
export type Defaults = Partial<Config>;

/**
 * Makes the configuration from the text of the file (undefined: none) and the flags, which win over the file.
 * Every message names the field or flag, its unit and its bounds; all faults are told at once, one a line.
 */
export function loadConfiguration(
  fileText: string | undefined,
  flags: FlagValues,
  defaults: Defaults = {},
): Outcome<Config, string> {
  const file = readFileText(fileText);
  if (!file.ok) return file;
  const problems = validate(file.value);
  const values: Record<string, unknown> = {};
  const otherDefaults = new Map<string, unknown>(Object.entries(defaults));
  for (const setting of SETTINGS as readonly Setting[]) {
    values[setting.path] = lookUp(file.value, setting.path) ?? otherDefaults.get(setting.path) ?? setting.default;
    const given = setting.flag === undefined ? undefined : flags[setting.flag];
    if (given === undefined) continue;
    const flag = readFlag(setting, given);
    if (flag.ok) values[setting.path] = flag.value;
    else problems.push(flag.error);
  }
  return problems.length > 0 ? failed(problems.join('\n')) : succeeded(values as Config);
}

function readFileText(text: string | undefined): Outcome<unknown, string> {
  if (text === undefined) return succeeded({});
  const document = parseDocument(text);
  const error = document.errors[0];
  if (error !== undefined) return failed(`configuration file is not YAML: ${error.message.split('\n')[0] ?? ''}`);
  const value: unknown = document.toJS();
  if (value === null || value === undefined) return succeeded({});
  return isJsonObject(value) ? succeeded(value) : failed('configuration file must be a map of settings');
}

function validate(value: unknown): string[] {
  const ajv = new Ajv({ allErrors: true, strict: true, verbose: true });
  const check = ajv.compile(configurationSchema(SETTINGS));
  return check(value) ? [] : (check.errors ?? []).map(sentence);
}

function sentence(error: ErrorObject): string {
  const path = error.instancePath.slice(1).replaceAll('/', '.');
  if (error.keyword === 'additionalProperties') {
    const unknown = String(error.params['additionalProperty']);
    return `configuration: unknown field "${path === '' ? unknown : `${path}.${unknown}`}"`;
  }
  const setting = (SETTINGS as readonly Setting[]).find(
    (candidate) => path === candidate.path || path.startsWith(`${candidate.path}.`),
  );
  if (setting === undefined) return `configuration: "${path}" must be a map of settings`;
  return `configuration: ${expectation(setting)}, got ${JSON.stringify(error.data)}`;
}

/** `"limits.watches" (watches) must be an integer from 1 to 100000`. */
export function expectation(setting: Setting): string {
  const unit = setting.unit === undefined ? '' : ` (${setting.unit})`;
  return `"${setting.path}"${unit} must be ${valueDescription(setting)}`;
}

/** What values a setting takes, for messages and the README. */
export function valueDescription(setting: Setting): string {
  switch (setting.kind) {
    case 'integer':
      return `an integer from ${setting.minimum ?? '-'} to ${setting.maximum ?? '-'}`;
    case 'boolean':
      return 'true or false';
    case 'strings':
      return 'a list of texts';
    case 'choice':
      return `one of ${(setting.choices ?? []).join(', ')}`;
    case 'string':
      return 'a text';
  }
}

function readFlag(setting: Setting, given: string | boolean): Outcome<unknown, string> {
  const value = flagValue(setting, given);
  if (value !== undefined) return succeeded(value);
  return failed(`flag --${setting.flag ?? ''}: ${expectation(setting)}, got ${JSON.stringify(given)}`);
}

const BOOLEANS = new Map([
  ['true', true],
  ['false', false],
]);

function flagValue(setting: Setting, given: string | boolean): unknown {
  const text = String(given);
  switch (setting.kind) {
    case 'boolean':
      return BOOLEANS.get(text);
    case 'integer':
      return integerWithin(setting, text);
    case 'strings':
      return text === '' ? [] : text.split(',');
    case 'choice':
      return setting.choices?.includes(text) === true ? text : undefined;
    case 'string':
      return text === '' ? undefined : text;
  }
}

function integerWithin(setting: Setting, text: string): number | undefined {
  // Upstream's flags of this kind are durations: 5s is what 5 means here.
  const digits = setting.unit === 'seconds' ? text.replace(/(?<=[0-9])s$/, '') : text;
  const value = Number(digits);
  if (!/^-?[0-9]+$/.test(digits) || value < (setting.minimum ?? -Infinity) || value > (setting.maximum ?? Infinity)) {
    return undefined;
  }
  return value;
}

function lookUp(value: unknown, path: string): unknown {
  let at = value;
  for (const segment of path.split('.')) at = isJsonObject(at) ? at[segment] : undefined;
  return at;
}
