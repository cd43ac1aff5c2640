import { monotonicMs, percentile, withProgress } from './clock.ts';
import { cpuMs, peakRssBytes, resetPeakRss } from './processes.ts';
import { measureServiceWrites } from './service-writes.ts';
import type { Row } from './table.ts';
import { admissionOf, conversionOf, largestAdmission } from './webhook-reviews.ts';
import type { WebhookSide, WebhookSides } from './webhook-target.ts';
import { startWebhookSides } from './webhook-target.ts';

const KIB = 1024;
const SIZES = [1, 100] as const;
const PARALLEL = [1, 16, 64] as const;
/** Each side is measured so often, the other one in between. */
const ROUNDS = 3;
const ROUND_CALLS: Readonly<Record<(typeof SIZES)[number], number>> = { 1: 3000, 100: 600 };
const WARM_UP_CALLS = 3000;
const ADMISSION_P99_MS_MAX = 10;
/** Half of what is published for conversion webhooks. */
const CONVERSIONS = [
  { objects: 1, calls: 1500, warmUpCalls: WARM_UP_CALLS, msMax: 25 },
  { objects: 1500, calls: 10, warmUpCalls: 5, msMax: 500 },
  { objects: 10_000, calls: 4, warmUpCalls: 2, msMax: 3000 },
] as const;
const BLOCKED_MS_MAX = 50;
/** Calls of the largest admission. */
const LARGEST_CALLS = 10;

interface Load {
  readonly path: string;
  readonly body: string;
  readonly parallel: number;
  readonly calls: number;
}

interface Measured {
  readonly latenciesMs: readonly number[];
  readonly wallMs: number;
  readonly cpuMs: number;
}

/** Our webhooks beside one on controller-runtime that does the same, asked by the same client. */
export async function measureWebhooks(): Promise<readonly Row[]> {
  const sides = await withProgress('starting our webhooks and the peer', startWebhookSides);
  try {
    return [
      ...(await measureAdmission(sides)),
      ...(await measureLargestAdmission(sides)),
      ...(await measureConversion(sides)),
      ...(await measureServiceWrites(sides.own)),
    ];
  } finally {
    await sides.stop();
  }
}

async function measureAdmission(sides: WebhookSides): Promise<readonly Row[]> {
  const rows: Row[] = [];
  for (const kib of SIZES) {
    const body = admissionOf(kib * KIB);
    const path = '/validate/safety';
    const calls = ROUND_CALLS[kib];
    await both(sides, { path, body, parallel: 16, calls: WARM_UP_CALLS });
    for (const parallel of PARALLEL) {
      const name = `admission, ${kib} KiB, ${parallel} in parallel`;
      const { own, peer } = await withProgress(name, () => rounds(sides, { path, body, parallel, calls }));
      rows.push(
        {
          ...{ measure: `${name}: p99`, unit: 'ms', ours: p(own, 99), peer: p(peer, 99) },
          aim: { type: 'atMost', max: ADMISSION_P99_MS_MAX },
          note: `p50 ${p(own, 50).toFixed(2)}, peer ${p(peer, 50).toFixed(2)} ms; ${rate(own)}, peer ${rate(peer)} calls/s`,
        },
        {
          ...{ measure: `${name}: CPU of a call`, unit: 'µs', ours: cpuUs(own), peer: cpuUs(peer) },
          aim: { type: 'ratio', max: 1 },
        },
      );
    }
  }
  return rows;
}

async function measureLargestAdmission({ own }: WebhookSides): Promise<readonly Row[]> {
  const load = { path: '/validate/safety', body: largestAdmission(), parallel: 1, calls: LARGEST_CALLS };
  await run(own, load);
  await longestBlockMs(own);
  const measured = await withProgress('admission, largest', () => run(own, load));
  return [
    {
      ...{
        measure: 'largest admission: event loop blocked',
        unit: 'ms',
        ours: await longestBlockMs(own),
        peer: undefined,
      },
      aim: { type: 'atMost', max: BLOCKED_MS_MAX },
      note: `p50 ${p(measured, 50).toFixed(0)} ms; ${(load.body.length / KIB / KIB).toFixed(1)} MiB`,
    },
  ];
}

