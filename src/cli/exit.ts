import { CommanderError } from 'commander';
import { RefusedError } from './install/refused-error.ts';

/** Wrong words or a wrong configuration: nothing was started or changed. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}

export const EXIT_FAILURE = 1;
export const EXIT_USAGE = 2;
/** The command worked, and what it looked for is there. */
export const EXIT_FOUND = 3;

/** The exit code of an ended command, and the one message that goes to standard error (already printed if undefined). */
export function describeFailure(error: unknown): { readonly code: number; readonly message: string | undefined } {
  if (error instanceof CommanderError) {
    return { code: error.exitCode === 0 ? 0 : EXIT_USAGE, message: undefined };
  }
  if (error instanceof UsageError) return { code: EXIT_USAGE, message: error.message };
  if (error instanceof RefusedError) return { code: EXIT_USAGE, message: `refused: ${error.message}` };
  return { code: EXIT_FAILURE, message: `error: ${error instanceof Error ? error.message : String(error)}` };
}
