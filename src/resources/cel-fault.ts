import { type FieldCause, fieldDuplicate, fieldForbidden, fieldInvalid, fieldRequired } from '../kube/api-errors.ts';
import { isJsonObject } from '../kube/object.ts';
import type { CelFaultReason } from './cel-rule-source.ts';

export interface CelFault {
  readonly field: string;
  readonly reason: CelFaultReason;
  readonly message: string;
}

/** The cause that tells a fault, with the value at the field where its kind shows values. */
export function celFault({ field, reason, message }: CelFault, object: unknown): FieldCause {
  switch (reason) {
    case 'FieldValueForbidden':
      return fieldForbidden(field, message);
    case 'FieldValueRequired':
      return fieldRequired(field, message);
    case 'FieldValueInvalid':
      return fieldInvalid(field, valueAt(object, field), message);
    case 'FieldValueDuplicate': {
      const cause = fieldDuplicate(field, valueAt(object, field));
      return { ...cause, message: `${cause.message}: ${message}` };
    }
  }
}

/** The value at a dotted path; of what is no single value only the type, as upstream shows it. */
function valueAt(object: unknown, field: string): unknown {
  let at = object;
  for (const name of field.split('.')) at = isJsonObject(at) ? at[name] : undefined;
  if (Array.isArray(at)) return 'array';
  return typeof at === 'object' && at !== null ? 'object' : (at ?? null);
}
