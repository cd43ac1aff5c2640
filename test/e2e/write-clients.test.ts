import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { JsonValue } from '../../src/kube/object.ts';
import type { Cluster } from '../support/control-plane/index.ts';
import { call, exportOf, exportPath } from './support/calls.ts';
import type { TestClusterSet } from './support/clusterset.ts';
import { startClusterSet } from './support/clusterset.ts';
import { memberDefinitions } from './support/crds.ts';
import { plainName, plainObject } from './support/kubectl-comparison.ts';
import { namespace } from './support/objects.ts';
import type { WriterResult, WriterStep } from './support/writer.ts';
import { runWriter } from './support/writer.ts';

/** A cluster on which the same calls are made directly. */
const PLAIN = 'plain';
const PREFIX = 'east.';
/** kube-apiserver does not say what is wrong with a JSON patch; the hub does, in the details. */
const REJECTED = 'the server rejected our request due to an error in our request';

let set: TestClusterSet;

type Step = Omit<WriterStep, 'client' | 'namespace'>;

/** What a client does, written for a member; on the hub the names get their cluster. */
function life(client: WriterStep['client']): readonly Step[] {
  const version = client === 'typed-v1alpha1' ? 'v1alpha1' : 'v1beta1';
  const api = exportOf('api', { version });
  const change = (label: string): object => ({ metadata: { labels: { round: label } } });
  const merge = 'application/merge-patch+json';
  return [
    { verb: 'list' },
    { verb: 'create', object: api, fieldManager: 'writer' },
    { verb: 'create', object: api },
    { verb: 'get', name: 'api' },
    { verb: 'update', from: 3, change: change('1') },
    { verb: 'update', from: 3, change: change('2') },
    { verb: 'update', from: 4, change: change('3'), dryRun: ['All'] },
    { verb: 'patch', name: 'api', patchType: merge, object: change('4') },
    { verb: 'patch', name: 'api', patchType: merge, object: { metadata: { resourceVersion: '1' } } },
    {
      verb: 'patch',
      name: 'api',
      patchType: 'application/json-patch+json',
      object: [{ op: 'remove', path: '/metadata/labels/round' }],
    },
    {
      verb: 'patch',
      name: 'api',
      patchType: 'application/json-patch+json',
      object: [{ op: 'remove', path: '/metadata/labels/round' }],
    },
    { verb: 'patch', name: 'api', patchType: 'application/strategic-merge-patch+json', object: change('5') },
    { verb: 'apply', name: 'api', fieldManager: 'one', object: { ...api, ...change('6'), spec: undefined } },
    { verb: 'apply', name: 'api', fieldManager: 'two', object: { ...api, ...change('7'), spec: undefined } },
    {
      verb: 'apply',
      name: 'api',
      fieldManager: 'two',
      force: true,
      object: { ...api, ...change('7'), spec: undefined },
    },
    { verb: 'apply', name: 'web', fieldManager: 'two', object: { ...api, metadata: { name: 'web' } } },
    { verb: 'patch', name: 'api', patchType: merge, fieldValidation: 'Strict', object: { spec: { nope: 1 } } },
    { verb: 'patch', name: 'api', patchType: merge, fieldValidation: 'Warn', object: { spec: { nope: 1 } } },
    { verb: 'patch', name: 'none', patchType: merge, object: {} },
    { verb: 'delete', name: 'api', preconditions: { uid: 'other' } },
    { verb: 'delete', name: 'api', dryRun: ['All'] },
    { verb: 'delete', name: 'api' },
    { verb: 'delete', name: 'api' },
    { verb: 'delete', name: 'web', propagationPolicy: 'Background' },
    { verb: 'watch', from: 0, events: 9 },
    { verb: 'list' },
  ];
}

/** The names in a step as this place has them. */
function placed(step: Step, prefix: string): Step {
  const rename = (object: unknown): unknown => {
    if (typeof object !== 'object' || object === null || !('metadata' in object)) return object;
    const { metadata } = object as { metadata: { name?: string } };
    const { name } = metadata;
    return { ...object, metadata: { ...metadata, ...(name === undefined ? {} : { name: `${prefix}${name}` }) } };
  };
  return {
    ...step,
    ...(step.name === undefined ? {} : { name: `${prefix}${step.name}` }),
    ...(step.object === undefined ? {} : { object: rename(step.object) }),
  };
}

async function live(cluster: Cluster, client: WriterStep['client'], prefix: string): Promise<readonly JsonValue[]> {
  const steps = life(client).map((step) => ({ ...placed(step, prefix), client, namespace: `for-${client}` }));
  const results = await runWriter(set.controlPlane, cluster, steps);
  return results.map((result) => plainResult(result, prefix));
}

