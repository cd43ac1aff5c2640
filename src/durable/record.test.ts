import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseJson } from '../kube/json.ts';
import { DurableError } from './durable-error.ts';
import { decodeRecord, encodeRecord } from './record.ts';

const KIND = { name: 'test-things', format: 3 };
const BYTES_MAX = 1_000_000;

async function problemOf(work: Promise<unknown>): Promise<string> {
  try {
    await work;
  } catch (error) {
    return error instanceof DurableError ? error.type : String(error);
  }
  return 'none';
}

describe('a record', () => {
  it('gives back its documents', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.jsonValue()), async (documents) => {
        const copy = parseJson(JSON.stringify(documents));
        const bytes = await encodeRecord(KIND, documents, BYTES_MAX);
        expect(await decodeRecord(KIND, bytes, BYTES_MAX)).toEqual({ format: 3, documents: copy });
      }),
    );
  });

  it('keeps integers beyond 2^53 exactly', async () => {
    const bytes = await encodeRecord(KIND, [{ big: 9_007_199_254_740_993n, small: 1 }], BYTES_MAX);
    const { documents } = await decodeRecord(KIND, bytes, BYTES_MAX);
    expect(documents).toEqual([{ big: 9_007_199_254_740_993n, small: 1 }]);
  });

  it('takes documents piece by piece and keeps many of them', async () => {
    const documents = Array.from({ length: 30_000 }, (_, index) => ({ index, text: 'x'.repeat(100) }));
    const bytes = await encodeRecord(KIND, documents, 10_000_000);
    expect((await decodeRecord(KIND, bytes, 10_000_000)).documents).toEqual(documents);
  });

  it.each([65_000, 65_533, 65_534, 66_000, 200_000])('of %i characters is whole, whatever they are', async (length) => {
    for (const character of ['x', 'é', '\u{1f600}']) {
      const documents = [character.repeat(length / character.length), 'and one more'];
      const bytes = await encodeRecord(KIND, documents, BYTES_MAX);
      expect((await decodeRecord(KIND, bytes, BYTES_MAX)).documents).toEqual(documents);
    }
  });

  it('of the format before is read; a newer or older one is not', async () => {
    const write = (format: number): Promise<Uint8Array> => encodeRecord({ ...KIND, format }, ['x'], BYTES_MAX);
    expect(await decodeRecord(KIND, await write(2), BYTES_MAX)).toEqual({ format: 2, documents: ['x'] });
    expect(await problemOf(decodeRecord(KIND, await write(4), BYTES_MAX))).toBe('newerFormat');
    expect(await problemOf(decodeRecord(KIND, await write(1), BYTES_MAX))).toBe('corrupt');
  });

  it('of another kind is corrupt', async () => {
    const bytes = await encodeRecord({ ...KIND, name: 'other-things' }, ['x'], BYTES_MAX);
    expect(await problemOf(decodeRecord(KIND, bytes, BYTES_MAX))).toBe('corrupt');
  });

  it('cut anywhere is corrupt', async () => {
    const bytes = await encodeRecord(KIND, [{ a: 1 }, { b: 2 }], BYTES_MAX);
    for (let length = 0; length < bytes.length; length += 1) {
      expect(await problemOf(decodeRecord(KIND, bytes.subarray(0, length), BYTES_MAX)), `cut at ${length}`).toBe(
        'corrupt',
      );
    }
  });

  it('with lines that are no JSON, or end too early, is corrupt', async () => {
    const record = (text: string): Buffer =>
      Buffer.concat([Buffer.from('clusterset-apiserver record test-things 3\n'), gzipSync(text)]);
    expect((await decodeRecord(KIND, record('1\n'), BYTES_MAX)).documents).toEqual([1]);
    expect(await problemOf(decodeRecord(KIND, record('{\n'), BYTES_MAX))).toBe('corrupt');
    expect(await problemOf(decodeRecord(KIND, record('1\n2'), BYTES_MAX))).toBe('corrupt');
  });

  it('is bounded in bytes of JSON, in both directions', async () => {
    // A string of 8 bytes, its quotes and the line end.
    const bytes = await encodeRecord(KIND, ['12345678'], 11);
    expect(await problemOf(encodeRecord(KIND, ['12345678'], 10))).toBe('tooLarge');
    expect((await decodeRecord(KIND, bytes, 11)).documents).toEqual(['12345678']);
    expect(await problemOf(decodeRecord(KIND, bytes, 10))).toBe('tooLarge');
  });

  it('passes on what its documents throw', async () => {
    function* failing(): Iterable<unknown> {
      yield 1;
      throw new Error('no more');
    }
    await expect(encodeRecord(KIND, failing(), BYTES_MAX)).rejects.toThrow('no more');
  });
});
