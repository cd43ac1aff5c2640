import type { JsonObject } from '../../kube/object.ts';
import { textAt } from '../../kube/object.ts';
import { humanDuration, parseTimeSeconds } from '../../kube/time.ts';
import { numberAt, objectAt, objectsAt, wordAt, wordsAt } from './answer-reader.ts';
import { printable, textTable } from '../text-table.ts';
import { winnerLeftText } from './winner-left-text.ts';

/** Clusters named in one cell; JSON has them all. */
const CLUSTERS_SHOWN_MAX = 6;

/** A provenance for people: what is in force, why, and what would change it. */
export function provenanceText(provenance: JsonObject, nowMs: number): string {
  const blocks = [
    headline(provenance),
    exportsBlock(provenance, nowMs),
    valuesBlock(provenance),
    portsBlock(provenance),
    droppedPortsBlock(provenance),
    familiesBlock(provenance),
    droppedMetadataBlock(provenance),
    winnerLeftText(provenance),
  ];
  return `${blocks
    .filter((lines) => lines.length > 0)
    .map((lines) => lines.join('\n'))
    .join('\n\n')}\n`;
}

function headline(provenance: JsonObject): readonly string[] {
  const name = `${textAt(provenance, 'metadata', 'namespace') ?? ''}/${textAt(provenance, 'metadata', 'name') ?? ''}`;
  const clusterSet = wordAt(provenance, 'clusterSet');
  const place = clusterSet === '' ? 'the ClusterSet' : `the ClusterSet ${clusterSet}`;
  const winner = objectAt(provenance, 'winner');
  if (winner === undefined) return [printable(`${name} is not a service of ${place}: no export of it counts.`)];
  const conflicts = wordsAt(provenance, 'conflicts');
  return [
    `${name} is a service of ${place}.`,
    `Winner:     ${wordAt(winner, 'cluster')} (${wordAt(winner, 'because')})`,
    `Conflicts:  ${conflicts.length === 0 ? 'none' : conflicts.join(', ')}`,
  ].map(printable);
}

function exportsBlock(provenance: JsonObject, nowMs: number): readonly string[] {
  const rows = objectsAt(provenance, 'exports').map((one) => exportRow(one, nowMs));
  const total = numberAt(provenance, 'exportsTotal') ?? rows.length;
  const counted = numberAt(provenance, 'exportsCounted') ?? 0;
  return [
    `EXPORTS, the oldest first: ${total}, of which ${counted === total ? 'all' : counted} count`,
    ...textTable(['RANK', 'CLUSTER', 'STANDING', 'AGE', 'TYPE', 'PORTS', 'MEMBER', 'REMARKS'], rows),
    ...restLine(provenance, 'exportsOmitted', 'exports'),
  ];
}

function exportRow(one: JsonObject, nowMs: number): readonly string[] {
  return [
    String(numberAt(one, 'rank') ?? '-'),
    wordAt(one, 'cluster'),
    standingText(wordAt(one, 'standing')),
    ageText(wordAt(one, 'creationTimestamp'), nowMs),
    wordAt(one, 'type') || '-',
    joinWords(wordsAt(one, 'ports')) || '-',
    memberText(one),
    remarks(one),
  ];
}

function standingText(standing: string): string {
  return standing === 'NotCounted' ? 'does not count' : standing.toLowerCase();
}

function ageText(creationTimestamp: string, nowMs: number): string {
  const seconds = parseTimeSeconds(creationTimestamp);
  return seconds === undefined ? 'unknown' : humanDuration(nowMs / 1000 - seconds);
}

/** When a member is not live, how old what is known of it may be is what counts. */
function memberText(one: JsonObject): string {
  const member = objectAt(one, 'member');
  if (member === undefined) return 'unknown';
  const phase = wordAt(member, 'phase');
  if (phase === 'live') return phase;
  const lastContact = wordAt(member, 'lastContactTime');
  const reason = [wordAt(member, 'reason')].filter((text) => text !== '').map((text) => `: ${text}`);
  return `${phase}${reason.join('')}, ${lastContact === '' ? 'never reached' : `last contact ${lastContact}`}`;
}

function remarks(one: JsonObject): string {
  if (wordAt(one, 'valid') !== 'True') return `${wordAt(one, 'reason')}: ${wordAt(one, 'message')}`;
  const skew = numberAt(one, 'clockSkewSeconds');
  const differsIn = wordsAt(one, 'differsIn');
  return [
    ...(differsIn.length === 0 ? [] : [`differs in ${differsIn.join(', ')}`]),
    ...(skew === undefined ? [] : [`clock about ${Math.abs(skew)} s ${skew > 0 ? 'ahead' : 'behind'}`]),
  ].join('; ');
}

