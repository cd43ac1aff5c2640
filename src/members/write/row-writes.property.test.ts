import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { openWriteWorld } from '../../../test/support/write-world.ts';
import type { WriteWorld } from '../../../test/support/write-world.ts';
import { settle } from '../../../test/support/manual-time.ts';
import { ApiStatusError } from '../../kube/api-status.ts';
import type { KubeObject } from '../../kube/object.ts';

type Step =
  | { readonly type: 'read' | 'update' | 'patch' | 'remove' | 'create'; readonly writer: 0 | 1 }
  | { readonly type: 'answer' | 'edit' | 'delete' | 'recreate' | 'watch' | 'watchAll' | 'beginList' | 'endList' };

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
  readonly world: WriteWorld = openWriteWorld();
  readonly held: (() => void)[] = [];
  readonly read: (KubeObject | undefined)[] = [undefined, undefined];
  /** Writes that were answered with success, and the version that each was made on. */
  readonly won: { label: string; over: string; type: string }[] = [];
  /** The last edit in the member itself. */
  edits = 0;
  private count = 0;

  constructor() {
    this.world.east.put('api');
    this.world.watch();
  }

  async take(step: Step): Promise<void> {
    const { world } = this;
    switch (step.type) {
      case 'read':
        this.read[step.writer] = world.row('east.api');
        return;
      case 'update':
      case 'patch':
        this.change(step.type, step.writer);
        return;
      case 'remove':
        this.hold();
        this.send(world.writes.remove(world.write('east.api'), { dryRun: false, preconditions: {} }));
        return;
      case 'create':
        this.hold();
        this.send(world.writes.create(world.write('east.api'), newRow()));
        return;
      case 'answer':
        this.held.shift()?.();
        await settle();
        return;
      case 'edit':
        if (world.east.get('api') !== undefined) world.east.put('api', {}, { spec: { edit: (this.edits += 1) } });
        return;
      case 'delete':
        world.east.remove('api');
        return;
      case 'recreate':
        world.east.remove('api');
        world.east.put('api');
        return;
      case 'watch':
        world.watch(1);
        break;
      case 'watchAll':
        world.watch();
        break;
      case 'beginList':
        world.beginList();
        return;
      case 'endList':
        world.endList();
        break;
    }
    await world.time.advance(20);
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

function newRow(): KubeObject {
  return {
    apiVersion: 'multicluster.x-k8s.io/v1beta1',
    kind: 'ServiceExport',
    metadata: { name: 'east.api', namespace: 'prod' },
  };
}

function labelled(row: KubeObject, label: string): KubeObject {
  const { metadata } = row;
  return { ...row, metadata: { ...metadata, labels: { ...metadata.labels, [label]: 'x' } } };
}

describe('two writers through the hub, and others in the member', () => {
  it('lose no update, and of two updates of one version at most one succeeds', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(change, { minLength: 5, maxLength: 40 }), async (steps) => {
        const run = new Run();
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
        const run = new Run();
        for (const one of steps) await run.take(one);
        await run.end();
        const held = run.world.east.get('api');
        const row = run.world.row('east.api');
        expect(row?.metadata.labels?.['clusterset-apiserver.dev/cluster']).toBe(
          held === undefined ? undefined : 'east',
        );
        expect(row?.spec).toEqual(held?.spec);
        const own = Object.keys(row?.metadata.labels ?? {}).filter((key) => !key.includes('/'));
        expect(own.sort()).toEqual(Object.keys(held?.metadata.labels ?? {}).sort());
      }),
      { numRuns: 60 },
    );
  });
});

/** What the member held when a write was answered, against what a reader then sees. */
describe('a reader right after a write', () => {
  const quiet = fc.array(fc.constantFrom('watch', 'watchAll', 'beginList', 'endList', 'edit'), { maxLength: 12 });

  it('sees it, whatever late events and lists are on their way', async () => {
    await fc.assert(
      fc.asyncProperty(quiet, quiet, fc.constantFrom('update', 'remove'), async (before, after, kind) => {
        const run = new Run();
        for (const type of before) await run.take({ type });
        const shown = run.world.row('east.api');
        if (shown === undefined) return;
        if (kind === 'update') {
          const make = (row: KubeObject): KubeObject => labelled(row, 'mine');
          await run.world.writes.change(run.world.write('east.api'), { type: 'patch', change: make });
        } else {
          await run.world.writes.remove(run.world.write('east.api'), { dryRun: false, preconditions: {} });
        }
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
