import { badRequest, fieldInvalid, invalid } from '../../src/kube/api-errors.ts';
import type { ApiStatus } from '../../src/kube/api-status.ts';
import { goJson } from '../../src/kube/go-json.ts';
import type { JsonValue } from '../../src/kube/object.ts';
import { YAML_FAULTS } from './body-value.ts';
import type { ExpectedType } from './decode-object.ts';
import { unhandled } from './decode-object.ts';
import type { FieldValidation } from './write-options.ts';

/** What stands before the list of everything that only a strict reader finds wrong. */
const STRICT = 'strict decoding error: ';
const YAML_CONVERSION = 'error converting YAML to JSON: ';

/** How a request is refused for its strict faults, joined with commas. */
export type RefuseStrictly = (faults: string) => Error;

/** The warnings for strict faults: none when they are ignored; thrown instead when the request is strict. */
export function reportStrictFaults(
  faults: readonly string[],
  validation: FieldValidation,
  refuse: RefuseStrictly,
): readonly string[] {
  if (faults.length === 0 || validation === 'Ignore') return [];
  if (validation === 'Strict') throw refuse(faults.join(', '));
  return faults.flatMap(linesOf);
}

/** 400 of a create or update. */
export function refuseObject(expected: ExpectedType): RefuseStrictly {
  return (faults) => unhandled(expected, expected, `${STRICT}${faults}`);
}

/** 400 of a server-side apply; only YAML can have faults there. */
export function refuseApplied(faults: string): Error {
  return badRequest(`error strict decoding YAML: ${faults.startsWith(YAML_FAULTS) ? YAML_CONVERSION : ''}${faults}`);
}

/** 422 of a patch, about the object that it made. */
export function refusePatched(document: JsonValue): RefuseStrictly {
  return (faults) => patchedFault(document, `${STRICT}${faults}`);
}

/** 422 about what a patch made of an object. */
export function patchedFault(document: JsonValue, why: string): Error {
  return invalid({ group: '', kind: '' }, '', [fieldInvalid('patch', goJson(document), why)]);
}

/**
 * The strict faults that a member found in an object that was forwarded to it as a whole, as it lists them; undefined
 * when it refused the object for something else.
 */
export function strictFaultsOf({ code, message }: Pick<ApiStatus, 'code' | 'message'>): string | undefined {
  const at = message.indexOf(STRICT);
  return code !== 400 || at < 0 ? undefined : message.slice(at + STRICT.length);
}

/**
 * The answer to a strict request that a member refused, where it is about strict faults: ours come first, because
 * upstream looks for doubled keys while it reads and for unknown fields afterwards. undefined for every other answer.
 */
export function joinStrictFaults(
  ours: readonly string[],
  answer: Pick<ApiStatus, 'code' | 'message'>,
  refuse: RefuseStrictly,
): Error | undefined {
  const theirs = strictFaultsOf(answer);
  return theirs === undefined ? undefined : refuse([...ours, theirs].join(', '));
}

/** The lines of a YAML fault, each a warning of its own. */
function linesOf(fault: string): readonly string[] {
  if (!fault.startsWith(YAML_FAULTS)) return [fault];
  return fault
    .slice(YAML_FAULTS.length)
    .split('\n')
    .map((line) => line.trim());
}
