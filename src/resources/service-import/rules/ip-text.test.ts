import fc from 'fast-check';
import { isIP } from 'node:net';
import { expect, it } from 'vitest';
import { familyOfIp } from './ip-text.ts';

it.each([
  ['10.0.0.1', 'IPv4'],
  ['255.255.255.255', 'IPv4'],
  ['256.0.0.1', undefined],
  ['010.0.0.1', undefined],
  ['10.0.0', undefined],
  ['::', 'IPv6'],
  ['fd00::1', 'IPv6'],
  ['1:2:3:4:5:6:7:8', 'IPv6'],
  ['1:2:3:4:5:6:7', undefined],
  ['1:2:3:4:5:6:7::8', undefined],
  ['1::2::3', undefined],
  ['fe80::1%eth0', undefined],
  ['::ffff:10.0.0.1', undefined],
  ['::ffff:a00:1', undefined],
  ['64:ff9b::10.0.0.1', 'IPv6'],
  ['10.0.0.1::', undefined],
  ['', undefined],
  [4, undefined],
])('%j: %s', (text, family) => {
  expect(familyOfIp(text)).toBe(family);
});

it('knows the addresses that Node knows', () => {
  const made = fc.oneof(fc.ipV4(), fc.ipV6(), fc.string({ unit: fc.constantFrom(':', '.', '0', '1', 'f', 'g') }));
  fc.assert(
    fc.property(made, (text) => {
      const family = familyOfIp(text);
      if (family !== undefined) expect(`IPv${isIP(text)}`).toBe(family);
      else if (!/ffff/i.test(text)) expect(isIP(text)).toBe(0);
    }),
    { numRuns: 2000 },
  );
});
