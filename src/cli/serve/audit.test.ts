import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Writable } from 'node:stream';
import { pino } from 'pino';
import { Registry } from 'prom-client';
import { afterEach, describe, expect, it } from 'vitest';

import type { Config } from '../../config/index.ts';
import { loadConfiguration } from '../../config/index.ts';
import type { WriteRecord } from '../../members/write/index.ts';
import { UsageError } from '../exit.ts';
import { openAudit } from './audit.ts';
import { createWriteMetrics } from './write-metrics.ts';

const RECORD: WriteRecord = {
  user: { name: 'jane', uid: 'u-1', groups: ['dev'], extra: { token: ['secret-token'] } },
  ...{ verb: 'create', to: 'member', cluster: 'east', resource: 'serviceexports', namespace: 'prod', name: 'api' },
  ...{ dryRun: false, auditId: 'audit-1', code: 201, reason: undefined, durationMs: 12.6 },
};
const LINE = {
  ...{ verb: 'create', memberCluster: 'east', resource: 'serviceexports', namespace: 'prod', name: 'api' },
  ...{ user: 'jane', groups: ['dev'], dryRun: false, auditId: 'audit-1', code: 201, durationMs: 13 },
};

const folders: string[] = [];
afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true });
});

function configuration(defaults: Partial<Config>): Config {
  const config = loadConfiguration(undefined, {}, defaults);
  if (!config.ok) throw new Error(config.error);
  return config.value;
}

function openLog(level = 'info') {
  const lines: string[] = [];
  const stream = new Writable({
    write: (chunk, _encoding, done) => {
      lines.push(String(chunk));
      done();
    },
  });
  return { lines, log: pino({ level, base: null, timestamp: false }, stream) };
}

describe('the audit of writes', () => {
  it('is one line for each write in the log: who, where, what and how it ended, without anything secret', () => {
    const { lines, log } = openLog();
    openAudit(configuration({ 'audit.enabled': true }), log)(RECORD);
    expect(lines).toHaveLength(1);
    expect(JSON.parse(lines[0] ?? '')).toEqual({ level: 30, msg: 'write to a member', ...LINE });
    expect(lines[0]).not.toContain('secret-token');
  });

  it('goes to a file that only we may read, after what is there', () => {
    const folder = mkdtempSync(join(tmpdir(), 'audit-'));
    folders.push(folder);
    const file = join(folder, 'audit.log');
    const config = configuration({ 'audit.enabled': true, 'audit.file': file });
    const { lines, log } = openLog();
    openAudit(config, log)(RECORD);
    openAudit(config, log)({ ...RECORD, code: 409, reason: 'Conflict' });
    const written = readFileSync(file, 'utf8').trimEnd().split('\n');
    expect(written.map((line) => JSON.parse(line) as unknown)).toEqual([
      expect.objectContaining(LINE),
      expect.objectContaining({ ...LINE, code: 409, reason: 'Conflict' }),
    ]);
    expect(statSync(file).mode & 0o777).toBe(0o600);
    expect(lines).toEqual([]);
  });

  it('that cannot be written is refused at the start', () => {
    const config = configuration({ 'audit.enabled': true, 'audit.file': '/nowhere/audit.log' });
    expect(() => openAudit(config, openLog().log)).toThrow(UsageError);
  });

  it('is in the log whatever its level, but not on the terminal of the example', () => {
    const { lines, log } = openLog('error');
    openAudit(configuration({ 'audit.enabled': true }), log)(RECORD);
    expect(lines).toHaveLength(1);
    openAudit(configuration({ 'audit.enabled': true, 'embedded.enabled': true }), log)(RECORD);
    expect(lines).toHaveLength(1);
  });

  it('is silent when it is off', () => {
    const { lines, log } = openLog();
    openAudit(configuration({ 'audit.enabled': false }), log)(RECORD);
    expect(lines).toEqual([]);
  });
});

describe('the metrics of writes', () => {
  it('count by member, but never by a name that a client made up', async () => {
    const registry = new Registry();
    const count = createWriteMetrics(registry, (cluster) => cluster === 'east');
    count(RECORD);
    for (const cluster of ['', 'made-up-1', 'made-up-2']) count({ ...RECORD, cluster, code: 422 });
    const text = await registry.metrics();
    const labels = 'resource="serviceexports",verb="create"';
    expect(text).toContain(`clusterset_member_writes_total{member="east",${labels},code="201"} 1`);
    expect(text).toContain(`clusterset_member_writes_total{member="",${labels},code="422"} 3`);
    expect(text).not.toMatch(/made-up|jane|prod/);
    expect(text).toContain('clusterset_member_write_duration_seconds_count{verb="create"} 4');
  });
});
