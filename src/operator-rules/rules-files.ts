import { constants } from 'node:fs';
import { open, realpath } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { parseDocument } from 'yaml';
import { isJsonObject, type JsonValue } from '../kube/object.ts';
import { failed, type Outcome, succeeded } from '../kube/outcome.ts';
import type { RulesText } from './compile.ts';
import { RULES_FILE_BYTES_MAX } from './limits.ts';

/** Readings in a row, while the files are replaced between their first and their last byte. */
const READINGS_MAX = 3;

type ReadText = (path: string) => Promise<Outcome<string, string>>;

/** A rules file and the file of params that it names, as they are written. */
export interface RulesSources {
  readonly rules: string;
  readonly params: ParamsSource | undefined;
}

interface ParamsSource {
  /** As the rules file names it. */
  readonly name: string;
  readonly path: string;
  readonly text: string;
}

/** Reads a rules file, and the file of params that it names, which is looked for beside it. The error says which. */
export async function readRulesFiles(file: string): Promise<Outcome<RulesText, string>> {
  const sources = await readRulesSources(file);
  return sources.ok ? parseRulesSources(sources.value) : sources;
}

export function parseRulesSources({ rules, params }: RulesSources): Outcome<RulesText, string> {
  if (params === undefined) return succeeded({ rules, params: undefined });
  const value = parseParams(params.text);
  return value.ok ? succeeded({ rules, params: value.value }) : failed(`${params.path}: ${value.error}`);
}

/**
 * The text of both files, of one and the same state: a volume of a ConfigMap is replaced whole, by switching a symbolic
 * link in its directory, and rules must not meet the params of another state.
 */
export async function readRulesSources(
  file: string,
  read: ReadText = readText,
): Promise<Outcome<RulesSources, string>> {
  for (let reading = 1; ; reading += 1) {
    const before = await targetOf(file);
    const sources = await readBoth(file, read);
    if (reading === READINGS_MAX || before === (await targetOf(file))) return sources;
  }
}

/** Where the links in a path lead to; undefined where they lead nowhere. */
async function targetOf(file: string): Promise<string | undefined> {
  return realpath(file).catch(() => undefined);
}

async function readBoth(file: string, read: ReadText): Promise<Outcome<RulesSources, string>> {
  const rules = await read(file);
  if (!rules.ok) return rules;
  const name = paramsFileOf(rules.value);
  if (name === undefined) return succeeded({ rules: rules.value, params: undefined });
  const path = resolve(dirname(file), name);
  const text = await read(path);
  return text.ok ? succeeded({ rules: rules.value, params: { name, path, text: text.value } }) : text;
}

/** Faults of the rules file are not told here: whoever loads it does. */
function paramsFileOf(text: string): string | undefined {
  const yaml = parseDocument(text);
  if (yaml.errors.length > 0) return undefined;
  const named: unknown = yaml.get('paramsFile');
  return typeof named === 'string' && named !== '' ? named : undefined;
}

function parseParams(text: string): Outcome<JsonValue, string> {
  const yaml = parseDocument(text, { uniqueKeys: true });
  const [error] = yaml.errors;
  if (error !== undefined) return failed(error.message.split('\n')[0] ?? 'not YAML');
  try {
    const value: unknown = yaml.toJS({ maxAliasCount: 0 });
    return isJsonObject(value) ? succeeded(value) : failed('must be a map');
  } catch (failure) {
    return failed(failure instanceof Error ? failure.message : String(failure));
  }
}

/** A whole file, bounded in size: a path that leads to a device must not fill memory. */
export async function readText(path: string): Promise<Outcome<string, string>> {
  try {
    const file = await open(path, constants.O_RDONLY | constants.O_NONBLOCK);
    try {
      const status = await file.stat();
      if (!status.isFile()) return failed(`${path} is not a regular file`);
      if (status.size > RULES_FILE_BYTES_MAX)
        return failed(`${path} is longer than ${String(RULES_FILE_BYTES_MAX)} bytes`);
      return succeeded(await file.readFile('utf8'));
    } finally {
      await file.close();
    }
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : 'unreadable';
    return failed(`${path} cannot be read (${code})`);
  }
}
