import type { AdmissionOperation } from './admission.ts';
import type { CelRuleSource, CelVariables } from './cel-rule-source.ts';

/**
 * What a member can deny alone, so that it holds while this server is down. Warnings are left to the webhooks: the
 * member would give each a second time, in words of its own. The expressions read nothing but what
 * kube-apiserver offers, and say the same as the rules of these names in this process.
 */
export interface MemberPolicy {
  /** Kebab-case; the installed objects are called after our domain and this name. */
  readonly name: string;
  readonly group: string;
  /** Judged in these as they come in; all other served versions are converted to one of them (matchPolicy Equivalent). */
  readonly versions: readonly string[];
  readonly resource: string;
  readonly subresources: readonly string[];
  readonly operations: readonly AdmissionOperation[];
  /** Only objects of these names; absent: all. */
  readonly resourceNames?: readonly string[];
  readonly matchConditions: readonly { readonly name: string; readonly expression: string }[];
  /** Beside them the expressions read the settings: see `POLICY_SETTINGS`. */
  readonly variables: CelVariables;
  readonly rules: readonly MemberPolicyRule[];
  /** An object of the member that expressions read as `params`. */
  readonly params: MemberPolicyParams | undefined;
  /** True where the policy is about who writes: it is left out while no controller is named. */
  readonly needsControllers?: boolean;
}

export interface MemberPolicyRule extends Pick<
  CelRuleSource,
  'name' | 'expression' | 'message' | 'messageExpression' | 'reason'
> {
  /** The answer is 403 Forbidden instead of 422 Invalid: nobody may do this, however the object is. */
  readonly forbids?: boolean;
}

export interface MemberPolicyParams {
  readonly apiVersion: string;
  readonly kind: string;
  readonly name: string;
  readonly whenAbsent: 'Allow' | 'Deny';
  /** What to do where it is absent: kube-apiserver refuses in words of its own then, and shows the binding's name only. */
  readonly bindingName?: string;
}
