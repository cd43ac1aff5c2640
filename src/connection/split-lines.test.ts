import { describe, expect, it } from 'vitest';
import { splitLines } from './split-lines.ts';

async function* chunks(...texts: readonly (string | Buffer)[]): AsyncGenerator<Buffer, void, undefined> {
  for (const text of texts) {
    await Promise.resolve();
    yield Buffer.from(text);
  }
}

async function collect(lines: AsyncIterable<string>): Promise<string[]> {
  const all: string[] = [];
  for await (const line of lines) all.push(line);
  return all;
}

describe('splitLines', () => {
  it('joins lines that arrive in pieces and drops empty ones', async () => {
    const lines = splitLines(chunks('{"a"', ':1}\n\n{"b":2}\n{"c', '', '":3}\n'), { lineBytesMax: 100 });
    expect(await collect(lines)).toEqual(['{"a":1}', '{"b":2}', '{"c":3}']);
  });

  it('keeps characters whole that are cut between chunks', async () => {
    const bytes = Buffer.from('"žluťoučký"\n');
    const lines = splitLines(chunks(bytes.subarray(0, 2), bytes.subarray(2, 5), bytes.subarray(5)), {
      lineBytesMax: 100,
    });
    expect(await collect(lines)).toEqual(['"žluťoučký"']);
  });

  it('gives what follows the last newline', async () => {
    expect(await collect(splitLines(chunks('a\nb'), { lineBytesMax: 1 }))).toEqual(['a', 'b']);
  });

  it.each([[['abcd\n']], [['ab', 'cd\n']], [['ab', 'cd']]])('refuses a line above the limit in %j', async (texts) => {
    await expect(collect(splitLines(chunks(...texts), { lineBytesMax: 3 }))).rejects.toMatchObject({
      failure: 'BodyTooLarge',
    });
    expect(await collect(splitLines(chunks(...texts), { lineBytesMax: 4 }))).toEqual(['abcd']);
  });
});
