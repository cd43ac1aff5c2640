import { describe, expect, it } from 'vitest';
import { DNS_UUID_NAMESPACE, isUuid, uuidV5 } from './uuid.ts';

describe('uuidV5', () => {
  it('gives the UUID of the example in RFC 9562 appendix A.4', () => {
    expect(uuidV5(DNS_UUID_NAMESPACE, 'www.example.com')).toBe('2ed6657d-e927-568b-95e1-2665a8aea6a2');
  });

  it('gives the well-known UUID of python.org in the DNS name space', () => {
    expect(uuidV5(DNS_UUID_NAMESPACE, 'python.org')).toBe('886313e1-3b8a-5372-9b90-0c9aee199e5d');
  });

  it('does not care for the case of the namespace', () => {
    expect(uuidV5(DNS_UUID_NAMESPACE.toUpperCase(), 'a')).toBe(uuidV5(DNS_UUID_NAMESPACE, 'a'));
  });

  it('always carries version 5 and the RFC variant', () => {
    for (let i = 0; i < 200; i += 1) {
      expect(uuidV5(DNS_UUID_NAMESPACE, `name ${i}`)).toMatch(
        /^[0-9a-f]{8}-[0-9a-f]{4}-5[0-9a-f]{3}-[89ab][0-9a-f]{3}-/,
      );
    }
  });

  it('refuses a namespace that is no UUID', () => {
    expect(() => uuidV5('east', 'a')).toThrow('not a UUID');
  });
});

describe('isUuid', () => {
  it('tells UUIDs from other text', () => {
    expect(isUuid(DNS_UUID_NAMESPACE)).toBe(true);
    expect(isUuid(`${DNS_UUID_NAMESPACE}0`)).toBe(false);
    expect(isUuid('')).toBe(false);
  });
});
