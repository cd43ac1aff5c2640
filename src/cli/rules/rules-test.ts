import { stringifyJson } from '../../kube/json.ts';
import { askRules, compileRules, concernedRules, type OperatorRuleSet } from '../../operator-rules/index.ts';
import { EXIT_FOUND, UsageError } from '../exit.ts';
import type { RulesTestOptions } from '../program/rules.ts';
import { type FileAccess, type ManifestFile, readManifestFiles } from '../simulate/manifest-files.ts';
import { parseManifests } from '../simulate/manifests.ts';
import { textTable } from '../text-table.ts';
import { casesOf, leftOut, type RuleVerdict, type TestCase } from './test-case.ts';

export interface RulesTestDeps {
  readonly access: FileAccess;
  /** Params that a rules file names, by the path of the rules file; undefined if it names none. Throws UsageError. */
  readonly readParams: (file: string) => Promise<Parameters<typeof compileRules>[0]['params']>;
  readonly print: (text: string) => void;
}

/** What one rule says in one case. */
interface Line {
  readonly case: string;
  readonly rule: string;
  readonly verdict: RuleVerdict;
  readonly message: string;
  readonly expected: RuleVerdict | undefined;
  readonly failed: boolean;
}

const RULES_FILE = /^kind:\s*["']?AdmissionRules["']?\s*$/m;

/** Prints what the rules say in every case, and gives the exit code. */
export async function testRules(deps: RulesTestDeps, options: RulesTestOptions): Promise<number> {
  const files = await readManifestFiles(deps.access, options.filename, options.recursive);
  const sets: OperatorRuleSet[] = [];
  for (const file of files.filter(isRulesFile)) sets.push(await loadRules(deps, file));
  if (sets.length === 0) throw new UsageError('no file of kind AdmissionRules is given');
  const objects = files.filter((file) => !isRulesFile(file)).flatMap(parseManifests);
  const others = objects.flatMap((object) => leftOut(object) ?? []);
  const cases = objects.filter((object) => leftOut(object) === undefined).flatMap(casesOf);
  if (cases.length === 0) throw new UsageError(`no RulesTest and no object that is asked about is given`);
  refuseUnknownRules(sets, cases);
  const lines = cases.flatMap((testCase) => sets.flatMap((set) => linesOf(set, testCase)));
  deps.print(options.output === 'json' ? `${stringifyJson({ lines, leftOut: others }, 2)}\n` : textOf(lines, others));
  return lines.some(({ failed }) => failed) ? EXIT_FOUND : 0;
}

function isRulesFile({ text }: ManifestFile): boolean {
  return RULES_FILE.test(text);
}

async function loadRules({ readParams }: RulesTestDeps, { name, text }: ManifestFile): Promise<OperatorRuleSet> {
  const set = compileRules({ rules: text, params: await readParams(name) });
  if (!set.ok) throw new UsageError(`${name}:${set.error}`);
  return set.value;
}

function refuseUnknownRules(sets: readonly OperatorRuleSet[], cases: readonly TestCase[]): void {
  const known = new Set(sets.flatMap(({ rules }) => rules.map(({ written }) => written.name)));
  for (const { name, expect } of cases) {
    const unknown = [...expect.keys()].find((rule) => !known.has(rule));
    if (unknown !== undefined) throw new UsageError(`case ${name}: there is no rule ${unknown}`);
  }
}

function linesOf(set: OperatorRuleSet, { name, question, expect, mustPass }: TestCase): readonly Line[] {
  const concerned = new Set(concernedRules(set, question));
  const ask = askRules(set, question);
  return set.rules.map(({ written }, index) => {
    const { message, isError } = concerned.has(index) ? ask(index) : { message: undefined, isError: false };
    const spoken = message === undefined ? 'ok' : isError ? 'error' : written.action;
    const verdict = concerned.has(index) ? spoken : 'skipped';
    const expected = expect.get(written.name);
    const denied = written.action === 'deny' && (verdict === 'deny' || verdict === 'error');
    const failed = expected === undefined ? mustPass && denied : expected !== verdict;
    return { ...{ case: name, rule: written.name, verdict, expected, failed }, message: message ?? '' };
  });
}

function textOf(lines: readonly Line[], others: readonly string[]): string {
  const rows = lines.map((line) => [
    ...[line.case, line.rule, line.verdict],
    line.expected === undefined ? '' : line.failed ? `NOT ${line.expected}` : 'as expected',
    line.message,
  ]);
  const failures = lines.filter(({ failed }) => failed).length;
  const summary = failures === 0 ? 'all as expected' : `${String(failures)} denied or not as expected`;
  const notAsked = others.length === 0 ? '' : `left out, because nobody asks about them: ${others.join(', ')}\n`;
  return `${textTable(['CASE', 'RULE', 'VERDICT', 'EXPECTED', 'MESSAGE'], rows).join('\n')}\n\n${notAsked}${summary}\n`;
}
