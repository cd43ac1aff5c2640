import { InvalidArgumentError } from 'commander';

/** Reads a time on the command line. */
export function parseSeconds(text: string): number {
  const value = Number(text);
  if (!Number.isInteger(value) || value < 1) throw new InvalidArgumentError('must be a number of seconds above 0');
  return value;
}
