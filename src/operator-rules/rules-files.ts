import { constants } from 'node:fs';
import { open } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { parseDocument } from 'yaml';
import { isJsonObject, type JsonValue } from '../kube/object.ts';
import { failed, type Outcome, succeeded } from '../kube/outcome.ts';
import type { RulesText } from './compile.ts';
import { RULES_FILE_BYTES_MAX } from './limits.ts';

/** Reads a rules file, and the file of params that it names, which is looked for beside it. The error says which. */
export async function readRulesFiles(file: string): Promise<Outcome<RulesText, string>> {
  const rules = await readText(file);
  if (!rules.ok) return rules;
  const named = paramsFileOf(rules.value);
  if (named === undefined) return succeeded({ rules: rules.value, params: undefined });
  const path = resolve(dirname(file), named);
  const text = await readText(path);
  if (!text.ok) return text;
  const params = parseParams(text.value);
  return params.ok ? succeeded({ rules: rules.value, params: params.value }) : failed(`${path}: ${params.error}`);
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
async function readText(path: string): Promise<Outcome<string, string>> {
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
