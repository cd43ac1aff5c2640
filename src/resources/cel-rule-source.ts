import type { AdmissionOperation, RuleEffect } from './admission.ts';

/** How a fault is classified (metav1.CauseType, as `x-kubernetes-validations` may name it). */
export type CelFaultReason = 'FieldValueInvalid' | 'FieldValueForbidden' | 'FieldValueRequired' | 'FieldValueDuplicate';

/**
 * An admission rule as CEL text: the one source of the rule that runs in this process and of the ValidatingAdmissionPolicy
 * that a member's kube-apiserver enforces by itself.
 */
export interface CelRuleSource {
  /** Kebab-case, unique within the kind. */
  readonly name: string;
  readonly operations: readonly AdmissionOperation[];
  /** [''] is the object itself. */
  readonly subresources: readonly string[];
  readonly effect: RuleEffect;
  /** Must be true, else the rule speaks. Reads `object`, `oldObject`, `request`, `params`, `variables` and `clusterset`. */
  readonly expression: string;
  /** Path of what is at fault, such as `spec.value`. */
  readonly field: string;
  readonly reason: CelFaultReason;
  /** Said if there is no `messageExpression`, or it fails. */
  readonly message: string;
  /** CEL that gives the message. */
  readonly messageExpression: string | undefined;
}

/** Named expressions that rules read as `variables.<name>`, in the order in which they may use each other. */
export type CelVariables = readonly { readonly name: string; readonly expression: string }[];

/** CEL rules of a kind that share variables. */
export interface CelRuleSet {
  readonly variables: CelVariables;
  readonly rules: readonly CelRuleSource[];
}