/** Without what differs by nature: names, identities, who warns, and that our v1alpha1 is superseded. */
function plainResult({ warnings = [], ...result }: WriterResult, prefix: string): JsonValue {
  const others = warnings.filter((text) => !text.endsWith(' is superseded by v1beta1'));
  const told = others.map((text) => (prefix === '' ? text : text.replace(/^east: /, '')));
  const error = result.error?.message === REJECTED ? { ...result.error, details: undefined } : result.error;
  const text = JSON.stringify({ ...result, error, warnings: told });
  return plainObject(JSON.parse(plainName(text, prefix)) as JsonValue);
}

beforeAll(async () => {
  set = await startClusterSet(['east'], { memberArgs: ['--with-write-rights'] });
  await set.controlPlane.add(PLAIN);
  const plain = set.member(PLAIN);
  for (const definition of memberDefinitions()) await plain.apply(definition);
  await plain('wait', '--for=condition=Established', 'crd', '--all', '--timeout=30s');
  for (const member of ['east', PLAIN]) {
    for (const client of ['dynamic', 'metadata', 'typed', 'typed-v1alpha1', 'race']) {
      await set.member(member).apply(namespace(`for-${client}`));
    }
  }
  // The hub's own warnings are about the whole clusterset; a member has none.
  const config = join(set.controlPlane.directory, 'config.yaml');
  await writeFile(config, 'admission:\n  warnings: false\n');
  await set.startServer(['--config', config]);
});

afterAll(() => set.stop());

describe('the clients of client-go', () => {
  it.each(['dynamic', 'typed', 'typed-v1alpha1'] as const)(
    'see on the hub what they see on a member: %s',
    async (client) => {
      const [expected, actual] = await Promise.all([
        live(set.controlPlane.cluster(PLAIN), client, ''),
        live(set.controlPlane.cluster('hub'), client, PREFIX),
      ]);
      // Row by row, so that a difference names its step.
      for (const [index, step] of life(client).entries()) {
        expect(actual[index], `${index}: ${step.verb}`).toEqual(expected[index]);
      }
    },
  );

  it('see on the hub what they see on a member: metadata', async () => {
    const names = { hub: `${PREFIX}api`, [PLAIN]: 'api' };
    const seen: JsonValue[] = [];
    for (const [cluster, name] of Object.entries(names)) {
      const place = set.controlPlane.cluster(cluster);
      const prefix = cluster === 'hub' ? PREFIX : '';
      const steps: readonly Step[] = [
        { verb: 'patch', name, patchType: 'application/apply-patch+yaml', fieldManager: 'a', object: exportOf(name) },
        { verb: 'get', name },
        {
          verb: 'patch',
          name,
          patchType: 'application/merge-patch+json',
          object: { metadata: { labels: { a: 'b' } } },
        },
        { verb: 'delete', name, preconditions: { resourceVersion: '1' } },
        { verb: 'deletecollection', selector: 'a=c' },
        { verb: 'delete', name },
        { verb: 'get', name },
      ];
      const full = steps.map((step) => ({ ...step, client: 'metadata' as const, namespace: 'for-metadata' }));
      // Only a selection of one cluster can be deleted on the hub.
      const results = await runWriter(set.controlPlane, place, full);
      seen.push(results.filter(({ step }) => step !== 4).map((result) => plainResult(result, prefix)));
    }
    expect(seen[0]).toEqual(seen[1]);
  });

  it('repeat what is told to be repeated, and lose no update between them', async () => {
    const hub = set.controlPlane.cluster('hub');
    const path = exportPath({ namespace: 'for-race' });
    const made = await call(hub, { method: 'POST', path, body: exportOf('east.api') });
    expect(made.status, made.text).toBe(201);
    const writers = ['a', 'b', 'c', 'd'].map((who) => runWriter(set.controlPlane, hub, stepsOf(who)));
    const results = (await Promise.all(writers)).flat().filter(({ step }) => step % 2 === 1);
    const won = results.filter(({ error }) => error === undefined);
    expect(results.filter(({ error }) => error !== undefined && error.code !== 409)).toEqual([]);
    const { metadata } = (await call(hub, { method: 'GET', path: `${path}/east.api` })).object;
    // Every update that was told to have succeeded is one generation.
    expect(metadata.generation).toBe(1 + won.length);
    expect(won.length).toBeGreaterThan(0);
  });
});

/** Reads and writes twenty times what nobody else writes the same. */
function stepsOf(who: string): readonly WriterStep[] {
  return Array.from({ length: 20 }, (_value, index): readonly WriterStep[] => [
    { client: 'dynamic', verb: 'get', namespace: 'for-race', name: 'east.api' },
    {
      client: 'dynamic',
      verb: 'update',
      namespace: 'for-race',
      from: 2 * index,
      change: { spec: { exportedLabels: { who: `${who}-${index}` } } },
    },
  ]).flat();
}
