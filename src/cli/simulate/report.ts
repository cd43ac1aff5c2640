import { CONSEQUENCE_TYPES, type ConsequenceType } from '../../clusterset/index.ts';
import { isJsonObject, type JsonObject, textAt } from '../../kube/object.ts';
import { stringifyJson } from '../../kube/json.ts';
import { printable, textTable } from '../text-table.ts';
import type { AnsweredName } from './ask.ts';

/** What a run found out. */
export interface Simulation {
  readonly cluster: string;
  readonly isDeletion: boolean;
  readonly answers: readonly AnsweredName[];
  readonly passedOver: number;
}

export type FailOn = 'none' | 'removal' | 'conflict' | 'change';

/** The consequences that count at each level: those of the levels above too. An invalid export is no less than a conflict. */
const COUNTED: Readonly<Record<FailOn, readonly ConsequenceType[]>> = {
  none: [],
  removal: ['removal'],
  conflict: ['removal', 'invalid', 'conflict'],
  change: ['removal', 'invalid', 'conflict', 'change'],
};

/** True when a consequence at or above the level was predicted. */
export function isPredicted({ answers }: Simulation, failOn: FailOn): boolean {
  const types = new Set<string>(answers.flatMap(consequencesOf).map(({ type }) => type));
  return COUNTED[failOn].some((type) => types.has(type));
}

/** For people: what differs of each name that is touched, and why; then one line that counts. */
export function formatText(simulation: Simulation): string {
  const blocks = simulation.answers
    .filter((answer) => !isQuiet(answer))
    .map((answer) => formatName(answer, simulation));
  return [...blocks, summaryLine(simulation)].join('\n\n');
}

/** For programs. */
export function formatJson(simulation: Simulation, failOn: FailOn): string {
  const { cluster, isDeletion, answers, passedOver } = simulation;
  const names = answers.map(({ touched, status }) => ({ ...touched.key, ...status }));
  const report = { cluster, delete: isDeletion, names, passedOver, failOn, predicted: isPredicted(simulation, failOn) };
  return stringifyJson(report, 2);
}

interface SaidConsequence {
  readonly type: string;
  readonly message: string;
}

function consequencesOf({ status }: AnsweredName): readonly SaidConsequence[] {
  return listOf(status['consequences']).map((one) => ({
    type: textAt(one, 'type') ?? '',
    message: textAt(one, 'message') ?? '',
  }));
}

function changesOf({ status }: AnsweredName): readonly (readonly string[])[] {
  return listOf(status['changes']).map((one) => [
    textAt(one, 'field') ?? '',
    textAt(one, 'before') ?? '-',
    textAt(one, 'after') ?? '-',
  ]);
}

function isQuiet(answer: AnsweredName): boolean {
  return changesOf(answer).length === 0 && consequencesOf(answer).length === 0;
}

function formatName(answer: AnsweredName, { cluster, isDeletion }: Simulation): string {
  const { namespace, name } = answer.touched.key;
  const changes = changesOf(answer);
  const title = `${namespace}/${name}, ${isDeletion ? 'removed from' : 'applied in'} ${cluster}`;
  const table = changes.length === 0 ? [] : textTable(['FIELD', 'BEFORE', 'AFTER'], changes);
  return [title, ...[...table, ...formatConsequences(answer)].map((line) => `  ${line}`)].join('\n');
}

function formatConsequences(answer: AnsweredName): readonly string[] {
  const consequences = consequencesOf(answer);
  const width = Math.max(0, ...consequences.map(({ type }) => type.length));
  return consequences.map(({ type, message }) => printable(`${`${type}:`.padEnd(width + 1)} ${message}`));
}

function summaryLine({ answers, passedOver }: Simulation): string {
  const types = answers.flatMap(consequencesOf).map(({ type }) => type);
  const counts = CONSEQUENCE_TYPES.flatMap((type) => {
    const count = types.filter((one) => one === type).length;
    return count === 0 ? [] : `${count} ${type}`;
  });
  const quiet = answers.filter(isQuiet).length;
  const parts = [...counts, ...(quiet === 0 ? [] : [`${quiet} unchanged`])];
  const names = `${answers.length} ${answers.length === 1 ? 'name' : 'names'}`;
  const found = parts.length === 0 ? names : `${names}: ${parts.join(', ')}`;
  if (passedOver === 0) return found;
  return `${found}; ${passedOver} other ${passedOver === 1 ? 'object' : 'objects'} passed over`;
}

function listOf(value: unknown): readonly JsonObject[] {
  if (!Array.isArray(value)) return [];
  const items: readonly unknown[] = value;
  return items.filter(isJsonObject);
}
