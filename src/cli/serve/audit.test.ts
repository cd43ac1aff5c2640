import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pino } from 'pino';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Config } from '../../config/index.ts';
import { loadConfiguration } from '../../config/index.ts';
import type { WriteRecord } from '../../members/write/index.ts';
import { UsageError } from '../exit.ts';
import { openAudit } from './audit.ts';

const RECORD: WriteRecord = {
  user: { name: 'jane', uid: undefined, groups: ['team-shop'], extra: {} },
  verb: 'create',
  cluster: 'east',
  resource: 'serviceexports',
  namespace: 'shop',
  name: 'cart',
  dryRun: false,
  auditId: 'a1',
  code: 201,
  reason: undefined,
  durationMs: 8.6,
};

function configured(text: string): Config {
  const outcome = loadConfiguration(text, {});
  if (!outcome.ok) throw new Error(outcome.error);
  return outcome.value;
}

/** What the log has after one write, with the given configuration and the least severe lines shown. */
function loggedAfterWrite(text: string, level: string): readonly string[] {
  const lines: string[] = [];
  const log = pino({ level, base: null, timestamp: false }, { write: (line) => lines.push(line) });
  openAudit(configured(text), log)(RECORD);
  return lines;
}

describe('the line of a write to a member', () => {
  let directory = '';
  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), 'audit-'));
  });
  afterEach(() => {
    rmSync(directory, { recursive: true });
  });

  it.each(['info', 'error'])('goes to the log, also at level %s', (level) => {
    const [line, ...more] = loggedAfterWrite('', level);
    expect(more).toEqual([]);
    expect(JSON.parse(line ?? '')).toMatchObject({
      msg: 'write to a member',
      user: 'jane',
      groups: ['team-shop'],
      memberCluster: 'east',
      name: 'cart',
      durationMs: 9,
    });
  });

  it('stays out of the terminal of the example, which shows warnings', () => {
    expect(loggedAfterWrite('embedded:\n  enabled: true\n', 'warn')).toEqual([]);
  });

  it('is left out if it is not wanted', () => {
    expect(loggedAfterWrite('audit:\n  enabled: false\n', 'info')).toEqual([]);
  });

  it('is appended to the file that is named, and not to the log', () => {
    const file = join(directory, 'audit.log');
    const text = `audit:\n  file: ${file}\n`;
    expect([...loggedAfterWrite(text, 'info'), ...loggedAfterWrite(text, 'info')]).toEqual([]);
    const lines = readFileSync(file, 'utf8').trim().split('\n');
    expect(lines).toEqual([expect.stringContaining('"auditId":"a1"'), expect.stringContaining('"auditId":"a1"')]);
  });

  it('has a file that can be written, or nothing starts', () => {
    const file = join(directory, 'absent', 'audit.log');
    expect(() => loggedAfterWrite(`audit:\n  file: ${file}\n`, 'info')).toThrow(
      new UsageError(`cannot write to audit file ${file}: ENOENT`),
    );
  });
});
