import { beforeEach, describe, expect, it } from 'vitest';
import { clusterId } from '../../test/support/clusterset-objects.ts';
import {
  createIdentityReservations,
  type IdentityClaim,
  type IdentityReservations,
  RESERVATION_MS,
  RESERVATIONS_MAX,
} from './identity-reservations.ts';
import { unknownIdentity } from './member-identity.ts';

const claim = (cluster: string, clusterID: string, clusterSet = 's'): IdentityClaim => ({
  cluster: clusterId(cluster),
  clusterID,
  clusterSet,
});

let nowMs: number;
let seen: Map<string, IdentityClaim>;
let table: IdentityReservations;

beforeEach(() => {
  nowMs = 0;
  seen = new Map();
  table = createIdentityReservations({
    monotonic: () => nowMs,
    known: (cluster) => ({ ...unknownIdentity(cluster), ...seen.get(cluster) }),
  });
});

function take(wanted: IdentityClaim): () => void {
  const taken = table.take(wanted);
  if (taken.type !== 'taken') throw new Error(taken.type);
  return taken.undo;
}

describe('a reservation', () => {
  it('keeps its id from all other members of the set', () => {
    take(claim('east', 'a'));
    expect(table.take(claim('west', 'a'))).toEqual({ type: 'held', by: 'east' });
    expect(table.take(claim('west', 'b')).type).toBe('taken');
    expect(table.take(claim('north', 'a', 't')).type).toBe('taken');
  });

  it('without an id or a set keeps nothing from others', () => {
    take(claim('east', ''));
    take(claim('west', ''));
    take(claim('north', 'a', ''));
    expect(table.take(claim('south', 'a', '')).type).toBe('taken');
  });

  it('may be taken again by the same member for the same, and for nothing else', () => {
    take(claim('east', 'a'));
    expect(table.holds(claim('east', 'a'))).toBe(true);
    expect(table.holds(claim('east', 'b'))).toBe(false);
    take(claim('east', 'a'));
    expect(table.take(claim('east', 'b'))).toEqual({ type: 'busy' });
    expect(table.pending()).toEqual([claim('east', 'a')]);
  });

  it('ends with the failure of the last write that leads there, each counted once', () => {
    const first = take(claim('east', 'a'));
    const second = take(claim('east', 'a'));
    first();
    first();
    expect(table.take(claim('west', 'a')).type).toBe('held');
    second();
    expect(table.take(claim('west', 'a')).type).toBe('taken');
    first();
    expect(table.pending()).toEqual([claim('west', 'a')]);
  });

  it('ends when the member shows it', () => {
    take(claim('east', 'a'));
    seen.set('east', claim('east', 'a'));
    expect(table.pending()).toEqual([]);
    expect(table.holds(claim('east', 'a'))).toBe(false);
  });

  it('is over once the member showed it, also when it has changed again since', () => {
    take(claim('east', 'a'));
    seen.set('east', claim('east', 'a'));
    table.look();
    seen.set('east', claim('east', 'a', ''));
    expect(table.take(claim('west', 'a')).type).toBe('taken');
  });

  it('ends at its deadline, which a further write puts off', () => {
    take(claim('east', 'a'));
    nowMs += RESERVATION_MS - 1;
    expect(table.pending()).toHaveLength(1);
    take(claim('east', 'a'));
    nowMs += RESERVATION_MS - 1;
    expect(table.pending()).toHaveLength(1);
    nowMs += 1;
    expect(table.pending()).toEqual([]);
  });

  it('is undone only as long as it is the same one', () => {
    const undo = take(claim('east', 'a'));
    nowMs += RESERVATION_MS;
    take(claim('east', 'b'));
    undo();
    expect(table.pending()).toEqual([claim('east', 'b')]);
  });
});

it('holds no more than a bounded number', () => {
  for (let index = 0; index < RESERVATIONS_MAX; index += 1) take(claim(`m${index}`, `id${index}`));
  expect(table.take(claim('east', 'a'))).toEqual({ type: 'full' });
  expect(table.take(claim('m0', 'id0')).type).toBe('taken');
});
