import { Counter, Histogram } from 'prom-client';
import type { Registry } from 'prom-client';
import type { WriteRecord } from '../../members/write/index.ts';

const SECONDS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 34];

/** Counts writes to members and to their profiles. Names that no member has are counted under an empty label: clients choose them freely. */
export function createWriteMetrics(
  registry: Registry,
  isMember: (cluster: string) => boolean,
): (record: WriteRecord) => void {
  const registers = [registry];
  const total = new Counter({
    name: 'clusterset_member_writes_total',
    help: 'Writes that were to go through to a member, or to what other writers keep in its profile, by what we answered.',
    labelNames: ['member', 'resource', 'verb', 'code'],
    registers,
  });
  const seconds = new Histogram({
    name: 'clusterset_member_write_duration_seconds',
    help: 'Time of a write from its decoded request to its answer, the time in the member included.',
    labelNames: ['verb'],
    buckets: SECONDS,
    registers,
  });
  return ({ cluster, resource, verb, code, durationMs }) => {
    total.inc({ member: isMember(cluster) ? cluster : '', resource, verb, code: String(code) });
    seconds.observe({ verb }, durationMs / 1000);
  };
}
