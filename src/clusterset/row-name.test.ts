import { describe, expect, it } from 'vitest';
import { clusterId, serviceExport } from '../../test/support/clusterset-objects.ts';
import { rowUid } from './identity.ts';
import { rowNameOf, parseRowName } from './row-name.ts';

const EAST = clusterId('east');

describe('rowNameOf', () => {
  it('joins cluster and name up to 253 characters', () => {
    expect(rowNameOf(EAST, 'api')).toBe('east.api');
    const longest = 'a'.repeat(248);
    expect(rowNameOf(EAST, longest)).toBe(`east.${longest}`);
  });

  it('cuts longer names and ends in a hash of the whole', () => {
    const name = rowNameOf(EAST, 'a'.repeat(249));
    expect(name).toMatch(/^east\.a{237}-[0-9a-f]{10}$/);
    expect(name).toHaveLength(253);
    expect(rowNameOf(EAST, `${'a'.repeat(248)}b`)).not.toBe(name);
  });

  it('never leaves a dot or dash before the hash', () => {
    const name = rowNameOf(EAST, `${'a'.repeat(235)}.-${'b'.repeat(16)}`);
    expect(name).toMatch(/^east\.a{235}-[0-9a-f]{10}$/);
  });
});

describe('parseRowName', () => {
  it('splits at the first dot', () => {
    expect(parseRowName('east.api')).toEqual({ ok: true, value: { cluster: 'east', name: 'api' } });
    expect(parseRowName('east.a.b')).toEqual({ ok: true, value: { cluster: 'east', name: 'a.b' } });
  });

  it.each(['east', '.api', 'east.', '', '.'])('refuses %j', (name) => {
    expect(parseRowName(name)).toEqual({ ok: false, error: `name "${name}" must be <cluster>.<name>` });
  });
});

describe('rowUid', () => {
  const fingerprint = '33333333-3333-4333-8333-333333333333';
  const uid = (cluster: string, print: string | undefined, memberUid?: string) =>
    rowUid({ cluster: clusterId(cluster), fingerprint: print }, serviceExport({ uid: memberUid ?? 'u' }));

  it('follows the cluster, not its name', () => {
    expect(uid('east', fingerprint)).toBe(uid('west', fingerprint));
    expect(uid('east', fingerprint)).not.toBe(uid('east', '44444444-3333-4333-8333-333333333333'));
  });

  it('is another one for an object that was made anew', () => {
    expect(uid('east', fingerprint, 'a')).not.toBe(uid('east', fingerprint, 'b'));
  });

  it('still exists when the cluster or the object cannot be identified', () => {
    expect(uid('east', undefined)).not.toBe(uid('west', undefined));
    expect(uid('east', 'no uuid')).not.toBe(uid('east', undefined));
    expect(uid('east', fingerprint, '')).toMatch(/^[0-9a-f-]{36}$/);
  });
});
