import { IS_SYSTEM_USER_CEL } from './managing-users.ts';

/** As in webhook configurations and ValidatingAdmissionPolicies: a request is judged where all of them hold. */
export interface MatchCondition {
  readonly name: string;
  readonly expression: string;
}

const ROOT_FIELDS: Readonly<Record<string, readonly string[]>> = {
  endpointslices: ['addressType', 'endpoints', 'ports'],
};
const USUAL_FIELDS = ['spec', 'status'];

/**
 * Which requests are judged at all, in CEL of Kubernetes 1.28: not those of Kubernetes itself (garbage collector,
 * namespace controller, everything in kube-system), and not the removal of finalizers. As conditions they hold also while
 * nobody answers a webhook, so that objects and namespaces can always be deleted.
 */
export function webhookMatchConditions(resource: string): readonly MatchCondition[] {
  return [
    { name: 'not-by-kubernetes', expression: `!(${IS_SYSTEM_USER_CEL})` },
    { name: 'not-finishing-a-deletion', expression: `!(${finishesDeletion(resource)})` },
  ];
}

/** As `evaluateRules` decides, in versions that have these fields (`askedVersions`): the object is being deleted, and nothing but metadata changes. */
function finishesDeletion(resource: string): string {
  const same = (ROOT_FIELDS[resource] ?? USUAL_FIELDS).map(
    (field) =>
      `(has(object.${field}) ? has(oldObject.${field}) && object.${field} == oldObject.${field} : !has(oldObject.${field}))`,
  );
  return ["request.operation == 'UPDATE'", 'has(oldObject.metadata.deletionTimestamp)', ...same].join(' && ');
}
