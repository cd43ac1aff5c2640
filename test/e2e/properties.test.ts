import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Kubectl } from '../support/control-plane/index.ts';
import { eventually } from '../support/eventually.ts';
import type { Answer, Call } from './support/calls.ts';
import { call } from './support/calls.ts';
import type { TestClusterSet } from './support/clusterset.ts';
import { startClusterSet } from './support/clusterset.ts';

const MEMBERS = ['east', 'west', 'north'] as const;
const ID = 'cluster.clusterset.k8s.io';
const SET = 'clusterset.k8s.io';
const COLLECTION = '/apis/about.k8s.io/v1beta1/clusterproperties';
/** Attempts of each member to join, all at once. */
const ATTEMPTS = 17;

let set: TestClusterSet;
let hub: Kubectl;

beforeAll(async () => {
  set = await startClusterSet(MEMBERS, { memberArgs: ['--with-write-rights'] });
  hub = set.hub;
  await set.startServer();
}, 300_000);
afterAll(() => set.stop());

const property = (name: string, value: string, more: object = {}): object => ({
  apiVersion: 'about.k8s.io/v1beta1',
  kind: 'ClusterProperty',
  metadata: { name, ...more },
  spec: { value },
});

const onHub = (method: Call['method'], name: string, body?: object): Promise<Answer> =>
  call(set.controlPlane.cluster('hub'), {
    method,
    path: name === '' || name.startsWith('?') ? `${COLLECTION}${name}` : `${COLLECTION}/${name}`,
    ...(body === undefined ? {} : { body }),
  });

const create = (name: string, value: string): Promise<Answer> => onHub('POST', '', property(name, value));

/** Waits until the hub shows a row, or no longer does. */
const shown = (name: string, isThere = true): Promise<void> =>
  eventually(`row ${name} ${isThere ? 'there' : 'gone'}`, async () => {
    expect((await onHub('GET', name)).status).toBe(isThere ? 200 : 404);
  });

describe('a property of a member', () => {
  it('is listed, explained, read in both versions and watched by kubectl', async () => {
    await set.member('east').apply(property('location.example.com', 'eu-1', { labels: { tier: 'gold' } }));
    await shown('east.location.example.com');
    const table = await hub('get', 'clusterproperties', '-l', 'tier=gold', '-o', 'wide');
    expect(table).toMatch(/^NAME +VALUE +AGE +CLUSTER +PROPERTY *$/m);
    expect(table).toMatch(/^east\.location\.example\.com +eu-1 +\d+s +east +location\.example\.com *$/m);
    expect(await hub('get', 'multicluster', '-o', 'name', '-l', 'tier=gold')).toContain('east.location.example.com');
    const old = await hub('get', 'clusterproperties.v1alpha1.about.k8s.io', 'east.location.example.com', '-o', 'yaml');
    expect(old).toMatch(/^apiVersion: about\.k8s\.io\/v1alpha1$/m);
    expect(await hub('explain', 'clusterproperty.spec.value')).toContain('What the property says.');
    expect((await onHub('GET', SET)).status).toBe(404);
    expect((await onHub('GET', 'east.location.example.com/status')).status).toBe(200);
    const status = property('east.location.example.com', 'eu-1');
    expect((await onHub('PUT', 'east.location.example.com/status', status)).status).toBe(405);
    expect(
      (await call(set.controlPlane.cluster('hub'), { method: 'GET', path: COLLECTION.replace('v1beta1', 'v1') }))
        .status,
    ).toBe(404);
  });

  it('is changed, labelled and deleted through its row, and keeps what the hub does not know', async () => {
    const row = 'east.location.example.com';
    const before = await onHub('GET', row);
    await hub('patch', 'clusterproperty', row, '--type=merge', '-p', '{"spec":{"value":"eu-2"}}');
    await hub('label', 'clusterproperty', row, 'team=shop');
    const own = await set
      .member('east')
      .json<{ metadata: Record<string, unknown>; spec: object }>(
        ...['get', 'clusterproperty', 'location.example.com', '--show-managed-fields'],
      );
    expect(own).toMatchObject({ metadata: { labels: { tier: 'gold', team: 'shop' } }, spec: { value: 'eu-2' } });
    expect(own.metadata['annotations'] ?? {}).not.toHaveProperty('clusterset-apiserver.dev/property-name');
    const managers = own.metadata['managedFields'] as readonly { manager: string }[];
    expect(new Set(managers.map(({ manager }) => manager)).size).toBeGreaterThan(1);
    const stale = await onHub('PUT', row, { ...JSON.parse(before.text), spec: { value: 'lost' } } as object);
    expect([stale.status, stale.object.reason]).toEqual([409, 'Conflict']);
    await hub.apply(property('west.zone.example.com', 'b'));
    expect(await set.member('west')('get', 'clusterproperty', 'zone.example.com', '-o', 'jsonpath={.spec.value}')).toBe(
      'b',
    );
    await hub(
      'apply',
      '--server-side',
      '-f',
      fileWith(property('west.zone.example.com', 'b', { labels: { a: 'b' } })),
      '--force-conflicts',
    );
    expect(
      await set.member('west')('get', 'clusterproperty', 'zone.example.com', '-o', 'jsonpath={.metadata.labels.a}'),
    ).toBe('b');
    await hub('delete', 'clusterproperty', 'west.zone.example.com', row);
    expect((await set.member('west').result(['get', 'clusterproperty', 'zone.example.com'])).stderr).toContain(
      'NotFound',
    );
  });

  it.each([
    ['nobody.location.example.com', 'v', 422, 'no member cluster "nobody" is registered'],
    ['location', 'v', 422, 'must be <cluster>.<name>'],
    ['east.fingerprint.k8s.io', 'v', 422, 'metadata.name: Forbidden: suffix .k8s.io is reserved; use a domain you own'],
    ['east.x.example.com', '', 422, 'spec.value: Forbidden: must have 1 to 128000 characters, and has 0'],
    [`east.${ID}`, 'A_b', 422, 'a cluster id is a DNS subdomain'],
    [`east.${SET}`, 'prod', 422, 'cluster east has no cluster.clusterset.k8s.io; create it first'],
  ])('cannot be called %s or say %j', async (...[name, value, code, text]) => {
    const answer = await create(name, value);
    expect([answer.status, answer.object.message]).toEqual([code, expect.stringContaining(text)]);
  });

  it('may have 128000 characters of four bytes each', async () => {
    const answer = await create('east.long.example.com', '😀'.repeat(128_000));
    expect([answer.status, answer.warnings]).toEqual([
      201,
      ['ClusterProfiles leave this property out: a value has more than 1024 characters'],
    ]);
    expect((await onHub('DELETE', 'east.long.example.com')).status).toBe(200);
  });
});

