import type { RequestUser } from '../../src/kube/request-user.ts';
import { unauthorized } from '../../src/kube/api-errors.ts';
import { isPrivileged, OPEN_PATHS } from './authorization.ts';
import type { AuthorizationFilter } from './authorization.ts';
import type { Exchange } from './exchange.ts';
import type { Authenticate } from './identity.ts';
import type { InFlight } from './in-flight.ts';
import { createInFlight } from './in-flight.ts';
import type { EdgeLimits } from './limits.ts';
import type { Logger } from './logger.ts';
import type { ApiMetrics } from './metrics.ts';
import { compressUsername } from './request-labels.ts';

interface StepDeps {
  readonly metrics: ApiMetrics;
  readonly clock: () => number;
}

/** Who asks; throws 401. */
export type AuthenticationStep = (exchange: Exchange) => Promise<RequestUser>;

export function createAuthenticationStep(
  authenticate: Authenticate,
  deps: StepDeps & { readonly logger: Logger },
): AuthenticationStep {
  return async (exchange) => {
    const startedMs = deps.clock();
    const authentication = await authenticate(exchange.message);
    deps.metrics.filterTook('authentication', Math.max(0, deps.clock() - startedMs) / 1000);
    if (authentication.type === 'refused') {
      deps.metrics.authenticated('failure', '');
      deps.logger.debug({ auditId: exchange.auditId, because: authentication.because }, 'authentication refused');
      throw unauthorized();
    }
    deps.metrics.authenticated('success', compressUsername(authentication.user.name));
    return authentication.user;
  };
}

/** May they; throws 403 or 500. */
export type AuthorizationStep = (exchange: Exchange, user: RequestUser) => Promise<void>;

export function createAuthorizationStep(filter: AuthorizationFilter, deps: StepDeps): AuthorizationStep {
  return async ({ info, response }, user) => {
    const startedMs = deps.clock();
    const refusal = await filter(user, info.action);
    deps.metrics.filterTook('authorization', Math.max(0, deps.clock() - startedMs) / 1000);
    if (refusal === undefined) return;
    response.setHeader('X-Content-Type-Options', 'nosniff');
    throw refusal;
  };
}

/** Takes a place for the request until its response is closed; false when there is none. */
export type InFlightStep = (exchange: Exchange, user: RequestUser) => boolean;

/** Watches, short reads and writes have separate places; probes and system:masters always get one. */
export function createInFlightStep(limits: EdgeLimits, metrics: ApiMetrics): InFlightStep {
  const reads = createInFlight(limits.readsInFlightMax);
  const writes = createInFlight(limits.writesInFlightMax);
  const watches = createInFlight(limits.watchesMax);
  const report = (places: InFlight): void => {
    if (places === reads) metrics.inFlight('readOnly', reads.current());
    if (places === writes) metrics.inFlight('mutating', writes.current());
  };
  return ({ info, path, response }, user) => {
    if (OPEN_PATHS.has(path)) return true;
    const places = info.longRunning ? watches : info.mutating ? writes : reads;
    const leave = isPrivileged(user) ? places.force() : places.enter();
    if (leave === undefined) return false;
    report(places);
    response.once('close', () => {
      leave();
      report(places);
    });
    return true;
  };
}
