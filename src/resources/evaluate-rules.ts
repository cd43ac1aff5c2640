import type { FieldCause } from '../kube/api-errors.ts';
import { deepEqual } from '../kube/deep-equal.ts';
import type { KubeObject } from '../kube/object.ts';
import { textAt } from '../kube/object.ts';
import {
  type AdmissionContext,
  type AdmissionDecision,
  type AdmissionOperation,
  type AdmissionRequest,
  type AdmissionRule,
  allow,
  denyFor,
  type RuleFailure,
  type Verdict,
} from './admission.ts';

/** A warning of this length is never cut by kube-apiserver, however many a response has. */
export const WARNING_CHARACTERS_MAX = 255;

/** All warnings of one response; kube-apiserver drops what goes beyond. */
export const WARNINGS_CHARACTERS_MAX = 4096;

/** Faults of one object that are told at once; who corrects these is told the next. */
export const CAUSES_MAX = 100;

/** What the rules found so far. */
interface Findings {
  readonly causes: FieldCause[];
  readonly reasons: string[];
  readonly unknowns: { readonly because: string; readonly retryAfterSeconds: number }[];
  readonly warnings: string[];
  readonly failures: RuleFailure[];
}

/**
 * Runs all rules, so that the author sees all faults at once. An update is not denied for what the old object had
 * already; what finishes a deletion is never denied, and a deletion only by rules about deletions.
 */
export function evaluateRules(
  rules: readonly AdmissionRule[],
  request: AdmissionRequest,
  context: AdmissionContext,
): AdmissionDecision {
  const found: Findings = { causes: [], reasons: [], unknowns: [], warnings: [], failures: [] };
  if (!finishesDeletion(request)) {
    for (const rule of rules) {
      if (!concerns(rule, request)) continue;
      try {
        collect(found, judge(rule, request, context));
      } catch (error) {
        found.failures.push({ rule: rule.name, error });
      }
    }
  }
  return decide(found, request, context.policy.warnings ? limitWarnings(found.warnings) : []);
}

function concerns({ operations, subresources = [''] }: AdmissionRule, request: AdmissionRequest): boolean {
  return operations.includes(request.operation) && subresources.includes(request.subresource);
}

function decide(found: Findings, request: AdmissionRequest, warnings: readonly string[]): AdmissionDecision {
  const [failure] = found.failures;
  if (failure !== undefined && request.operation !== 'DELETE') return { type: 'fail', failure };
  if (found.reasons.length > 0) return { type: 'forbid', because: found.reasons.join('; '), warnings };
  if (found.causes.length > 0) return { type: 'deny', causes: found.causes.slice(0, CAUSES_MAX), warnings };
  // Last: who is refused anyway need not come again.
  const [unknown] = found.unknowns;
  if (unknown !== undefined) return { type: 'unavailable', ...unknown, warnings };
  return { type: 'allow', warnings, failures: found.failures };
}

/** What a write does to an object, whoever asks about it. */
export interface WrittenObjects {
  readonly operation: AdmissionOperation;
  readonly object: KubeObject | undefined;
  readonly oldObject: KubeObject | undefined;
}

/** True for an update of what is being deleted that changes metadata only: finalizers have to go. */
export function finishesDeletion({ operation, object, oldObject }: WrittenObjects): boolean {
  if (operation !== 'UPDATE' || textAt(oldObject, 'metadata', 'deletionTimestamp') === undefined) return false;
  return deepEqual({ ...object, metadata: undefined }, { ...oldObject, metadata: undefined });
}

function judge(rule: AdmissionRule, request: AdmissionRequest, context: AdmissionContext): Verdict {
  const verdict = rule.evaluate(request, context);
  const { ratchets = true } = rule;
  if (verdict.type === 'allow' || request.operation !== 'UPDATE' || !ratchets) return verdict;
  // What would be said of an update that changes nothing is no fault of this one.
  return withoutKnownFaults(verdict, rule.evaluate({ ...request, object: request.oldObject }, context));
}

function withoutKnownFaults(verdict: Verdict, before: Verdict): Verdict {
  if (verdict.type === 'deny' && before.type === 'deny') {
    const known = new Set(before.causes.map(identity));
    return denyFor(verdict.causes.filter((cause) => !known.has(identity(cause))));
  }
  return deepEqual(verdict, before) ? allow() : verdict;
}

function identity({ field, reason, message }: FieldCause): string {
  return [field, reason, message].join('\n');
}

function collect(found: Findings, verdict: Verdict): void {
  switch (verdict.type) {
    case 'allow':
      found.warnings.push(...verdict.warnings);
      break;
    case 'deny':
      found.causes.push(...verdict.causes);
      break;
    case 'forbid':
      found.reasons.push(verdict.because);
      break;
    case 'unavailable':
      found.unknowns.push({ because: verdict.because, retryAfterSeconds: verdict.retryAfterSeconds });
      break;
  }
}

/** Each once, as far as they fit. Headers carry ASCII only. */
export function limitWarnings(warnings: readonly string[]): readonly string[] {
  const short: string[] = [];
  let characters = 0;
  for (const warning of new Set(warnings.map(shortWarning))) {
    characters += warning.length;
    if (characters > WARNINGS_CHARACTERS_MAX) break;
    short.push(warning);
  }
  return short;
}

function shortWarning(warning: string): string {
  const text = warning.replaceAll(/[^\x20-\x7e]/g, '?');
  return text.length <= WARNING_CHARACTERS_MAX ? text : `${text.slice(0, WARNING_CHARACTERS_MAX - 3)}...`;
}
