/**
 * Why something could not be kept or read back.
 * - corrupt: the record exists but is cut, changed or not ours
 * - newerFormat: a newer version of this program wrote it
 * - tooLarge: beyond the named limit
 * - diskFull, readOnly: what they say; on the hub a quota or missing rights
 * - conflict: somebody else wrote the record in between
 * - unavailable: anything else; trying again may help
 */
export type DurableProblem =
  'corrupt' | 'newerFormat' | 'tooLarge' | 'diskFull' | 'readOnly' | 'conflict' | 'unavailable';

/** A state to report, never a reason to end the process. */
export class DurableError extends Error {
  override readonly name = 'DurableError';
  readonly type: DurableProblem;

  constructor(type: DurableProblem, message: string, cause?: unknown) {
    super(message, { cause });
    this.type = type;
  }
}

/** Any failure as a DurableError; `what` says what was tried. */
export function toDurableError(error: unknown, what: string): DurableError {
  if (error instanceof DurableError) return error;
  const reason = error instanceof Error ? error.message : String(error);
  return new DurableError('unavailable', `${what}: ${reason}`, error);
}
