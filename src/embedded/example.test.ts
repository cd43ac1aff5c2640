import { describe, expect, it } from 'vitest';
import { startEmbeddedMember } from '../../test/support/embedded-member.ts';
import type { KubeObject } from '../kube/object.ts';
import type { EmbeddedMember, ExampleMember } from './index.ts';
import { EXAMPLE_MEMBERS, exampleObjects, startExampleChanges } from './index.ts';

const NOW_MS = Date.UTC(2026, 0, 10);
const STEPS = 6;

async function startExample(): Promise<Record<ExampleMember, EmbeddedMember>> {
  const start = async (name: ExampleMember): Promise<EmbeddedMember> => {
    const { member } = await startEmbeddedMember(name);
    member.seed(exampleObjects(name, { clusterSet: 'example', nowMs: NOW_MS }));
    return member;
  };
  return { east: await start('east'), west: await start('west'), north: await start('north') };
}

function contentOf(members: Record<ExampleMember, EmbeddedMember>): unknown {
  const of = (member: EmbeddedMember): unknown =>
    ['api', 'cart', 'db'].map((name) => [
      member.objects.get('services', 'prod', name)?.spec,
      member.objects.get('serviceexports', 'prod', name)?.spec,
    ]);
  return EXAMPLE_MEMBERS.map((name) => of(members[name]));
}

describe('the example', () => {
  it('is older in the member that wins, and the same cluster at each start', async () => {
    const first = await startExample();
    const second = await startExample();
    const fingerprint = ({ objects }: EmbeddedMember): string | undefined =>
      objects.get('namespaces', '', 'kube-system')?.metadata.uid;
    expect(fingerprint(first.east)).toBe(fingerprint(second.east));
    expect(new Set(EXAMPLE_MEMBERS.map((name) => fingerprint(first[name]))).size).toBe(3);
    const created = (name: ExampleMember): string =>
      first[name].objects.get('services', 'prod', 'api')?.metadata.creationTimestamp ?? '';
    expect(created('east') < created('west') && created('west') < created('north')).toBe(true);
    for (const name of EXAMPLE_MEMBERS) {
      first[name].close();
      second[name].close();
    }
  });

  it('changes step by step at the given pace, and is after all steps as it was', async () => {
    const members = await startExample();
    const access = { east: members.east.objects, west: members.west.objects, north: members.north.objects };
    const planned: (() => void)[] = [];
    const errors: unknown[] = [];
    const stop = startExampleChanges({
      members: access,
      schedule: (run) => {
        planned.push(run);
        return () => void planned.splice(0);
      },
      onError: (error) => void errors.push(error),
    });
    const states = [contentOf(members)];
    for (let step = 0; step < STEPS; step += 1) {
      planned.shift()?.();
      states.push(contentOf(members));
    }
    for (let step = 0; step < STEPS; step += 1) expect(states[step + 1]).not.toEqual(states[step]);
    expect(states[STEPS]).toEqual(states[0]);
    expect(errors).toEqual([]);
    stop();
    expect(planned).toEqual([]);
    for (const name of EXAMPLE_MEMBERS) members[name].close();
  });

  it('leaves alone what somebody deleted', async () => {
    const members = await startExample();
    const access = { east: members.east.objects, west: members.west.objects, north: members.north.objects };
    members.west.objects.remove('services', 'prod', 'api');
    members.north.objects.remove('services', 'prod', 'api');
    const planned: (() => void)[] = [];
    const errors: unknown[] = [];
    startExampleChanges({
      members: access,
      schedule: (run) => {
        planned.push(run);
        return () => undefined;
      },
      onError: (error) => void errors.push(error),
    });
    for (let step = 0; step < STEPS; step += 1) planned.shift()?.();
    const gone: readonly (KubeObject | undefined)[] = [
      members.west.objects.get('services', 'prod', 'api'),
      members.north.objects.get('serviceexports', 'prod', 'api'),
    ];
    expect([gone, errors]).toEqual([[undefined, undefined], []]);
    for (const name of EXAMPLE_MEMBERS) members[name].close();
  });
});
