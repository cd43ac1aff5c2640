import type { ServerResponse } from 'node:http';
import { timedOut } from '../../src/kube/api-errors.ts';
import { isOver, sendStatus } from './answer.ts';

/** kube-apiserver writes the time it waits as Go does: `10s`, `1.5s`, `500ms`. */
const TIMEOUT = /[?&]timeout=([0-9]{1,6}(?:\.[0-9]{1,9})?)(ms|s)(?:&|$)/;

/** How long the caller waits, if it says so in a way that can be understood, but not longer than the bound. */
export function callerTimeoutMs(url: string, timeoutMsMax: number): number {
  const [, amount, unit] = TIMEOUT.exec(url) ?? [];
  if (amount === undefined) return timeoutMsMax;
  const ms = Math.ceil(Number(amount) * (unit === 's' ? 1000 : 1));
  return ms > 0 && ms < timeoutMsMax ? ms : timeoutMsMax;
}

/** Answers 504 when time is up; an answer that has begun is cut off, so that it cannot be taken for complete. */
export function startDeadline(response: ServerResponse, timeoutMs: number): void {
  const timer = setTimeout(() => {
    if (isOver(response)) {
      response.destroy();
      return;
    }
    // Who has not sent the body yet keeps neither the connection nor the memory of what has come.
    if (!response.req.complete) response.setHeader('Connection', 'close');
    sendStatus(response, timedOut('the review was not finished within the time that its caller allows').status);
  }, timeoutMs);
  response.once('close', () => clearTimeout(timer));
}
