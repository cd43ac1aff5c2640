import type { HealthCheck } from '../types.ts';
import type { TextAnswer } from './error-response.ts';
import type { Logger } from './logger.ts';

/** One of the endpoints healthz, livez and readyz with its checks. */
export interface HealthEndpoint {
  /** The answer of the endpoint itself. */
  readonly answer: (query: URLSearchParams) => HealthAnswer;
  /** The answer of one named check; undefined when there is none of that name. */
  readonly answerCheck: (name: string) => HealthAnswer | undefined;
}

/** Healthy answers carry no line break unless they are verbose. */
export type HealthAnswer =
  { readonly healthy: true; readonly body: string } | ({ readonly healthy: false } & TextAnswer);

const PING: HealthCheck = { name: 'ping', check: () => undefined };

/** Reasons go to the log, once per change; the public answer withholds them, as kube-apiserver does. */
export function createHealthEndpoint(
  endpoint: 'healthz' | 'livez' | 'readyz',
  checks: readonly HealthCheck[],
  logger: Logger,
): HealthEndpoint {
  const all = [PING, ...checks];
  let lastFailures = '';
  const logChange = (failures: readonly string[]): void => {
    const text = failures.join('; ');
    if (text === lastFailures) return;
    lastFailures = text;
    if (text === '') logger.info({ endpoint }, 'health checks pass');
    else logger.warn({ endpoint, failures }, 'health checks fail');
  };
  return {
    answer: (query) => {
      const excluded = new Set(query.getAll('exclude'));
      const report = runChecks(all, excluded);
      if (excluded.size === 0) logChange(report.failures);
      return summarize(endpoint, report, query.has('verbose'));
    },
    answerCheck: (name) => {
      const check = all.find((one) => one.name === name);
      if (check === undefined) return undefined;
      return runCheck(check) === undefined
        ? { healthy: true, body: 'ok' }
        : { healthy: false, status: 500, text: 'internal server error: reason withheld' };
    },
  };
}

interface Report {
  readonly lines: readonly string[];
  readonly failures: readonly string[];
}

function runChecks(checks: readonly HealthCheck[], excluded: ReadonlySet<string>): Report {
  const lines: string[] = [];
  const failures: string[] = [];
  for (const check of checks) {
    if (excluded.has(check.name)) {
      lines.push(`[+]${check.name} excluded: ok`);
      continue;
    }
    const reason = runCheck(check);
    const isNotice = check.isNotice ?? false;
    const failed = `[-]${check.name} failed${isNotice ? ', which is not counted' : ''}: reason withheld`;
    lines.push(reason === undefined ? `[+]${check.name} ok` : failed);
    if (reason !== undefined && !isNotice) failures.push(`${check.name}: ${reason}`);
  }
  const unknown = [...excluded].filter((name) => !checks.some((check) => check.name === name));
  if (unknown.length > 0) {
    const names = unknown.sort().map((name) => JSON.stringify(name));
    lines.push(`warn: some health checks cannot be excluded: no matches for ${names.join(',')}`);
  }
  return { lines, failures };
}

/** A check that throws has failed; probes must never take the process down. */
function runCheck(check: HealthCheck): string | undefined {
  try {
    return check.check();
  } catch (error) {
    return `the check itself failed: ${String(error)}`;
  }
}

function summarize(endpoint: string, report: Report, verbose: boolean): HealthAnswer {
  const lines = report.lines.join('\n');
  if (report.failures.length > 0) return { healthy: false, status: 500, text: `${lines}\n${endpoint} check failed` };
  return { healthy: true, body: verbose ? `${lines}\n${endpoint} check passed\n` : 'ok' };
}
