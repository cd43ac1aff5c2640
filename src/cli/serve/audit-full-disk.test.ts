import { pino } from 'pino';
import { expect, it } from 'vitest';
import { JANE } from '../../../test/support/write-world.ts';
import { loadConfiguration } from '../../config/index.ts';
import { openAudit } from './audit.ts';

/** Every write to it fails as on a full disk. */
const FULL = '/dev/full';

it('says once that lines cannot be written, and once that some are lost', () => {
  const config = loadConfiguration(`audit: {file: ${FULL}}`, {}, {});
  if (!config.ok) throw new Error(config.error);
  const told: string[] = [];
  const log = pino(
    { base: null },
    { write: (line: string) => void told.push((JSON.parse(line) as { msg: string }).msg) },
  );
  const audit = openAudit(config.value, log);
  for (let n = 0; n < 10; n += 1) {
    audit({
      ...{ user: JANE, verb: 'create', to: 'member', cluster: 'east', resource: 'serviceexports', namespace: 'prod' },
      ...{ dryRun: false, auditId: 'audit-1', code: 201, reason: undefined, durationMs: 1 },
      name: 'x'.repeat(1024 * 1024),
    });
  }
  expect(told).toEqual(['audit lines cannot be written', 'audit lines are lost']);
});
