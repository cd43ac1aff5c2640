/** What a figure should be: `ratio` to the peer's, or a figure of its own. */
export type Aim = { readonly type: 'ratio'; readonly max: number } | { readonly type: 'atMost'; readonly max: number };

export interface Row {
  readonly measure: string;
  readonly unit: 'ms' | 'µs' | 'MB' | '%' | 's' | 'events';
  readonly ours: number;
  /** undefined where the peer has nothing to compare with. */
  readonly peer: number | undefined;
  readonly aim?: Aim;
  readonly note?: string;
}

/** A Markdown table whose columns are also aligned as plain text. */
export function formatTable(rows: readonly Row[], peer: string): string {
  const head = ['Measure', 'Ours', peer, 'Ratio', 'Aim', 'Reached', 'Notes'];
  const cells = [head, ...rows.map(cellsOf)];
  const widths = head.map((_, column) => Math.max(...cells.map((row) => (row[column] ?? '').length)));
  const line = (row: readonly string[]): string =>
    `| ${row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join(' | ')} |`;
  const rule = `| ${widths.map((width) => '-'.repeat(width)).join(' | ')} |`;
  return [line(cells[0] ?? []), rule, ...cells.slice(1).map(line)].join('\n');
}

export function isReached({ aim, ours, peer }: Row): boolean | undefined {
  if (aim === undefined) return undefined;
  if (aim.type === 'atMost') return ours <= aim.max;
  return peer === undefined ? undefined : ours <= peer * aim.max;
}

function cellsOf(row: Row): readonly string[] {
  const { measure, unit, ours, peer, aim, note = '' } = row;
  const reached = isReached(row);
  return [
    measure,
    figureIn(unit, ours),
    peer === undefined ? '' : figureIn(unit, peer),
    peer === undefined || ours <= 0 ? '' : ratioText(ours / peer),
    aim === undefined ? '' : aimText(aim, unit),
    reached === undefined ? '' : reached ? 'yes' : 'NO',
    note,
  ];
}

function figureIn(unit: Row['unit'], value: number): string {
  return `${unit === 'events' ? value.toFixed(0) : figure(value)} ${unit}`;
}

function aimText(aim: Aim, unit: Row['unit']): string {
  if (aim.type === 'atMost') return `<= ${figureIn(unit, aim.max)}`;
  return aim.max === 1 ? 'no worse' : `1/${Math.round(1 / aim.max)}`;
}

function ratioText(ratio: number): string {
  return ratio < 1 ? `1/${(1 / ratio).toFixed(1)}` : ratio.toFixed(2);
}

function figure(value: number): string {
  if (Math.abs(value) >= 100) return value.toFixed(0);
  return Math.abs(value) >= 10 ? value.toFixed(1) : value.toFixed(2);
}
