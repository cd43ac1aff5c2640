/** An age inside a text: where it stands, and since when it counts, in epoch seconds. */
export interface Age {
  readonly from: number;
  readonly to: number;
  readonly seconds: number;
}

/** One element of a list within some bytes, with the ages inside it; places are those in `bytes`. */
export interface Element {
  readonly bytes: Buffer;
  readonly from: number;
  readonly to: number;
  readonly ages: readonly Age[];
}

/** How ages are written. */
export interface AgeCells {
  readonly cell: (seconds: number, nowMs: number) => string;
  /** Until when `cell` gives the same, in epoch milliseconds. */
  readonly freshMs: (seconds: number, nowMs: number) => number;
}

/** Elements with separators between them, as they read at a time. */
export interface JoinedText {
  readonly bytes: Buffer;
  /** Where each element ends; the next one begins behind a separator. */
  readonly ends: Uint32Array;
  /** Three numbers for each age, in order: from, to, seconds. */
  readonly ages: Float64Array;
  /** Until when it reads so, in epoch milliseconds. */
  readonly freshMs: number;
}

const SEPARATOR = ','.charCodeAt(0);
const NUMBERS_PER_AGE = 3;
const NO_AGES: readonly Age[] = [];

/** Joins elements of compact JSON with all ages as at `nowMs`; undefined if that is more than `bytesMax`. */
export function joinElements(
  elements: readonly Element[],
  { nowMs, bytesMax, cells }: { readonly nowMs: number; readonly bytesMax: number; readonly cells: AgeCells },
): JoinedText | undefined {
  const texts = elements.flatMap(({ ages }) => ages.map(({ seconds }) => cells.cell(seconds, nowMs)));
  const length = elements.reduce(
    (sum, { from, to, ages }) => sum + to - from - ages.reduce((open, age) => open + age.to - age.from, 0),
    Math.max(0, elements.length - 1) + texts.reduce((sum, text) => sum + text.length, 0),
  );
  if (length > bytesMax) return undefined;
  const bytes = Buffer.allocUnsafeSlow(length);
  const ends = new Uint32Array(elements.length);
  const ages = new Float64Array(texts.length * NUMBERS_PER_AGE);
  let [at, written, freshMs] = [0, 0, Infinity];
  for (const [index, element] of elements.entries()) {
    if (index > 0) at = bytes.writeUInt8(SEPARATOR, at);
    let from = element.from;
    for (const age of element.ages) {
      at += element.bytes.copy(bytes, at, from, age.from);
      const end = at + bytes.write(texts[written] ?? '', at, 'latin1');
      ages.set([at, end, age.seconds], written * NUMBERS_PER_AGE);
      freshMs = Math.min(freshMs, cells.freshMs(age.seconds, nowMs));
      written += 1;
      at = end;
      from = age.to;
    }
    at += element.bytes.copy(bytes, at, from, element.to);
    ends[index] = at;
  }
  return { bytes, ends, ages, freshMs };
}

/** One element out of a joined text, of which `bytes` are given apart. */
export function elementAt(bytes: Buffer, { ends, ages }: Pick<JoinedText, 'ends' | 'ages'>, index: number): Element {
  const from = index === 0 ? 0 : (ends[index - 1] ?? 0) + 1;
  const to = ends[index] ?? from;
  return { bytes, from, to, ages: ages.length === 0 ? NO_AGES : agesBetween(ages, from, to) };
}

function agesBetween(ages: Float64Array, from: number, to: number): readonly Age[] {
  const found: Age[] = [];
  for (let at = 0; at < ages.length; at += NUMBERS_PER_AGE) {
    const [start = 0, end = 0, seconds = 0] = ages.subarray(at, at + NUMBERS_PER_AGE);
    if (start >= from && end <= to) found.push({ from: start, to: end, seconds });
  }
  return found;
}
