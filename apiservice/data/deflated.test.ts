import fc from 'fast-check';
import { crc32, gunzipSync } from 'node:zlib';
import { expect, test } from 'vitest';
import { deflate, gzipOf } from './deflated.ts';

test('pieces that were compressed apart are one gzip body of the whole text', () => {
  fc.assert(
    fc.property(fc.array(fc.string({ maxLength: 3000 }), { maxLength: 12 }), (texts) => {
      const pieces = texts.map((text) => deflate(Buffer.from(text)));
      expect(gunzipSync(Buffer.concat(gzipOf(pieces))).toString()).toBe(texts.join(''));
    }),
    { numRuns: 200 },
  );
});

test('a piece can be used again, also beside itself', () => {
  const piece = deflate(Buffer.from('again and again '.repeat(5000)));
  const whole = Buffer.concat(gzipOf([piece, piece, piece]));
  expect(gunzipSync(whole).toString()).toBe('again and again '.repeat(15_000));
});

test('the checksum and length at the end are those of the text', () => {
  const texts = ['a'.repeat(70_000), '', 'b', 'c'.repeat(255)];
  const pieces = texts.map((text) => deflate(Buffer.from(text)));
  const trailer = gzipOf(pieces).at(-1);
  expect(trailer?.readUInt32LE(0)).toBe(crc32(texts.join('')));
  expect(trailer?.readUInt32LE(4)).toBe(texts.join('').length);
});
