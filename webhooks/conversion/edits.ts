import { mayHoldBigInteger, stringifyJson } from '../../src/kube/json.ts';
import type { KubeObject } from '../../src/kube/object.ts';
import { isJsonObject, textAt } from '../../src/kube/object.ts';
import type { Outcome } from '../../src/kube/outcome.ts';
import { failed, succeeded } from '../../src/kube/outcome.ts';
import { parseStrictJson } from '../../src/kube/strict-json.ts';
import type { ResourceDefinition } from '../../src/resources/definition.ts';
import { convertObject } from '../../src/resources/index.ts';
import type { ScannedObject, ScannedReview } from './review-scan.ts';

/** What replaces a part of the body. */
export interface Edit {
  readonly start: number;
  readonly end: number;
  readonly text: Buffer;
}

/** A kind and the group that the objects of CustomResourceDefinitions are in. */
export interface ConvertibleKind {
  readonly group: string;
  readonly definition: ResourceDefinition;
}

export interface EditDeps {
  readonly kinds: readonly ConvertibleKind[];
  /** Called with the bytes of each text that is not part of the body; what it throws ends the work. */
  readonly onText: (bytes: number) => void;
}

/** A name in a message; longer ones are no names. */
const NAME_SHOWN_MAX = 300;

/**
 * The edits that turn the list of a review into the converted one, in their order, one step per object. The error names
 * the first object that cannot be converted. Where two versions differ in nothing but their name, no object is parsed.
 */
export function* editReview(
  body: Buffer,
  review: ScannedReview,
  { kinds, onText }: EditDeps,
): Generator<void, Outcome<readonly Edit[], string>> {
  const desired = versionOf(review.desiredApiVersion ?? '');
  const edits: Edit[] = [];
  const version = Buffer.from(JSON.stringify(review.desiredApiVersion));
  for (const [index, object] of review.objects.entries()) {
    const place: Place = { body, object, desired, version, onText };
    const edited = editObject(place, kinds);
    if (!edited.ok) return failed(`${describe(body, object, index)}: ${edited.error}`);
    for (const edit of edited.value) edits.push(edit);
    yield;
  }
  return succeeded(edits);
}

interface GroupVersion {
  readonly group: string;
  readonly version: string;
}

interface Place {
  readonly body: Buffer;
  readonly object: ScannedObject;
  readonly desired: GroupVersion;
  /** The desired apiVersion as JSON. */
  readonly version: Buffer;
  readonly onText: EditDeps['onText'];
}

function editObject(place: Place, kinds: readonly ConvertibleKind[]): Outcome<readonly Edit[], string> {
  const { object, desired, version } = place;
  const { apiVersion, kind, hasMetadata } = object;
  if (apiVersion === undefined || kind === undefined) return failed('apiVersion or kind is missing');
  if (!hasMetadata) return failed('metadata is missing');
  const from = versionOf(apiVersion);
  const found = kinds.find(({ group, definition }) => group === from.group && definition.kind === kind);
  if (found === undefined) return failed(`${shown(kind)} of ${shown(apiVersion)} is not converted here`);
  if (desired.group !== from.group) return failed(`there is no conversion from ${shown(apiVersion)} to another group`);
  const { definition } = found;
  const unknown = [from.version, desired.version].find((name) => !hasVersion(definition, name));
  if (unknown !== undefined) return failed(`${kind} has no version ${shown(unknown)}`);
  if (from.version === desired.version) return succeeded([]);
  return differsInNameOnly(definition, from.version) && differsInNameOnly(definition, desired.version)
    ? succeeded(object.versionSpans.map((span) => ({ ...span, text: version })))
    : convertParsed(place, definition);
}

function hasVersion({ versions }: ResourceDefinition, name: string): boolean {
  return versions.some((version) => version.name === name);
}

/** Compared with the storage version. */
function differsInNameOnly({ storageVersion, versions }: ResourceDefinition, name: string): boolean {
  return name === storageVersion || versions.find((version) => version.name === name)?.differsInNameOnly === true;
}

function convertParsed(
  { body, object, desired, onText }: Place,
  definition: ResourceDefinition,
): Outcome<readonly Edit[], string> {
  const { start, end } = object;
  try {
    const parsed = parseObject(body.toString('utf8', start, end));
    if (!parsed.ok) return parsed;
    const converted = convertObject(definition, parsed.value, desired.version);
    if (!converted.ok) return converted;
    const text = Buffer.from(stringifyJson(converted.value));
    onText(text.length);
    return succeeded([{ start, end, text }]);
  } catch (error) {
    // What recurses gives up on values that are nested without end.
    if (error instanceof RangeError) return failed('nested too deeply to be converted');
    throw error;
  }
}

function parseObject(text: string): Outcome<KubeObject, string> {
  const strict = mayHoldBigInteger(text) ? parseStrictJson(text) : undefined;
  if (strict?.ok === false) return failed(strict.error);
  const value: unknown = strict === undefined ? JSON.parse(text) : strict.value.value;
  return isConvertible(value) ? succeeded(value) : failed('it is no object of Kubernetes');
}

/** What was found by scanning; a name is not needed to be converted. */
function isConvertible(value: unknown): value is KubeObject {
  return (
    isJsonObject(value) &&
    typeof value['apiVersion'] === 'string' &&
    typeof value['kind'] === 'string' &&
    isJsonObject(value['metadata'])
  );
}

function versionOf(apiVersion: string): GroupVersion {
  const slash = apiVersion.indexOf('/');
  return { group: apiVersion.slice(0, Math.max(0, slash)), version: apiVersion.slice(slash + 1) };
}

/** `ServiceImport prod/api`; or the place in the list, where an object has no name. */
function describe(body: Buffer, { start, end, kind }: ScannedObject, index: number): string {
  const value = parseQuietly(body.toString('utf8', start, end));
  const name = textAt(value, 'metadata', 'name') ?? '';
  if (name === '') return `object ${index + 1} of the review`;
  const namespace = textAt(value, 'metadata', 'namespace') ?? '';
  const key = namespace === '' ? name : `${namespace}/${name}`;
  return `${kind ?? 'object'} ${key}`.slice(0, NAME_SHOWN_MAX);
}

function parseQuietly(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function shown(text: string): string {
  return JSON.stringify(text.slice(0, NAME_SHOWN_MAX));
}
