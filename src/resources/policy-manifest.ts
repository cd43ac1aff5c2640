import { DOMAIN } from '../kube/domain.ts';
import type { JsonObject } from '../kube/object.ts';
import type { AdmissionPolicy } from './admission.ts';
import { celList } from './cel-text.ts';
import type { CelVariables } from './cel-rule-source.ts';
import { webhookMatchConditions } from './match-conditions.ts';
import type { MemberPolicy, MemberPolicyRule } from './member-policy.ts';

/** What was decided for the ClusterSet and is written into the policies when they are installed. */
export type PolicySettings = Pick<
  AdmissionPolicy,
  'forbiddenNamespaces' | 'controllers' | 'administrators' | 'standardProperties' | 'strictClusterSetNames'
>;

/** What expressions read as `variables.<name>` without declaring it: lists of texts, and one that is true or false. */
export const POLICY_SETTINGS = [
  'forbiddenNamespaces',
  'controllers',
  'administrators',
  'standardProperties',
  'strictClusterSetNames',
] as const;

/** A ValidatingAdmissionPolicy or its binding, ready to be applied. */
export interface PolicyManifest extends JsonObject {
  readonly apiVersion: 'admissionregistration.k8s.io/v1';
  readonly kind: 'ValidatingAdmissionPolicy' | 'ValidatingAdmissionPolicyBinding';
  readonly metadata: { readonly name: string };
}

/**
 * The objects that make a member enforce these policies by itself; pure. The settings are part of the text: there is no
 * object that could be missing or late, and a change of the settings is a new installation.
 */
export function memberPolicyManifests(
  policies: readonly MemberPolicy[],
  settings: PolicySettings,
): readonly PolicyManifest[] {
  return policies
    .filter(({ needsControllers }) => needsControllers !== true || settings.controllers.length > 0)
    .flatMap((policy) => [policyObject(policy, settings), bindingObject(policy)]);
}

/** The name of the policy, and of its binding if that has none of its own. */
export function policyName({ name }: Pick<MemberPolicy, 'name'>): string {
  return `${name}.${DOMAIN}`;
}

function policyObject(policy: MemberPolicy, settings: PolicySettings): PolicyManifest {
  const { group, versions, resource, subresources, operations, params, resourceNames, rules } = policy;
  return {
    apiVersion: 'admissionregistration.k8s.io/v1',
    kind: 'ValidatingAdmissionPolicy',
    metadata: { name: policyName(policy) },
    spec: {
      // A rule that cannot be evaluated must not let pass what it is to keep out.
      failurePolicy: 'Fail',
      ...(params === undefined ? {} : { paramKind: { apiVersion: params.apiVersion, kind: params.kind } }),
      matchConstraints: {
        matchPolicy: 'Equivalent',
        resourceRules: [
          {
            apiGroups: [group],
            apiVersions: versions,
            operations,
            resources: subresources.map((subresource) =>
              subresource === '' ? resource : `${resource}/${subresource}`,
            ),
            ...(resourceNames === undefined ? {} : { resourceNames }),
            scope: '*',
          },
        ],
      },
      matchConditions: [...webhookMatchConditions(resource), ...policy.matchConditions].map((condition) => ({
        ...condition,
      })),
      variables: [...settingVariables(settings), ...policy.variables].map((variable) => ({ ...variable })),
      validations: rules.map(validation),
    },
  };
}

/** All are declared; kube-apiserver evaluates only those that are read. */
function settingVariables(settings: PolicySettings): CelVariables {
  return POLICY_SETTINGS.map((name) => {
    const setting = settings[name];
    return { name, expression: typeof setting === 'boolean' ? String(setting) : celList(setting) };
  });
}

function validation({ expression, message, messageExpression, forbids = false }: MemberPolicyRule): JsonObject {
  return {
    expression,
    message,
    ...(messageExpression === undefined ? {} : { messageExpression }),
    reason: forbids ? 'Forbidden' : 'Invalid',
  };
}

function bindingObject(policy: MemberPolicy): PolicyManifest {
  const { params } = policy;
  return {
    apiVersion: 'admissionregistration.k8s.io/v1',
    kind: 'ValidatingAdmissionPolicyBinding',
    metadata: { name: policyName({ name: params?.bindingName ?? policy.name }) },
    spec: {
      policyName: policyName(policy),
      validationActions: ['Deny'],
      ...(params === undefined ? {} : { paramRef: { name: params.name, parameterNotFoundAction: params.whenAbsent } }),
    },
  };
}
