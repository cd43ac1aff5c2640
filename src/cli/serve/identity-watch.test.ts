import { Registry } from 'prom-client';
import { expect, it } from 'vitest';
import { createManualTime } from '../../../test/support/manual-time.ts';
import type { IdentityNews, IdentityProblem, KnownIdentity } from '../../clusterset/index.ts';
import type { ClusterId } from '../../kube/cluster-id.ts';
import { parseClusterId } from '../../kube/cluster-id.ts';
import type { MemberEvent } from '../../kube/member-event.ts';
import { createIdentityWatch } from './identity-watch.ts';

function id(name: string): ClusterId {
  const parsed = parseClusterId(name);
  if (!parsed.ok) throw new Error(parsed.error);
  return parsed.value;
}

const EAST = id('east');
const WEST = id('west');
const TWICE: IdentityProblem = {
  ...{ cluster: WEST, reason: 'DuplicateClusterID', clusterSet: 'prod', clusterID: 'one', holders: [EAST, WEST] },
  message: 'west has the id of east',
};
const PROPERTIES: MemberEvent = {
  ...{ type: 'changed', cluster: EAST, resource: 'clusterproperties', applied: [] },
  deleted: [{ namespace: '', name: 'clusterset.k8s.io' }],
};

function openWatch(known: { problems: readonly IdentityProblem[]; identities: readonly KnownIdentity[] }) {
  const time = createManualTime();
  const registry = new Registry();
  const lines: string[] = [];
  const line = (fields: object, message: string): void => {
    lines.push(`${message}: ${'memberCluster' in fields ? String(fields.memberCluster) : ''}`);
  };
  let looks = 0;
  let tell: (event: MemberEvent) => void = () => undefined;
  const watch = createIdentityWatch({
    members: {
      onEvent: (listener) => {
        tell = listener;
        return () => undefined;
      },
    },
    facts: {
      identityProblems: () => {
        looks += 1;
        return known.problems;
      },
      knownIdentities: () => known.identities,
    },
    taken: () => Promise.resolve(),
    clusterSet: 'prod',
    schedule: time.schedule,
    log: { info: line, warn: line, error: line },
    registry,
  });
  const news: IdentityNews[] = [];
  return { watch, time, registry, lines, news, looks: () => looks, tell: (event: MemberEvent) => tell(event) };
}

it('looks once for many events, and only for those that are about identity', async () => {
  const { time, tell, looks } = openWatch({ problems: [], identities: [] });
  tell({ ...PROPERTIES, resource: 'services' });
  tell({ type: 'clock', cluster: EAST, skewSeconds: 1 });
  tell({ ...PROPERTIES, deleted: [{ namespace: '', name: 'location.example.com' }] });
  await time.advance(10_000);
  expect(looks()).toBe(0);
  for (let count = 0; count < 50; count += 1) tell(PROPERTIES);
  tell({ type: 'registered', cluster: WEST, fingerprint: undefined });
  await time.advance(10_000);
  expect(looks()).toBe(1);
  tell({ type: 'left', cluster: WEST });
  await time.advance(10_000);
  expect(looks()).toBe(2);
});

it('tells a problem once when it begins and once when it ends', async () => {
  const known: Parameters<typeof openWatch>[0] = { problems: [], identities: [] };
  const { watch, time, tell, lines, news } = openWatch(known);
  watch.onNews((one) => news.push(one));
  known.problems = [TWICE];
  for (let count = 0; count < 3; count += 1) {
    tell(PROPERTIES);
    await time.advance(1_000);
  }
  known.problems = [];
  tell(PROPERTIES);
  await time.advance(1_000);
  expect(news.map(({ type, reason }) => `${type} ${reason}`)).toEqual([
    'Warning DuplicateClusterID',
    'Normal IdentityProblemEnded',
  ]);
  expect(lines).toEqual(['member identity is not sound: west', 'member identity is sound again: west']);
});

it('keeps from a listener what was so before it came', async () => {
  const { watch, time, tell, lines, news } = openWatch({ problems: [TWICE], identities: [] });
  watch.onNews((one) => news.push(one));
  tell(PROPERTIES);
  await time.advance(1_000);
  expect(news).toEqual([]);
  expect(lines).toEqual(['member identity is not sound: west']);
});

it('tells once what is odd about a member, and again when it became odd again', async () => {
  const odd: KnownIdentity = { name: EAST, clusterID: 'other', clusterSet: 'prod', observed: true };
  const known: Parameters<typeof openWatch>[0] = { problems: [], identities: [odd] };
  const { time, tell, lines } = openWatch(known);
  const look = async (identity: KnownIdentity): Promise<number> => {
    known.identities = [identity];
    tell(PROPERTIES);
    await time.advance(1_000);
    return lines.length;
  };
  expect([await look(odd), await look(odd), await look({ ...odd, clusterID: 'east' }), await look(odd)]).toEqual([
    ...[1, 1, 1, 2],
  ]);
  expect(await look({ ...odd, clusterID: '', clusterSet: 'test' })).toBe(3);
  expect(new Set(lines)).toEqual(new Set(['member registered, but not as it should be: east']));
});

it('counts the members with each problem', async () => {
  const { registry } = openWatch({ problems: [TWICE, { ...TWICE, cluster: EAST }], identities: [] });
  const text = await registry.metrics();
  expect(text).toContain('clusterset_identity_problems{reason="DuplicateClusterID"} 2');
  expect(text).toContain('clusterset_identity_problems{reason="MissingClusterID"} 0');
});
