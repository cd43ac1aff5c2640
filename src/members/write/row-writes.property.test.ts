import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import type { FakeResource } from '../../../test/support/fake-cluster.ts';
import { FAKE_EXPORTS, FAKE_PROPERTIES } from '../../../test/support/fake-cluster.ts';
import { openWriteWorld } from '../../../test/support/write-world.ts';
import type { WriteWorld } from '../../../test/support/write-world.ts';
import { settle } from '../../../test/support/manual-time.ts';
import { ApiStatusError } from '../../kube/api-status.ts';
import type { KubeObject } from '../../kube/object.ts';

interface WriterStep {
  readonly type: 'read' | 'update' | 'patch' | 'remove' | 'create';
  readonly writer: 0 | 1;
}

interface OtherStep {
  readonly type: 'answer' | 'edit' | 'delete' | 'recreate' | 'watch' | 'watchAll' | 'beginList' | 'endList';
}

type Step = WriterStep | OtherStep;

const writer = fc.constantFrom<0 | 1>(0, 1);
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 5, arbitrary: fc.record({ type: fc.constantFrom('read', 'update', 'patch'), writer }) },
  { weight: 2, arbitrary: fc.record({ type: fc.constantFrom('remove', 'create'), writer }) },
  {
    weight: 6,
    arbitrary: fc.record({
      type: fc.constantFrom('answer', 'edit', 'delete', 'recreate', 'watch', 'watchAll', 'beginList', 'endList'),
    }),
  },
);

const change: fc.Arbitrary<Step> = fc.oneof(
  { weight: 3, arbitrary: fc.record({ type: fc.constantFrom('read', 'update', 'patch'), writer }) },
  {
    weight: 2,
    arbitrary: fc.record({ type: fc.constantFrom('answer', 'edit', 'watch', 'watchAll', 'beginList', 'endList') }),
  },
);

/** One run: writes are held back after they were done in the member until a step lets their answer come. */
class Run {
  readonly world: WriteWorld;
  private readonly of: FakeResource;
  readonly held: (() => void)[] = [];
  readonly read: (KubeObject | undefined)[] = [undefined, undefined];
  /** Writes that were answered with success, and the version that each was made on. */
  readonly won: { label: string; over: string; type: string }[] = [];
  /** The last edit in the member itself. */
  edits = 0;
  private count = 0;

  constructor(of: FakeResource) {
    this.of = of;
    this.world = openWriteWorld({}, of);
    this.world.east.put('api');
    this.world.watch();
  }

  async take(step: Step): Promise<void> {
    if ('writer' in step) this.write(step.type, step.writer);
    else await this.happen(step.type);
  }

  private write(type: WriterStep['type'], who: 0 | 1): void {
    const { world } = this;
    if (type === 'read') this.read[who] = world.row('east.api');
    else if (type === 'remove' || type === 'create') {
      this.hold();
      const write = world.write('east.api');
      const removal = { dryRun: false, preconditions: {} };
      this.send(type === 'create' ? world.writes.create(write, newRow(this.of)) : world.writes.remove(write, removal));
    } else this.change(type, who);
  }

  private async happen(type: OtherStep['type']): Promise<void> {
    const { east, watch, beginList, endList } = this.world;
    const happenings: Readonly<Record<OtherStep['type'], () => unknown>> = {
      answer: () => this.held.shift()?.(),
      edit: () => east.get('api') !== undefined && east.put('api', {}, { spec: { edit: (this.edits += 1) } }),
      delete: () => east.remove('api'),
      recreate: () => {
        east.remove('api');
        east.put('api');
      },
      watch: () => watch(1),
      watchAll: () => watch(),
      beginList,
      endList,
    };
    happenings[type]();
    await (type === 'watch' || type === 'watchAll' || type === 'endList' ? this.world.time.advance(20) : settle());
  }

  private change(type: 'update' | 'patch', who: 0 | 1): void {
    const { world } = this;
    const read = this.read[who];
    if (read === undefined) return;
    this.count += 1;
    const label = `l${this.count}`;
    const over = read.metadata.resourceVersion ?? '';
    this.hold();
    const make = (shown: KubeObject): KubeObject => labelled(type === 'update' ? read : shown, label);
    this.send(world.writes.change(world.write('east.api'), { type, change: make }), () =>
      this.won.push({ label, over, type }),
    );
  }

