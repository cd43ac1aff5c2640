import type { IncomingHttpHeaders } from 'node:http';
import type { KubeRequest, KubeResponse } from '../../connection/types.ts';
import { ConnectionError } from '../../connection/types.ts';
import { serviceUnavailable, timedOut, tooManyRequests } from '../../kube/api-errors.ts';
import type { ApiStatusError } from '../../kube/api-status.ts';
import { parseJson } from '../../kube/json.ts';
import { connectionText } from '../failure.ts';
import type { WritableMember } from '../member-deps.ts';
import {
  BUSY_RETRY_SECONDS,
  UNREACHABLE_RETRY_SECONDS,
  WRITE_ANSWER_BYTES_MAX,
  WRITE_TIMEOUT_MS,
  WRITES_PER_MEMBER_MAX,
} from './limits.ts';

/** What a member answered, whatever its status. */
export interface MemberAnswer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  /** Undefined when it is not JSON. */
  readonly body: unknown;
}

export interface MemberCall extends Omit<KubeRequest, 'timeoutMs' | 'bodyBytesMax' | 'signal'> {
  /** Nobody waits for the answer any more. */
  readonly isOver: () => boolean;
}

/** Sends one call to a member, never twice. Throws ApiStatusError unless the member answered. */
export type CallMember = (member: WritableMember, call: MemberCall) => Promise<MemberAnswer>;

/** Nothing is queued: a member that cannot be reached now is told at once, with the time to come back. */
export function createMemberCalls(): CallMember {
  const underWay = new Map<string, number>();
  return async (member, call) => {
    const { cluster } = member;
    assertLive(member);
    const others = underWay.get(cluster) ?? 0;
    if (others >= WRITES_PER_MEMBER_MAX) {
      const text = `${WRITES_PER_MEMBER_MAX} writes to member cluster "${cluster}" are under way already`;
      throw tooManyRequests(text, BUSY_RETRY_SECONDS);
    }
    underWay.set(cluster, others + 1);
    try {
      return await send(member, call);
    } finally {
      const left = (underWay.get(cluster) ?? 1) - 1;
      if (left === 0) underWay.delete(cluster);
      else underWay.set(cluster, left);
    }
  };
}

async function send(member: WritableMember, { isOver, ...request }: MemberCall): Promise<MemberAnswer> {
  const problem = await member.confirm();
  if (problem !== undefined) throw unreachable(member.cluster, problem.message);
  if (isOver()) throw timedOut(`the client did not wait; nothing was sent to member cluster "${member.cluster}"`);
  let response: KubeResponse;
  try {
    response = await member.connection().request({
      ...request,
      timeoutMs: WRITE_TIMEOUT_MS,
      bodyBytesMax: WRITE_ANSWER_BYTES_MAX,
    });
  } catch (error) {
    if (!(error instanceof ConnectionError)) throw error;
    if (!error.sent) throw unreachable(member.cluster, connectionText(error));
    throw unknownOutcome(member.cluster, `its answer did not arrive (${error.failure})`);
  }
  return { status: response.status, headers: response.headers, body: parsed(response.body) };
}

/** A write to a member whose state is not current could not be told to be right. Throws 503. */
export function assertLive(member: WritableMember): void {
  const { phase, message, reason } = member.status();
  if (phase !== 'live') throw unreachable(member.cluster, message ?? reason ?? 'it was not read yet');
}

/** Nothing was sent, so that the client may repeat the request by itself. */
function unreachable(cluster: string, why: string): ApiStatusError {
  const text = `member cluster "${cluster}" cannot be written to now, and nothing was: ${why}`;
  return serviceUnavailable(text, UNREACHABLE_RETRY_SECONDS);
}

/** Without Retry-After: a client that repeated the request by itself could do the same thing twice. */
export function unknownOutcome(cluster: string, why: string): ApiStatusError {
  const text = `outcome unknown: the request was sent to member cluster "${cluster}", but ${why}`;
  return timedOut(`${text}; look at the object before you try again`);
}

function parsed(body: Buffer): unknown {
  try {
    return parseJson(body.toString('utf8'));
  } catch {
    return undefined;
  }
}
