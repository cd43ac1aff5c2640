import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { RESERVATION_MS } from '../../src/clusterset/identity-reservations.ts';
import { freePorts } from '../support/control-plane/index.ts';
import { eventually } from '../support/eventually.ts';
import type { Answer } from './support/calls.ts';
import { call, exportOf, exportPath } from './support/calls.ts';
import type { TestClusterSet } from './support/clusterset.ts';
import { program, startClusterSet } from './support/clusterset.ts';
import type { RunningWebhooks } from './support/member-webhooks.ts';
import { memberWebhooks } from './support/member-webhooks.ts';
import { namespace } from './support/objects.ts';

const MEMBERS = ['east', 'west', 'north'];
const ID = 'cluster.clusterset.k8s.io';
const SET = 'clusterset.k8s.io';
const COLLECTION = '/apis/about.k8s.io/v1beta1/clusterproperties';
/** Attempts of each member to join, all at once. */
const ATTEMPTS = 17;

let set: TestClusterSet;
let webhooks: readonly RunningWebhooks[] = [];

/** Webhooks beside the member, which refuse what they cannot answer. */
async function installWebhooks(member: string, port: number | undefined): Promise<RunningWebhooks> {
  if (port === undefined) throw new Error('no free port');
  const { controlPlane } = set;
  const kubeconfig = join(controlPlane.directory, `${member}-webhooks.kubeconfig`);
  await program(
    ...['install', '--member', member, '--webhooks', '--external-address', `localhost:${port}`],
    ...['--kubeconfig', controlPlane.cluster(member).adminKubeconfig, '--write-kubeconfig', kubeconfig],
    ...['--hub-kubeconfig', controlPlane.cluster('hub').adminKubeconfig],
  );
  const hubKubeconfig = kubeconfig.replace('.kubeconfig', '-hub.kubeconfig');
  const running = memberWebhooks({ controlPlane, member, port, kubeconfig, hubKubeconfig });
  await running.start();
  return running;
}

/** One create, never repeated: no client tries again what is answered with Retry-After. */
function create(cluster: string, [name, value]: readonly [name: string, value: string], query = ''): Promise<Answer> {
  const body = { apiVersion: 'about.k8s.io/v1beta1', kind: 'ClusterProperty', metadata: { name }, spec: { value } };
  return call(set.controlPlane.cluster(cluster), { method: 'POST', path: `${COLLECTION}${query}`, body });
}

function leave(member: string): Promise<Answer> {
  return call(set.controlPlane.cluster(member), { method: 'DELETE', path: `${COLLECTION}/${SET}` });
}

async function isIn(member: string): Promise<boolean> {
  const { status } = await call(set.controlPlane.cluster(member), { method: 'GET', path: `${COLLECTION}/${SET}` });
  return status === 200;
}

/** Joins in the member itself, as soon as the hub has seen what makes that possible: long before a reservation would end. */
async function joined(member: string, query = ''): Promise<void> {
  await eventually(
    `${member} to join`,
    async () => {
      const { status, text } = await create(member, [SET, 'prod'], query);
      if (status !== 201) throw new Error(text);
    },
    RESERVATION_MS / 2,
  );
}

beforeAll(async () => {
  set = await startClusterSet(MEMBERS, { memberArgs: ['--with-write-rights'] });
  await set.startServer();
  const ports = await freePorts(MEMBERS.length);
  webhooks = await Promise.all(MEMBERS.map((member, index) => installWebhooks(member, ports[index])));
  for (const member of MEMBERS) {
    await set.member(member).apply(namespace('prod'));
    await eventually(`${member} to have an id`, async () => {
      expect([201, 409]).toContain((await create('hub', [`${member}.${ID}`, 'one'])).status);
    });
  }
}, 600_000);

afterAll(async () => {
  await Promise.all(webhooks.map(({ stop }) => stop()));
  await set.stop();
}, 60_000);

describe('joins through the hub into members whose webhooks ask the hub', () => {
  it('may be rehearsed by all that could join, none of which takes the id from the others by it', async () => {
    for (const member of MEMBERS) await joined(member, '?dryRun=All');
    expect(await Promise.all(MEMBERS.map(isIn))).toEqual([false, false, false]);
  });

  it('let exactly one of many in, and all are answered', async () => {
    const answers = await Promise.all(
      Array.from({ length: MEMBERS.length * ATTEMPTS }, async (_, index) => {
        const member = MEMBERS[index % MEMBERS.length] ?? '';
        return { member, answer: await create('hub', [`${member}.${SET}`, 'prod']) };
      }),
    );
    const winner = answers.find(({ answer }) => answer.status === 201)?.member;
    const told = answers.map(({ member, answer: { status, object } }) => ({ member, status, message: object.message }));
    expect(told.filter(({ status }) => status === 201)).toHaveLength(1);
    expect(told.filter(({ member, status }) => status !== 201 && status !== (member === winner ? 409 : 422))).toEqual(
      [],
    );
    expect(await Promise.all(MEMBERS.map(isIn))).toEqual(MEMBERS.map((member) => member === winner));
  });

  it('free the id for the next one as soon as the member has left', async () => {
    const winner = (await isIn('east')) ? 'east' : (await isIn('west')) ? 'west' : 'north';
    const [next = '', last = ''] = MEMBERS.filter((member) => member !== winner);
    const refused = await create(next, [SET, 'prod']);
    const [cause] = refused.object.details?.causes ?? [];
    expect([refused.status, cause?.reason, cause?.field]).toEqual([422, 'FieldValueDuplicate', 'spec.value']);
    expect(cause?.message).toContain(`member ${winner} already has id "one"`);
    expect((await leave(winner)).status).toBe(200);
    await joined(next);
    // In the member, and left again there: what the hub noted for it ends with that.
    expect((await leave(next)).status).toBe(200);
    await joined(last);
    expect((await leave(last)).status).toBe(200);
  });
});

describe('while the hub is away', () => {
  it('nobody joins, everything else goes on, and the same join works once it is back', async () => {
    await joined('east');
    await set.stopServer();
    const refused = await create('west', [SET, 'prod']);
    expect([refused.status, refused.object.message, refused.headers['retry-after']]).toEqual([
      503,
      expect.stringContaining('whether this identity is free can only be decided by the hub, which cannot be asked'),
      '5',
    ]);
    expect((await create('west', ['location.example.com', 'eu-1'])).status).toBe(201);
    const path = exportPath({ namespace: 'prod' });
    const exported = await call(set.controlPlane.cluster('west'), { method: 'POST', path, body: exportOf('api') });
    expect(exported.status).toBe(201);
    expect((await leave('east')).status).toBe(200);
    await set.startServer();
    await joined('west');
  });
});
