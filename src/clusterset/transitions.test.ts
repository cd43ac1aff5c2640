import { describe, expect, it } from 'vitest';
import { type AddressedRecord, decodeTransitions, encodeTransitions } from './transitions.ts';

const TIME = '2026-02-01T00:00:00Z';

function* records(count: number, onTaken: () => void = () => undefined): Iterable<AddressedRecord> {
  for (let index = 0; index < count; index += 1) {
    onTaken();
    const record = {
      uid: `u${index}`,
      transitions: [{ type: 'Valid', status: 'True', lastTransitionTime: TIME }],
    } as const;
    yield { resource: index % 2 === 0 ? 'serviceexports' : 'serviceimports', key: `prod/n${index}`, record };
  }
}

describe('encoded transitions', () => {
  it('come back from their documents', () => {
    const documents = [...encodeTransitions(records(3))].map((one): unknown => JSON.parse(JSON.stringify(one)));
    expect(documents).toHaveLength(1);
    const { serviceexports, serviceimports } = decodeTransitions(documents[0]);
    expect([...serviceexports.keys(), ...serviceimports.keys()]).toEqual(['prod/n0', 'prod/n2', 'prod/n1']);
    expect(serviceimports.get('prod/n1')).toEqual({
      uid: 'u1',
      transitions: [{ type: 'Valid', status: 'True', lastTransitionTime: TIME }],
    });
  });

  it('are made in parts of 200, each when it is asked for', () => {
    expect([...encodeTransitions(records(0))]).toEqual([]);
    expect([...encodeTransitions(records(200))]).toHaveLength(1);
    expect([...encodeTransitions(records(201))]).toHaveLength(2);
    let taken = 0;
    const [first] = encodeTransitions(records(1_000, () => (taken += 1)));
    expect(first).toBeDefined();
    expect(taken).toBe(200);
  });
});
