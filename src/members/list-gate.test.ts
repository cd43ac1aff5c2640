import { describe, expect, it } from 'vitest';

import { createListGate } from './list-gate.ts';

const LIMITS = { totalMax: 3, perMemberMax: 2 };

async function enter(gate: ReturnType<typeof createListGate>, member: string) {
  const leave = await gate.enter(member, new AbortController().signal);
  if (leave === undefined) throw new Error('aborted');
  return leave;
}

describe('the gate for lists', () => {
  it('lets one member take no more than its share', async () => {
    const gate = createListGate(LIMITS);
    const leave = await enter(gate, 'east');
    await enter(gate, 'east');
    const third = enter(gate, 'east');
    expect([gate.inFlight(), gate.waiting()]).toEqual([2, 1]);
    await enter(gate, 'west');
    leave();
    await third;
    expect([gate.inFlight(), gate.waiting()]).toEqual([3, 0]);
  });

  it('lets all members take no more than the total, in the order in which they came', async () => {
    const gate = createListGate(LIMITS);
    const leaves = await Promise.all([enter(gate, 'a'), enter(gate, 'b'), enter(gate, 'c')]);
    const order: string[] = [];
    const waiting = ['d', 'e'].map((member) => enter(gate, member).then(() => order.push(member)));
    expect(gate.waiting()).toBe(2);
    leaves[0]();
    leaves[1]();
    await Promise.all(waiting);
    expect(order).toEqual(['d', 'e']);
  });

  it('passes by a waiter whose member is at its limit', async () => {
    const gate = createListGate(LIMITS);
    await enter(gate, 'east');
    await enter(gate, 'east');
    const leave = await enter(gate, 'west');
    void enter(gate, 'east');
    const north = enter(gate, 'north');
    leave();
    await north;
    expect(gate.waiting()).toBe(1);
  });

  it('forgets a waiter that is aborted, and gives a place back only once', async () => {
    const gate = createListGate({ totalMax: 1, perMemberMax: 1 });
    const leave = await enter(gate, 'east');
    const abort = new AbortController();
    const waiting = gate.enter('west', abort.signal);
    abort.abort();
    expect(await waiting).toBeUndefined();
    expect(await gate.enter('west', abort.signal)).toBeUndefined();
    leave();
    leave();
    expect([gate.inFlight(), gate.waiting()]).toEqual([0, 0]);
  });
});
