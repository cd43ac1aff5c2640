import type { Exchange } from './exchange.ts';
import type { Logger } from './logger.ts';
import type { ApiMetrics } from './metrics.ts';

interface ObserveDeps {
  readonly metrics: ApiMetrics;
  readonly logger: Logger;
  readonly clock: () => number;
}

/** Counts and logs a request when its response is closed, whoever closed it. */
export function observe(exchange: Exchange, deps: ObserveDeps): void {
  const { message, response, info, labels } = exchange;
  const { socket } = message;
  const bytesBefore = socket.bytesWritten;
  if (info.longRunning) deps.metrics.watchesChanged(labels, 1);
  response.once('close', () => {
    const seconds = Math.max(0, deps.clock() - exchange.startedMs) / 1000;
    const bytes = Math.max(0, socket.bytesWritten - bytesBefore);
    if (info.longRunning) deps.metrics.watchesChanged(labels, -1);
    else if (!response.writableFinished) deps.metrics.requestAborted(labels);
    if (response.headersSent) {
      deps.metrics.requestEnded(labels, {
        code: response.statusCode,
        dryRun: info.mutating && exchange.query.has('dryRun'),
        seconds,
        responseBytes: labels.verb === 'GET' || labels.verb === 'LIST' ? bytes : undefined,
      });
    }
    logAccess(exchange, deps.logger, { seconds, bytes });
  });
}

/** One line per request; the query is left out, tokens and certificates never come this far. */
function logAccess(exchange: Exchange, logger: Logger, measured: { seconds: number; bytes: number }): void {
  const { message, response, info } = exchange;
  const status = response.headersSent ? response.statusCode : 0;
  const fields = {
    auditId: exchange.auditId,
    method: message.method,
    path: exchange.path,
    verb: info.action.verb,
    user: exchange.user?.name,
    userAgent: message.headers['user-agent'],
    status,
    seconds: measured.seconds,
    bytes: measured.bytes,
    complete: response.writableFinished,
  };
  if (status >= 500) logger.info(fields, 'request failed');
  else logger.debug(fields, 'request');
}
