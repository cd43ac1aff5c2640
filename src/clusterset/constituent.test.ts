import { describe, expect, it } from 'vitest';
import { constituent } from '../../test/support/exporters.ts';
import { comparePrecedence, createdTime } from './constituent.ts';
import type { JsonObject } from '../kube/object.ts';
import type { IpFamily } from './ip-family.ts';

const order = (created: Readonly<Record<string, string | null>>) =>
  Object.entries(created)
    .map(([cluster, time]) => constituent(cluster, { created: time }))
    .sort(comparePrecedence)
    .map(({ cluster }) => cluster);

describe('comparePrecedence', () => {
  it('puts the oldest export first and breaks ties by cluster id', () => {
    const created = { west: '2026-01-05T10:00:00Z', east: '2026-01-05T10:00:00Z', north: '2026-01-05T09:59:59Z' };
    expect(order(created)).toEqual(['north', 'east', 'west']);
  });

  it('compares moments, not their notation', () => {
    expect(order({ a: '2026-01-05T09:59:59Z', b: '2026-01-05T11:59:58+02:00' })).toEqual(['b', 'a']);
    expect(order({ b: '2026-01-05T12:00:00+02:00', a: '2026-01-05T10:00:00Z' })).toEqual(['a', 'b']);
  });

  it('compares ids bytewise: a digit before "-" would be wrong, and so would any locale', () => {
    expect(order({ a1: DATE, 'a-1': DATE, a: DATE, a0: DATE })).toEqual(['a', 'a-1', 'a0', 'a1']);
  });

  it('puts exports without a readable time last, those again by id', () => {
    expect(order({ c: null, b: 'yesterday', a: null, z: DATE })).toEqual(['z', 'a', 'b', 'c']);
  });

  it('does not tell apart times within one second', () => {
    expect(order({ b: '2026-01-05T10:00:00.000001Z', a: '2026-01-05T10:00:00.9Z' })).toEqual(['a', 'b']);
  });
});

const DATE = '2026-01-05T10:00:00Z';

describe('createdTime', () => {
  it('is in UTC and whole seconds', () => {
    expect(createdTime(constituent('a', { created: '2026-01-05T12:00:00.5+02:00' }))).toBe(DATE);
    expect(createdTime(constituent('a', { created: null }))).toBeUndefined();
  });
});

describe('families of a constituent', () => {
  const both = ['IPv4', 'IPv6'];
  const families = (spec: JsonObject, slices: readonly IpFamily[]) =>
    constituent('a', { spec }, { sliceFamilies: new Set(slices) }).families;

  it('are those of the EndpointSlices for a selectorless headless Service', () => {
    const spec = { clusterIP: 'None', selector: {}, ipFamilies: both };
    expect(families(spec, ['IPv6'])).toEqual(['IPv6']);
    expect(families({ ...spec, ipFamilies: ['IPv6', 'IPv4'] }, ['IPv4', 'IPv6'])).toEqual(['IPv6', 'IPv4']);
    expect(families({ ...spec, ipFamilies: undefined }, ['IPv6', 'IPv4'])).toEqual(both);
  });

  it('are those of the Service while there is no slice', () => {
    expect(families({ clusterIP: 'None', selector: null, ipFamilies: both }, [])).toEqual(both);
  });

  it('are those of the Service when it has a selector or an IP', () => {
    expect(families({ clusterIP: 'None', selector: { app: 'api' }, ipFamilies: both }, ['IPv6'])).toEqual(both);
    expect(families({ clusterIP: 'None', selector: true, ipFamilies: both }, ['IPv6'])).toEqual(both);
    expect(families({ clusterIP: '10.0.0.1', selector: {}, ipFamilies: both }, ['IPv6'])).toEqual(both);
  });

  it('hold no duplicate and nothing that is no family', () => {
    expect(families({ ipFamilies: ['IPv4', 'IPv4', 'IPv5', 6] }, [])).toEqual(['IPv4']);
    expect(families({ ipFamilies: [] }, [])).toBeUndefined();
    expect(families({ ipFamilies: 'IPv4' }, [])).toBeUndefined();
  });
});