async function measureConversion(sides: WebhookSides): Promise<readonly Row[]> {
  const rows: Row[] = [];
  for (const version of ['v1alpha1', 'v1alpha2']) {
    for (const { objects, calls, warmUpCalls, msMax } of CONVERSIONS) {
      const name = `conversion to ${version}, ${objects} objects`;
      const load = { path: '/convert', body: conversionOf(version, objects), parallel: 1, calls };
      await both(sides, { ...load, calls: warmUpCalls });
      await longestBlockMs(sides.own);
      resetPeakRss(sides.own.pid);
      resetPeakRss(sides.peer.pid);
      const { own, peer } = await withProgress(name, () => rounds(sides, load));
      rows.push(
        {
          ...{ measure: `${name}: p99`, unit: 'ms', ours: p(own, 99), peer: p(peer, 99) },
          aim: { type: 'atMost', max: msMax },
          note: `p50 ${p(own, 50).toFixed(2)}, peer ${p(peer, 50).toFixed(2)} ms; ${(load.body.length / KIB / KIB).toFixed(1)} MiB`,
        },
        {
          ...{ measure: `${name}: CPU of a call`, unit: 'ms', ours: cpuUs(own) / 1000, peer: cpuUs(peer) / 1000 },
          aim: { type: 'ratio', max: 1 },
          note: `peak memory ${megabytes(sides.own)}, peer ${megabytes(sides.peer)} MB`,
        },
        {
          ...{
            measure: `${name}: event loop blocked`,
            unit: 'ms',
            ours: await longestBlockMs(sides.own),
            peer: undefined,
          },
          aim: { type: 'atMost', max: BLOCKED_MS_MAX },
        },
      );
    }
  }
  return rows;
}

interface Both {
  readonly own: Measured;
  readonly peer: Measured;
}

async function rounds(sides: WebhookSides, load: Load): Promise<Both> {
  const measured: Both[] = [];
  for (let round = 0; round < ROUNDS; round += 1) measured.push(await both(sides, load));
  return { own: together(measured.map(({ own }) => own)), peer: together(measured.map(({ peer }) => peer)) };
}

async function both({ own, peer }: WebhookSides, load: Load): Promise<Both> {
  return { own: await run(own, load), peer: await run(peer, load) };
}

function together(parts: readonly Measured[]): Measured {
  return {
    latenciesMs: parts.flatMap(({ latenciesMs }) => latenciesMs),
    wallMs: parts.reduce((sum, { wallMs }) => sum + wallMs, 0),
    cpuMs: parts.reduce((sum, part) => sum + part.cpuMs, 0),
  };
}

async function run({ pid, client }: WebhookSide, { path, body, parallel, calls }: Load): Promise<Measured> {
  const clients = Array.from({ length: parallel }, client);
  // Handshakes are not what is measured.
  await Promise.all(clients.map((one) => one.get('/')));
  const latenciesMs: number[] = [];
  const [startedMs, cpuBeforeMs] = [monotonicMs(), cpuMs(pid)];
  let next = 0;
  await Promise.all(
    clients.map(async (one) => {
      while (next < calls) {
        next += 1;
        const { status, wallMs } = await one.post(`${path}?timeout=30s`, body);
        if (status !== 200) throw new Error(`${path}: ${status}`);
        latenciesMs.push(wallMs);
      }
    }),
  );
  const measured = { latenciesMs, wallMs: monotonicMs() - startedMs, cpuMs: cpuMs(pid) - cpuBeforeMs };
  for (const one of clients) one.close();
  return measured;
}

async function longestBlockMs({ client }: WebhookSide): Promise<number> {
  const one = client();
  const text = await one.text('/longest-block');
  one.close();
  return Number(text);
}

function p({ latenciesMs }: Measured, percent: number): number {
  return percentile(latenciesMs, percent);
}

function rate({ latenciesMs, wallMs }: Measured): string {
  return ((latenciesMs.length * 1000) / wallMs).toFixed(0);
}

function cpuUs({ latenciesMs, cpuMs: used }: Measured): number {
  return (used * 1000) / latenciesMs.length;
}

function megabytes({ pid }: WebhookSide): string {
  return (peakRssBytes(pid) / 1e6).toFixed(0);
}
