import type { FieldCause } from '../../src/kube/api-errors.ts';
import {
  fieldForbidden,
  fieldInvalid,
  fieldNotSupported,
  fieldRequired,
  fieldTooLong,
  invalid,
} from '../../src/kube/api-errors.ts';
import { isGoPrintable } from '../../src/kube/go-quote.ts';
import { parseBoolean } from '../data/query.ts';

export type WriteVerb = 'create' | 'update' | 'patch' | 'apply';

const FIELD_VALIDATIONS = ['Ignore', 'Strict', 'Warn'] as const;

/** What happens to fields that nobody knows or that are given twice: dropped, dropped with a warning, or refused. */
export type FieldValidation = (typeof FIELD_VALIDATIONS)[number];

/** The query of a create, update or patch, validated. */
export interface WriteOptions {
  readonly dryRun: boolean;
  readonly fieldManager: string;
  readonly fieldValidation: FieldValidation;
  /** Only an apply can have it. */
  readonly force: boolean;
}

/** Upstream's bound on the name of a field manager. */
const FIELD_MANAGER_BYTES_MAX = 128;
/** The manager of a client that tells nothing of itself. */
const UNKNOWN_MANAGER = 'unknown';

const OPTIONS_KINDS: Readonly<Record<WriteVerb, string>> = {
  create: 'CreateOptions',
  update: 'UpdateOptions',
  patch: 'PatchOptions',
  apply: 'PatchOptions',
};

/** Throws the 422 of kube-apiserver; unknown parameters are passed over. */
export function parseWriteOptions(
  verb: WriteVerb,
  query: URLSearchParams,
  userAgent: string | undefined,
): WriteOptions {
  const fieldManager = query.get('fieldManager') ?? '';
  const fieldValidation = query.get('fieldValidation') ?? '';
  const causes = [
    ...forceFaults(verb, query, fieldManager),
    ...fieldManagerFaults(fieldManager),
    ...dryRunFaults(query.getAll('dryRun')),
    ...fieldValidationFaults(fieldValidation),
  ];
  if (causes.length > 0) throw invalidOptions(OPTIONS_KINDS[verb], causes);
  return {
    dryRun: query.has('dryRun'),
    fieldManager: fieldManager === '' ? managerOf(userAgent ?? '') : fieldManager,
    fieldValidation: FIELD_VALIDATIONS.find((one) => one === fieldValidation) ?? 'Warn',
    force: verb === 'apply' && parseBoolean(query, 'force'),
  };
}

/** 422 about the options of a request, not about an object. */
export function invalidOptions(kind: string, causes: readonly FieldCause[]): Error {
  return invalid({ group: 'meta.k8s.io', kind }, '', causes);
}

/** Everything but `All` is refused, so that a rehearsal never becomes real by a spelling mistake. */
export function dryRunFaults(values: readonly string[]): readonly FieldCause[] {
  return values.every((value) => value === 'All') ? [] : [fieldNotSupported('dryRun', values, ['All'])];
}

function forceFaults(verb: WriteVerb, query: URLSearchParams, fieldManager: string): readonly FieldCause[] {
  if (verb === 'apply')
    return fieldManager === '' ? [fieldRequired('fieldManager', 'is required for apply patch')] : [];
  if (verb !== 'patch' || !query.has('force')) return [];
  return [fieldForbidden('force', 'may not be specified for non-apply patch')];
}

function fieldManagerFaults(manager: string): readonly FieldCause[] {
  const causes: FieldCause[] = [];
  if (Buffer.byteLength(manager) > FIELD_MANAGER_BYTES_MAX) {
    causes.push(fieldTooLong('fieldManager', FIELD_MANAGER_BYTES_MAX));
  }
  let position = 0;
  for (const character of manager) {
    if (!isGoPrintable(character)) {
      const code = (character.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0');
      causes.push(fieldInvalid('fieldManager', manager, `invalid character U+${code} (at position ${position})`));
    }
    position += Buffer.byteLength(character);
  }
  return causes;
}

function fieldValidationFaults(value: string): readonly FieldCause[] {
  const supported = ['', ...FIELD_VALIDATIONS];
  return supported.includes(value) ? [] : [fieldNotSupported('fieldValidation', value, supported)];
}

/** What comes before the first slash, without what cannot be printed. */
function managerOf(userAgent: string): string {
  const [product = ''] = userAgent.split('/', 1);
  let manager = '';
  for (const character of product) {
    if (!isGoPrintable(character)) continue;
    if (Buffer.byteLength(manager) + Buffer.byteLength(character) > FIELD_MANAGER_BYTES_MAX) break;
    manager += character;
  }
  return manager === '' ? UNKNOWN_MANAGER : manager;
}
