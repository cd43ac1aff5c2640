import type { AdmissionOperation } from './admission.ts';
import type { CelRuleSource, CelVariables } from './cel-rule-source.ts';

/**
 * One ValidatingAdmissionPolicy for a member, so that what a member can judge alone holds while this server is down. Its
 * expressions read nothing but what kube-apiserver offers, and say the same as the rules of the kind in this process.
 */
export interface MemberPolicy {
  /** Kebab-case; the installed object is called after our domain and this name. */
  readonly name: string;
  readonly group: string;
  /** In all served versions, judged in the first (matchPolicy Equivalent). */
  readonly versions: readonly string[];
  readonly resource: string;
  readonly subresources: readonly string[];
  readonly operations: readonly AdmissionOperation[];
  readonly matchConditions: readonly { readonly name: string; readonly expression: string }[];
  readonly variables: CelVariables;
  /** `deny` becomes a validation that denies, `warn` one that warns: they are bound apart. */
  readonly rules: readonly Pick<
    CelRuleSource,
    'name' | 'effect' | 'expression' | 'message' | 'messageExpression' | 'reason'
  >[];
  /** An object of the member that expressions read as `params`. */
  readonly params: MemberPolicyParams | undefined;
}

export interface MemberPolicyParams {
  readonly apiVersion: string;
  readonly kind: string;
  readonly name: string;
  readonly whenAbsent: 'Allow' | 'Deny';
}
