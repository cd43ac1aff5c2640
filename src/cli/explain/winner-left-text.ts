import type { JsonObject } from '../../kube/object.ts';
import { objectAt, objectsAt, wordAt, wordsAt } from './answer-reader.ts';
import { printable, textTable } from '../text-table.ts';

/** What would happen if the winner stopped exporting. */
export function winnerLeftText(provenance: JsonObject): readonly string[] {
  const left = objectAt(provenance, 'ifWinnerLeft');
  const winner = objectAt(provenance, 'winner');
  if (left === undefined || winner === undefined) return [];
  const title = `IF ${wordAt(winner, 'cluster')} LEFT`;
  const next = objectAt(left, 'winner');
  if (next === undefined) return [title, 'The ServiceImport would go: no other export counts.'].map(printable);
  const changes = objectsAt(left, 'changes').map((change) => [
    wordAt(change, 'field'),
    wordAt(change, 'before') || '-',
    wordAt(change, 'after') || '-',
  ]);
  return [
    ...[title, `${wordAt(next, 'cluster')} would win (${wordAt(next, 'because')}).`].map(printable),
    ...textTable(['FIELD', 'NOW', 'THEN'], changes),
    ...LISTS.flatMap(([field, words]) => {
      const items = wordsAt(left, field);
      return items.length === 0 ? [] : [printable(`${words} ${items.join(', ')}`)];
    }),
  ];
}

const LISTS: readonly (readonly [field: string, words: string])[] = [
  ['portsLost', 'Ports lost:      '],
  ['portsGained', 'Ports gained:    '],
  ['conflictsEnded', 'Conflicts ended: '],
  ['conflictsBegun', 'Conflicts begun: '],
];
