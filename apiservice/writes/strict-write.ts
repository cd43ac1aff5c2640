import { ApiStatusError } from '../../src/kube/api-status.ts';
import type { RowWrite } from '../../src/kube/row-write.ts';
import type { RefuseStrictly } from './field-validation.ts';
import { joinStrictFaults, reportStrictFaults } from './field-validation.ts';
import type { FieldValidation } from './write-options.ts';

/** What a strict reader found wrong with a body, and how that is told. */
export interface StrictFaults {
  readonly faults: readonly string[];
  readonly validation: FieldValidation;
  readonly refuse: RefuseStrictly;
}

/**
 * Performs a write whose body may have faults that only a strict reader minds: the warnings for them. A strict request
 * is refused for them together with the fields that the member does not know, which a dry run there tells.
 */
export async function performStrictly<T>(
  write: RowWrite,
  { faults, validation, refuse }: StrictFaults,
  perform: (write: RowWrite) => Promise<T>,
): Promise<{ readonly answer: T; readonly warnings: readonly string[] }> {
  if (validation !== 'Strict' || faults.length === 0) {
    return { answer: await perform(write), warnings: reportStrictFaults(faults, validation, refuse) };
  }
  try {
    await perform({ ...write, options: { ...write.options, dryRun: true } });
  } catch (error) {
    throw (error instanceof ApiStatusError ? joinStrictFaults(faults, error.status, refuse) : undefined) ?? error;
  }
  throw refuse(faults.join(', '));
}
