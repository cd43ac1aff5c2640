import type { Judge, ReviewDecision, ReviewedWrite, ReviewOrigin } from '../../../webhooks/index.ts';
import type { ClusterId } from '../../kube/cluster-id.ts';
import type {
  AdmissionContext,
  AdmissionDecision,
  AdmissionRequest,
  AdmissionRule,
  AdmissionSubject,
} from '../../resources/index.ts';
import { evaluateRules } from '../../resources/index.ts';
import type { OperatorJudge } from './operator-rules.ts';

export interface JudgeDeps {
  /** The member whose kube-apiserver asks; undefined for one that is not registered any more. */
  readonly memberOf: (origin: ReviewOrigin) => ClusterId | undefined;
  /** What the rules may look at for this write, and what this caller may be told. */
  readonly contextFor: (write: ReviewedWrite) => AdmissionContext;
  /** The same for the rules of the kind, where those of the installation may look at more. */
  readonly contextForKind?: (write: ReviewedWrite) => AdmissionContext;
  /** What only the hub can decide; undefined where there is nothing to ask it. */
  readonly decideElsewhere: DecideElsewhere | undefined;
  /** Rules of this installation, if it has any. */
  readonly operatorRules?: OperatorJudge;
}

/** Decides a write that the rules here have no objection to; undefined: there is nothing more to decide. */
export type DecideElsewhere = (request: AdmissionRequest, write: ReviewedWrite) => Promise<ReviewDecision> | undefined;

const NOTHING_TO_SAY: ReviewDecision = { type: 'allow', warnings: [], failures: [] };

/** Runs the rules of a kind for a write that a kube-apiserver asks about, as they run for writes through the API. */
export function createJudge(deps: JudgeDeps): Judge {
  const { memberOf, contextFor, contextForKind = contextFor, decideElsewhere, operatorRules } = deps;
  const rulesFor = createRuleChoice();
  return (write) => {
    const cluster = memberOf(write.origin);
    const request = cluster === undefined ? undefined : requestOf(write, cluster);
    if (request === undefined) return NOTHING_TO_SAY;
    const rules = rulesFor(write);
    const context = contextFor(write);
    // Whoever has gone does not write: nothing is reserved for it, and nobody else is asked.
    const own = (judged: AdmissionRequest): AdmissionDecision =>
      evaluateRules(rules, write.isAwaited() ? judged : { ...judged, dryRun: true }, contextForKind(write));
    const finish = (decision: ReviewDecision): ReturnType<Judge> =>
      write.effect === 'deny' && decision.type === 'allow' && write.isAwaited()
        ? (decideElsewhere?.(request, write) ?? decision)
        : decision;
    if (operatorRules === undefined) return finish(own(request));
    const { effect, subject } = write;
    const { group, resource, kind, versions } = subject;
    const about = { group, resource, kind, version: versions[0] ?? '' };
    return operatorRules
      .judge({ request, context, subject: about, effect, isAwaited: write.isAwaited }, own)
      .then(finish);
  };
}

/** The rules of a subject that have the effect that is asked for, looked up once. */
function createRuleChoice(): (write: Pick<ReviewedWrite, 'subject' | 'effect'>) => readonly AdmissionRule[] {
  const chosen = {
    deny: new Map<AdmissionSubject, readonly AdmissionRule[]>(),
    warn: new Map<AdmissionSubject, readonly AdmissionRule[]>(),
  };
  return ({ subject, effect }) => {
    const known = chosen[effect].get(subject);
    if (known !== undefined) return known;
    const rules = subject.rules.filter(({ effects }) => effects.includes(effect));
    chosen[effect].set(subject, rules);
    return rules;
  };
}

/** Undefined where an object is missing that the operation must have. */
function requestOf(write: ReviewedWrite, cluster: ClusterId): AdmissionRequest | undefined {
  const { operation, subresource, requestVersion, dryRun, user, object, oldObject } = write;
  switch (operation) {
    case 'CREATE':
      return object && { operation, object, oldObject: undefined, cluster, subresource, requestVersion, dryRun, user };
    case 'UPDATE':
      return (
        object && oldObject && { operation, object, oldObject, cluster, subresource, requestVersion, dryRun, user }
      );
    case 'DELETE':
      return (
        oldObject && { operation, object: undefined, oldObject, cluster, subresource, requestVersion, dryRun, user }
      );
  }
}
