import { describe, expect, it } from 'vitest';
import { clusterId } from '../../../test/support/clusterset-objects.ts';
import type { DecidedId, MemberIds, WantedId } from './member-ids.ts';
import { createMemberIds } from './member-ids.ts';

const [EAST, WEST] = [clusterId('east'), clusterId('west')];

interface Rig {
  readonly served: Map<string, string>;
  readonly registered: Set<string>;
  readonly faults: readonly string[];
  readonly ids: MemberIds;
}

function rig(kept: Readonly<Record<string, string>> = {}): Rig {
  const served = new Map(Object.entries(kept));
  const registered = new Set(['east', 'west']);
  const faults: string[] = [];
  const ids = createMemberIds({
    servedId: (cluster) => served.get(cluster),
    isRegistered: (cluster) => registered.has(cluster),
    onFault: (cluster, { reason }) => faults.push(`${cluster} ${reason}`),
    kept: Object.entries(kept).map(([name, id]) => [clusterId(name), id] as const),
  });
  return { served, registered, faults, ids };
}

function decide({ ids }: Rig, name: string, wanted: Partial<WantedId>): [string | undefined, string | undefined] {
  const { memberId, fault }: DecidedId = ids.decide(clusterId(name), {
    given: undefined,
    derived: undefined,
    ...wanted,
  });
  return [memberId, fault?.reason];
}

describe('the id of a member', () => {
  it('is the given one, else the derived one once there is one', () => {
    const set = rig();
    expect(decide(set, 'east', { given: 'id-1', derived: 'uid-east' })).toEqual(['id-1', undefined]);
    expect(decide(set, 'west', {})).toEqual([undefined, undefined]);
    expect(decide(set, 'west', { derived: 'uid-west' })).toEqual(['uid-west', undefined]);
  });

  it('is that of the first who has it, although no profile is served yet: the other keeps the derived one', () => {
    const set = rig();
    decide(set, 'east', { given: 'id-1', derived: 'uid-east' });
    expect(decide(set, 'west', { given: 'id-1', derived: 'uid-west' })).toEqual(['uid-west', 'DuplicateMemberID']);
    expect(decide(set, 'east', { given: 'id-1', derived: 'uid-east' })).toEqual(['id-1', undefined]);
    expect(set.faults).toEqual(['west DuplicateMemberID']);
    const { fault } = set.ids.decide(WEST, { given: 'id-1', derived: 'uid-west' });
    expect(fault?.message).toBe('member id "id-1" is that of member "east" already');
  });

  it('is never the derived one of another, nor is a derived one shared that was given to another', () => {
    const set = rig();
    decide(set, 'east', { derived: 'uid-east' });
    expect(decide(set, 'west', { given: 'uid-east', derived: 'uid-west' })).toEqual(['uid-west', 'DuplicateMemberID']);
    const other = rig();
    decide(other, 'west', { given: 'uid-east' });
    expect(decide(other, 'east', { derived: 'uid-east' })).toEqual([undefined, 'DuplicateMemberID']);
  });

  it('stays what its profiles have', () => {
    const set = rig({ east: 'uid-east' });
    expect(decide(set, 'east', { given: 'id-1', derived: 'uid-east' })).toEqual(['uid-east', 'MemberIDKept']);
    expect(decide(set, 'east', { given: 'uid-east' })).toEqual(['uid-east', undefined]);
    expect(decide(set, 'east', { derived: 'uid-rebuilt' })).toEqual(['uid-east', undefined]);
    set.served.delete('east');
    expect(decide(set, 'east', { given: 'id-1', derived: 'uid-east' })).toEqual(['id-1', undefined]);
  });

  it('goes on being refused as a duplicate when the derived one was shown', () => {
    const set = rig();
    decide(set, 'east', { given: 'id-1' });
    decide(set, 'west', { given: 'id-1', derived: 'uid-west' });
    set.served.set('west', 'uid-west');
    expect(decide(set, 'west', { given: 'id-1', derived: 'uid-west' })).toEqual(['uid-west', 'DuplicateMemberID']);
    set.registered.delete('east');
    expect(decide(set, 'west', { given: 'id-1', derived: 'uid-west' })).toEqual(['uid-west', 'MemberIDKept']);
    decide(set, 'west', {});
    decide(set, 'west', { given: 'id-1' });
    expect(set.faults).toEqual(['west DuplicateMemberID', 'west MemberIDKept', 'west MemberIDKept']);
  });

  it('is held by a member that was unregistered as long as finalizers hold its profile', () => {
    const set = rig({ east: 'id-1' });
    set.registered.delete('east');
    expect(decide(set, 'west', { given: 'id-1', derived: 'uid-west' })).toEqual(['uid-west', 'DuplicateMemberID']);
    set.served.delete('east');
    expect(decide(set, 'west', { given: 'id-1', derived: 'uid-west' })).toEqual(['id-1', undefined]);
    expect(set.ids.decide(EAST, { given: 'id-1', derived: 'uid-east' }).memberId).toBe('uid-east');
  });
});