function valuesBlock(provenance: JsonObject): readonly string[] {
  const rows = objectsAt(provenance, 'values').map((one) => [
    wordAt(one, 'field'),
    wordAt(one, 'value'),
    wordAt(one, 'setBy'),
    differingText(one),
  ]);
  if (rows.length === 0) return [];
  return ['VALUES in force', ...textTable(['FIELD', 'VALUE', 'SET BY', 'WHO DIFFERS'], rows)];
}

function differingText(one: JsonObject): string {
  const differing = objectsAt(one, 'differing').map(
    (other) => `${wordAt(other, 'cluster')}: ${wordAt(other, 'value')}`,
  );
  if (differing.length > 0) return joinWords(differing, numberAt(one, 'differingOmitted'), '; ');
  return one['conflicting'] === true ? 'together they have more than any alone' : '-';
}

function portsBlock(provenance: JsonObject): readonly string[] {
  const rows = objectsAt(provenance, 'ports').map((port) => [
    portText(port),
    wordAt(port, 'setBy'),
    joinWords(wordsAt(port, 'endpointsFrom'), numberAt(port, 'endpointsFromOmitted')),
    joinWords(objectsAt(port, 'differingAppProtocols').map(appProtocolText)) || '-',
  ]);
  if (rows.length === 0) return [];
  return [
    'PORTS',
    ...textTable(['PORT', 'SET BY', 'ENDPOINTS FROM', 'OTHER APPPROTOCOL'], rows),
    ...restLine(provenance, 'portsOmitted', 'ports'),
  ];
}

function appProtocolText(other: JsonObject): string {
  return `${wordAt(other, 'cluster')}: ${wordAt(other, 'appProtocol') || 'none'}`;
}

function portText(port: JsonObject): string {
  const endpoint = `${wordAt(port, 'protocol')}/${numberAt(port, 'port') ?? '?'}`;
  const name = wordAt(port, 'name');
  const appProtocol = wordAt(port, 'appProtocol');
  return `${name === '' ? '' : `${name} `}${endpoint}${appProtocol === '' ? '' : ` (${appProtocol})`}`;
}

function droppedPortsBlock(provenance: JsonObject): readonly string[] {
  const dropped = objectsAt(provenance, 'droppedPorts');
  if (dropped.length === 0) return [];
  return [
    'PORTS that are not there under their own name',
    ...dropped.map((port) => printable(wordAt(port, 'message'))),
    ...restLine(provenance, 'droppedPortsOmitted', 'ports'),
  ];
}

/** Told apart only when some cluster is not reached by all families. */
function familiesBlock(provenance: JsonObject): readonly string[] {
  const families = objectAt(provenance, 'ipFamilies');
  if (families === undefined) return [];
  const members = objectsAt(families, 'members');
  const texts = members.map((member) => wordsAt(member, 'families').join(', ') || 'none named');
  if (new Set(texts).size <= 1) return [];
  const inForce = wordsAt(families, 'families').join(', ') || 'none';
  const rows = members.map((member, index) => [
    wordAt(member, 'cluster'),
    texts[index] ?? '',
    member['skipped'] === true ? 'left out: nothing in common with older exports' : '-',
  ]);
  return [
    `IP FAMILIES, by ${wordAt(families, 'mode')}: ${inForce}`,
    ...textTable(['CLUSTER', 'FAMILIES', 'REMARKS'], rows),
    ...restLine(families, 'membersOmitted', 'clusters'),
  ];
}

function droppedMetadataBlock(provenance: JsonObject): readonly string[] {
  const rows = objectsAt(provenance, 'droppedMetadata').map((entry) =>
    ['cluster', 'field', 'key', 'cause'].map((field) => wordAt(entry, field)),
  );
  if (rows.length === 0) return [];
  return [
    'LABELS AND ANNOTATIONS that are not passed on',
    ...textTable(['CLUSTER', 'FIELD', 'KEY', 'CAUSE'], rows),
    ...restLine(provenance, 'droppedMetadataOmitted', 'entries'),
  ];
}

function restLine(object: JsonObject, field: string, what: string): readonly string[] {
  const rest = numberAt(object, field);
  return rest === undefined ? [] : [`and ${rest} more ${what}`];
}

function joinWords(words: readonly string[], restElsewhere = 0, separator = ', '): string {
  const shown = words.slice(0, CLUSTERS_SHOWN_MAX).join(separator);
  const rest = words.length - Math.min(words.length, CLUSTERS_SHOWN_MAX) + restElsewhere;
  return rest === 0 ? shown : `${shown} and ${rest} more`;
}
