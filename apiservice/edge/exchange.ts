import type { IncomingMessage, ServerResponse } from 'node:http';
import type { RequestUser } from '../../src/kube/request-user.ts';
import type { ViewTarget } from './member-view.ts';
import type { RequestInfo } from './request-info.ts';
import type { RequestLabels } from './request-labels.ts';

/** One request on its way through the edges. */
export interface Exchange {
  readonly message: IncomingMessage;
  readonly response: ServerResponse;
  readonly auditId: string;
  readonly path: string;
  readonly query: URLSearchParams;
  readonly info: RequestInfo;
  /** Where the request is below /clusters/NAME; `info` tells of what follows that. */
  readonly view: ViewTarget | undefined;
  readonly labels: RequestLabels;
  readonly startedMs: number;
  /** Set once known, for the access log. */
  user: RequestUser | undefined;
}

const AUDIT_ID = /^[\w.:-]{1,128}$/;

/** The caller's Audit-ID if it is one that can be logged and returned, otherwise a new one. */
export function takeAuditId(message: IncomingMessage, newId: () => string): string {
  const given = message.headers['audit-id'];
  return typeof given === 'string' && AUDIT_ID.test(given) ? given : newId();
}

/** True when there is nobody to answer any more: answered, timed out or gone. */
export function isOver({ response }: Exchange): boolean {
  return response.headersSent || response.writableEnded || response.destroyed;
}
