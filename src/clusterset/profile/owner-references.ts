import { type FieldCause, fieldInvalid } from '../../kube/api-errors.ts';
import type { JsonObject } from '../../kube/object.ts';

const FIELD = 'metadata.ownerReferences';
/** In the order of Go's struct, in which messages show a reference. */
const SHOWN_FIELDS = ['apiVersion', 'kind', 'name', 'uid', 'controller', 'blockOwnerDeletion'];

/** What kube-apiserver finds wrong with the owners of an object, in its words (ValidateOwnerReferences). */
export function ownerFaults(references: readonly JsonObject[]): readonly FieldCause[] {
  const faults: FieldCause[] = [];
  let controller: string | undefined;
  for (const reference of references) {
    faults.push(...referenceFaults(reference));
    if (reference['controller'] !== true) continue;
    const name = `${textOf(reference, 'kind')}/${textOf(reference, 'name')}`;
    if (controller === undefined) controller = name;
    else faults.push(secondController(references, controller, name));
  }
  return faults;
}

function secondController(references: readonly JsonObject[], first: string, second: string): FieldCause {
  const found = `Found "true" in references for ${first} and ${second}`;
  return fieldInvalid(FIELD, references.map(shown), `Only one reference can have Controller set to true. ${found}`);
}

function referenceFaults(reference: JsonObject): readonly FieldCause[] {
  const apiVersion = textOf(reference, 'apiVersion');
  const faults = ['kind', 'name', 'uid']
    .filter((field) => textOf(reference, field) === '')
    .map((field) => fieldInvalid(`${FIELD}.${field}`, '', 'must not be empty'));
  if (!hasVersion(apiVersion)) {
    return [fieldInvalid(`${FIELD}.apiVersion`, apiVersion, 'version must not be empty'), ...faults];
  }
  // Events are owned and own nothing.
  if (apiVersion !== 'v1' || reference['kind'] !== 'Event') return faults;
  return [...faults, fieldInvalid(FIELD, shown(reference), '/v1, Kind=Event is disallowed from being an owner')];
}

/** `version`, or `group/version`. */
function hasVersion(apiVersion: string): boolean {
  const parts = apiVersion.split('/');
  return parts.length <= 2 && parts.at(-1) !== '';
}

function shown(reference: JsonObject): JsonObject {
  const present = SHOWN_FIELDS.filter((field) => reference[field] !== undefined && reference[field] !== null);
  const texts = Object.fromEntries(SHOWN_FIELDS.slice(0, 4).map((field) => [field, textOf(reference, field)]));
  return { ...texts, ...Object.fromEntries(present.map((field) => [field, reference[field] ?? null])) };
}

function textOf(reference: JsonObject, field: string): string {
  const value = reference[field];
  return typeof value === 'string' ? value : '';
}
