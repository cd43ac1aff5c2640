/** What the library says, and what cel-go says of the same. */
const WORDINGS: readonly (readonly [RegExp, string])[] = [
  [/^field not found: (.*)$/s, 'no such key: $1'],
  [/^found no matching overload for .*$/s, 'no such overload'],
  [/^index (\S+) out of bounds \[0, -1\)$/, 'index out of bounds: $1'],
  [/^u?int divide by zero$/, 'division by zero'],
  [/^u?int modulus by zero$/, 'modulus by zero'],
  [/^u?int overflow during .*$/s, 'integer overflow'],
  [/^type mismatch: .*$/s, 'no such overload'],
  [/^unresolved attribute$/, 'no such attribute(s)'],
];

/** Why an evaluation failed, in the words of cel-go as far as they are known. */
export function errorText(error: unknown): string {
  const message = error instanceof Error ? error.message : String(error);
  for (const [pattern, wording] of WORDINGS) {
    if (pattern.test(message)) return message.replace(pattern, wording);
  }
  return message;
}