  private hold(): void {
    this.world.east.reply(
      /^(POST|PUT|DELETE)/,
      () => new Promise((resolve) => void this.held.push(() => resolve('as usual'))),
      true,
    );
  }

  private send(answer: Promise<{ readonly row: KubeObject }>, won: () => void = () => undefined): void {
    answer.then(
      ({ row }) => {
        won();
        this.checkRead(row);
      },
      (error: unknown) => {
        if (!(error instanceof ApiStatusError)) throw error;
      },
    );
  }

  /** A GET right after the answer is never older than it. */
  private checkRead(row: KubeObject): void {
    const now = this.world.row('east.api');
    const answered = Number(row.metadata.resourceVersion ?? '0');
    if (now?.metadata.uid === row.metadata.uid)
      expect(Number(now?.metadata.resourceVersion)).toBeGreaterThanOrEqual(answered);
  }

  async end(): Promise<void> {
    while (this.held.length > 0) await this.take({ type: 'answer' });
    await settle();
    this.world.endList();
    this.world.watch();
    await this.world.time.advance(1000);
  }
}

function newRow({ group, version, kind, namespace }: FakeResource): KubeObject {
  const place = namespace === '' ? {} : { namespace };
  return { apiVersion: `${group}/${version}`, kind, metadata: { name: 'east.api', ...place } };
}

function labelled(row: KubeObject, label: string): KubeObject {
  const { metadata } = row;
  return { ...row, metadata: { ...metadata, labels: { ...metadata.labels, [label]: 'x' } } };
}

/** What a row and its object have in common. */
function heldAs(object: KubeObject | undefined): unknown {
  if (object === undefined) return undefined;
  const labels = Object.keys(object.metadata.labels ?? {}).filter((key) => !key.includes('/'));
  return { spec: object.spec, labels: labels.sort() };
}

const KINDS = [FAKE_EXPORTS, FAKE_PROPERTIES].map((of) => [of.kind, of] as const);

describe.each(KINDS)('two writers of a %s through the hub, and others in the member', (_kind, of) => {
  it('lose no update, and of two updates of one version at most one succeeds', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(change, { minLength: 5, maxLength: 40 }), async (steps) => {
        const run = new Run(of);
        for (const one of steps) await run.take(one);
        await run.end();
        const updates = run.won.filter(({ type }) => type === 'update').map(({ over }) => over);
        expect(new Set(updates).size).toBe(updates.length);
        const held = run.world.east.get('api');
        expect(held?.spec).toEqual(run.edits === 0 ? undefined : { edit: run.edits });
        const labels = Object.keys(held?.metadata.labels ?? {});
        expect(labels).toEqual(expect.arrayContaining(run.won.map(({ label }) => label)));
      }),
      { numRuns: 150 },
    );
  });

  it('see in the end what the member holds, whatever order answers, events and lists came in', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 5, maxLength: 40 }), async (steps) => {
        const run = new Run(of);
        for (const one of steps) await run.take(one);
        await run.end();
        const held = heldAs(run.world.east.get('api'));
        expect(heldAs(run.world.row('east.api'))).toEqual(held);
      }),
      { numRuns: 60 },
    );
  });
});

/** What the member held when a write was answered, against what a reader then sees. */
describe.each(KINDS)('a reader of a %s right after a write', (_kind, of) => {
  const quiet = fc.array(fc.constantFrom('watch', 'watchAll', 'beginList', 'endList', 'edit'), { maxLength: 12 });

  it('sees it, whatever late events and lists are on their way', async () => {
    await fc.assert(
      fc.asyncProperty(quiet, quiet, fc.constantFrom('update', 'remove'), async (before, after, kind) => {
        const run = new Run(of);
        for (const type of before) await run.take({ type });
        if (run.world.row('east.api') === undefined) return;
        const write = run.world.write('east.api');
        const mine = (row: KubeObject): KubeObject => labelled(row, 'mine');
        if (kind === 'update') await run.world.writes.change(write, { type: 'patch', change: mine });
        else await run.world.writes.remove(write, { dryRun: false, preconditions: {} });
        const seen = (): void => {
          const row = run.world.row('east.api');
          if (kind === 'update') expect(row?.metadata.labels?.['mine']).toBe('x');
          else expect(row).toBeUndefined();
        };
        seen();
        for (const type of after) {
          await run.take({ type });
          seen();
        }
        await run.end();
        seen();
      }),
      { numRuns: 100 },
    );
  });
});
