import { afterEach, describe, expect, it } from 'vitest';
import { clusterId } from '../../../../test/support/clusterset-objects.ts';
import { createFakeMember, type FakeMember, type FakeObject } from '../../../../test/support/fake-member.ts';
import { until } from '../../../../test/support/until.ts';
import { CLUSTER_LABEL, EXPORT_NAME_ANNOTATION, SERVICE_ANNOTATION } from '../../../kube/domain.ts';
import type { MemberEvent } from '../../../kube/member-event.ts';
import { schedule } from '../clockwork.ts';
import { createHubFeed, type HubFeed } from './hub-feed.ts';

const ends: (() => unknown)[] = [];
afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end();
});

function row(cluster: string): FakeObject {
  return {
    metadata: {
      name: `${cluster}.api`,
      namespace: 'prod',
      labels: { [CLUSTER_LABEL]: cluster },
      annotations: { [EXPORT_NAME_ANNOTATION]: 'api', [SERVICE_ANNOTATION]: '{"type":"ClusterIP"}' },
    },
  };
}

function profile(name: string): FakeObject {
  const conditions = [{ type: 'Joined', status: 'True', reason: 'Registered' }];
  return { metadata: { name, namespace: 'inventory' }, status: { conditions } };
}

async function startHub(): Promise<{ hub: FakeMember; feed: HubFeed; events: MemberEvent[]; said: string[] }> {
  const hub = await createFakeMember(Date.now, 'uid-hub');
  hub.setVersions('clusterprofiles', ['v1alpha1']);
  for (const name of ['east', 'west']) hub.write('clusterprofiles', profile(name));
  ends.push(hub.stop);
  const events: MemberEvent[] = [];
  const said: string[] = [];
  const connection = hub.connect();
  const feed = createHubFeed({
    connection: () => connection,
    groups: { multicluster: 'multicluster.x-k8s.io', about: 'about.k8s.io' },
    own: clusterId('east'),
    emit: (event) => void events.push(event),
    log: {
      info: (_, text) => said.push(text),
      warn: (_, text) => said.push(text),
      error: (_, text) => said.push(text),
    },
    clock: Date.now,
    random: Math.random,
    // Whatever is waited for comes soon; how long it would take is decided by the clock.
    startTimer: (delayMs, run) => schedule(run, Math.min(delayMs, 20)),
  });
  ends.push(feed.stop);
  return { hub, feed, events, said };
}

describe('the feed from the hub', () => {
  it('reads the rows of the other members and follows them', async () => {
    const { hub, feed, events } = await startHub();
    hub.write('serviceexports', row('west'));
    hub.write('serviceexports', row('east'));
    expect(feed.knowledge()).toEqual({ type: 'never' });
    feed.start();
    await until(() => expect(feed.knowledge().type).toBe('current'));
    expect(feed.clusters()).toEqual(['west']);
    hub.write('serviceexports', row('north'));
    await until(() => expect(feed.clusters()).toHaveLength(2));
    hub.remove('serviceexports', 'west.api', 'prod');
    hub.remove('clusterprofiles', 'west', 'inventory');
    await until(() => expect(feed.clusters()).toHaveLength(1));
    expect(events.filter(({ type }) => type === 'left').map(({ cluster }) => cluster)).toEqual(['west']);
  });

  it('keeps what it knows while the hub is away, and says since when', async () => {
    const { hub, feed, said } = await startHub();
    hub.write('serviceexports', row('west'));
    feed.start();
    await until(() => expect(feed.knowledge().type).toBe('current'));
    await hub.down();
    await until(() => expect(feed.knowledge().type).toBe('stale'));
    expect(feed.clusters()).toEqual(['west']);
    const knowledge = feed.knowledge();
    expect(knowledge.type === 'stale' && Math.abs(Date.now() - knowledge.asOfMs)).toBeLessThan(60_000);
    await hub.up();
    await until(() => expect(feed.knowledge().type).toBe('current'));
    expect(said).toEqual(['the hub cannot be read; advice rests on what it told before', 'the hub can be read again']);
  });

  it('does without profiles where they may not be read, and says so once', async () => {
    const { hub, feed, said } = await startHub();
    const end = hub.answer(/\/clusterprofiles/, { status: 403, body: '{}' });
    hub.write('serviceexports', row('west'));
    feed.start();
    await until(() => expect(feed.knowledge().type).toBe('current'));
    expect(feed.knowsMembers()).toBe(false);
    expect(said).toEqual(['the hub tells no ClusterProfiles: members without exports and properties are not known']);
    end();
    await until(() => expect(feed.knowsMembers()).toBe(true));
    expect(feed.knowledge().type).toBe('current');
    expect(said).toHaveLength(1);
  });

  it('keeps nothing of a profile that it does not read', async () => {
    const { hub, feed } = await startHub();
    hub.write('clusterprofiles', { metadata: { name: 'other', namespace: 'inventory' } });
    feed.start();
    await until(() => expect(feed.knowledge().type).toBe('current'));
    expect(feed.profiles().map(({ name }) => name)).toEqual(['east', 'west']);
    expect(feed.clusters()).toEqual(['west']);
  });
});
