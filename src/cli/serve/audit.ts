import { closeSync, openSync } from 'node:fs';
import { destination, pino, stdTimeFunctions } from 'pino';
import type { Logger } from 'pino';
import type { Config } from '../../config/index.ts';
import type { WriteRecord } from '../../members/write/index.ts';
import { UsageError } from '../exit.ts';

const FILE_MODE = 0o600;
/** Lines that wait for a file that cannot be written, as on a full disk; further ones are lost, which the log tells. */
const WAITING_BYTES_MAX = 4 * 1024 * 1024;

const MESSAGES: Readonly<Record<WriteRecord['to'], string>> = {
  member: 'write to a member',
  profile: 'write to a profile',
};

/** Writes one line for each write to a member, which itself only sees our account, or to what is kept of its profile. */
export type Audit = (record: WriteRecord) => void;

/** Throws UsageError when the file cannot be written, so that nothing is served without the lines that were asked for. */
export function openAudit(config: Config, log: Logger): Audit {
  if (!config['audit.enabled']) return () => undefined;
  const file = config['audit.file'];
  const lines = file === undefined ? logLines(config, log) : openFile(file, log);
  return (record) => lines.info(lineOf(record), MESSAGES[record.to]);
}

/** Written whatever the level of the log is; but the terminal of the example stays free of them unless it shows as much. */
function logLines(config: Config, log: Logger): Logger {
  return config['embedded.enabled'] ? log : log.child({}, { level: 'info' });
}

function openFile(file: string, log: Logger): Logger {
  try {
    closeSync(openSync(file, 'a', FILE_MODE));
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : 'unwritable';
    throw new UsageError(`cannot write to audit file ${file}: ${code}`);
  }
  const stream = destination({ dest: file, append: true, sync: true, maxLength: WAITING_BYTES_MAX });
  let isFailing = false;
  let isLosing = false;
  stream.on('error', (error: Error) => {
    if (!isFailing) log.error({ err: error, file }, 'audit lines cannot be written');
    isFailing = true;
  });
  stream.on('drop', () => {
    if (!isLosing) log.error({ file }, 'audit lines are lost');
    isLosing = true;
  });
  stream.on('write', () => {
    if (isFailing) log.info({ file }, 'audit lines can be written again');
    isFailing = false;
    isLosing = false;
  });
  return pino({ level: 'info', base: null, timestamp: stdTimeFunctions.isoTime }, stream);
}

function lineOf(record: WriteRecord): object {
  const { user, cluster, auditAnnotations } = record;
  const { verb, resource, namespace, name, dryRun, auditId, code, reason } = record;
  return {
    ...{ verb, auditId, code, reason, dryRun, durationMs: Math.round(record.durationMs) },
    ...{ user: user.name, groups: user.groups, memberCluster: cluster, resource, namespace, name },
    ...(auditAnnotations === undefined ? {} : { auditAnnotations }),
  };
}
