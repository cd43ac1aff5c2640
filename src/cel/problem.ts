/** Why an expression is refused when it is loaded, and where. */
export interface CelProblem {
  /** Both from 1; the column counts characters. */
  readonly line: number;
  readonly column: number;
  /** Without the position; starts with a small letter. */
  readonly message: string;
}

/** The problem at an offset of the text (UTF-16 units from 0). */
export function problemAt(text: string, offset: number, message: string): CelProblem {
  const before = text.slice(0, offset);
  const line = before.split('\n').length;
  return { line, column: Array.from(before.slice(before.lastIndexOf('\n') + 1)).length + 1, message };
}