describe('joins of members with one id at once', () => {
  it('let exactly one of them in, and the next one once it left', async () => {
    for (const member of MEMBERS) expect((await create(`${member}.${ID}`, 'one')).status).toBe(201);
    const answers = await Promise.all(
      MEMBERS.flatMap((member) =>
        Array.from({ length: ATTEMPTS }, async () => ({ member, answer: await create(`${member}.${SET}`, 'prod') })),
      ),
    );
    const joined = answers.filter(({ answer }) => answer.status === 201);
    expect(joined).toHaveLength(1);
    const winner = joined[0]?.member ?? 'east';
    for (const { member, answer } of answers) {
      if (answer.status === 201) continue;
      if (member === winner) expect(answer.object.reason).toBe('AlreadyExists');
      else {
        expect([answer.status, answer.object.message]).toEqual([
          422,
          expect.stringContaining(
            `cluster ${member} cannot join "prod": member ${winner} already has id "one"; change cluster.clusterset.k8s.io on ${member} first`,
          ),
        ]);
      }
    }
    const states = await Promise.all(
      MEMBERS.map(async (member) => (await set.member(member).result(['get', 'clusterproperty', SET])).code === 0),
    );
    expect(states.filter(Boolean)).toHaveLength(1);
    await leaveAndFollow(winner);
  });

  /** While a member neither its id may go or change nor its set; then it leaves, and another one may have the id. */
  async function leaveAndFollow(winner: string): Promise<void> {
    const other = MEMBERS.find((member) => member !== winner) ?? 'west';
    const kept = await onHub('DELETE', `${winner}.${ID}`);
    expect([kept.status, kept.object.message]).toEqual([
      403,
      expect.stringContaining(`${winner} is a member of "prod"; delete clusterset.k8s.io first`),
    ]);
    const edited = await hub.result([
      'patch',
      'clusterproperty',
      `${winner}.${ID}`,
      '--type=merge',
      '-p',
      '{"spec":{"value":"two"}}',
    ]);
    expect(edited.stderr).toContain(`cannot change while ${winner} is a member of "prod"`);
    const moved = await hub.result([
      'patch',
      'clusterproperty',
      `${winner}.${SET}`,
      '--type=merge',
      '-p',
      '{"spec":{"value":"test"}}',
    ]);
    expect(moved.stderr).toContain('membership cannot be changed in place');
    expect((await onHub('POST', '?dryRun=All', property(`${other}.${SET}`, 'prod'))).status).toBe(422);
    const left = await hub.result(['delete', 'clusterproperty', `${winner}.${SET}`]);
    expect(left.stderr).toContain(`Warning: Cluster ${winner} leaves ClusterSet "prod"`);
    // A dry run takes nothing from the real join.
    expect((await onHub('POST', '?dryRun=All', property(`${winner}.${SET}`, 'prod'))).status).toBe(201);
    expect((await create(`${other}.${SET}`, 'prod')).status).toBe(201);
    expect((await create(`${winner}.${SET}`, 'prod')).status).toBe(422);
  }
});

function fileWith(object: object): string {
  const file = join(set.controlPlane.directory, 'property.json');
  writeFileSync(file, JSON.stringify(object));
  return file;
}
