import { Counter, Gauge, type Registry } from 'prom-client';
import type { Logger } from 'pino';
import type { HealthCheck } from '../../../apiservice/types.ts';
import type { Config } from '../../config/index.ts';
import { isJsonObject, type JsonObject } from '../../kube/object.ts';
import {
  mergeDecisions,
  NO_OBJECTION,
  openOperatorRules,
  type OperatorDecision,
  type OperatorRules,
  type RuleQuestion,
  type RulesInForce,
} from '../../operator-rules/index.ts';
import {
  type AdmissionContext,
  type AdmissionDecision,
  type AdmissionRequest,
  type CelSubject,
  celValues,
  CLUSTERSET_NAME,
  finishesDeletion,
  type RuleEffect,
} from '../../resources/index.ts';
import { monotonic } from './clockwork.ts';

/** One write, and by what it is judged. */
export interface JudgedWrite {
  readonly request: AdmissionRequest;
  readonly context: AdmissionContext;
  readonly subject: CelSubject;
  /** Only rules that can lead to this; all if undefined. */
  readonly effect: RuleEffect | undefined;
  /** False once nobody waits for the decision any more. */
  readonly isAwaited?: () => boolean;
}

export interface OperatorJudge {
  /**
   * What the rules of the kind say, with what the operators' rules say. `own` is called once, after those: a write that
   * they refuse is only looked at, so that it reserves nothing.
   */
  readonly judge: (
    write: JudgedWrite,
    own: (request: AdmissionRequest) => AdmissionDecision,
  ) => Promise<AdmissionDecision>;
  /** Whether the rules file is what is in force; none without such a file. Not a matter of readiness. */
  readonly checks: readonly HealthCheck[];
  readonly close: () => Promise<void>;
}

export interface OperatorRulesRuntimeDeps {
  readonly config: Config;
  readonly registry: Registry;
  readonly log: Logger;
}

/** Loads the operators' rules, if there are any. With a broken file the server serves without them until it is mended. */
export async function openOperatorJudge({ config, registry, log }: OperatorRulesRuntimeDeps): Promise<OperatorJudge> {
  const file = config['admission.rulesFile'];
  if (file === undefined) {
    return {
      judge: ({ request }, own) => Promise.resolve(own(request)),
      checks: [],
      close: () => Promise.resolve(),
    };
  }
  const metrics = createMetrics(registry);
  const rules = await openOperatorRules(file, {
    monotonic,
    onLoaded: (rules) => {
      metrics.rules.set(rules);
      log.info({ file, rules }, 'rules of this installation are in force');
    },
    onProblem: (problem, inForce) => {
      metrics.broken.set(problem === undefined ? 0 : 1);
      if (problem === undefined) log.info({ file }, 'the rules file is good again');
      else log.error({ problem }, BROKEN[inForce]);
    },
    onAnswer: (rule, action, result) => metrics.answers.inc({ rule, action, result }),
    onFailure: (reason) => metrics.ended.inc({ reason }),
  });
  return {
    judge: async (write, own) => {
      const operators = await ask(rules, write);
      const refused = operators.causes.length > 0 || operators.unavailable !== undefined;
      const decision = own(refused ? { ...write.request, dryRun: true } : write.request);
      return mergeDecisions(decision, operators);
    },
    checks: [{ name: 'operator-rules', check: rules.problem, isNotice: true }],
    close: rules.close,
  };
}

const BROKEN: Readonly<Record<RulesInForce, string>> = {
  before: 'the rules file is broken: the rules before stay in force',
  none: 'the rules file is broken: only our own rules are in force until it is mended',
};

async function ask(
  rules: OperatorRules,
  { request, context, subject, effect, isAwaited }: JudgedWrite,
): Promise<OperatorDecision> {
  if (finishesDeletion(request)) return NO_OBJECTION;
  return rules.judge(() => questionOf({ request, context, subject }, rules.readsClusterSet()), effect, isAwaited);
}

/** What expressions read, as values that another thread can have. */
export function questionOf(
  { request, context, subject }: Omit<JudgedWrite, 'effect' | 'isAwaited'>,
  readsClusterSet: boolean,
): RuleQuestion {
  const values = celValues(request, context, subject);
  const objectAt = (name: string): JsonObject | null => {
    const value = values[name]?.();
    return isJsonObject(value) ? value : null;
  };
  const { group, version, resource } = subject;
  return {
    object: objectAt('object'),
    oldObject: objectAt('oldObject'),
    request: {
      ...objectAt('request'),
      operation: request.operation,
      resource: { group, version, resource },
    },
    namespaceObject: objectAt('namespaceObject'),
    clusterset: readsClusterSet ? objectAt(CLUSTERSET_NAME) : null,
    namesOthers: context.policy.namesOthers,
  };
}

interface OperatorMetrics {
  readonly rules: Gauge;
  readonly broken: Gauge;
  readonly answers: Counter<'rule' | 'action' | 'result'>;
  readonly ended: Counter<'reason'>;
}

function createMetrics(registry: Registry): OperatorMetrics {
  const registers = [registry];
  return {
    rules: new Gauge({
      name: 'clusterset_admission_operator_rules',
      help: 'Rules of this installation that are in force.',
      registers,
    }),
    broken: new Gauge({
      name: 'clusterset_admission_operator_rules_file_broken',
      help: '1 while the rules file is not what is in force.',
      registers,
    }),
    answers: new Counter({
      name: 'clusterset_admission_operator_rule_answers_total',
      help: 'What rules of this installation said to writes: silent, spoke, or error.',
      labelNames: ['rule', 'action', 'result'],
      registers,
    }),
    ended: new Counter({
      name: 'clusterset_admission_operator_rule_failures_total',
      help: 'Threads of rules that took too long (timeout) or died, and writes that were not judged (full, late, abandoned).',
      labelNames: ['reason'],
      registers,
    }),
  };
}
