import { afterEach, describe, expect, it } from 'vitest';

import { closeWorlds, fake, live, registration } from '../../test/support/member-world.ts';
import { until } from '../../test/support/until.ts';
import type { Members } from './members.ts';
import type { WritableMember } from './member-deps.ts';

afterEach(closeWorlds);

const ANSWER = {
  apiVersion: 'multicluster.x-k8s.io/v1beta1',
  kind: 'ServiceExport',
  metadata: { name: 'written', namespace: 'shop', uid: 'u-9', resourceVersion: '9999' },
};

function writable(members: Members): WritableMember {
  const member = members.writable('east');
  if (member === undefined) throw new Error('no member');
  return member;
}

describe('a member that is written to', () => {
  it('shows at once what a write gave back, and what a write deleted no more', async () => {
    const { view } = await live();
    const member = writable(view.members);
    expect([member.cluster, member.version('serviceexports'), member.status().phase]).toEqual([
      'east',
      'v1beta1',
      'live',
    ]);
    member.wrote('serviceexports', ANSWER);
    expect(view.rows('east')).toContain('serviceexports shop/written');
    member.deleted('serviceexports', { namespace: 'shop', name: 'written' }, 'u-9');
    expect(view.rows('east')).not.toContain('serviceexports shop/written');
  });

  it.each<[string, (view: Awaited<ReturnType<typeof live>>) => Promise<void> | void]>([
    ['left', ({ view }) => view.members.update([])],
    ['is reached over another connection', ({ view, east }) => view.members.update([registration('east', east, 'd2')])],
    ['stopped', ({ view }) => view.members.stop()],
  ])('that %s takes no answer of the old connection in, and sends nothing over it', async (_what, change) => {
    const world = await live();
    const member = writable(world.view.members);
    const connection = member.connection();
    await change(world);
    member.wrote('serviceexports', ANSWER);
    member.deleted('serviceexports', { namespace: 'shop', name: 'web' }, 'uid-3');
    expect(world.view.rows('east')).not.toContain('serviceexports shop/written');
    expect(member.connection()).toBe(connection);
  });

  it('that turns out to be another cluster takes no answer in', async () => {
    const { view, east, time } = await live();
    const member = writable(view.members);
    east.setFingerprint('another');
    await time.advance(2_000);
    expect(await member.confirm()).toMatchObject({ type: 'malformed' });
    await until(() => expect(view.status('east').reason).toBe('IdentityMismatch'));
    member.wrote('serviceexports', ANSWER);
    expect(view.rows('east')).not.toContain('serviceexports shop/written');
    expect(view.rows('east')).toContain('serviceexports shop/web');
  });

  it('is known by its name only while it is registered', async () => {
    const { view, time } = await live();
    expect(view.members.writable('west')).toBeUndefined();
    expect(view.members.writable('No Name')).toBeUndefined();
    const west = await fake(time, 'uid-west');
    view.members.update([registration('west', west)]);
    expect(view.members.writable('west')?.cluster).toBe('west');
    expect(view.members.writable('east')).toBeUndefined();
  });
});
