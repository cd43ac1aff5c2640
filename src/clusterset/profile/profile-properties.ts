import { compareText, type KubeObject, textAt } from '../../kube/object.ts';
import { listSome } from '../message-text.ts';

/** Code points of one value: what the list item of a profile may hold (KEP-4322). Longer ones are never cut. */
const VALUE_CODE_POINTS_MAX = 1024;
/** All properties of one profile as JSON, so that an object stays well below what API servers take. */
const PROPERTIES_BYTES_MAX = 512 * 1024;
/** Properties that one message names; the rest is counted. */
const NAMES_SHOWN_MAX = 10;

/** Never left out for want of room. */
const WELL_KNOWN_NAMES: readonly string[] = ['cluster.clusterset.k8s.io', 'clusterset.k8s.io'];

export interface PropertyValue {
  readonly name: string;
  readonly value: string;
}

/** Which properties of members go into profiles. */
export interface PropertySelection {
  /** A property with one of these labels stays out, unless its value is `false`. */
  readonly excludeLabels: readonly string[];
  /** Only properties with this label and the value `true`; undefined: all. */
  readonly requiredLabel: string | undefined;
}

export interface SelectedProperties {
  /** By name. */
  readonly properties: readonly PropertyValue[];
  /** Why some are missing; undefined if none is. */
  readonly incomplete: { readonly reason: string; readonly message: string } | undefined;
}

/** The properties as the profile shows them: names and values as in the member, whole or not at all. */
export function selectProperties(objects: readonly KubeObject[], selection: PropertySelection): SelectedProperties {
  const wanted = objects.filter((object) => isSelected(object, selection)).sort(compareImportance);
  const properties: PropertyValue[] = [];
  const [tooLong, empty, noRoom]: [string[], string[], string[]] = [[], [], []];
  let bytes = 0;
  for (const { metadata, spec } of wanted) {
    const { name } = metadata;
    const value = textAt(spec, 'value') ?? '';
    const codePoints = codePointsOf(value);
    if (value === '') empty.push(name);
    else if (codePoints > VALUE_CODE_POINTS_MAX) tooLong.push(`${name} (${codePoints})`);
    else {
      const size = Buffer.byteLength(JSON.stringify({ name, value }));
      if (bytes + size > PROPERTIES_BYTES_MAX) noRoom.push(name);
      else {
        bytes += size;
        properties.push({ name, value });
      }
    }
  }
  properties.sort((a, b) => compareText(a.name, b.name));
  return { properties, incomplete: toProblem({ tooLong, empty, noRoom }) };
}

interface Omitted {
  readonly tooLong: readonly string[];
  readonly empty: readonly string[];
  readonly noRoom: readonly string[];
}

function toProblem({ tooLong, empty, noRoom }: Omitted): SelectedProperties['incomplete'] {
  const parts = [
    ['ValueTooLong', tooLong, `longer than ${VALUE_CODE_POINTS_MAX} characters`],
    ['ValueEmpty', empty, 'without a value'],
    ['TooManyProperties', noRoom, `beyond ${PROPERTIES_BYTES_MAX} bytes of properties`],
  ] as const;
  const told = parts.filter(([, names]) => names.length > 0);
  if (told.length === 0) return undefined;
  const texts = told.map(([, names, why]) => `${why}: ${listSome([...names].sort(compareText), NAMES_SHOWN_MAX)}`);
  return { reason: told.map(([reason]) => reason).join(','), message: `left out, ${texts.join('; ')}` };
}

function isSelected({ metadata }: KubeObject, { excludeLabels, requiredLabel }: PropertySelection): boolean {
  const valueOf = (label: string): string | undefined => textAt(metadata, 'labels', label);
  if (excludeLabels.some((label) => (valueOf(label) ?? 'false') !== 'false')) return false;
  return requiredLabel === undefined || valueOf(requiredLabel) === 'true';
}

function compareImportance(a: KubeObject, b: KubeObject): number {
  return rankOf(a) - rankOf(b) || compareText(a.metadata.name, b.metadata.name);
}

function rankOf({ metadata }: KubeObject): number {
  return WELL_KNOWN_NAMES.includes(metadata.name) ? 0 : 1;
}

function codePointsOf(text: string): number {
  if (text.length <= VALUE_CODE_POINTS_MAX) return text.length;
  return Array.from(text).length;
}
