const COLUMN_GAP = '   ';
/** A cell in the middle of a line; JSON has the whole value. */
const CELL_CHARACTERS_MAX = 80;
/** A cell at the end of a line. */
const LAST_CELL_CHARACTERS_MAX = 320;

/** Rows under a header, aligned; the last column is not padded. Cells are made safe for a terminal and cut. */
export function textTable(header: readonly string[], rows: readonly (readonly string[])[]): readonly string[] {
  const bounds = header.map((_, column) =>
    column === header.length - 1 ? LAST_CELL_CHARACTERS_MAX : CELL_CHARACTERS_MAX,
  );
  const cells = [
    header,
    ...rows.map((row) => row.map((cell, column) => cutCell(printable(cell), bounds[column] ?? 0))),
  ];
  const widths = header.map((_, column) => Math.max(...cells.map((row) => (row[column] ?? '').length)));
  return cells.map((row) =>
    row
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join(COLUMN_GAP)
      .trimEnd(),
  );
}

/** Members write some of what is shown: what would steer a terminal becomes a space. */
export function printable(text: string): string {
  return text.replace(/[\p{Cc}\p{Cf}\u2028\u2029]+/gu, ' ');
}

function cutCell(text: string, charactersMax: number): string {
  return text.length <= charactersMax ? text : `${text.slice(0, charactersMax - 1)}…`;
}
