import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { TestClusterSet } from './support/clusterset.ts';
import { startClusterSet } from './support/clusterset.ts';
import { memberDefinitions } from './support/crds.ts';
import type { Case } from './support/kubectl-cases.ts';
import { CASES } from './support/kubectl-cases.ts';
import type { Place } from './support/kubectl-comparison.ts';
import { printed, take } from './support/kubectl-comparison.ts';
import { namespace } from './support/objects.ts';

/** A member of its own on which the same commands run directly. */
const PLAIN = 'plain';

let set: TestClusterSet;

function memberPlace(name: string): Place {
  const cluster = set.controlPlane.cluster(name);
  return { name: 'member', cluster, kubectl: set.member(name), member: cluster, prefix: '' };
}

function hubPlace(member: string): Place {
  const { controlPlane, hub } = set;
  const cluster = controlPlane.cluster('hub');
  return { name: 'hub', cluster, kubectl: hub, member: controlPlane.cluster(member), prefix: `${member}.` };
}

/** Runs every step of a case at both places, and compares what each said and left behind. */
async function compare([one, other]: readonly [Place, Place], { steps }: Case, at: string): Promise<void> {
  for (const step of steps) {
    const [expected, actual] = await Promise.all([take(one, at, step), take(other, at, step)]);
    const title = `${other.name}: kubectl ${step.args.join(' ')}`;
    if (step.differs === undefined || one.name === other.name) {
      expect(actual, title).toEqual(expected);
      continue;
    }
    const { member, hub } = step.differs;
    expect(printed(expected), title).toMatch(member);
    expect(printed(actual), title).toMatch(hub);
  }
}

beforeAll(async () => {
  set = await startClusterSet(['east', 'west'], { memberArgs: ['--with-write-rights'] });
  await set.controlPlane.add(PLAIN);
  const plain = set.member(PLAIN);
  for (const definition of memberDefinitions()) await plain.apply(definition);
  await plain('wait', '--for=condition=Established', 'crd', '--all', '--timeout=30s');
  const namespaces = CASES.flatMap((_case, index) => [`a${index}`, `b${index}`]).map(namespace);
  const list = { apiVersion: 'v1', kind: 'List', items: namespaces };
  // kubectl that is told of an absent object asks for its namespace, too.
  await Promise.all(['hub', PLAIN, 'east', 'west'].map((name) => set.member(name).apply(list)));
  // The hub's own warnings are about the whole clusterset; a member has none.
  const config = join(set.controlPlane.directory, 'config.yaml');
  await writeFile(config, 'admission:\n  warnings: false\n');
  await set.startServer(['--config', config]);
});

afterAll(() => set.stop());

const numbered = CASES.map((one, index) => ({ ...one, index }));

describe('kubectl on two members', () => {
  it.each(numbered)('says and does the same: $title', (one) =>
    compare([memberPlace(PLAIN), memberPlace('west')], one, `a${one.index}`),
  );
});

describe('kubectl on the hub', () => {
  it.each(numbered)('says and does what it does on a member: $title', (one) =>
    compare([memberPlace(PLAIN), hubPlace('east')], one, `b${one.index}`),
  );
});
