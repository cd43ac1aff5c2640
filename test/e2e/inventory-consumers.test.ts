import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { provideProgram } from '../support/control-plane/binaries.ts';
import { SECRET_READER } from '../support/control-plane/recipes.ts';
import { eventually } from '../support/eventually.ts';
import type { TestClusterSet } from './support/clusterset.ts';
import { startClusterSet } from './support/clusterset.ts';
import type { InventoryConsumer } from './support/inventory-consumer.ts';
import { startInventoryConsumer } from './support/inventory-consumer.ts';
import { namespace } from './support/objects.ts';
import { letIn, moreProbes, moveTo } from './support/profile-consumer.ts';

const MEMBERS = ['east', 'west'];
const INVENTORY = 'fleet';
/** So many probes are made in an hour at the usual interval. */
const HOUR_PROBES = 360;

let set: TestClusterSet;
let consumer: InventoryConsumer;

async function fingerprint(member: string): Promise<string> {
  return set.member(member)('get', 'namespace', 'kube-system', '-o', 'jsonpath={.metadata.uid}');
}

beforeAll(async () => {
  const say = (line: string): void => console.log(line);
  const plugin = await provideProgram(SECRET_READER, say);
  set = await startClusterSet(MEMBERS);
  await set.hub.apply(namespace(INVENTORY));
  for (const member of MEMBERS) await letIn(set, { member, account: 'consumer', resource: 'namespaces' });
  const { directory } = set.controlPlane;
  const config = join(directory, 'consumers.yaml');
  await writeFile(config, JSON.stringify({ members: { probeIntervalMs: 100 }, profiles: { namespaces: [INVENTORY] } }));
  await set.startServer(['--config', config]);
  consumer = await startInventoryConsumer(set, { inventory: INVENTORY, provider: 'direct', plugin });
});

afterAll(async () => {
  await consumer.stop();
  await set.stop();
});

describe('a consumer of ClusterProfiles with the access library and its secretreader plugin', () => {
  it('logs in to each member once, by what the profile says', async () => {
    for (const member of MEMBERS) {
      const uid = await fingerprint(member);
      await eventually(`${member} to be engaged`, async () => {
        expect(await consumer.engaged(member)).toMatchObject({ engagements: 1, fingerprint: uid, problem: '' });
      });
    }
  });

  it("hears nothing for an idle hour's worth of probes", async () => {
    const before = await consumer.dump();
    await moreProbes(set, MEMBERS, HOUR_PROBES);
    expect(await consumer.dump()).toEqual(before);
  });

  it('engages a member anew when it moves, and only that one', async () => {
    await moveTo(set, 'east', 'localhost');
    await eventually('east to be engaged anew', async () => {
      expect(await consumer.engaged('east')).toMatchObject({ engagements: 2, problem: '' });
    });
    expect(await consumer.engaged('west')).toMatchObject({ engagements: 1 });
  });
});
